//! LATENCY: spikes longer than `latency-monitor-threshold`, and how long commands take.

mod advice;
mod help;
mod monitor;
mod specs;

use hadal_command::{Fault, Words};
use hadal_resp::Writer;

pub use monitor::Monitor;

use super::{at_once, stats::Distribution};
use crate::{
    server::Server,
    table::{Answer, Command, Context, Entry, Run, container},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::LATENCY, run: Run::Session(container) },
    Command { spec: specs::LATENCY_DOCTOR, run: Run::Admin(doctor) },
    Command { spec: specs::LATENCY_GRAPH, run: Run::Admin(graph) },
    Command { spec: specs::LATENCY_HELP, run: Run::Session(help::show) },
    Command { spec: specs::LATENCY_HISTOGRAM, run: Run::Admin(histogram) },
    Command { spec: specs::LATENCY_HISTORY, run: Run::Admin(history) },
    Command { spec: specs::LATENCY_LATEST, run: Run::Admin(latest) },
    Command { spec: specs::LATENCY_RESET, run: Run::Admin(reset) },
];

fn unix_seconds(server: &Server) -> i64 {
    (server.clock.unix_millis() / 1_000).cast_signed()
}

fn doctor<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let server = context.server;
    let enabled = server.config.settings().latency_monitor_threshold.is_some();
    let text = advice::report(&server.latency.lock(), enabled, unix_seconds(server));
    reply.verbatim("txt", text.as_bytes());
    at_once(Ok(()))
}

fn graph<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let event = String::from_utf8_lossy(words[2]);
    let monitor = context.server.latency.lock();
    let Some(series) = monitor.get(words[2]) else {
        let text = format!("ERR No samples available for event '{event}'");
        return at_once(Err(Fault::Said(text)));
    };
    let text = advice::graph(&event, series, unix_seconds(context.server));
    reply.verbatim("txt", text.as_bytes());
    at_once(Ok(()))
}

fn history<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let monitor = context.server.latency.lock();
    let series = monitor.get(words[2]);
    reply.array(series.map_or(0, |series| series.samples().len()));
    for sample in series.iter().flat_map(|series| series.samples()) {
        reply.array(2);
        reply.int(sample.unix_seconds);
        reply.int(sample.millis.into());
    }
    at_once(Ok(()))
}

fn latest<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let monitor = context.server.latency.lock();
    reply.array(monitor.len());
    for (event, series) in monitor.iter() {
        let last = series.last();
        reply.array(4);
        reply.bulk(event.as_bytes());
        reply.int(last.unix_seconds);
        reply.int(last.millis.into());
        reply.int(series.all_time_high_millis().into());
    }
    at_once(Ok(()))
}

fn reset<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let mut monitor = context.server.latency.lock();
    let count = match &words[2..] {
        [] => monitor.reset_all(),
        events => events.iter().filter(|event| monitor.reset(event)).count(),
    };
    reply.int(count.cast_signed() as i64);
    at_once(Ok(()))
}

fn histogram<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let server = context.server;
    let entries = server.table.entries();
    let asked: Vec<&Entry> = match &words[2..] {
        [] => entries.iter().collect(),
        names => names
            .iter()
            .filter_map(|name| server.table.get(name))
            .flat_map(|entry| {
                let subcommands = entry.subcommands.iter().map(|at| &entries[*at]);
                std::iter::once(entry).chain(subcommands)
            })
            .collect(),
    };
    let called: Vec<(&Entry, Distribution)> = asked
        .into_iter()
        .filter_map(|entry| Some((entry, server.stats.distribution(entry.index)?)))
        .collect();
    reply.map(called.len());
    for (entry, latency) in called {
        let rows = latency.cumulative_micros();
        reply.bulk(entry.spec.name.as_bytes());
        reply.map(2);
        reply.bulk(b"calls");
        reply.int(latency.total().cast_signed());
        reply.bulk(b"histogram_usec");
        reply.map(rows.len());
        for (micros, count) in rows {
            reply.int(micros.cast_signed());
            reply.int(count.cast_signed());
        }
    }
    at_once(Ok(()))
}
