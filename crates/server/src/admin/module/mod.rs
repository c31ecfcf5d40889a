//! MODULE: there are none, and none can be loaded.

mod specs;

use hadal_command::{Fault, Words};
use hadal_resp::Writer;

use super::help;
use crate::{
    config::Settings,
    session::Session,
    table::{Command, Run, container},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::MODULE, run: Run::Session(container) },
    Command { spec: specs::MODULE_HELP, run: Run::Session(show_help) },
    Command { spec: specs::MODULE_LIST, run: Run::Session(list) },
];

const HELP: &[&str] = &["LIST", "    Return a list of loaded modules."];

fn show_help(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    help::write("MODULE", HELP, reply);
    Ok(())
}

fn list(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    reply.array(0);
    Ok(())
}
