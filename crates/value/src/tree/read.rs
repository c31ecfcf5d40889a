//! Looking into a tree: for a key, at a rank, and along a range.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::frame::{Frame, Which};
use super::node::Node;
use super::order::{Key, Order};
use super::pages::{Absent, Pages};

/// From where a range is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards higher ranks.
    Forward,
    /// Towards lower ranks.
    Backward,
}

/// On which side of a key's own cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// A tree to be read.
#[derive(Debug)]
pub(crate) struct Tree<'a, P: ?Sized> {
    root: Node<'a>,
    count: u64,
    bytes: u64,
    #[expect(dead_code, reason = "pages come next")]
    pages: &'a P,
}

impl<'a, P: Pages + ?Sized> Tree<'a, P> {
    pub(crate) fn new(payload: &'a [u8], pages: &'a P, which: Which) -> Self {
        let frame = Frame::read(payload);
        match frame.root(which) {
            Some(root) if !root.range.is_empty() => {
                let node = Node::new(&payload[root.range.clone()]);
                Self { root: node, count: root.count, bytes: root.bytes, pages }
            }
            _ => Self { root: Node::EMPTY, count: 0, bytes: 0, pages },
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of all cells.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The cell with `key`.
    pub(crate) fn find(&self, order: &impl Order, key: &Key) -> Result<Option<&'a [u8]>, Absent> {
        Ok(search(self.root, order, key).ok().map(|index| self.root.cell(index)))
    }

    /// The cell that `rank` others are before.
    pub(crate) fn at(&self, rank: u64) -> Result<Option<&'a [u8]>, Absent> {
        Ok((rank < self.count).then(|| self.root.cell(rank as usize)))
    }

    /// How many cells are before `key`, or before what follows it.
    pub(crate) fn rank(&self, order: &impl Order, key: &Key, side: Side) -> Result<u64, Absent> {
        Ok(match (search(self.root, order, key), side) {
            (Ok(index), Side::After) => index as u64 + 1,
            (Ok(index) | Err(index), _) => index as u64,
        })
    }

    /// Calls `f` with the cells from rank `start` on in the direction, at most `count`. Not at
    /// all, if one of them is absent.
    pub(crate) fn range(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        let (low, high) = bounds(self.count, start, count, direction);
        let cells = (low as usize..high as usize).map(|index| self.root.cell(index));
        _ = match direction {
            Direction::Forward => cells.into_iter().try_for_each(f),
            Direction::Backward => cells.rev().try_for_each(f),
        };
        Ok(())
    }
}

/// The ranks of a range, from the lowest to one past the highest.
fn bounds(len: u64, start: u64, count: u64, direction: Direction) -> (u64, u64) {
    match direction {
        _ if start >= len || count == 0 => (0, 0),
        Direction::Forward => (start, start.saturating_add(count).min(len)),
        Direction::Backward => ((start + 1).saturating_sub(count), start + 1),
    }
}

/// Where in a leaf the cell with `key` is, or would be.
pub(super) fn search(leaf: Node, order: &impl Order, key: &Key) -> Result<usize, usize> {
    let (mut low, mut high) = (0, leaf.count());
    while low < high {
        let middle = usize::midpoint(low, high);
        match order.compare(leaf.cell(middle), key) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => high = middle,
        }
    }
    Err(low)
}
