//! The sections that count: stats, commandstats, errorstats, latencystats, keyspace.

use super::Facts;
use crate::admin::section::Report;

pub(super) fn stats(facts: &Facts<'_>, report: &mut Report) {
    let (server, driver) = (facts.server, facts.driver());
    let sums = server.traffic.sums();
    let rates = server.gauges.rates();
    let kilobytes = |bytes: f64| format!("{:.2}", bytes / 1_024.0);
    let disconnects = server.clients.disconnects();
    report.section("Stats");
    report.line("total_connections_received", server.clients.accepted());
    report.line("total_commands_processed", server.stats.calls());
    report.line("instantaneous_ops_per_sec", format_args!("{:.0}", rates.calls));
    report.line("total_net_input_bytes", sums.read_bytes);
    report.line("total_net_output_bytes", sums.written_bytes);
    report.line("total_net_repl_input_bytes", 0);
    report.line("total_net_repl_output_bytes", 0);
    report.line("instantaneous_input_kbps", kilobytes(rates.read_bytes));
    report.line("instantaneous_output_kbps", kilobytes(rates.written_bytes));
    report.line("instantaneous_input_repl_kbps", "0.00");
    report.line("instantaneous_output_repl_kbps", "0.00");
    report.line("rejected_connections", server.clients.rejected());
    zeros(&["sync_full", "sync_partial_ok", "sync_partial_err"], report);
    report.line("expired_subkeys", driver.expired_fields);
    report.line("expired_keys", driver.expired);
    report.line("expired_stale_perc", "0.00");
    zeros(&["expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds"], report);
    // What leaves memory stays on disk: nothing is evicted in the sense of Redis.
    report.line("evicted_keys", 0);
    report.line("evicted_clients", disconnects.output_limit + disconnects.query_limit);
    zeros(&["total_eviction_exceeded_time", "current_eviction_exceeded_time"], report);
    report.line("keyspace_hits", driver.hits);
    report.line("keyspace_misses", driver.misses);
    zeros(UNUSED, report);
    report.line("total_error_replies", server.errors.total());
    report.line("dump_payload_sanitizations", 0);
    report.line("total_reads_processed", sums.reads);
    report.line("total_writes_processed", sums.writes);
    report.line("io_threaded_reads_processed", sums.reads);
    report.line("io_threaded_writes_processed", sums.writes);
    zeros(&["reply_buffer_shrinks", "reply_buffer_expands"], report);
    zeros(&["acl_access_denied_auth", "acl_access_denied_cmd"], report);
    zeros(&["acl_access_denied_key", "acl_access_denied_channel"], report);
}

/// What Redis counts and there is nothing to count of.
const UNUSED: &[&str] = &[
    "pubsub_channels",
    "pubsub_patterns",
    "pubsubshard_channels",
    "latest_fork_usec",
    "total_forks",
    "migrate_cached_sockets",
    "slave_expires_tracked_keys",
    "active_defrag_hits",
    "active_defrag_misses",
    "active_defrag_key_hits",
    "active_defrag_key_misses",
    "total_active_defrag_time",
    "current_active_defrag_time",
    "tracking_total_keys",
    "tracking_total_items",
    "tracking_total_prefixes",
    "unexpected_error_replies",
];

fn zeros(names: &[&str], report: &mut Report) {
    for name in names {
        report.line(name, 0);
    }
}

pub(super) fn commandstats(facts: &Facts<'_>, report: &mut Report) {
    report.section("Commandstats");
    for entry in facts.server.table.entries() {
        let totals = facts.server.stats.totals(entry.index);
        if totals.calls == 0 && totals.rejected == 0 && totals.failed == 0 {
            continue;
        }
        let per_call = totals.micros as f64 / totals.calls.max(1) as f64;
        report.line(
            &format!("cmdstat_{}", entry.spec.name),
            format_args!(
                "calls={},usec={},usec_per_call={per_call:.2},rejected_calls={},failed_calls={}",
                totals.calls, totals.micros, totals.rejected, totals.failed
            ),
        );
    }
}

pub(super) fn errorstats(facts: &Facts<'_>, report: &mut Report) {
    report.section("Errorstats");
    for (code, count) in facts.server.errors.counts() {
        // Redis keeps lines apart from what clients made up, too.
        let code = code.replace([':', '\r', '\n'], "_");
        report.line(&format!("errorstat_{code}"), format_args!("count={count}"));
    }
}

pub(super) fn latencystats(facts: &Facts<'_>, report: &mut Report) {
    report.section("Latencystats");
    if !facts.settings.latency_tracking {
        return;
    }
    for entry in facts.server.table.entries() {
        let Some(latency) = facts.server.stats.distribution(entry.index) else { continue };
        let percentiles = facts.settings.latency_percentiles.iter().map(|percent| {
            let micros = latency.percentile_nanos(*percent) as f64 / 1_000.0;
            format!("p{percent}={micros:.3}")
        });
        let percentiles: Vec<String> = percentiles.collect();
        let name = format!("latency_percentiles_usec_{}", entry.spec.name);
        report.line(&name, percentiles.join(","));
    }
}

/// Counts are those known without a look at the disk; keys written blindly a moment ago may be
/// counted too few. DBSIZE is exact. Keys with an expiry are not counted per database.
pub(super) fn keyspace(facts: &Facts<'_>, report: &mut Report) {
    report.section("Keyspace");
    let driver = &facts.server.driver;
    for db in 0..facts.settings.databases {
        let keys = driver.dbsize_estimate(db);
        if keys != 0 {
            report.line(&format!("db{db}"), format_args!("keys={keys},expires=0,avg_ttl=0"));
        }
    }
}
