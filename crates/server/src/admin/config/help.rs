//! CONFIG HELP.

use hadal_command::{Fault, Words};
use hadal_resp::Writer;

use crate::{admin::help, config::Settings, session::Session};

const LINES: &[&str] = &[
    "GET <pattern>",
    "    Return parameters matching the glob-like <pattern> and their values.",
    "SET <directive> <value>",
    "    Set the configuration <directive> to <value>.",
    "RESETSTAT",
    "    Reset statistics reported by the INFO command.",
    "REWRITE",
    "    Rewrite the configuration file.",
];

pub(super) fn show(
    _: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    help::write("CONFIG", LINES, reply);
    Ok(())
}
