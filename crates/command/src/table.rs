//! The data commands of all families, and how one is run.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use crate::{
    Fault, Stop, bitmap, generic, geo, hash, hyperloglog, list, set, sorted_set,
    spec::{Spec, Words},
    string,
};

/// What runs a data command. It sees resident data only and follows one rule: parse everything,
/// then read, then write. Where it ends in `Err`, the caller drops what it replied so far.
pub type Handler = fn(&mut Txn<'_>, Words<'_>, &mut Writer) -> Result<(), Stop>;

/// One data command, declared next to its handler in the `COMMANDS` of its family.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What it is.
    pub spec: Spec,
    /// What it does.
    pub run: Handler,
}

/// The commands of each family, sorted by name.
const FAMILIES: &[&[Command]] = &[
    string::COMMANDS,
    generic::COMMANDS,
    bitmap::COMMANDS,
    geo::COMMANDS,
    hash::COMMANDS,
    hyperloglog::COMMANDS,
    list::COMMANDS,
    set::COMMANDS,
    sorted_set::COMMANDS,
];

/// Every data command, family by family. Containers of subcommands are in it; subcommands follow
/// as `"object|encoding"`.
pub fn table() -> impl Iterator<Item = &'static Command> {
    FAMILIES.iter().copied().flatten()
}

/// The handler of a container: it only runs when its subcommand is not known.
pub fn container(_: &mut Txn<'_>, words: Words<'_>, _: &mut Writer) -> Result<(), Stop> {
    Err(Fault::unknown_subcommand(words).into())
}

#[cfg(test)]
mod tests;
