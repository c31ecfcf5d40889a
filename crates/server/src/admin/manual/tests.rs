use std::{fs, path::Path};

use hadal_command::{Arg, Arity, spec::ArgType};

use super::markdown;
use crate::{
    admin, scan, session,
    table::{Command, Table},
    transaction,
};

/// The commands that are not about data.
fn others() -> Vec<&'static [Command]> {
    let rest = [scan::COMMANDS, session::COMMANDS, transaction::COMMANDS];
    admin::COMMANDS.iter().copied().chain(rest).collect()
}

#[test]
fn the_manual_is_fresh() {
    let page = markdown(&Table::new(&others(), &[]));
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/commands.md"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &page).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == page, "run the test again with UPDATE_DOCS=1");
}

#[test]
fn every_command_is_in_a_chapter() {
    let table = Table::new(&others(), &[]);
    let rows = markdown(&table).lines().filter(|line| line.starts_with("| `")).count();
    let containers = table.entries().iter().filter(|entry| !entry.subcommands.is_empty()).count();
    // COMMAND is the only container that does something by itself.
    assert_eq!(rows, table.entries().len() - containers + 1);
}

#[test]
fn every_list_of_commands_is_sorted() {
    for commands in others() {
        let names: Vec<_> = commands.iter().map(|command| command.spec.name).collect();
        assert!(names.is_sorted(), "{names:?}");
    }
}

#[test]
fn every_subcommand_has_its_container() {
    let table = Table::new(&others(), &[]);
    for entry in table.entries() {
        if let Some(container) = entry.spec.container() {
            assert!(table.get(container.as_bytes()).is_some(), "{}", entry.spec.name);
        }
    }
}

/// The fewest words an argument takes, and whether there may be more.
fn words(arg: &Arg) -> (usize, bool) {
    let token = usize::from(arg.token.is_some());
    let (least, more) = match arg.kind {
        ArgType::PureToken => (1, false),
        ArgType::OneOf(parts) => {
            let parts: Vec<_> = parts.iter().map(words).collect();
            let least = parts.iter().map(|(least, _)| *least).min().unwrap_or(0);
            (token + least, parts.iter().any(|(words, more)| *more || *words != least))
        }
        ArgType::Block(parts) => {
            let (least, more) = sum(parts);
            (token + least, more)
        }
        _ => (token + 1, false),
    };
    (if arg.optional { 0 } else { least }, more || arg.optional || arg.multiple)
}

fn sum(args: &[Arg]) -> (usize, bool) {
    args.iter().map(words).fold((0, false), |(all, any), (least, more)| (all + least, any || more))
}

#[test]
fn arity_agrees_with_the_arguments() {
    for command in others().into_iter().flatten() {
        let spec = command.spec;
        // Redis wants an argument of DEBUG and gives no list; KILL names a filter at least.
        if ["debug", "client|kill"].contains(&spec.name)
            || spec.name == spec.short_name() && {
                others().into_iter().flatten().any(|sub| sub.spec.container() == Some(spec.name))
            }
        {
            continue;
        }
        let (least, more) = sum(spec.args);
        let least = least + spec.name.split('|').count();
        // QUIT and others take more words than they look at.
        let fits = match spec.arity {
            Arity::Exactly(words) => words == least && !more,
            Arity::AtLeast(words) => words == least,
        };
        assert!(fits, "{}: {:?} but {least} words, more: {more}", spec.name, spec.arity);
    }
}
