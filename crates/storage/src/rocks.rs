//! The embedded engine: RocksDB with one column family and without its log.
//!
//! The journal is the log, so a write goes to a memtable and [`Store::sync`] writes memtables out.
//! What a memtable holds reaches the medium at once and in order, so that a loss of power leaves a
//! prefix of the applied batches. One budget bounds the memory: blocks, indexes, filters and
//! memtables are charged to one cache. How it is tuned, and the measurements behind that, are in
//! [`options`](Tuning) and in `docs/internals/storage.md`.

mod error;
mod options;
mod pace;
mod reclaim;
mod snapshot;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rocksdb::checkpoint::Checkpoint;
use rocksdb::statistics::Ticker;
use rocksdb::{
    Cache, DB, FlushOptions, ReadOptions, ReadTier, WriteBatch, WriteOptions, properties,
};

pub use self::options::{Compaction, Merging, Options, Tuning};
use self::reclaim::Reclaim;
use self::snapshot::RocksSnapshot;
use crate::batch::Op;
use crate::{Batch, Snapshot, Stats, Store, StoreError};

/// A store in a folder of the local disk.
///
/// Dropping it writes out what is still in memory. Snapshots may outlive it; the folder can be
/// opened again when the last of them is gone.
pub struct RocksStore {
    db: Arc<DB>,
    cache: Cache,
    /// Kept for its statistics.
    options: rocksdb::Options,
    read: ReadOptions,
    /// Asks memtables, and of the files only what is cached; fails where that does not decide.
    read_cached: ReadOptions,
    reclaim: Reclaim,
    merging: Merging,
    /// Sorted runs at which merging starts.
    runs: u32,
}

impl RocksStore {
    /// Opens the store in the folder that `options` name, or creates it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: the folder holds something that cannot be trusted.
    /// [`StoreError::Unavailable`]: among others, another process has it open.
    pub fn open(options: &Options) -> Result<Self, StoreError> {
        let (db_options, cache) = options.to_rocksdb();
        let db = DB::open(&db_options, &options.dir).map_err(error::from_rocksdb)?;
        let mut read_cached = ReadOptions::default();
        read_cached.set_read_tier(ReadTier::BlockCache);
        Ok(Self {
            db: Arc::new(db),
            cache,
            options: db_options,
            read: ReadOptions::default(),
            read_cached,
            reclaim: Reclaim::new(options.merging != Merging::Never),
            merging: options.merging,
            runs: options.tuning.runs,
        })
    }

    /// Lets files be merged from now on, unless that is never to be.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the engine refused.
    pub fn start_merging(&self) -> Result<(), StoreError> {
        if self.merging != Merging::OnceStarted {
            return Ok(());
        }
        let started = self.db.set_options(&[("disable_auto_compactions", "false")]);
        started.map_err(error::from_rocksdb)
    }

    /// Everything RocksDB reports about its levels and compactions, as text for people.
    pub fn report(&self) -> String {
        let report = self.db.property_value(properties::STATS).ok().flatten();
        report.unwrap_or_default()
    }

    fn number(&self, property: &properties::PropName) -> u64 {
        self.db.property_int_value(property).ok().flatten().unwrap_or(0)
    }

    fn flush(&self) -> Result<(), StoreError> {
        let mut options = FlushOptions::default();
        options.set_wait(true);
        self.db.flush_opt(&options).map_err(error::from_rocksdb)
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.db.write_opt(batch, &options).map_err(error::from_rocksdb)
    }
}

impl Store for RocksStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.db.get_pinned_opt(key, &self.read).map_err(error::from_rocksdb)?;
        Ok(found.map(|value| value.to_vec()))
    }

    fn multi_get(&self, keys: &[&[u8]]) -> Vec<Result<Option<Vec<u8>>, StoreError>> {
        let found = self.db.multi_get_opt(keys, &self.read);
        found.into_iter().map(|value| value.map_err(error::from_rocksdb)).collect()
    }

    fn may_contain(&self, key: &[u8]) -> bool {
        // Not RocksDB's `KeyMayExist`, though it does the same: that one answers "no" to an error.
        !matches!(self.db.get_pinned_opt(key, &self.read_cached), Ok(None))
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        // A record of RocksDB's: a tag and two lengths besides the bytes.
        let mut records = WriteBatch::with_capacity_bytes(batch.bytes() + 11 * batch.len() + 12);
        for op in batch.iter() {
            match op {
                Op::Put { key, value } => records.put(key, value),
                Op::Delete { key } => records.delete(key),
            }
        }
        let _guard = self.reclaim.writing(batch);
        self.write(records)
    }

    fn delete_range(&self, range: Range<&[u8]>) -> Result<(), StoreError> {
        if range.start >= range.end {
            return Ok(());
        }
        self.reclaim.deleting(range.clone(), || {
            let mut records = WriteBatch::default();
            records.delete_range(range.start, range.end);
            self.write(records)?;
            Ok(self.db.latest_sequence_number())
        })
    }

    fn snapshot(&self) -> Box<dyn Snapshot> {
        Box::new(RocksSnapshot::take(Arc::clone(&self.db)))
    }

    fn sync(&self) -> Result<(), StoreError> {
        let ripe = self.reclaim.ripe();
        self.flush()?;
        self.reclaim.reclaim(&self.db, &ripe, |range| {
            let mut records = WriteBatch::default();
            records.delete_range(range.start(), range.end());
            self.write(records)?;
            self.flush()
        });
        Ok(())
    }

    fn checkpoint(&self, dir: &Path) -> Result<(), StoreError> {
        let checkpoint = Checkpoint::new(&self.db).map_err(error::from_rocksdb)?;
        checkpoint.create_checkpoint(dir).map_err(error::from_rocksdb)
    }

    fn rate_max(&self) -> Option<u64> {
        if self.merging == Merging::Never {
            return None;
        }
        let files = self.db.property_value(properties::num_files_at_level(0)).ok().flatten();
        pace::rate_max(files.and_then(|files| files.parse().ok()).unwrap_or(0), self.runs)
    }

    fn stats(&self) -> Stats {
        let ticker = |ticker| self.options.get_ticker_count(ticker);
        Stats {
            memory_bytes: self.cache.get_usage() as u64
                + self.number(properties::ESTIMATE_TABLE_READERS_MEM),
            unsynced_bytes: self.number(properties::CUR_SIZE_ALL_MEM_TABLES),
            disk_bytes: self.number(properties::LIVE_SST_FILES_SIZE)
                + self
                    .db
                    .property_int_value(c"rocksdb.live-blob-file-size")
                    .ok()
                    .flatten()
                    .unwrap_or(0),
            keys_estimate: self.number(properties::ESTIMATE_NUM_KEYS),
            reads: ticker(Ticker::LastLevelReadCount) + ticker(Ticker::NonLastLevelReadCount),
            read_bytes: ticker(Ticker::LastLevelReadBytes) + ticker(Ticker::NonLastLevelReadBytes),
            applied_bytes: ticker(Ticker::BytesWritten),
            // Both count blob files, too.
            written_bytes: ticker(Ticker::FlushWriteBytes) + ticker(Ticker::CompactWriteBytes),
            compaction_pending_bytes: self.number(properties::ESTIMATE_PENDING_COMPACTION_BYTES),
            stalled_micros: ticker(Ticker::StallMicros),
            rate_max: self.rate_max(),
            stalled: self.number(properties::IS_WRITE_STOPPED) != 0
                || self.number(properties::ACTUAL_DELAYED_WRITE_RATE) != 0,
            background_errors: self.number(properties::BACKGROUND_ERRORS),
        }
    }
}

impl fmt::Debug for RocksStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RocksStore").field("dir", &self.db.path()).finish_non_exhaustive()
    }
}
