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

    /// Notes the pages that are absent and needed to change the element at `index`, or to insert
    /// one before it or, where there is none, behind all others.
    pub fn want(&self, index: u64) {
        // What is absent has been noted, which is all that is wanted here.
        _ = self.at(index);
        if index >= self.len() {
            self.tree.want_end();
        }
    }

    /// Notes the pages that are absent and needed to take away `count` elements from an index on.
    pub fn want_removed(&self, start: u64, count: u64) {
        if count == 1 {
            self.want(start);
        } else {
            _ = self.tree.want_removed(start, count);
        }
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

    /// Calls `f` with at most `count` elements from an index on, as far as they are in one page: to
    /// go through a sequence of any size step by step. Returns how many those were; 0 if there is
    /// no such index.
    pub fn stretch(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8]),
    ) -> Result<u64, Absent> {
        self.tree.stretch(start, count, direction, f)
    }
}
