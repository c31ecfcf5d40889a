//! A few commands at the front of the input: looked up together, run in order.

use std::ops::Range;

use hadal_command::Words;
use smallvec::SmallVec;

/// Commands handled together: enough to overlap their loads and their cache misses.
pub(super) const COMMANDS_MAX: usize = 16;
/// Words after which a window takes no more commands.
const WORDS_MAX: usize = 256;
/// Ranges kept for the next window.
const KEPT_MAX: usize = 256;

/// The words of all commands of a window, as slices.
pub(super) type Slices<'a> = SmallVec<[&'a [u8]; 48]>;

/// Decoded commands, as ranges into the input's buffer.
#[derive(Debug, Default)]
pub(super) struct Window {
    words: Vec<Range<usize>>,
    /// Where the words of each command end.
    ends: SmallVec<[usize; COMMANDS_MAX]>,
    next: usize,
}

impl Window {
    /// Forgets everything, and memory beyond what a window usually needs.
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.words.shrink_to(KEPT_MAX);
        self.ends.clear();
        self.next = 0;
    }

    pub(super) fn is_full(&self) -> bool {
        self.ends.len() == COMMANDS_MAX || self.words.len() >= WORDS_MAX
    }

    /// Adds a command whose words count from `base`.
    pub(super) fn push(&mut self, words: &[Range<usize>], base: usize) {
        self.words.extend(words.iter().map(|word| base + word.start..base + word.end));
        self.ends.push(self.words.len());
    }

    /// How many commands.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The first that has not run.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// One more has run.
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Whether all have run.
    pub(super) fn is_done(&self) -> bool {
        self.next == self.ends.len()
    }

    /// All words of all commands, in `buffer`.
    pub(super) fn slices<'a>(&self, buffer: &'a [u8]) -> Slices<'a> {
        self.words.iter().map(|word| &buffer[word.clone()]).collect()
    }

    /// The words of one command, out of [`slices`](Self::slices).
    pub(super) fn words<'a>(&self, command: usize, slices: &'a [&'a [u8]]) -> Words<'a> {
        let start = command.checked_sub(1).map_or(0, |before| self.ends[before]);
        &slices[start..self.ends[command]]
    }

    /// Bytes allocated.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<Range<usize>>()
    }
}
