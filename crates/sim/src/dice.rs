//! Every choice of a run, from its seed.

use hadal_storage::env::{Random, SeededRandom};

/// One sequence of choices. Parts of a run have dice of their own, so that a change in one does
/// not reshuffle the others.
#[derive(Debug)]
pub(crate) struct Dice(SeededRandom);

impl Dice {
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        Self(SeededRandom::new(SeededRandom::new(seed ^ part << 48).next_u64()))
    }

    /// A number below `bound`, or 0.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// True once in `count` times.
    pub(crate) fn one_in(&self, count: u64) -> bool {
        self.below(count) == 0
    }

    /// An index of something of this length.
    pub(crate) fn index(&self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[self.index(of.len())]
    }
}
