//! Commands queued since MULTI.

use std::ops::Range;

use hadal_command::Words;
use smallvec::SmallVec;

use crate::driver::Pins;
use crate::table::{Entry, Run};

/// Copies of calls, in one buffer.
#[derive(Debug)]
pub struct Queue {
    bytes: Vec<u8>,
    words: Vec<Range<usize>>,
    calls: Vec<Queued>,
    /// The database that the next command will find selected.
    pub(super) db: u32,
    aborted: bool,
    writes: bool,
    pins: Pins,
}

/// One call: its place in the table, and its words.
#[derive(Clone, Debug)]
struct Queued {
    entry: usize,
    words: Range<usize>,
}

impl Queue {
    pub(super) fn new(db: u32) -> Self {
        Self {
            bytes: Vec::new(),
            words: Vec::new(),
            calls: Vec::new(),
            db,
            aborted: false,
            writes: false,
            pins: Pins::default(),
        }
    }

    pub(super) fn push(&mut self, entry: &Entry, words: Words<'_>) {
        let first = self.words.len();
        for word in words {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(word);
            self.words.push(start..self.bytes.len());
        }
        self.calls.push(Queued { entry: entry.index, words: first..self.words.len() });
        // Whole databases are changed by commands that are not on keys.
        self.writes |= entry.spec.writes() || !matches!(entry.run, Run::Data(_) | Run::Session(_));
    }

    /// EXEC will run nothing: a command could not be queued.
    pub(crate) fn abort(&mut self) {
        self.aborted = true;
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted
    }

    /// Whether a command in it may change data.
    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    /// How many commands.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
            + self.words.capacity() * size_of::<Range<usize>>()
            + self.calls.capacity() * size_of::<Queued>()
    }

    pub(super) fn pins(&mut self) -> &mut Pins {
        &mut self.pins
    }

    /// Every word of every call.
    pub(super) fn words(&self) -> Vec<&[u8]> {
        self.words.iter().map(|word| &self.bytes[word.clone()]).collect()
    }

    /// The calls: place in the table, and which of [`words`](Self::words) are theirs.
    pub(super) fn calls(&self) -> impl ExactSizeIterator<Item = (usize, Range<usize>)> {
        self.calls.iter().map(|call| (call.entry, call.words.clone()))
    }

    /// Places in the table of all calls, for statistics.
    pub(super) fn entries(&self) -> SmallVec<[usize; 16]> {
        self.calls.iter().map(|call| call.entry).collect()
    }
}
