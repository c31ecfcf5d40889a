//! A snapshot that keeps its database open.

use std::ops::Range;
use std::sync::Arc;

use rocksdb::{DB, IteratorMode, ReadOptions, Snapshot as Inner};
use self_cell::self_cell;

use super::error::from_rocksdb;
use crate::{Entries, Snapshot, StoreError};

/// What a scan asks of the disk at once.
const READ_AHEAD_BYTES: usize = 256 << 10;

self_cell!(
    struct Owned {
        owner: Arc<DB>,
        #[covariant]
        dependent: Inner,
    }
);

pub(super) struct RocksSnapshot(Owned);

impl RocksSnapshot {
    pub(super) fn take(db: Arc<DB>) -> Self {
        Self(Owned::new(db, |db| db.snapshot()))
    }
}

impl Snapshot for RocksSnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.borrow_dependent().get(key).map_err(from_rocksdb)
    }

    fn scan(&self, range: Range<&[u8]>) -> Entries<'_> {
        if range.start >= range.end {
            return Box::new(std::iter::empty());
        }
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_readahead_size(READ_AHEAD_BYTES);
        options.set_iterate_lower_bound(range.start);
        options.set_iterate_upper_bound(range.end);
        let entries = self.0.borrow_dependent().iterator_opt(IteratorMode::Start, options);
        Box::new(entries.map(|entry| match entry {
            Ok((key, value)) => Ok((key.into_vec(), value.into_vec())),
            Err(error) => Err(from_rocksdb(error)),
        }))
    }
}
