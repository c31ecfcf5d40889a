//! FUNCTION: there are none, and none can be loaded. Clients that list or delete all of them find
//! what they expect.

mod specs;

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use super::help;
use crate::{
    config::Settings,
    session::Session,
    table::{Command, Run, container},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::FUNCTION, run: Run::Session(container) },
    Command { spec: specs::FUNCTION_FLUSH, run: Run::Session(flush) },
    Command { spec: specs::FUNCTION_HELP, run: Run::Session(show_help) },
    Command { spec: specs::FUNCTION_LIST, run: Run::Session(list) },
];

const HELP: &[&str] = &[
    "FLUSH [ASYNC|SYNC]",
    "    Delete all the libraries.",
    "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
    "    Return general information on all the libraries.",
];

fn show_help(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    help::write("FUNCTION", HELP, reply);
    Ok(())
}

fn flush(_: &mut Session, _: &Settings, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    match words[2..] {
        [] => {}
        [mode] if parse::is(mode, "SYNC") || parse::is(mode, "ASYNC") => {}
        _ => {
            return Err(Fault::Text("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"));
        }
    }
    reply.ok();
    Ok(())
}

fn list(_: &mut Session, _: &Settings, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    let mut options = words[2..].iter();
    while let Some(option) = options.next() {
        if parse::is(option, "LIBRARYNAME") {
            options.next().ok_or(Fault::Text("ERR library name argument was not given"))?;
        } else if !parse::is(option, "WITHCODE") {
            let option = String::from_utf8_lossy(option);
            return Err(Fault::Said(format!("ERR Unknown argument {option}")));
        }
    }
    reply.array(0);
    Ok(())
}
