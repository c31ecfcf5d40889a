//! `docs/commands.md`, from the joined table.

use std::fmt::Write as _;

use hadal_command::{Flag, Group, Spec};

use crate::table::Table;

#[cfg(test)]
mod tests;

const INTRODUCTION: &str = "\
<!-- Generated from the command table: `UPDATE_DOCS=1 cargo test -p hadal-server manual`. -->

# Commands

What each does, with every option, is in the manual of Redis 7.2; replies and errors are the same
here. *Cost* is that of Redis plus, for keys that are not in memory, one read of the disk each.
Commands that only change what they are given (`SET`, `DEL`) read nothing.

";

/// Chapters, in the order of the page.
const CHAPTERS: &[(Group, &str)] = &[
    (Group::String, "Strings"),
    (Group::Bitmap, "Bits"),
    (Group::List, "Lists"),
    (Group::Hash, "Hashes"),
    (Group::Set, "Sets"),
    (Group::SortedSet, "Sorted sets"),
    (Group::Stream, "Streams"),
    (Group::Geo, "Places"),
    (Group::HyperLogLog, "HyperLogLog"),
    (Group::Generic, "Keys of any type"),
    (Group::Transactions, "Transactions"),
    (Group::Scripting, "Scripts"),
    (Group::PubSub, "Publishing"),
    (Group::Connection, "Connections"),
    (Group::Server, "The server"),
    (Group::Cluster, "Cluster"),
    (Group::Sentinel, "Sentinel"),
];

/// The whole page.
pub fn markdown(table: &Table) -> String {
    let mut page = INTRODUCTION.to_owned();
    let shown: Vec<&Spec> = table
        .entries()
        .iter()
        .filter(|entry| entry.subcommands.is_empty() || entry.spec.name == "command")
        .map(|entry| entry.spec)
        .collect();
    _ = writeln!(page, "There are {} commands, subcommands included.", shown.len());
    for (group, title) in CHAPTERS {
        let mut specs = shown.iter().filter(|spec| spec.group == *group).peekable();
        if specs.peek().is_none() {
            continue;
        }
        _ = write!(page, "\n## {title}\n\n| Command | Does | Cost | Since |\n|---|---|---|---|\n");
        for spec in specs {
            row(&mut page, spec);
        }
    }
    page
}

fn row(page: &mut String, spec: &Spec) {
    let name = spec.name.to_uppercase().replace('|', " ");
    let syntax = spec.syntax();
    let call = if syntax.is_empty() { name } else { format!("{name} {syntax}") };
    // A bar would end the cell, in code too.
    let call = call.replace('|', "\\|");
    let mut summary = spec.summary.trim_end_matches('.').to_owned();
    if let Some(deprecated) = spec.deprecated {
        let instead = deprecated.replaced_by;
        _ = write!(summary, ". *Deprecated since {}*: use {instead}", deprecated.since);
    }
    if spec.has(Flag::Protected) {
        summary.push_str(". Only where the configuration allows it");
    }
    let cost = spec.complexity.trim_end_matches('.').replace('|', "\\|");
    _ = writeln!(page, "| `{call}` | {summary} | {cost} | {} |", spec.since);
}
