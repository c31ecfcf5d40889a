//! What a command is, as data. `COMMAND` and its subcommands, the ACL categories, the keys to load
//! and the command list in the manual are all read from here; what follows from other fields
//! (flags from kind and speed, categories from group, syntax from arguments) is never repeated.
//!
//! Nothing in here depends on what a handler looks like, so session and admin commands are
//! described with the same type.

mod args;
mod elements;
mod flags;
mod keys;

#[cfg(test)]
mod tests;

pub use args::{Arg, ArgType};
pub use elements::Elements;
pub use flags::{Category, Flag, Group, Kind, Speed, Tip};
pub use keys::{Access, Begin, Data, Find, FindKeys, Key, KeyFlags, KeySpec, LegacyRange};

/// The words of one call: the name, a subcommand if there is one, then the arguments.
pub type Words<'a> = &'a [&'a [u8]];

/// One command, or one subcommand. Declare it as `Spec { name: …, ..Spec::BASE }`.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Lower case, as `COMMAND` reports it; a subcommand is `"config|get"`.
    pub name: &'static str,
    /// The chapter of the manual; decides the ACL category unless `categories` is given.
    pub group: Group,
    /// One sentence, for `COMMAND DOCS` and the manual.
    pub summary: &'static str,
    /// Cost in big-O notation. Empty for containers of subcommands.
    pub complexity: &'static str,
    /// The release of Redis that introduced it.
    pub since: &'static str,
    /// How many words a call has.
    pub arity: Arity,
    /// Which words are keys, as `COMMAND INFO` shows it.
    pub keys: &'static [KeySpec],
    /// Finds the keys where `keys` cannot say it all (options decide, or a position is unknown).
    pub find_keys: Option<FindKeys>,
    /// Which words name elements of what the first key holds.
    pub elements: Elements,
    /// Whether it reads or changes data.
    pub kind: Kind,
    /// Whether it is O(1) or close to it.
    pub speed: Speed,
    /// What Redis shows or checks beyond kind and speed.
    pub flags: &'static [Flag],
    /// ACL categories in place of the group's own one. Those that follow from kind, speed and
    /// flags (`@read`, `@fast`, `@admin`…) are added in any case.
    pub categories: Option<&'static [Category]>,
    /// Hints for clients and proxies.
    pub tips: &'static [Tip],
    /// Release and what changed in it.
    pub history: &'static [(&'static str, &'static str)],
    /// Set when something else should be used.
    pub deprecated: Option<Deprecated>,
    /// For the servers themselves, not for users: `doc_flags` shows `syscmd`.
    pub system: bool,
    /// The words after the name.
    pub args: &'static [Arg],
}

/// Why a command should not be used in new code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// The release that said so.
    pub since: &'static str,
    /// What to use instead, in the markdown `COMMAND DOCS` shows.
    pub replaced_by: &'static str,
}

/// How many words a call has, the name (and subcommand) included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Neither more nor fewer.
    Exactly(usize),
    /// This many or more.
    AtLeast(usize),
}

impl Arity {
    /// Whether a call may have this many words.
    pub fn accepts(self, words: usize) -> bool {
        match self {
            Self::Exactly(count) => words == count,
            Self::AtLeast(count) => words >= count,
        }
    }

    /// As `COMMAND` writes it: "at least" is negative.
    pub fn as_int(self) -> i64 {
        match self {
            Self::Exactly(count) => count.cast_signed() as i64,
            Self::AtLeast(count) => -(count.cast_signed() as i64),
        }
    }
}

impl Spec {
    /// What most commands have in common; the name must be filled in.
    pub const BASE: Spec = Spec {
        name: "",
        group: Group::Generic,
        summary: "",
        complexity: "",
        since: "1.0.0",
        arity: Arity::Exactly(1),
        keys: &[],
        find_keys: None,
        elements: Elements::None,
        kind: Kind::Neither,
        speed: Speed::Slow,
        flags: &[],
        categories: None,
        tips: &[],
        history: &[],
        deprecated: None,
        system: false,
        args: &[],
    };

    /// The container of a subcommand: `config` of `config|get`.
    pub fn container(&self) -> Option<&'static str> {
        self.name.split_once('|').map(|(container, _)| container)
    }

    /// The name without its container: `get` of `config|get`.
    pub fn short_name(&self) -> &'static str {
        self.name.split_once('|').map_or(self.name, |(_, name)| name)
    }

    /// Whether `flag` is set.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// Whether it may change data, be it only to keep what it found out.
    pub fn writes(&self) -> bool {
        matches!(self.kind, Kind::Write { .. }) || self.has(Flag::MayReplicate)
    }

    /// Whether a call may make the dataset larger.
    pub fn grows(&self) -> bool {
        matches!(self.kind, Kind::Write { grows: true })
    }

    /// How a call is written, after the name: `key value [NX | XX] [GET] …`.
    pub fn syntax(&self) -> String {
        args::syntax(self.args)
    }

    /// The flags `COMMAND INFO` shows, in its order.
    pub fn flag_names(&self) -> Vec<&'static str> {
        flags::names(self)
    }

    /// The ACL categories it belongs to, in the order `ACL CAT` lists them.
    pub fn acl_categories(&self) -> Vec<Category> {
        flags::categories(self)
    }

    /// The flags `COMMAND DOCS` shows.
    pub fn doc_flag_names(&self) -> Vec<&'static str> {
        let deprecated = self.deprecated.map(|_| "deprecated");
        let system = self.system.then_some("syscmd");
        deprecated.into_iter().chain(system).collect()
    }
}
