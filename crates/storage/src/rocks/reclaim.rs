//! Space of deleted ranges.
//!
//! A range deletion is one marker; what it covers goes when compaction meets it. Whole files can go
//! at once, but deleting a file is no part of the order of writes. It would be seen by snapshots
//! taken before, would survive a loss of power that the marker does not survive, and would take
//! keys along that were put again. So files go at the first sync after the deletion at which no
//! older snapshot lives, and only if nothing was put into the range meanwhile.
//!
//! A file that goes may hold the marker itself, and then a key below it, in a file that reaches
//! beyond the range and so stays, would come back. Hence the marker is written once more before the
//! files go, into a file of the top level, where it stays while compaction rests.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};
use rocksdb::{DB, properties};

use crate::Batch;
use crate::batch::Op;

/// Ranges that are deleted and may still occupy files.
#[derive(Debug)]
pub(super) struct Reclaim {
    pending: RwLock<Pending>,
    /// A store that never merges leaves its files alone, too.
    merges: bool,
}

type Pending = Vec<Arc<Deleted>>;

/// A deleted range.
#[derive(Debug)]
pub(super) struct Deleted {
    start: Vec<u8>,
    end: Vec<u8>,
    /// Snapshots from here on do not see what was in it.
    sequence: u64,
    /// Something was put into it again: its files are left to compaction.
    reused: AtomicBool,
}

impl Reclaim {
    pub(super) fn new(merges: bool) -> Self {
        Self { pending: RwLock::default(), merges }
    }

    /// To be held while `batch` is written, so that no file goes in the middle of it.
    pub(super) fn writing(&self, batch: &Batch) -> RwLockReadGuard<'_, Pending> {
        let pending = self.pending.read();
        if !pending.is_empty() {
            for op in batch.iter() {
                let Op::Put { key, .. } = op else { continue };
                for deleted in pending.iter().filter(|deleted| deleted.covers(key)) {
                    deleted.reused.store(true, Ordering::Relaxed);
                }
            }
        }
        pending
    }

    /// Notes that `range` is deleted by `write`, which returns the number of that write.
    pub(super) fn deleting<E>(
        &self,
        range: Range<&[u8]>,
        write: impl FnOnce() -> Result<u64, E>,
    ) -> Result<(), E> {
        let mut pending = self.pending.write();
        let sequence = write()?;
        let (start, end) = (range.start.to_vec(), range.end.to_vec());
        pending.push(Arc::new(Deleted { start, end, sequence, reused: AtomicBool::new(false) }));
        Ok(())
    }

    /// What was deleted before now, for [`Reclaim::reclaim`] once that has been synced.
    pub(super) fn ripe(&self) -> Vec<Arc<Deleted>> {
        self.pending.read().clone()
    }

    /// Deletes the files of what is `ripe`. `rewrite` writes the marker of a range again and syncs
    /// it. What a snapshot still needs, is being merged or fails is tried again at the next sync.
    pub(super) fn reclaim<E>(
        &self,
        db: &DB,
        ripe: &[Arc<Deleted>],
        rewrite: impl Fn(&Deleted) -> Result<(), E>,
    ) {
        if ripe.is_empty() || !self.merges {
            return;
        }
        let mut pending = self.pending.write();
        pending.retain(|deleted| !deleted.reused.load(Ordering::Relaxed));
        let oldest = db.property_int_value(c"rocksdb.oldest-snapshot-sequence").ok().flatten();
        let oldest = oldest.filter(|sequence| *sequence != 0).unwrap_or(u64::MAX);
        let (free, kept): (Pending, Pending) = pending.drain(..).partition(|deleted| {
            deleted.sequence <= oldest && ripe.iter().any(|ripe| Arc::ptr_eq(ripe, deleted))
        });
        *pending = kept;
        for deleted in free {
            if !delete_files(db, &deleted, || rewrite(&deleted)) {
                pending.push(deleted);
            }
        }
    }
}

/// Says whether nothing is left to do: no file lies wholly in the range, nor will a compaction that
/// runs make one. Files of the top level are left to compaction.
fn delete_files<E>(db: &DB, range: &Deleted, rewrite: impl FnOnce() -> Result<(), E>) -> bool {
    let merging =
        || db.property_int_value(properties::NUM_RUNNING_COMPACTIONS).ok().flatten() != Some(0);
    if !range.has_files(db) {
        return !merging();
    }
    // Compactions that run already cannot take a file that is yet to be made.
    if db.set_options(&[("disable_auto_compactions", "true")]).is_err() {
        return false;
    }
    if rewrite().is_ok() {
        // If it fails there are files left, and the next sync tries again.
        drop(db.delete_file_in_range(range.start(), &range.last_inside()));
    }
    let resumed = db.set_options(&[("disable_auto_compactions", "false")]).is_ok();
    resumed && !merging() && !range.has_files(db)
}

impl Deleted {
    /// First key of the range.
    pub(super) fn start(&self) -> &[u8] {
        &self.start
    }

    /// First key after the range.
    pub(super) fn end(&self) -> &[u8] {
        &self.end
    }

    fn has_files(&self, db: &DB) -> bool {
        let inside = |key: Option<&Vec<u8>>| key.is_some_and(|key| self.covers(key));
        db.live_files().is_ok_and(|files| {
            files.iter().any(|file| {
                file.level > 0 && inside(file.start_key.as_ref()) && inside(file.end_key.as_ref())
            })
        })
    }

    fn covers(&self, key: &[u8]) -> bool {
        self.start.as_slice() <= key && key < self.end.as_slice()
    }

    /// A key in front of `end` with nothing, or next to nothing, in between: the last key of the
    /// range cannot be named, and RocksDB takes the key it is given as a part of the range.
    fn last_inside(&self) -> Vec<u8> {
        let mut last = self.end.clone();
        if let Some(byte) = last.pop().filter(|byte| *byte != 0) {
            last.push(byte - 1);
            last.extend([0xFF; 32]);
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_range_is_not_inside_it() {
        for end in [&b"b"[..], b"b\0", b"\0", b"a\xFF"] {
            let reused = AtomicBool::new(false);
            let range = Deleted { start: Vec::new(), end: end.to_vec(), sequence: 1, reused };
            let last = range.last_inside();
            assert!(range.covers(&last), "{last:?} against {end:?}");
        }
    }
}
