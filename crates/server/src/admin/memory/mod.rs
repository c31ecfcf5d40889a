//! MEMORY: what memory is used for.

mod allocator;
mod help;
mod report;
mod specs;
mod usage;

pub(super) use allocator::{Allocator, resident_bytes};

use hadal_command::{Fault, Words};
use hadal_resp::Writer;

use super::at_once;
use crate::{
    config::Settings,
    session::Session,
    table::{Answer, Command, Context, Run, container},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::MEMORY, run: Run::Session(container) },
    Command { spec: specs::MEMORY_DOCTOR, run: Run::Admin(doctor) },
    Command { spec: specs::MEMORY_HELP, run: Run::Session(help::show) },
    Command { spec: specs::MEMORY_MALLOC_STATS, run: Run::Session(malloc_stats) },
    Command { spec: specs::MEMORY_PURGE, run: Run::Session(purge) },
    Command { spec: specs::MEMORY_STATS, run: Run::Admin(stats) },
    Command { spec: specs::MEMORY_USAGE, run: Run::Data(&usage::USAGE) },
];

fn malloc_stats(
    _: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    let mut text = Vec::new();
    let options = tikv_jemalloc_ctl::stats_print::Options::default();
    if tikv_jemalloc_ctl::stats_print::stats_print(&mut text, options).is_err() {
        text = b"Stats not supported for the current allocator".to_vec();
    }
    reply.verbatim("txt", &text);
    Ok(())
}

fn purge(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    crate::driver::purge();
    reply.ok();
    Ok(())
}

fn stats<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    report::stats(context.server, reply);
    at_once(Ok(()))
}

fn doctor<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let stats = context.server.driver.stats();
    let text = report::doctor(&stats.memory, stats.hits, stats.misses);
    reply.verbatim("txt", text.as_bytes());
    at_once(Ok(()))
}
