//! The names in the journal's directory: which segments there are, and the spares ahead of them.
//!
//! Rules that recovery relies on:
//! - A segment gets its name only after its header is synced, and is written to only after its
//!   name is.
//! - The segment before it was synced to its last record by then.
//! - Segments are deleted oldest first, and the directory is synced after each, so that a power
//!   cut never brings an older one back without its successors. Should a failing medium do so,
//!   the next segment's header says that the older one is gone.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::format::{END_LEN, MARK_LEN, SEGMENT_HEADER_LEN, SegmentHeader};
use super::{JournalError, Lsn};
use crate::env::{Env, File, Files, Lock, is_full};

const LOCK_NAME: &str = "lock";
const SEGMENT_SUFFIX: &str = ".journal";
/// No journal comes near: whatever has such a name was not made by one.
const LSN_MAX: u64 = 1 << 62;
const SPARE_PREFIX: &str = "spare-";
/// One is what the next segment needs. The other places let truncation hand over used segments,
/// whose blocks are written already: syncing those needs no change of the filesystem's metadata.
const SPARES_MAX: usize = WORTH_A_SYNC;
/// So many segments are deleted at a time: for each the store would have to write out what it has
/// in memory, in files that are the smaller, and then merged the more often.
const WORTH_A_SYNC: usize = 4;

/// Why writing cannot go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// Nothing is lost or in doubt: try again later.
    Retry(JournalError),
    /// Nobody knows what is on the medium: never try again.
    Fail(JournalError),
}

/// One file of records.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub path: PathBuf,
    pub first: Lsn,
    pub follows: Lsn,
    pub len: u64,
}

/// The segment that is written to.
#[derive(Debug)]
pub(super) struct Active {
    pub file: Box<dyn File>,
    pub path: PathBuf,
    pub salt: u64,
    /// The LSN of the first record here, if there is one yet.
    pub first: Lsn,
    pub len: u64,
    /// Where the next frame goes.
    pub offset: u64,
}

#[derive(Debug)]
pub(super) struct Directory {
    env: Env,
    path: PathBuf,
    segment_len: u64,
    names: Mutex<Names>,
    _lock: Box<dyn Lock>,
}

#[derive(Debug, Default)]
struct Names {
    /// Oldest first. The last is the active one, once there is one.
    segments: VecDeque<Segment>,
    /// Segments that do not count once there is a newer one.
    stale: Vec<PathBuf>,
    /// Preallocated files without a header of their own.
    spares: Vec<Spare>,
    spares_made: u64,
}

#[derive(Debug)]
struct Spare {
    file: Box<dyn File>,
    path: PathBuf,
}

/// Creates the directory if needed and locks it.
pub(super) fn lock(env: &Env, dir: &Path) -> Result<Box<dyn Lock>, JournalError> {
    env.files.create_dir(dir).map_err(JournalError::io("create", dir))?;
    let path = dir.join(LOCK_NAME);
    env.files.lock(&path).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => {
            JournalError::Locked { dir: dir.to_owned(), holder: error.to_string() }
        }
        _ => JournalError::io("lock", &path)(error),
    })
}

/// The first LSN that a segment of this name starts with.
pub(super) fn parse_segment_name(name: &str) -> Option<Lsn> {
    let digits = name.strip_suffix(SEGMENT_SUFFIX)?;
    let is_ours = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first = is_ours.then(|| digits.parse().ok())??;
    (first <= LSN_MAX).then_some(Lsn(first))
}

pub(super) fn segment_name(first: Lsn) -> String {
    format!("{first:020}{SEGMENT_SUFFIX}", first = first.0)
}

/// The length a segment needs so that one frame of `frame_len` bytes fits.
fn len_for(frame_len: usize) -> u64 {
    (SEGMENT_HEADER_LEN + MARK_LEN + frame_len + END_LEN) as u64
}

impl Directory {
    /// Takes over the directory `path` with the segments that recovery kept, and removes spares of
    /// earlier runs: they may have been cut off while being made. `stale` segments are removed
    /// once there is a new one.
    pub(super) fn new(
        env: Env,
        path: &Path,
        segment_len: u64,
        segments: VecDeque<Segment>,
        stale: Vec<PathBuf>,
        lock: Box<dyn Lock>,
    ) -> Result<Directory, JournalError> {
        for name in env.files.list(path).map_err(JournalError::io("list", path))? {
            if name.starts_with(SPARE_PREFIX) {
                let spare = path.join(name);
                env.files.remove(&spare).map_err(JournalError::io("remove", &spare))?;
            }
        }
        let names = Mutex::new(Names { segments, stale, ..Names::default() });
        let segment_len = segment_len.max(len_for(0));
        Ok(Directory { env, path: path.to_owned(), segment_len, names, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that the next segment's space is there.
    pub(super) fn ensure_spare(&self) -> Result<(), JournalError> {
        let mut names = self.names.lock();
        if names.spares.is_empty() {
            let spare = self.create_spare(&mut names, self.segment_len)?;
            names.spares.push(spare);
        }
        Ok(())
    }

    /// Starts the segment whose first record is `first` and in which a frame of `frame_len` bytes
    /// fits. Everything before must be synced.
    pub(super) fn start_segment(
        &self,
        first: Lsn,
        follows: Lsn,
        frame_len: usize,
    ) -> Result<Active, Stop> {
        let mut names = self.names.lock();
        let len = self.segment_len.max(len_for(frame_len));
        let recycled = if len == self.segment_len { names.spares.pop() } else { None };
        let spare = match recycled {
            Some(spare) => spare,
            None => self.create_spare(&mut names, len).map_err(Stop::Retry)?,
        };
        let segment = Segment { path: self.path.join(segment_name(first)), first, follows, len };
        let salt = self.env.random.next_u64();
        let oldest = names.segments.front().map_or(first, |oldest| oldest.first);
        self.publish(&spare, &segment, SegmentHeader { first, follows, oldest, salt })?;
        let active = Active {
            file: spare.file,
            path: segment.path.clone(),
            salt,
            first,
            len,
            offset: SEGMENT_HEADER_LEN as u64,
        };
        // A segment without records has the name that its replacement gets.
        names.segments.retain(|old| old.first != first);
        names.segments.push_back(segment);
        self.remove_stale(&mut names);
        Ok(active)
    }

    fn publish(&self, spare: &Spare, to: &Segment, header: SegmentHeader) -> Result<(), Stop> {
        let files = &self.env.files;
        let stop = |act, path: &Path, error: io::Error| {
            if is_full(&error) {
                Stop::Retry(JournalError::Full { file: path.to_owned() })
            } else {
                Stop::Fail(JournalError::io(act, path)(error))
            }
        };
        // Until it is renamed this file is nobody's, so even a failed sync for lack of space
        // leaves nothing in doubt. The name in the directory does.
        let mut start = header.encode().to_vec();
        start.resize(SEGMENT_HEADER_LEN + END_LEN, 0);
        spare.file.write_at(&start, 0).map_err(|error| stop("write", &spare.path, error))?;
        spare.file.sync_data().map_err(|error| stop("sync", &spare.path, error))?;
        files.rename(&spare.path, &to.path).map_err(|error| stop("rename", &spare.path, error))?;
        files
            .sync_dir(&self.path)
            .map_err(|error| Stop::Fail(JournalError::io("sync", &self.path)(error)))
    }

    fn create_spare(&self, names: &mut Names, len: u64) -> Result<Spare, JournalError> {
        let path = names.next_spare_path(&self.path);
        let file = self.env.files.create(&path, len).map_err(|error| {
            if is_full(&error) {
                JournalError::Full { file: path.clone() }
            } else {
                JournalError::io("create", &path)(error)
            }
        })?;
        Ok(Spare { file, path })
    }

    /// Deletes the segments in which every record is below `before`, never the active one, and
    /// says how many.
    pub(super) fn truncate(&self, before: Lsn) -> Result<usize, Stop> {
        let mut names = self.names.lock();
        let mut deleted = 0;
        while let (Some(oldest), Some(next)) = (names.segments.front(), names.segments.get(1)) {
            if next.follows >= before {
                break;
            }
            let oldest = oldest.clone();
            self.delete(&mut names, &oldest)?;
            names.segments.pop_front();
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Whether [`truncate`](Self::truncate) would delete so much that it is worth a sync of the
    /// store.
    pub(super) fn is_truncatable(&self, before: Lsn) -> bool {
        self.names.lock().segments.get(WORTH_A_SYNC).is_some_and(|next| next.follows < before)
    }

    fn delete(&self, names: &mut Names, segment: &Segment) -> Result<(), Stop> {
        let files = &self.env.files;
        if names.spares.len() < SPARES_MAX && segment.len == self.segment_len {
            let path = names.next_spare_path(&self.path);
            files
                .rename(&segment.path, &path)
                .map_err(|error| Stop::Retry(JournalError::io("rename", &segment.path)(error)))?;
            // If it cannot be opened, it stays behind until the next start removes it.
            if let Ok(file) = files.open(&path) {
                names.spares.push(Spare { file, path });
            }
        } else {
            files
                .remove(&segment.path)
                .map_err(|error| Stop::Retry(JournalError::io("remove", &segment.path)(error)))?;
        }
        files
            .sync_dir(&self.path)
            .map_err(|error| Stop::Fail(JournalError::io("sync", &self.path)(error)))
    }

    /// Removes what the newest segment supersedes. What cannot be removed does no harm, and the
    /// next start tries again.
    fn remove_stale(&self, names: &mut Names) {
        for path in std::mem::take(&mut names.stale) {
            // An empty segment and the one that replaced it share a name.
            if names.segments.iter().all(|segment| segment.path != path) {
                let _ = self.env.files.remove(&path);
            }
        }
    }

    /// The segments with records, oldest first; the last is the active one.
    pub(super) fn segments(&self) -> Vec<Segment> {
        self.names.lock().segments.iter().cloned().collect()
    }

    pub(super) fn files(&self) -> Arc<dyn Files> {
        Arc::clone(&self.env.files)
    }

    /// Segments, their bytes with the spares', and the first LSN.
    pub(super) fn usage(&self) -> (usize, u64, Lsn) {
        let names = self.names.lock();
        let segments: u64 = names.segments.iter().map(|segment| segment.len).sum();
        let spares = names.spares.len() as u64 * self.segment_len;
        let first = names.segments.front().map_or(Lsn(0), |segment| segment.first);
        (names.segments.len(), segments + spares, first)
    }
}

impl Names {
    fn next_spare_path(&mut self, dir: &Path) -> PathBuf {
        self.spares_made += 1;
        dir.join(format!("{SPARE_PREFIX}{}", self.spares_made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_twenty_digits_are_segments() {
        assert_eq!(parse_segment_name(&segment_name(Lsn(42))), Some(Lsn(42)));
        assert_eq!(parse_segment_name(&segment_name(Lsn(u64::MAX))), None);
        assert_eq!(segment_name(Lsn(42)), "00000000000000000042.journal");
        for name in ["42.journal", "0000000000000000004x.journal", "99999999999999999999.journal"] {
            assert_eq!(parse_segment_name(name), None, "{name}");
        }
    }
}
