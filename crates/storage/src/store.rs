//! What the dataset asks of a medium: ordered keys, atomic batches, exact snapshots.
//!
//! An engine is anything that passes [`conformance`](crate::conformance). Nothing above this trait
//! may assume a local disk or a fast [`Store::get`]: calls block, so they run on threads of their
//! own, and every one of them may fail.

use std::fmt::Debug;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use crate::Batch;

/// A key and the value at it, as a scan yields them.
pub type Entry = (Vec<u8>, Vec<u8>);

/// What a scan runs over: entries in ascending order of their keys' bytes. After an error it ends.
pub type Entries<'a> = Box<dyn Iterator<Item = Result<Entry, StoreError>> + 'a>;

/// Ordered byte keys and byte values on some medium.
///
/// Keys sort by their bytes. Every method may be called from several threads at once.
pub trait Store: Send + Sync + Debug {
    /// Reads the newest value applied at `key`, or `None` if there is none.
    ///
    /// One read of the medium at most (two while much has just been written). The checksum of what
    /// was read has been verified.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: the key cannot be trusted; report it, do not retry.
    /// [`StoreError::Unavailable`]: nothing is known; retry later.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Reads several keys; the answers are in the order of `keys` and fail one by one.
    fn multi_get(&self, keys: &[&[u8]]) -> Vec<Result<Option<Vec<u8>>, StoreError>> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    /// Says `false` only if there is certainly nothing at `key`.
    ///
    /// Never reads the medium and never waits for it: only what is in memory is asked.
    fn may_contain(&self, key: &[u8]) -> bool;

    /// Makes all changes of `batch`, in order, or none of them.
    ///
    /// Gets see them when it returns. They survive a loss of power once a later [`Store::sync`]
    /// has returned; before that a prefix of the applied batches survives, never a part of one.
    /// May wait while the medium is behind.
    ///
    /// # Errors
    /// Nothing was applied. [`StoreError::Full`]: there is no room; reads go on, and the same batch
    /// is accepted once there is room again. [`StoreError::Unavailable`]: retry later.
    fn apply(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Deletes every key of `range`: its start and all up to, not including, its end.
    ///
    /// Constant time for the caller however much is deleted; the space comes back behind. An empty
    /// or reversed range deletes nothing. To everyone else it is one more applied batch.
    fn delete_range(&self, range: Range<&[u8]>) -> Result<(), StoreError>;

    /// Everything applied so far, exactly, whatever is applied later.
    ///
    /// It owns what it needs and may outlive the store. As long as it lives, the space of what is
    /// deleted or overwritten does not come back.
    fn snapshot(&self) -> Box<dyn Snapshot>;

    /// Makes everything applied before the call survive a loss of power. May take seconds.
    fn sync(&self) -> Result<(), StoreError>;

    /// Writes a copy of everything applied before the call into `dir`, which must not exist yet.
    ///
    /// The engine opens `dir` like any other of its folders. On the same file system the copy
    /// shares its files (hard links): it takes little time and, at first, little space.
    fn checkpoint(&self, dir: &Path) -> Result<(), StoreError>;

    /// Bytes per second that can be applied for long, as things are: above that, what is behind
    /// [`apply`](Self::apply) falls further behind. `None`: any number.
    fn rate_max(&self) -> Option<u64> {
        None
    }

    /// What the store uses and has done, for INFO and metrics. Cheap enough to ask every second.
    fn stats(&self) -> Stats;
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(key)
    }

    fn multi_get(&self, keys: &[&[u8]]) -> Vec<Result<Option<Vec<u8>>, StoreError>> {
        (**self).multi_get(keys)
    }

    fn may_contain(&self, key: &[u8]) -> bool {
        (**self).may_contain(key)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        (**self).apply(batch)
    }

    fn delete_range(&self, range: Range<&[u8]>) -> Result<(), StoreError> {
        (**self).delete_range(range)
    }

    fn snapshot(&self) -> Box<dyn Snapshot> {
        (**self).snapshot()
    }

    fn sync(&self) -> Result<(), StoreError> {
        (**self).sync()
    }

    fn checkpoint(&self, dir: &Path) -> Result<(), StoreError> {
        (**self).checkpoint(dir)
    }

    fn rate_max(&self) -> Option<u64> {
        (**self).rate_max()
    }

    fn stats(&self) -> Stats {
        (**self).stats()
    }
}

/// A store at one moment. See [`Store::snapshot`].
pub trait Snapshot: Send + Sync {
    /// Reads the value that was at `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Walks over the entries of `range` (start inclusive, end exclusive) in ascending order.
    ///
    /// Reads ahead and leaves what is cached for gets alone. An empty or reversed range has none.
    fn scan(&self, range: Range<&[u8]>) -> Entries<'_>;
}

/// What a failed call means for its caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// What was read is not what was written. Report it; a retry will not help.
    #[error("could not trust what is stored: {reason}")]
    Corrupt {
        /// What the engine said.
        reason: String,
    },
    /// The medium did not do it this time. Nothing is known, nothing was changed; retry later.
    #[error("could not reach the medium: {reason}")]
    Unavailable {
        /// What the engine said.
        reason: String,
    },
    /// There is no room. Reads go on; writes are accepted again once there is room.
    #[error("could not find room: {reason}")]
    Full {
        /// What the engine said.
        reason: String,
    },
    /// The store has been closed. Stop.
    #[error("could not use a store that is closed")]
    Closed,
}

/// What a store uses and has done since it was opened. What an engine does not know is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of memory held: caches, filters, what is not yet written.
    pub memory_bytes: u64,
    /// Of these, applied and not yet written to the medium.
    pub unsynced_bytes: u64,
    /// Bytes on the medium, without those about to be deleted.
    pub disk_bytes: u64,
    /// Estimated number of keys; overwritten and deleted ones may be counted.
    pub keys_estimate: u64,
    /// Reads of the medium on behalf of gets and scans.
    pub reads: u64,
    /// Bytes read from the medium, compaction included.
    pub read_bytes: u64,
    /// Bytes handed to [`Store::apply`], as the engine counts them.
    pub applied_bytes: u64,
    /// Bytes written to the medium.
    pub written_bytes: u64,
    /// Bytes that compaction still has to rewrite, estimated.
    pub compaction_pending_bytes: u64,
    /// Microseconds that writers have been slowed down or stopped.
    pub stalled_micros: u64,
    /// As [`Store::rate_max`] says.
    pub rate_max: Option<u64>,
    /// Whether writers are stopped or slowed down now.
    pub stalled: bool,
    /// Failures of work behind (writing memory out, compaction).
    pub background_errors: u64,
}
