//! Reads the frames of a segment, believing nothing.

use std::io;

use super::Lsn;
use super::format::{self, FRAME_HEADER_LEN, FrameHeader, MARK_LEN};
use crate::env::File;

/// How much is read at once, unless one frame is longer.
const READ_LEN: usize = 1 << 20;

/// What is at a place in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The record that was expected. See [`Reader::record`].
    Record,
    /// Everything up to `durable` was synced when this was written.
    Mark { durable: Lsn },
    /// Nothing was written here.
    End,
    /// Not what a writer that came to its end leaves behind.
    Bad(&'static str),
}

pub(super) struct Reader {
    file: Box<dyn File>,
    file_len: u64,
    salt: u64,
    buffer: Vec<u8>,
    /// Where in the file the buffer starts, and how much of the buffer was read by the caller.
    start: u64,
    at: usize,
    record_len: usize,
}

impl Reader {
    pub(super) fn new(file: Box<dyn File>, offset: u64, salt: u64) -> io::Result<Reader> {
        let file_len = file.len()?;
        let buffer = Vec::new();
        Ok(Reader { file, file_len, salt, buffer, start: offset, at: 0, record_len: 0 })
    }

    /// Where the next frame starts.
    pub(super) fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    /// The record that [`next`](Self::next) has just found.
    pub(super) fn record(&self) -> &[u8] {
        self.at.checked_sub(self.record_len).and_then(|from| self.buffer.get(from..self.at)).expect(
            "the buffer is only refilled by `next`, which leaves the record in front of `at`",
        )
    }

    pub(super) fn into_file(self) -> Box<dyn File> {
        self.file
    }

    /// Looks at the next frame, and passes it if it is a mark or the record `expected`.
    pub(super) fn next(&mut self, expected: Lsn) -> io::Result<Next> {
        let bytes = self.peek(FRAME_HEADER_LEN)?;
        let Some(header) = FrameHeader::decode(bytes) else {
            let is_end = bytes.iter().all(|byte| *byte == 0);
            return Ok(if is_end { Next::End } else { Next::Bad("a frame is cut short") });
        };
        if header == FrameHeader::End {
            return Ok(Next::End);
        }
        let frame_len = header.frame_len();
        if frame_len as u64 > self.file_len.saturating_sub(self.offset()) {
            return Ok(Next::Bad("a frame reaches past the end of the file"));
        }
        let salt = self.salt;
        let frame = self.peek(frame_len)?;
        if frame.len() < frame_len || !format::is_sealed(frame, salt) {
            return Ok(Next::Bad("the checksum of a frame does not match"));
        }
        let next = match header {
            FrameHeader::Mark { durable } => Next::Mark { durable },
            FrameHeader::Record { len, lsn } if lsn == expected => {
                self.record_len = len;
                Next::Record
            }
            FrameHeader::Record { .. } | FrameHeader::End => {
                return Ok(Next::Bad("a frame is not the one that should follow"));
            }
        };
        self.at += frame_len;
        Ok(next)
    }

    /// The highest durable LSN of all marks from here to the end of the file, wherever they are:
    /// they are recognized by the salt, so it does not matter what lies in between.
    pub(super) fn highest_mark(&mut self) -> io::Result<Option<Lsn>> {
        let mut highest = None;
        loop {
            let salt = self.salt;
            let window = self.peek(READ_LEN)?;
            let len = window.len();
            if len < MARK_LEN {
                return Ok(highest);
            }
            if window.iter().any(|byte| *byte != 0) {
                highest = highest.max(highest_mark_in(window, salt));
            }
            // The next window starts where a mark could be that is cut off by the end of this one.
            self.at += len + 1 - MARK_LEN;
        }
    }

    /// The next `len` bytes; fewer at the end of the file.
    fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        if self.buffer.len() - self.at < len {
            self.buffer.drain(..self.at);
            self.start += self.at as u64;
            self.at = 0;
            self.record_len = 0;
            let have = self.buffer.len();
            let want = len.max(READ_LEN);
            self.buffer.shrink_to(want);
            self.buffer.resize(want, 0);
            let room = self.buffer.get_mut(have..).unwrap_or_default();
            let read = self.file.read_at(room, self.start + have as u64)?;
            self.buffer.truncate(have + read);
        }
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        Ok(rest.get(..len).unwrap_or(rest))
    }
}

fn highest_mark_in(window: &[u8], salt: u64) -> Option<Lsn> {
    window
        .windows(MARK_LEN)
        .filter(|bytes| format::u64_at(bytes, FRAME_HEADER_LEN) == Some(salt))
        .filter(|bytes| format::is_sealed(bytes, salt))
        .filter_map(|bytes| match FrameHeader::decode(bytes) {
            Some(FrameHeader::Mark { durable }) => Some(durable),
            _ => None,
        })
        .max()
}
