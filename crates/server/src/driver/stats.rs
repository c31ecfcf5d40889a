//! Numbers for INFO and metrics.

use std::sync::atomic::Ordering;

use hadal_keyspace::Totals;
use hadal_storage::{Stats as StoreStats, journal};
use hadal_value::Lsn;

use super::memory::measure;
use super::{Counters, Driver, FsyncPolicy};

/// What the driver and everything below it has to tell.
#[derive(Clone, Debug)]
pub struct DriverStats {
    /// The cache's entries and bytes.
    pub cache: Totals,
    /// Keys asked for that were in memory, or known to be absent.
    pub hits: u64,
    /// Keys asked for that were not.
    pub misses: u64,
    /// Loads that found their key; that did not; of those, the ones filters answered; that failed.
    pub loads_found: u64,
    /// Loads that found nothing.
    pub loads_absent: u64,
    /// Of those, the ones that filters answered without a read.
    pub loads_filtered: u64,
    /// Deleted collections, and databases, whose room in the store is still to be given back.
    pub reclaimable: (usize, usize),
    /// Loads that failed.
    pub loads_failed: u64,
    /// Microseconds that loads took, together.
    pub load_micros: u64,
    /// Loads waiting or under way.
    pub loads_in_flight: usize,
    /// Saved entries, bytes, batches, failures and microseconds since the start.
    pub saves: hadal_dataset::SaveCounts,
    /// Commands waiting for loads or for room.
    pub waiting: usize,
    /// Answers that are being made part by part, and bytes that have been copied for them.
    pub streams: (usize, usize),
    /// Keys deleted because their time had come.
    pub expired: u64,
    /// The same of fields of hashes.
    pub expired_fields: u64,
    /// The journal.
    pub journal: journal::Stats,
    /// The journal's last record, and the last that survives a loss of power.
    pub journal_last: Lsn,
    /// The last record that survives a loss of power.
    pub journal_durable: Lsn,
    /// Why writes are refused, if they are.
    pub refusal: Option<journal::Refusal>,
    /// When replies to writes are sent.
    pub fsync: FsyncPolicy,
    /// The store.
    pub store: StoreStats,
    /// Spaces of flushed databases that are still to be given back.
    pub dead_spaces: usize,
    /// When everything was last saved, in Unix seconds.
    pub last_save: u64,
    /// Snapshots begun.
    pub snapshots: u64,
    /// Snapshots that failed.
    pub snapshots_failed: u64,
    /// Memory.
    pub memory: MemoryStats,
}

/// What memory is spent on.
#[derive(Clone, Copy, Debug)]
pub struct MemoryStats {
    /// The limit.
    pub limit_bytes: usize,
    /// Resident.
    pub resident_bytes: usize,
    /// The most that was resident.
    pub peak_bytes: usize,
    /// Asked of the allocator and not given back.
    pub allocated_bytes: usize,
    /// Entries.
    pub cache_bytes: usize,
    /// What entries may take now.
    pub cache_bytes_max: usize,
    /// Of the entries, what cannot leave before it is saved.
    pub owed_bytes: usize,
    /// The store's caches, filters and tables.
    pub store_bytes: usize,
    /// The journal's queue.
    pub journal_bytes: usize,
}

impl Driver {
    /// Numbers as of now. Locks every shard in turn: for INFO, not for commands.
    pub fn stats(&self) -> DriverStats {
        let dataset = &*self.dataset;
        let loads = dataset.loads();
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        DriverStats {
            cache: dataset.keyspace().totals(),
            hits: count(&self.counters.asked).saturating_sub(count(&self.counters.misses)),
            misses: count(&self.counters.misses),
            loads_found: count(&loads.found),
            loads_absent: count(&loads.absent),
            loads_filtered: count(&loads.filtered),
            reclaimable: (
                self.dataset.reclaimable(),
                self.dataset.keyspace().spaces().dead().len(),
            ),
            loads_failed: count(&loads.failed),
            load_micros: count(&loads.micros),
            loads_in_flight: self.io.in_flight(),
            saves: dataset.save_counts(),
            waiting: self.counters.waiting.load(Ordering::Relaxed),
            streams: (self.streams.count(), self.streams.copied_bytes()),
            expired: count(&self.counters.expired),
            expired_fields: count(&self.counters.expired_fields),
            journal: dataset.journal().stats(),
            journal_last: Lsn(dataset.journal().last().0),
            journal_durable: dataset.durable(),
            refusal: dataset.accepts().err(),
            fsync: self.commits.policy(),
            store: dataset.store().stats(),
            dead_spaces: dataset.keyspace().spaces().dead().len(),
            last_save: count(&self.counters.last_save),
            snapshots: count(&self.counters.snapshots),
            snapshots_failed: count(&self.counters.snapshots_failed),
            memory: self.memory_stats(),
        }
    }

    /// What memory is spent on, now.
    pub fn memory_stats(&self) -> MemoryStats {
        let taken = measure();
        let keyspace = self.dataset.keyspace();
        MemoryStats {
            limit_bytes: self.memory.budget().total_bytes,
            resident_bytes: taken.resident_bytes,
            peak_bytes: self.memory.peak_bytes().max(taken.resident_bytes),
            allocated_bytes: taken.allocated_bytes,
            cache_bytes: keyspace.bytes(),
            cache_bytes_max: keyspace.bytes_max(),
            owed_bytes: keyspace.owed_bytes(),
            store_bytes: self.dataset.store().stats().memory_bytes as usize,
            journal_bytes: self.dataset.journal().pending_bytes(),
        }
    }

    /// Keys of a database, as far as that is known without looking anything up.
    pub fn dbsize_estimate(&self, db: u32) -> u64 {
        self.dataset.count_estimate(db)
    }

    /// Sets hits, misses, expired keys and expired fields to zero.
    pub fn reset_stats(&self) {
        let Counters { asked, misses, expired, expired_fields, .. } = &self.counters;
        for counter in [asked, misses, expired, expired_fields] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Whether keys are deleted when their time comes, not only when someone looks.
    pub fn set_active_expire(&self, active: bool) {
        self.counters.active_expire.store(active, Ordering::Relaxed);
    }
}
