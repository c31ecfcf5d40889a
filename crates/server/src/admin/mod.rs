//! Commands about the server itself: what it is doing, how it is set, and who is connected.
//!
//! One folder per container of subcommands: `specs` says what the commands look like, the rest
//! what they do. Nothing here touches a key's value, except through the driver.
//!
//! What is counted for these commands is kept here too: [`stats`], [`slowlog`], [`latency`]. The
//! sessions write into them, the commands read them.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "every handler has one shape"
)]

mod acl;
mod client;
mod command;
mod config;
mod function;
pub mod gauges;
mod help;
mod info;
pub mod latency;
pub mod manual;
mod memory;
mod module;
mod process;
mod replication;
mod saving;
mod section;
pub mod slowlog;
pub mod stats;
#[cfg(test)]
mod tests;

use hadal_command::{Fault, Words};

pub(crate) use client::set_name;

use crate::table::{Answer, Command};

/// The commands of every folder, each sorted by name.
pub const COMMANDS: &[&[Command]] = &[
    acl::COMMANDS,
    client::COMMANDS,
    command::COMMANDS,
    config::COMMANDS,
    function::COMMANDS,
    latency::COMMANDS,
    memory::COMMANDS,
    module::COMMANDS,
    process::COMMANDS,
    replication::COMMANDS,
    saving::COMMANDS,
    slowlog::COMMANDS,
];

/// A subcommand with too few or too many words, where its arity alone does not say so.
fn wrong_words(words: Words<'_>) -> Fault {
    let text = |at: usize| String::from_utf8_lossy(words.get(at).copied().unwrap_or_default());
    Fault::Said(format!(
        "ERR unknown subcommand or wrong number of arguments for '{:.128}'. Try {} HELP.",
        text(1),
        text(0).to_uppercase()
    ))
}

/// What went wrong on the way to the disk. The text may be long: the log has it, too.
fn disk_fault(error: &str) -> Fault {
    Fault::Said(format!("IOERR {error}"))
}

/// The answer of a command that waits for nothing.
fn at_once<'a>(result: Result<(), Fault>) -> Answer<'a> {
    Box::pin(std::future::ready(result))
}
