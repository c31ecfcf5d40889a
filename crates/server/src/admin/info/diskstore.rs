//! The section about what makes this server another one: the cache, what it owes, the journal and
//! the store.

use hadal_storage::journal::Refusal;

use super::Facts;
use crate::admin::section::{Report, ratio};

pub(super) fn diskstore(facts: &Facts<'_>, report: &mut Report) {
    report.section("Diskstore");
    cache(facts, report);
    transfers(facts, report);
    journal(facts, report);
    store(facts, report);
    memory(facts, report);
}

fn cache(facts: &Facts<'_>, report: &mut Report) {
    let driver = facts.driver();
    let (hits, misses) = (driver.hits, driver.misses);
    report.line("cache_entries", driver.cache.entries);
    report.line("cache_entries_expiring", driver.cache.expiring);
    report.line("cache_hit_ratio", format_args!("{:.4}", ratio(hits, hits + misses, 0.0)));
    report.line("cache_hits", hits);
    report.line("cache_misses", misses);
    report.line("cache_evictions", driver.cache.evicted);
    report.line("owed_entries", driver.cache.owed);
    report.line("owed_bytes", driver.cache.owed_bytes);
    report.line("clients_waiting", driver.waiting);
    let (streams, copied_bytes) = driver.streams;
    report.line("streamed_answers", streams);
    report.line("streamed_answers_copied_bytes", copied_bytes);
}

fn transfers(facts: &Facts<'_>, report: &mut Report) {
    let driver = facts.driver();
    let (found, absent) = (driver.loads_found, driver.loads_absent);
    let reads = found + absent.saturating_sub(driver.loads_filtered) + driver.loads_failed;
    let saves = &driver.saves;
    let average = |micros: u64, count: u64| micros.checked_div(count).unwrap_or(0);
    report.line("loads_in_flight", driver.loads_in_flight);
    report.line("loads_found", found);
    report.line("loads_absent", absent);
    report.line("loads_absent_unread", driver.loads_filtered);
    report.line("loads_failed", driver.loads_failed);
    report.line("load_latency_avg_usec", average(driver.load_micros, reads));
    report.line("saves", saves.entries);
    report.line("save_batches", saves.batches);
    report.line("save_bytes", saves.bytes);
    report.line("save_batches_failed", saves.failed);
    report.line("save_latency_avg_usec", average(saves.micros, saves.batches));
}

fn journal(facts: &Facts<'_>, report: &mut Report) {
    let driver = facts.driver();
    let writes = match driver.refusal {
        None => "accepted",
        Some(Refusal::Full) => "refused: disk full",
        Some(Refusal::Failed) => "refused: journal failed",
    };
    report.line("writes", writes);
    report.line("journal_bytes", driver.journal.disk_bytes);
    report.line("journal_segments", driver.journal.segments);
    report.line("journal_pending_bytes", driver.journal.pending_bytes);
    report.line("journal_written_bytes", driver.journal.bytes_written);
    report.line("journal_first_lsn", driver.journal.first.0);
    report.line("journal_last_lsn", driver.journal_last.0);
    report.line("journal_durable_lsn", driver.journal_durable.0);
    report.line("journal_syncs", driver.journal.syncs);
    report.line("journal_last_sync_usec", driver.journal.sync_last_micros);
    report.line("journal_max_sync_usec", driver.journal.sync_max_micros);
}

fn store(facts: &Facts<'_>, report: &mut Report) {
    let (collections, databases) = facts.driver().reclaimable;
    report.line("reclaimable_collections", collections);
    report.line("reclaimable_databases", databases);
    let store = &facts.driver().store;
    report.line("store_keys_estimate", store.keys_estimate);
    report.line("store_disk_bytes", store.disk_bytes);
    report.line("store_reads", store.reads);
    report.line("store_read_bytes", store.read_bytes);
    report.line("store_applied_bytes", store.applied_bytes);
    report.line("store_written_bytes", store.written_bytes);
    report.line("store_unsynced_bytes", store.unsynced_bytes);
    report.line("store_compaction_pending_bytes", store.compaction_pending_bytes);
    report.line("store_stalled_usec", store.stalled_micros);
    report.line("store_rate_max_bytes", store.rate_max.unwrap_or(0));
    report.line("store_background_errors", store.background_errors);
    report.line("dead_spaces", facts.driver().dead_spaces);
}

/// What memory is spent on, and what is not explained.
fn memory(facts: &Facts<'_>, report: &mut Report) {
    let memory = &facts.driver().memory;
    let clients = facts.server.clients.memory_bytes();
    let explained = memory.cache_bytes + memory.store_bytes + memory.journal_bytes + clients;
    report.line("memory_limit_bytes", memory.limit_bytes);
    report.line("memory_resident_bytes", memory.resident_bytes);
    report.line("memory_resident_peak_bytes", memory.peak_bytes);
    report.line("memory_cache_bytes", memory.cache_bytes);
    report.line("memory_cache_max_bytes", memory.cache_bytes_max);
    report.line("memory_store_bytes", memory.store_bytes);
    report.line("memory_journal_bytes", memory.journal_bytes);
    report.line("memory_clients_bytes", clients);
    report.line("memory_other_bytes", memory.resident_bytes.saturating_sub(explained));
}
