//! Changing a tree: a place is sought first, then a cell put there or taken away.

use std::ops::Range;

use super::edit::{Cell, NodeMut};
use super::frame::{Frame, Which};
use super::node::Node;
use super::order::{Key, Order};
use super::pages::{Absent, PageLimits, PagesMut};
use super::read::search;

/// A place in a tree. Any change of the tree makes it meaningless.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    index: usize,
    /// Whether the sought cell is there, or else would be.
    pub(crate) found: bool,
}

/// A tree to be changed. The payload has been begun.
#[derive(Debug)]
pub(crate) struct TreeMut<'a, P: ?Sized> {
    payload: &'a mut Vec<u8>,
    #[expect(dead_code, reason = "pages come next")]
    pages: &'a mut P,
    #[expect(dead_code, reason = "pages come next")]
    limits: PageLimits,
    which: Which,
}

impl<'a, P: PagesMut + ?Sized> TreeMut<'a, P> {
    pub(crate) fn new(
        payload: &'a mut Vec<u8>,
        pages: &'a mut P,
        limits: PageLimits,
        which: Which,
    ) -> Self {
        Self { payload, pages, limits, which }
    }

    /// Where `key` is or would be.
    pub(crate) fn seek(&self, order: &impl Order, key: &Key) -> Result<Spot, Absent> {
        Ok(match search(self.root(), order, key) {
            Ok(index) => Spot { index, found: true },
            Err(index) => Spot { index, found: false },
        })
    }

    /// Where the cell at `rank` is, or would be.
    pub(crate) fn seek_at(&self, rank: u64) -> Result<Spot, Absent> {
        let count = self.root().count();
        let index = usize::try_from(rank).unwrap_or(usize::MAX).min(count);
        Ok(Spot { index, found: index < count })
    }

    /// The cell at a spot where one was found.
    pub(crate) fn cell(&self, spot: &Spot) -> &[u8] {
        self.root().cell(spot.index)
    }

    /// Puts a new cell at the spot, before the one that is there.
    pub(crate) fn insert(&mut self, spot: &Spot, cell: &Cell<'_>) {
        self.root_mut().insert(spot.index, cell);
    }

    /// Puts a cell in the place of the one at the spot.
    pub(crate) fn replace(&mut self, spot: &Spot, cell: &Cell<'_>) {
        self.root_mut().replace(spot.index, cell);
    }

    /// Takes the cell at the spot away.
    pub(crate) fn remove(&mut self, spot: &Spot) {
        self.root_mut().remove(spot.index..spot.index + 1);
    }

    /// Takes away `count` cells from rank `start` on.
    pub(crate) fn remove_range(&mut self, start: u64, count: u64) -> Result<(), Absent> {
        let len = self.root().count() as u64;
        let end = start.saturating_add(count).min(len);
        if start < end {
            self.root_mut().remove(start as usize..end as usize);
        }
        Ok(())
    }

    fn range(&self) -> Range<usize> {
        let frame = Frame::read(self.payload);
        frame.root(self.which).map_or(0..0, |root| root.range.clone())
    }

    fn root(&self) -> Node<'_> {
        let range = self.range();
        if range.is_empty() { Node::EMPTY } else { Node::new(&self.payload[range]) }
    }

    fn root_mut(&mut self) -> NodeMut<'_> {
        let range = self.range();
        NodeMut::new(self.payload, range)
    }
}
