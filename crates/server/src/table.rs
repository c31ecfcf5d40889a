//! The server's table of commands: those on data and those on sessions and the server itself,
//! under one roof, found by name without allocating.
//!
//! The type of a handler says what it may touch:
//!
//! | Run | Touches | May wait |
//! |---|---|---|
//! | [`Run::Data`] | its keys | never: the driver waits for it |
//! | [`Run::Session`] | its own session, the settings | never |
//! | [`Run::Admin`] | its session and the services of the server | yes |

mod names;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use hadal_command::{Fault, Spec, Speed, Words};
use hadal_resp::Writer;

use self::names::Names;
use crate::config::Settings;
use crate::server::Server;
use crate::session::Session;

/// A command that is not about data, declared next to its handler. Subcommands are entries of
/// their own, named `"config|get"`; their container is an entry whose handler is [`container`].
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What it is.
    pub spec: Spec,
    /// What it does.
    pub run: Run,
}

/// What runs a command.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// A command on keys.
    Data(&'static hadal_command::Command),
    /// A command on the session that calls it.
    Session(SessionHandler),
    /// A command on the server, or on other sessions.
    Admin(AdminHandler),
    /// MULTI, EXEC and the like: they change how the commands around them run.
    Transaction(Transaction),
}

/// The commands that change how others run. RESET is one: it ends a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    Multi,
    Exec,
    Discard,
    Watch,
    Unwatch,
    Reset,
}

/// Where it ends in `Err`, the caller drops what it replied so far and replies with the fault.
pub type SessionHandler = fn(&mut Session, &Settings, Words<'_>, &mut Writer) -> Result<(), Fault>;

/// Where it ends in `Err`, the caller drops what it replied so far and replies with the fault.
/// A handler is written `fn info<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut
/// Writer) -> Answer<'a> { Box::pin(async move { … Ok(()) }) }`.
pub type AdminHandler = for<'a> fn(Context<'a>, Words<'a>, &'a mut Writer) -> Answer<'a>;

/// What an [`AdminHandler`] returns. It is dropped when the client disconnects meanwhile.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// What an admin command gets.
#[derive(Debug)]
pub struct Context<'a> {
    /// The services of the server, each behind its own type.
    pub server: &'a Server,
    /// The session that calls.
    pub session: &'a mut Session,
}

/// One row of the joined table.
#[derive(Debug)]
pub struct Entry {
    /// What it is.
    pub spec: &'static Spec,
    /// What runs it.
    pub run: Run,
    /// Its place in [`Table::entries`]: statistics are kept by it.
    pub index: usize,
    /// Its subcommands, by their place in [`Table::entries`]. Empty unless it is a container.
    pub subcommands: Vec<usize>,
    /// May take long even for few keys: it is timed on its own inside a pipeline.
    pub timed: bool,
}

/// The handler of a container: it only runs when its subcommand is not known.
pub fn container(
    _: &mut Session,
    _: &Settings,
    words: Words<'_>,
    _: &mut Writer,
) -> Result<(), Fault> {
    Err(Fault::unknown_subcommand(words))
}

/// Light although they count as slow: in a pipeline they are not worth two looks at the clock.
const LIGHT: &[&str] = &["set", "setex", "psetex", "getex", "del"];

/// Every command of the server, and the names they are called by.
#[derive(Debug)]
pub struct Table {
    entries: Vec<Entry>,
    names: Names,
}

/// What a call is a call of.
#[derive(Clone, Copy, Debug)]
pub enum Found<'t> {
    Entry(&'t Entry),
    /// No command has this name.
    NoCommand,
    /// The command has subcommands, but not this one.
    NoSubcommand,
}

impl Table {
    /// Joins the data commands with `others`. `renamed` are pairs of old and new names; an empty
    /// new name removes the command.
    pub fn new(others: &[&'static [Command]], renamed: &[(Vec<u8>, Vec<u8>)]) -> Self {
        let data = hadal_command::table().map(|command| (&command.spec, Run::Data(command)));
        let others = others.iter().copied().flatten().map(|command| (&command.spec, command.run));
        let mut rows: Vec<(&'static Spec, Run)> = data.chain(others).collect();
        rows.sort_by_key(|(spec, _)| spec.name);
        let twice = rows.windows(2).find(|pair| pair[0].0.name == pair[1].0.name);
        assert!(twice.is_none(), "two commands have one name: {twice:?}");
        let entry = |(index, (spec, run)): (usize, (&'static Spec, Run))| Entry {
            spec,
            run,
            index,
            subcommands: rows
                .iter()
                .enumerate()
                .filter(|(_, (sub, _))| sub.container() == Some(spec.name))
                .map(|(at, _)| at)
                .collect(),
            timed: spec.speed == Speed::Slow && !LIGHT.contains(&spec.name),
        };
        let entries: Vec<Entry> = rows.iter().copied().enumerate().map(entry).collect();
        let names = Names::new(names(&entries, renamed));
        Self { entries, names }
    }

    /// All of them, subcommands too, sorted by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The command with this name, in any case; a subcommand as `config|get`.
    pub fn get(&self, name: &[u8]) -> Option<&Entry> {
        self.names.find(name).map(|at| &self.entries[at])
    }

    /// What a call of `words` calls.
    #[inline]
    pub fn find(&self, words: Words<'_>) -> Found<'_> {
        let name = words.first().copied().unwrap_or_default();
        match self.get(name) {
            Some(entry) if entry.subcommands.is_empty() || words.len() == 1 => {
                // A subcommand has no name of its own to be called by.
                if entry.spec.name.contains('|') { Found::NoCommand } else { Found::Entry(entry) }
            }
            Some(entry) => self.find_subcommand(entry, words[1]),
            None => Found::NoCommand,
        }
    }

    fn find_subcommand(&self, entry: &Entry, name: &[u8]) -> Found<'_> {
        let mut entries = entry.subcommands.iter().map(|at| &self.entries[*at]);
        entries
            .find(|sub| sub.spec.short_name().as_bytes().eq_ignore_ascii_case(name))
            .map_or(Found::NoSubcommand, Found::Entry)
    }
}

/// The names entries are called by.
fn names(entries: &[Entry], renamed: &[(Vec<u8>, Vec<u8>)]) -> Vec<(Box<[u8]>, usize)> {
    let mut names: Vec<(Box<[u8]>, usize)> =
        entries.iter().map(|entry| (entry.spec.name.as_bytes().into(), entry.index)).collect();
    for (from, to) in renamed {
        let Some(at) = names.iter().position(|(name, _)| name.eq_ignore_ascii_case(from)) else {
            continue;
        };
        if to.is_empty() {
            names.swap_remove(at);
        } else {
            names[at].0 = to.as_slice().into();
        }
    }
    names
}
