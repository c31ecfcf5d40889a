//! Records that were appended and not yet taken by the writer.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::Lsn;
use super::format::{self, FRAME_HEADER_LEN, MARK_LEN, RECORD_LEN_MAX};

/// Frames gather in chunks of about this many bytes: growing the queue never copies what is
/// already in it, and a record's appender never waits for more than its own copy.
const CHUNK_LEN: usize = 256 * 1024;
/// A chunk that grew past this held one big record, and is not kept.
const CHUNK_CAPACITY_MAX: usize = 2 * CHUNK_LEN;
/// Empty chunks kept for the next records. All others go back to the allocator.
const FREE_MAX: usize = 4;

/// Why [`Journal::wait_pending`](super::Journal::wait_pending) returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// There is something to write.
    Pending,
    /// The time is over.
    Timeout,
    /// The journal was closed: write and sync once more, then stop.
    Closed,
}

/// Frames without checksums, behind [`MARK_LEN`] bytes of room for a mark. The writer knows the
/// segment, so it computes the checksums, outside the lock that appenders share.
pub(super) type Chunk = Vec<u8>;

pub(super) struct Pending {
    queue: Mutex<Queue>,
    filled: Condvar,
    last: AtomicU64,
    /// Appended and not yet written, whether still queued or already taken.
    bytes: AtomicUsize,
    /// The writer cannot get rid of what it has, so there is no use in waking it.
    stalled: AtomicBool,
}

#[derive(Default)]
struct Queue {
    chunks: Vec<Chunk>,
    free: Vec<Chunk>,
    last: Lsn,
    closed: bool,
}

impl Pending {
    pub(super) fn new(last: Lsn) -> Pending {
        Pending {
            queue: Mutex::new(Queue { last, ..Queue::default() }),
            filled: Condvar::new(),
            last: AtomicU64::new(last.0),
            bytes: AtomicUsize::new(0),
            stalled: AtomicBool::new(false),
        }
    }

    pub(super) fn append(&self, record: &[u8]) -> Lsn {
        assert!(record.len() <= RECORD_LEN_MAX, "a record of {} bytes", record.len());
        let frame_len = FRAME_HEADER_LEN + record.len();
        let mut queue = self.queue.lock();
        let was_empty = queue.chunks.is_empty();
        let lsn = queue.last.next();
        queue.last = lsn;
        format::push_frame(queue.room_for(frame_len), lsn, record);
        self.last.store(lsn.0, Ordering::Release);
        self.bytes.fetch_add(frame_len, Ordering::Relaxed);
        drop(queue);
        if was_empty {
            self.filled.notify_one();
        }
        lsn
    }

    pub(super) fn last(&self) -> Lsn {
        Lsn(self.last.load(Ordering::Acquire))
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Everything queued, oldest first.
    pub(super) fn take(&self) -> Vec<Chunk> {
        std::mem::take(&mut self.queue.lock().chunks)
    }

    pub(super) fn written(&self, frame_bytes: usize) {
        self.bytes.fetch_sub(frame_bytes, Ordering::Relaxed);
    }

    /// Gives the memory of a written chunk back.
    pub(super) fn recycle(&self, mut chunk: Chunk) {
        if chunk.capacity() > CHUNK_CAPACITY_MAX {
            return;
        }
        chunk.clear();
        let mut queue = self.queue.lock();
        if queue.free.len() < FREE_MAX {
            queue.free.push(chunk);
        }
    }

    pub(super) fn set_stalled(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }

    pub(super) fn wait(&self, timeout: Duration) -> Wake {
        let mut queue = self.queue.lock();
        self.filled.wait_while_for(
            &mut queue,
            |queue| {
                !queue.closed && (queue.chunks.is_empty() || self.stalled.load(Ordering::Relaxed))
            },
            timeout,
        );
        match (queue.closed, queue.chunks.is_empty()) {
            (true, _) => Wake::Closed,
            (false, true) => Wake::Timeout,
            (false, false) => Wake::Pending,
        }
    }

    pub(super) fn close(&self) {
        self.queue.lock().closed = true;
        self.filled.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.queue.lock().closed
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        let queue = self.queue.lock();
        queue.chunks.iter().chain(&queue.free).map(Vec::capacity).sum()
    }
}

impl Queue {
    /// A chunk that can take `frame_len` more bytes without growing past [`CHUNK_LEN`], unless the
    /// frame alone is longer.
    fn room_for(&mut self, frame_len: usize) -> &mut Chunk {
        let fits = self.chunks.last().is_some_and(|chunk| chunk.len() + frame_len <= CHUNK_LEN);
        if !fits {
            let mut chunk = if MARK_LEN + frame_len > CHUNK_LEN {
                Vec::with_capacity(MARK_LEN + frame_len + format::END_LEN)
            } else {
                self.free.pop().unwrap_or_default()
            };
            chunk.resize(MARK_LEN, 0);
            self.chunks.push(chunk);
        }
        self.chunks.last_mut().expect("one was just pushed if there was none")
    }
}
