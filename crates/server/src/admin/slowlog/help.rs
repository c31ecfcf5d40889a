//! SLOWLOG HELP.

use hadal_command::{Fault, Words};
use hadal_resp::Writer;

use crate::{admin::help, config::Settings, session::Session};

const LINES: &[&str] = &[
    "GET [<count>]",
    "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
    "    Entries are made of:",
    "    id, timestamp, time in microseconds, arguments array, client IP and port,",
    "    client name",
    "LEN",
    "    Return the length of the slowlog.",
    "RESET",
    "    Reset the slowlog.",
];

pub(super) fn show(
    _: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    help::write("SLOWLOG", LINES, reply);
    Ok(())
}
