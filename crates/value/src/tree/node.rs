//! A node: some cells one behind the other, and where each starts.
//!
//! ```text
//! byte 0       level: 0 in a leaf, else one more than in the children
//! bytes 1..3   count of cells
//! ...          for each cell u16: where it starts, counted from the first one
//! ...          the cells
//! ```
//!
//! Integers are little endian. A cell ends where the next one starts, the last one where the node
//! does: a cell of any size fits if it is the last. A leaf holds the collection's cells, an inner
//! node one for each child.

use std::ops::Range;

use super::bytes::{u16_at, u32_at};
use super::child::{self, Weight};

/// Bytes before the offsets.
pub(super) const HEADER_BYTES: usize = 3;
/// What a cell takes beside its own bytes.
pub(super) const OFFSET_BYTES: usize = 2;
/// Far more than any tree has: each level has twice as many nodes at least.
const LEVEL_MAX: u8 = 48;
/// A leaf without cells.
pub(super) const EMPTY_LEAF: &[u8] = &[0, 0, 0];

/// A node that has been checked, or was made here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Node<'a> {
    pub(super) const EMPTY: Self = Self { bytes: EMPTY_LEAF, count: 0 };

    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, count: u16_at(bytes, 1) }
    }

    /// Whether `bytes` are a node: every cell lies within it.
    pub(super) fn is_sound(bytes: &[u8]) -> bool {
        if bytes.len() < HEADER_BYTES || bytes[0] > LEVEL_MAX {
            return false;
        }
        let node = Node::new(bytes);
        let cells_start = node.cells_start();
        if bytes.len() < cells_start {
            return false;
        }
        let (mut last, len) = (0, bytes.len() - cells_start);
        (0..node.count()).all(|index| {
            let start = node.offset(index);
            let sound = start >= last && start <= len && (index > 0 || start == 0);
            last = start;
            sound
        }) && (node.count() > 0 || len == 0)
            && (node.level() == 0 || node.is_inner())
    }

    /// Whether the cells can be those of an inner node: there is one, and each names a child.
    fn is_inner(self) -> bool {
        self.count() > 0 && self.cells().all(|cell| cell.len() >= child::FIXED_BYTES)
    }

    pub(super) fn level(self) -> u8 {
        self.bytes[0]
    }

    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// Bytes of all cells.
    pub(super) fn cell_bytes(self) -> usize {
        self.bytes.len() - self.cells_start()
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// What is in it and below it.
    pub(super) fn weight(self) -> Weight {
        if self.level() == 0 {
            return Weight { count: self.count() as u64, bytes: self.cell_bytes() as u64 };
        }
        let below = self.cells().map(|cell| child::Child::read(cell).weight);
        below.fold(Weight::default(), Weight::plus)
    }

    /// Bytes in all.
    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn cell(self, index: usize) -> &'a [u8] {
        &self.bytes[self.range(index)]
    }

    /// Where in the node a cell lies.
    pub(super) fn range(self, index: usize) -> Range<usize> {
        let cells = self.cells_start();
        if index + 1 == self.count {
            return cells + self.offset(index)..self.bytes.len();
        }
        // Where it starts and where the next one does, in one go.
        let offsets = u32_at(self.bytes, HEADER_BYTES + OFFSET_BYTES * index) as usize;
        cells + (offsets & 0xffff)..cells + (offsets >> 16)
    }

    /// A cell and all that follows it.
    pub(super) fn starting_at(self, index: usize) -> &'a [u8] {
        &self.bytes[self.cells_start() + self.offset(index)..]
    }

    pub(crate) fn cells(self) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone {
        (0..self.count()).map(move |index| self.cell(index))
    }

    /// Where a cell starts, or, one past the last, where the cells end.
    pub(super) fn start(self, index: usize) -> usize {
        if index == self.count() { self.cell_bytes() } else { self.offset(index) }
    }

    pub(super) fn cells_start(self) -> usize {
        HEADER_BYTES + OFFSET_BYTES * self.count()
    }

    fn offset(self, index: usize) -> usize {
        u16_at(self.bytes, HEADER_BYTES + OFFSET_BYTES * index)
    }
}
