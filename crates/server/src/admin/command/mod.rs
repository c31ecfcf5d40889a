//! COMMAND: every command, described from the one table.

mod describe;
mod help;
mod keys;
mod list;
mod specs;

use hadal_command::Words;
use hadal_resp::Writer;

use self::describe::Described;
use super::at_once;
use crate::table::{Answer, Command, Context, Entry, Run, Table};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::COMMAND, run: Run::Admin(all) },
    Command { spec: specs::COMMAND_COUNT, run: Run::Admin(count) },
    Command { spec: specs::COMMAND_DOCS, run: Run::Admin(docs) },
    Command { spec: specs::COMMAND_GETKEYS, run: Run::Admin(keys::getkeys) },
    Command { spec: specs::COMMAND_GETKEYSANDFLAGS, run: Run::Admin(keys::getkeysandflags) },
    Command { spec: specs::COMMAND_HELP, run: Run::Session(help::show) },
    Command { spec: specs::COMMAND_INFO, run: Run::Admin(info) },
    Command { spec: specs::COMMAND_LIST, run: Run::Admin(list::list) },
];

/// The commands that are no subcommands.
fn top(table: &Table) -> impl Iterator<Item = &Entry> {
    table.entries().iter().filter(|entry| entry.spec.container().is_none())
}

fn described<'t>(table: &'t Table, entry: &'t Entry) -> Described<'t> {
    let subcommands = entry.subcommands.iter().map(|at| table.entries()[*at].spec).collect();
    Described { spec: entry.spec, subcommands }
}

fn all<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let table = &context.server.table;
    reply.array(top(table).count());
    top(table).for_each(|entry| describe::info(&described(table, entry), reply));
    at_once(Ok(()))
}

fn count<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    reply.int(top(&context.server.table).count().cast_signed() as i64);
    at_once(Ok(()))
}

fn info<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    if words.len() == 2 {
        return all(context, words, reply);
    }
    let table = &context.server.table;
    reply.array(words.len() - 2);
    for name in &words[2..] {
        match table.get(name) {
            Some(entry) => describe::info(&described(table, entry), reply),
            None => reply.null(),
        }
    }
    at_once(Ok(()))
}

fn docs<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let table = &context.server.table;
    let entries: Vec<&Entry> = match &words[2..] {
        [] => top(table).collect(),
        names => names.iter().filter_map(|name| table.get(name)).collect(),
    };
    reply.map(entries.len());
    for entry in entries {
        reply.bulk(entry.spec.name.as_bytes());
        describe::docs(&described(table, entry), reply);
    }
    at_once(Ok(()))
}
