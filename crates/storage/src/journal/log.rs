//! The journal's handle: what appenders, the journal thread and the truncating thread call.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::directory::{self, Directory, Stop};
use super::pending::Pending;
use super::recover;
use super::writer::Writer;
use super::{JournalError, Lsn, Recovered, Refusal, Wake};
use crate::env::{Clock, Env};

/// How often a missing spare is tried again while writes go on, in writes. (While they do not,
/// every call tries.)
const SPARE_RETRY_WRITES: u32 = 64;

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Length of a segment file. A longer record gets a segment of its own length.
    pub segment_bytes: u64,
    /// While the next segment cannot be preallocated, writes are refused once less than this is
    /// left: room for commands that were let in just before.
    pub reserve_bytes: u64,
    /// What to do when synced records cannot be read.
    pub on_corruption: OnCorruption,
    /// No record gets this LSN or a lower one, even if the journal is new or was cut: what the
    /// store has already seen.
    pub after: Lsn,
    /// Records before this one are in the store for good: segments that hold no others are removed
    /// unread.
    pub needed: Lsn,
}

impl Default for Options {
    /// 16 MiB segments, 8 MiB reserve, refuse corruption.
    fn default() -> Options {
        Options {
            segment_bytes: 16 << 20,
            reserve_bytes: 8 << 20,
            on_corruption: OnCorruption::Refuse,
            after: Lsn(0),
            needed: Lsn(0),
        }
    }
}

/// What [`Journal::open`] does when records that were once synced cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCorruption {
    /// Fails with [`JournalError::Corrupt`] and changes nothing.
    Refuse,
    /// Loses the first unreadable record and all after it. The LSNs that may have been theirs are
    /// skipped.
    Truncate,
}

/// How far the journal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Survives the end of the process.
    pub written: Lsn,
    /// Survives power loss.
    pub durable: Lsn,
}

/// Numbers for an operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Segments with records, the active one included.
    pub segments: usize,
    /// Bytes that segments and spares take on the medium.
    pub disk_bytes: u64,
    /// The oldest record kept (or the next to come, if there is none).
    pub first: Lsn,
    /// Frame bytes appended and not yet written.
    pub pending_bytes: usize,
    /// Bytes written since the journal was opened.
    pub bytes_written: u64,
    /// Syncs of records since the journal was opened.
    pub syncs: u64,
    /// How long the newest sync asked for took, in microseconds.
    pub sync_last_micros: u64,
    /// How long the longest sync took, in microseconds.
    pub sync_max_micros: u64,
}

/// An open journal. All methods may be called from any thread.
///
/// Dropping it writes nothing: what is pending is lost, as it would be if the process ended.
pub struct Journal {
    pending: Pending,
    writer: Mutex<Writer>,
    pub(super) directory: Directory,
    clock: Arc<dyn Clock>,
    reserve_bytes: u64,
    written: AtomicU64,
    durable: AtomicU64,
    failed: AtomicBool,
    /// Bytes that can still be written for certain: all there is of the active segment if the
    /// next one is not preallocated, `u64::MAX` if it is.
    room: AtomicU64,
    spare: Mutex<SpareRetry>,
    bytes_written: AtomicU64,
    syncs: AtomicU64,
    sync_last_micros: AtomicU64,
    sync_max_micros: AtomicU64,
}

/// When to try again to preallocate the next segment.
#[derive(Default)]
struct SpareRetry {
    is_missing: bool,
    writes_left: u32,
}

impl SpareRetry {
    /// Whether the next segment is preallocated now.
    fn ensure(&mut self, directory: &Directory, is_urgent: bool) -> bool {
        if self.writes_left > 0 && !is_urgent {
            self.writes_left -= 1;
            return false;
        }
        match directory.ensure_spare() {
            Ok(()) if self.is_missing => {
                *self = SpareRetry::default();
                tracing::info!(dir = %directory.path().display(), "journal has space again");
                true
            }
            Ok(()) => true,
            Err(error) => {
                if !self.is_missing {
                    tracing::warn!(%error, "next journal segment was not preallocated");
                }
                *self = SpareRetry { is_missing: true, writes_left: SPARE_RETRY_WRITES };
                false
            }
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("dir", &self.dir())
            .field("last", &self.last())
            .field("written", &self.written())
            .field("durable", &self.durable())
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal in `dir`, creating it if there is none, and finds what was written
    /// before.
    ///
    /// Reads every segment that is still needed once, to see that all of it is as it was written. What the system may
    /// have kept in memory only is written and synced again, so that everything in [`Recovered`]
    /// is durable when this returns. On a full disk it opens, and [`accepts`](Self::accepts)
    /// says so.
    ///
    /// # Errors
    /// [`JournalError::Locked`], [`JournalError::Corrupt`], [`JournalError::Version`], and
    /// [`JournalError::Io`] when something could not be read or synced.
    pub fn open(
        env: &Env,
        dir: &Path,
        options: &Options,
    ) -> Result<(Journal, Recovered), JournalError> {
        let lock = directory::lock(env, dir)?;
        let found = recover::recover(env.files.as_ref(), dir, options)?;
        let last = found.last.max(options.after);
        let (segments, stale) = (found.segments(), found.stale.clone());
        let len = options.segment_bytes;
        let directory = Directory::new(env.clone(), dir, len, segments, stale, lock)?;
        let journal = Journal {
            pending: Pending::new(last),
            writer: Mutex::new(Writer::new(last, found.follows)),
            directory,
            clock: env.clock.clone(),
            reserve_bytes: options.reserve_bytes,
            written: AtomicU64::new(last.0),
            durable: AtomicU64::new(last.0),
            failed: AtomicBool::new(false),
            room: AtomicU64::new(0),
            spare: Mutex::new(SpareRetry::default()),
            bytes_written: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            sync_last_micros: AtomicU64::new(0),
            sync_max_micros: AtomicU64::new(0),
        };
        match journal.start() {
            Ok(()) | Err(Stop::Retry(_)) => {}
            Err(Stop::Fail(error)) => return Err(error),
        }
        Ok((journal, found.into_recovered(env.files.clone())))
    }

    fn start(&self) -> Result<(), Stop> {
        let mut writer = self.writer.lock();
        let result = writer.start(&self.directory);
        self.prepare_spare(&writer, result.is_err());
        result
    }

    /// Adds a record to what is pending and says where it will be. It is durable once
    /// [`durable`](Self::durable) has reached that place.
    ///
    /// Memory only: one short lock, one copy, no checksum and no system call unless the journal
    /// thread sleeps and nothing was pending. Never fails; see [`accepts`](Self::accepts) and
    /// [`pending_bytes`](Self::pending_bytes) for when not to call it.
    ///
    /// # Panics
    /// If `record` is longer than [`RECORD_LEN_MAX`](super::RECORD_LEN_MAX).
    pub fn append(&self, record: &[u8]) -> Lsn {
        self.pending.append(record)
    }

    /// Bytes appended and not yet written. Whoever appends must hold back when this grows.
    pub fn pending_bytes(&self) -> usize {
        self.pending.bytes()
    }

    /// Whether a write command may run now. Two or three atomic reads.
    pub fn accepts(&self) -> Result<(), Refusal> {
        if self.failed.load(Ordering::Acquire) {
            return Err(Refusal::Failed);
        }
        let room = self.room.load(Ordering::Relaxed);
        if room != u64::MAX && self.pending_bytes() as u64 + self.reserve_bytes > room {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// The newest LSN given out.
    pub fn last(&self) -> Lsn {
        self.pending.last()
    }

    /// Everything up to here survives the end of the process.
    pub fn written(&self) -> Lsn {
        Lsn(self.written.load(Ordering::Acquire))
    }

    /// Everything up to here survives power loss.
    pub fn durable(&self) -> Lsn {
        Lsn(self.durable.load(Ordering::Acquire))
    }

    /// Sleeps until something is pending, the journal is closed, or `timeout` is over. For the
    /// journal thread, which calls [`write`](Self::write) after each, whatever the answer: that
    /// is also how a full disk is noticed to have space again. While nothing can be written,
    /// this sleeps for all of `timeout`.
    pub fn wait_pending(&self, timeout: Duration) -> Wake {
        self.pending.wait(timeout)
    }

    /// Tells [`wait_pending`](Self::wait_pending) to return [`Wake::Closed`], now and always.
    /// The next [`write`](Self::write) that syncs then also seals the journal, so that any
    /// damage to it is noticed.
    pub fn close(&self) {
        self.pending.close();
    }

    /// Writes everything pending; with `sync`, also makes everything written survive
    /// power loss. Records appended meanwhile go with the next call. With nothing to do, no
    /// system call is made, so call it freely.
    ///
    /// # Errors
    /// [`JournalError::Full`] (or [`JournalError::Io`] about a file that could not be created):
    /// what is pending is kept, call again later. [`JournalError::Failed`] and every other
    /// error are for good: [`accepts`](Self::accepts) says [`Refusal::Failed`] from now on.
    pub fn write(&self, sync: bool) -> Result<Progress, JournalError> {
        let mut writer = self.writer.lock();
        if self.failed.load(Ordering::Acquire) {
            return Err(JournalError::Failed);
        }
        let had_work = writer.written < self.pending.last();
        let result = self.write_and_sync(&mut writer, sync, had_work);
        self.written.store(writer.written.0, Ordering::Release);
        self.durable.store(writer.durable.0, Ordering::Release);
        self.bytes_written.store(writer.bytes_written, Ordering::Relaxed);
        self.syncs.store(writer.syncs, Ordering::Relaxed);
        self.pending.set_stalled(result.is_err());
        match result {
            Ok(()) => {
                self.prepare_spare(&writer, false);
                Ok(Progress { written: writer.written, durable: writer.durable })
            }
            Err(Stop::Retry(error)) => {
                self.prepare_spare(&writer, true);
                Err(error)
            }
            Err(Stop::Fail(error)) => {
                self.failed.store(true, Ordering::Release);
                Err(error)
            }
        }
    }

    fn write_and_sync(&self, writer: &mut Writer, sync: bool, had_work: bool) -> Result<(), Stop> {
        writer.start(&self.directory)?;
        writer.write(&self.pending, &self.directory)?;
        if !sync {
            return Ok(());
        }
        let before = (writer.syncs, self.clock.monotonic_micros());
        writer.sync()?;
        // A busy journal writes its marks with the next records. An idle one has the time.
        if !had_work || self.pending.is_closed() {
            writer.mark()?;
        }
        if writer.syncs > before.0 {
            let micros = self.clock.monotonic_micros().saturating_sub(before.1);
            self.sync_last_micros.store(micros, Ordering::Relaxed);
            self.sync_max_micros.fetch_max(micros, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Preallocates the next segment if that is not done, and tells
    /// [`accepts`](Self::accepts) how much can be written.
    fn prepare_spare(&self, writer: &Writer, is_blocked: bool) {
        let left = if is_blocked { 0 } else { writer.room() };
        let is_low = left < self.pending_bytes() as u64 + self.reserve_bytes;
        let has_spare = self.spare.lock().ensure(&self.directory, is_low);
        let room = if has_spare && !is_blocked { u64::MAX } else { left };
        self.room.store(room, Ordering::Relaxed);
    }

    /// Whether [`truncate`](Self::truncate) would delete so much that it is worth a sync of the
    /// store.
    pub fn is_truncatable(&self, before: Lsn) -> bool {
        self.directory.is_truncatable(before)
    }

    /// Deletes the segments in which every record is below `before`, never the active one, and
    /// says how many. May wait for the medium, but never for a sync of records.
    ///
    /// # Errors
    /// [`JournalError::Io`] when a segment could not be removed: call again later. If the
    /// directory could not be synced, the journal is failed for good.
    pub fn truncate(&self, before: Lsn) -> Result<usize, JournalError> {
        if self.failed.load(Ordering::Acquire) {
            return Err(JournalError::Failed);
        }
        match self.directory.truncate(before) {
            Ok(deleted) => Ok(deleted),
            Err(Stop::Retry(error)) => Err(error),
            Err(Stop::Fail(error)) => {
                self.failed.store(true, Ordering::Release);
                self.pending.set_stalled(true);
                Err(error)
            }
        }
    }

    /// Where the journal lives.
    pub fn dir(&self) -> &Path {
        self.directory.path()
    }

    /// Numbers for an operator. Waits while a segment is being started or deleted.
    pub fn stats(&self) -> Stats {
        let (segments, disk_bytes, first) = self.directory.usage();
        Stats {
            segments,
            disk_bytes,
            first,
            pending_bytes: self.pending_bytes(),
            bytes_written: self.bytes_written.load(Ordering::Relaxed),
            syncs: self.syncs.load(Ordering::Relaxed),
            sync_last_micros: self.sync_last_micros.load(Ordering::Relaxed),
            sync_max_micros: self.sync_max_micros.load(Ordering::Relaxed),
        }
    }

    #[cfg(test)]
    pub(super) fn pending_capacity(&self) -> usize {
        self.pending.capacity()
    }
}
