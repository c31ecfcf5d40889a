//! The cell of an inner node: what it knows of a child.
//!
//! ```text
//! u48    number of the child's page
//! u48    count of cells below it
//! u48    bytes of cells below it
//! rest   separator: no key below is before it, and every key of the children before is
//! ```
//!
//! Integers are little endian. The first child of a node has no separator: it takes whatever comes
//! before the second one's. In a tree that is ordered by position no child has one.
//!
//! A child with no cells below is vacant: it has no page, at whatever level. It keeps its place, so
//! that a key which could be put before a change can be put after it: into the neighbour's page it
//! could not, if that is not in memory.

use std::ops::Range;

use super::bytes::{U48_BYTES, put_u48, u48_at};
use super::edit::Cell;
use super::node::Node;

/// Bytes before the separator.
pub(super) const FIXED_BYTES: usize = 3 * U48_BYTES;

/// How many cells there are somewhere, and of how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Weight {
    pub(super) fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, bytes: self.bytes + other.bytes }
    }

    /// Saturating: what a disk says about the parts need not agree with what it says of the whole.
    pub(super) fn minus(self, other: Self) -> Self {
        let count = self.count.saturating_sub(other.count);
        Self { count, bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// What becomes of a weight when something below it changes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    pub(super) added: Weight,
    pub(super) removed: Weight,
}

impl Change {
    pub(super) fn of(self, weight: Weight) -> Weight {
        weight.plus(self.added).minus(self.removed)
    }
}

/// How many cells are below a child, without a look at the rest of its cell.
pub(super) fn count_at(inner: Node<'_>, index: usize) -> u64 {
    u48_at(inner.starting_at(index), U48_BYTES)
}

/// What is before no key below a child, to be compared: bytes compare as what is here does, by
/// `head`, then by `rest`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Separator<'a> {
    /// The first eight bytes as a number, and zeros where there are fewer.
    pub(super) head: u64,
    /// All others.
    pub(super) rest: &'a [u8],
}

impl<'a> Separator<'a> {
    /// Without a look at the rest of the child's cell.
    pub(super) fn at(inner: Node<'a>, index: usize) -> Self {
        let Range { start, end } = inner.range(index);
        let start = start + FIXED_BYTES;
        let Some(onwards) = inner.bytes().get(start..start + 8) else {
            return Self::of(&inner.bytes()[start..end]);
        };
        // In one go with some bytes of the next cell, which then go.
        let others = u64::MAX.checked_shr(8 * (end - start) as u32).unwrap_or(0);
        let head = u64::from_be_bytes(onwards.try_into().expect("eight bytes")) & !others;
        let rest = if end - start > 8 { &inner.bytes()[start + 8..end] } else { &[] };
        Self { head, rest }
    }

    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let (start, rest) = bytes.split_at(bytes.len().min(8));
        let mut eight = [0; 8];
        eight[..start.len()].copy_from_slice(start);
        Self { head: u64::from_be_bytes(eight), rest }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Child<'a> {
    pub(super) number: u64,
    pub(super) weight: Weight,
    pub(super) separator: &'a [u8],
}

impl<'a> Child<'a> {
    pub(super) fn read(cell: &'a [u8]) -> Self {
        let weight = Weight { count: u48_at(cell, U48_BYTES), bytes: u48_at(cell, 2 * U48_BYTES) };
        Self { number: u48_at(cell, 0), weight, separator: &cell[FIXED_BYTES..] }
    }

    /// In the place of one below which nothing is left.
    pub(super) fn vacant(separator: &'a [u8]) -> Self {
        Self { number: 0, weight: Weight::default(), separator }
    }

    pub(super) fn is_vacant(&self) -> bool {
        self.weight.count == 0
    }

    pub(super) fn to_vec(self) -> Vec<u8> {
        let mut fixed = [0; FIXED_BYTES];
        put_u48(&mut fixed, 0, self.number);
        put_weight(&mut fixed, self.weight);
        Cell([&fixed, self.separator, &[], &[]]).to_vec()
    }
}

/// Changes the weight in a child's cell.
pub(super) fn put_weight(cell: &mut [u8], weight: Weight) {
    put_u48(cell, U48_BYTES, weight.count);
    put_u48(cell, 2 * U48_BYTES, weight.bytes);
}
