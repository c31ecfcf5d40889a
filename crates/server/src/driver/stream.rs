//! Answers larger than memory: made part by part on the loading threads, each part when the one
//! before has been sent.
//!
//! A call that ends in such an answer leaves, under its locks, a frozen copy of what the store
//! lacks, and a snapshot of the store. Other calls go on; a client that reads slowly holds that
//! copy, the snapshot and one part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hadal_command::{Broken, Stream, Written};
use hadal_dataset::Frozen;
use hadal_keyspace::{LoadFailed, Txn};
use hadal_resp::Writer;
use tokio::sync::oneshot;

use super::Driver;
use super::calls::Call;
use super::io::Loaders;

/// The part of what is left for copies that one answer may take. It is doubled each time that all
/// has been saved for it and others have written too much again.
const SHARE: usize = 8;
/// Whatever is left, an answer may take this: a collection that has just been saved.
const COPY_BYTES_MIN: usize = 16 << 10;

/// How many answers are being made, and what they hold.
#[derive(Debug, Default)]
pub(super) struct Streams {
    count: AtomicUsize,
    copied_bytes: AtomicUsize,
}

impl Streams {
    /// Answers that are being made.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Bytes that have been copied for them.
    pub(super) fn copied_bytes(&self) -> usize {
        self.copied_bytes.load(Ordering::Relaxed)
    }
}

/// One of them, for as long as it lives.
#[derive(Debug)]
struct Running {
    streams: Arc<Streams>,
    copied_bytes: usize,
}

impl Running {
    /// `None` if it would hold more than its share of what others have left of `bytes_max`, after
    /// so many saves for it.
    fn start(streams: &Arc<Streams>, bytes: usize, bytes_max: usize, saves: usize) -> Option<Self> {
        let add = |held: usize| {
            let share = bytes_max.saturating_sub(held) / (SHARE >> saves).max(1);
            (bytes <= share.max(COPY_BYTES_MIN)).then_some(held + bytes)
        };
        streams.copied_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        streams.count.fetch_add(1, Ordering::Relaxed);
        Some(Self { streams: Arc::clone(streams), copied_bytes: bytes })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.streams.count.fetch_sub(1, Ordering::Relaxed);
        self.streams.copied_bytes.fetch_sub(self.copied_bytes, Ordering::Relaxed);
    }
}

/// The rest of an answer. Dropping it gives up what it holds.
#[derive(Debug)]
pub struct Streaming {
    loaders: Arc<Loaders>,
    /// `None` after the last part.
    answer: Option<Box<Answer>>,
}

/// What an answer is made of.
#[derive(Debug)]
struct Answer {
    stream: Stream,
    frozen: Frozen,
    _running: Running,
}

/// A part to make: the loading threads do.
#[derive(Debug)]
pub(super) struct Part {
    answer: Box<Answer>,
    out: Writer,
    done: oneshot::Sender<Made>,
}

/// What became of a part.
type Made = (Box<Answer>, Writer, Result<Written, LoadFailed>);

impl Driver {
    /// Keeps what a call answers with as it is now, under its locks. `None` if that takes too
    /// much memory: what is saved first need not be copied. So many `saves` there have been for it.
    pub(super) fn freeze(
        &self,
        txn: &mut Txn<'_>,
        call: &Call<'_>,
        stream: Stream,
        saves: usize,
    ) -> Option<Streaming> {
        let key = *call.keys().first().expect("an answer in parts is about a key");
        let bytes_max = usize::try_from(txn.answer_bytes_max()).unwrap_or(usize::MAX);
        let running = Running::start(&self.streams, txn.image_bytes(key), bytes_max, saves)?;
        let frozen = self.dataset.freeze(txn, key);
        self.counters.asked.fetch_add(1, Ordering::Relaxed);
        let answer = Box::new(Answer { stream, frozen, _running: running });
        Some(Streaming { loaders: Arc::clone(&self.io), answer: Some(answer) })
    }
}

impl Streaming {
    /// Writes the next part into `out`, which has nothing in it.
    ///
    /// # Errors
    /// It ends here: what it is made of cannot be read. What `out` has then is of no use.
    pub async fn next(&mut self, out: &mut Writer) -> Result<Written, LoadFailed> {
        let Some(answer) = self.answer.take() else { return Ok(Written::Last) };
        let (done, made) = oneshot::channel();
        let buffer = Writer::with_buffer(out.proto(), out.take());
        self.loaders.make(Part { answer, out: buffer, done });
        // The threads have ended, and the server is about to.
        let Ok((answer, part, written)) = made.await else { return Err(LoadFailed::Unavailable) };
        *out = part;
        if written == Ok(Written::Part) {
            self.answer = Some(answer);
        }
        written
    }
}

impl Part {
    /// Makes it and hands it over. If nobody waits any more, the answer ends here.
    pub(super) fn make(mut self) {
        let written = self.answer.write(&mut self.out);
        _ = self.done.send((self.answer, self.out, written));
    }
}

impl Answer {
    fn write(&mut self, out: &mut Writer) -> Result<Written, LoadFailed> {
        loop {
            match self.stream.write(&self.frozen.opened(), out) {
                Ok(written) => {
                    // The client may take its time for this part.
                    self.frozen.forget_loaded();
                    return Ok(written);
                }
                Err(Broken::Absent) => self.frozen.load_wanted()?,
                Err(Broken::Damaged) => {
                    tracing::error!("a collection has fewer elements than it says");
                    return Err(LoadFailed::Corrupt);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
