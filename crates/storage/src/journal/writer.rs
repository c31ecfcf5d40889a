//! Takes pending frames to the medium. One thread at a time.

use std::collections::VecDeque;

use super::directory::{Active, Directory, Stop};
use super::format::{self, END_LEN, FrameHeader, MARK_LEN};
use super::pending::{Chunk, Pending};
use super::{JournalError, Lsn};
use crate::env::is_full;

/// What is written, and what still has to be.
pub(super) struct Writer {
    active: Option<Active>,
    /// Taken from the pending records; the first may be written in part.
    chunks: VecDeque<Chunk>,
    /// How much of the first chunk is written.
    position: usize,
    pub written: Lsn,
    pub durable: Lsn,
    /// The highest durable LSN that the active segment tells of, were the power cut now.
    marked: Lsn,
    /// The LSN that the next segment must name as its predecessor's last.
    follows: Lsn,
    pub bytes_written: u64,
    pub syncs: u64,
}

/// A stretch of a chunk that fits into the active segment.
struct Run {
    len: usize,
    /// Bytes of it that are frames of records.
    frame_bytes: usize,
    last: Option<Lsn>,
}

impl Writer {
    /// The next record gets the LSN after `last`; the newest one kept is `follows`.
    pub(super) fn new(last: Lsn, follows: Lsn) -> Writer {
        Writer {
            active: None,
            chunks: VecDeque::new(),
            position: 0,
            written: last,
            durable: last,
            marked: last,
            follows,
            bytes_written: 0,
            syncs: 0,
        }
    }

    /// Bytes left in the active segment.
    pub(super) fn room(&self) -> u64 {
        self.active.as_ref().map_or(0, |active| active.len.saturating_sub(active.offset))
    }

    /// Starts the first segment of this run.
    pub(super) fn start(&mut self, directory: &Directory) -> Result<(), Stop> {
        if self.active.is_none() {
            self.roll(directory, 0)?;
        }
        Ok(())
    }

    /// Writes everything pending. What could not be written is kept for the next call.
    pub(super) fn write(&mut self, pending: &Pending, directory: &Directory) -> Result<(), Stop> {
        self.chunks.extend(pending.take());
        while let Some(mut chunk) = self.chunks.pop_front() {
            let result = self.write_chunk(&mut chunk, pending, directory);
            if result.is_err() {
                self.chunks.push_front(chunk);
                return result;
            }
            self.position = 0;
            pending.recycle(chunk);
        }
        Ok(())
    }

    fn write_chunk(
        &mut self,
        chunk: &mut Chunk,
        pending: &Pending,
        directory: &Directory,
    ) -> Result<(), Stop> {
        while self.position < chunk.len() {
            let run = self.seal_run(chunk);
            if run.len == 0 {
                // A new segment starts without a mark: its header says the same.
                self.position = self.position.max(MARK_LEN);
                let frame_len = next_frame_len(chunk.get(self.position..).unwrap_or_default());
                self.roll(directory, frame_len)?;
                continue;
            }
            self.write_run(chunk, &run)?;
            self.position += run.len;
            self.written = run.last.unwrap_or(self.written);
            pending.written(run.frame_bytes);
        }
        Ok(())
    }

    /// Fills in the mark and the checksums of what fits into the active segment. Nothing fits if
    /// not even one record does.
    fn seal_run(&self, chunk: &mut Chunk) -> Run {
        let mut run = Run { len: 0, frame_bytes: 0, last: None };
        let Some(active) = &self.active else { return run };
        let mut rest = chunk.get_mut(self.position..).unwrap_or_default();
        if self.position == 0
            && let Some(mark) = rest.first_chunk_mut::<MARK_LEN>()
        {
            *mark = format::mark(self.durable, active.salt);
        }
        let mut room = active.len.saturating_sub(active.offset + END_LEN as u64);
        let mut len = 0;
        while let Some(header) = FrameHeader::decode(rest) {
            let frame_len = header.frame_len();
            if frame_len as u64 > room {
                break;
            }
            let Some((frame, behind)) = rest.split_at_mut_checked(frame_len) else { break };
            format::seal(frame, active.salt);
            rest = behind;
            room -= frame_len as u64;
            len += frame_len;
            if let FrameHeader::Record { lsn, .. } = header {
                run.len = len;
                run.last = Some(lsn);
                run.frame_bytes += frame_len;
            }
        }
        run
    }

    /// Writes a run with zeros behind it, which the next run overwrites.
    fn write_run(&mut self, chunk: &mut Chunk, run: &Run) -> Result<(), Stop> {
        let Some(active) = &mut self.active else { return Ok(()) };
        let end = self.position + run.len;
        let is_all = end == chunk.len();
        if is_all {
            chunk.resize(end + END_LEN, 0);
        }
        let bytes_end = if is_all { end + END_LEN } else { end };
        let result = match chunk.get(self.position..bytes_end) {
            Some(bytes) => active.file.write_at(bytes, active.offset),
            None => Ok(()),
        };
        if is_all {
            chunk.truncate(end);
        }
        result.map_err(|error| write_failed(active, error))?;
        active.offset += run.len as u64;
        self.bytes_written += run.len as u64;
        if self.position == 0 {
            self.marked = self.durable;
        }
        Ok(())
    }

    /// Syncs the active segment and starts the next, in which a frame of `frame_len` bytes fits.
    fn roll(&mut self, directory: &Directory, frame_len: usize) -> Result<(), Stop> {
        self.sync()?;
        // A segment that is replaced before it got a record is followed by none.
        if self.active.as_ref().is_some_and(|active| active.first <= self.written) {
            self.follows = self.written;
        }
        let next = directory.start_segment(self.written.next(), self.follows, frame_len)?;
        self.active = Some(next);
        self.marked = self.durable;
        Ok(())
    }

    /// Makes everything written survive power loss.
    pub(super) fn sync(&mut self) -> Result<(), Stop> {
        if self.durable < self.written {
            self.sync_active()?;
            self.durable = self.written;
        }
        Ok(())
    }

    /// Writes and syncs a mark if the medium does not tell yet how much of it is durable, so that
    /// from now on damage to the newest records cannot be taken for a torn write.
    pub(super) fn mark(&mut self) -> Result<(), Stop> {
        let is_owed = self.marked < self.durable && self.durable == self.written;
        let Some(active) = self.active.as_mut().filter(|_| is_owed) else { return Ok(()) };
        let len = (MARK_LEN + END_LEN) as u64;
        if active.offset + len > active.len {
            return Ok(());
        }
        let mut bytes = format::mark(self.durable, active.salt).to_vec();
        format::seal(&mut bytes, active.salt);
        bytes.resize(MARK_LEN + END_LEN, 0);
        let result = active.file.write_at(&bytes, active.offset);
        result.map_err(|error| write_failed(active, error))?;
        active.offset += MARK_LEN as u64;
        self.sync_active()?;
        self.marked = self.durable;
        Ok(())
    }

    fn sync_active(&mut self) -> Result<(), Stop> {
        let Some(active) = &self.active else { return Ok(()) };
        let result = active.file.sync_data();
        self.syncs += 1;
        result.map_err(|error| Stop::Fail(JournalError::io("sync", &active.path)(error)))
    }
}

/// A write for which there is no space can be repeated at the same place: nothing was synced, and
/// nothing behind it was written.
fn write_failed(active: &Active, error: std::io::Error) -> Stop {
    if is_full(&error) {
        Stop::Retry(JournalError::Full { file: active.path.clone() })
    } else {
        Stop::Fail(JournalError::io("write", &active.path)(error))
    }
}

fn next_frame_len(bytes: &[u8]) -> usize {
    FrameHeader::decode(bytes).map_or(0, FrameHeader::frame_len)
}
