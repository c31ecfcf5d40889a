//! The section about what is on disk, in Redis's words: RDB stands for snapshots, AOF for the
//! journal.

use hadal_storage::journal::Refusal;

use super::Facts;
use crate::admin::{
    saving::{Status, Work},
    section::Report,
};

pub(super) fn persistence(facts: &Facts<'_>, report: &mut Report) {
    let (server, driver) = (facts.server, facts.driver());
    let now = server.clock.unix_millis();
    let snapshot = server.gauges.saving.status(Work::Snapshot);
    let truncation = server.gauges.saving.status(Work::Truncation);
    report.section("Persistence");
    report.line("loading", 0);
    report.line("async_loading", 0);
    report.line("current_cow_peak", 0);
    report.line("current_cow_size", 0);
    report.line("current_cow_size_age", 0);
    report.line("current_fork_perc", "0.00");
    report.line("current_save_keys_processed", 0);
    report.line("current_save_keys_total", 0);
    report.line("rdb_changes_since_last_save", driver.cache.owed);
    report.line("rdb_bgsave_in_progress", u8::from(snapshot.running_since.is_some()));
    report.line("rdb_last_save_time", driver.last_save);
    report.line("rdb_last_bgsave_status", word(snapshot.last_ok));
    report.line("rdb_last_bgsave_time_sec", last_seconds(snapshot));
    report.line("rdb_current_bgsave_time_sec", current_seconds(snapshot, now));
    report.line("rdb_saves", snapshot.count);
    report.line("rdb_last_cow_size", 0);
    report.line("rdb_last_load_keys_expired", 0);
    report.line("rdb_last_load_keys_loaded", 0);
    report.line("aof_enabled", 1);
    report.line("aof_rewrite_in_progress", u8::from(truncation.running_since.is_some()));
    report.line("aof_rewrite_scheduled", 0);
    report.line("aof_last_rewrite_time_sec", last_seconds(truncation));
    report.line("aof_current_rewrite_time_sec", current_seconds(truncation, now));
    report.line("aof_last_bgrewrite_status", word(truncation.last_ok));
    report.line("aof_rewrites", truncation.count);
    report.line("aof_rewrites_consecutive_failures", u8::from(!truncation.last_ok));
    report.line("aof_last_write_status", word(driver.refusal != Some(Refusal::Failed)));
    report.line("aof_last_cow_size", 0);
    report.line("module_fork_in_progress", 0);
    report.line("module_fork_last_cow_size", 0);
    report.line("aof_current_size", driver.journal.disk_bytes);
    report.line("aof_base_size", 0);
    report.line("aof_pending_rewrite", 0);
    report.line("aof_buffer_length", driver.journal.pending_bytes);
    report.line("aof_pending_bio_fsync", 0);
    report.line("aof_delayed_fsync", 0);
}

fn word(ok: bool) -> &'static str {
    if ok { "ok" } else { "err" }
}

/// -1: there was none yet.
fn last_seconds(status: Status) -> i64 {
    status.last_seconds.map_or(-1, u64::cast_signed)
}

/// -1: none is running.
fn current_seconds(status: Status, now_unix_millis: u64) -> i64 {
    let seconds = |since: u64| (now_unix_millis.saturating_sub(since) / 1_000).cast_signed();
    status.running_since.map_or(-1, seconds)
}
