//! Looking into a sequence.

use std::ops::ControlFlow;

use crate::tree::{Absent, Direction, Pages, Tree, Which};

/// A sequence to be read.
#[derive(Debug)]
pub struct SequenceRef<'a, P: ?Sized> {
    tree: Tree<'a, P>,
}

impl<'a, P: Pages + ?Sized> SequenceRef<'a, P> {
    /// The sequence with this payload (empty: without elements).
    pub fn new(payload: &'a [u8], pages: &'a P) -> Self {
        Self { tree: Tree::new(payload, pages, Which::First) }
    }

    /// How many elements it has.
    pub fn len(&self) -> u64 {
        self.tree.count()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes its elements are.
    pub fn bytes(&self) -> u64 {
        self.tree.bytes()
    }

    /// The element that `index` others are before.
    pub fn at(&self, index: u64) -> Result<Option<&'a [u8]>, Absent> {
        self.tree.at(index)
    }

    /// Notes the pages that are absent and needed to take elements away.
    pub(super) fn want_removed(&self, start: u64, count: u64) {
        // What is absent has been noted, which is all that is wanted here.
        _ = self.tree.want_removed(start, count);
    }

    /// Notes the pages that are absent and needed to put an element behind all others.
    pub(super) fn want_end(&self) {
        self.tree.want_end();
    }

    /// Calls `f` with at most `count` elements from an index on, until told to stop. Not at all if
    /// not all of them are in memory.
    pub fn range(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        self.tree.range(start, count, direction, f)
    }
}
