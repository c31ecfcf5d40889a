//! Changing the cells of a node where it lies, in a page or in the middle of a payload.

use std::ops::Range;

use super::bytes::{put_u16, u16_at};
use super::node::{HEADER_BYTES, Node, OFFSET_BYTES};
use super::room;

/// A cell to be written, in pieces, so that nobody has to put them together first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'a>(pub(crate) [&'a [u8]; 4]);

impl<'a> Cell<'a> {
    pub(crate) fn whole(bytes: &'a [u8]) -> Self {
        Self([bytes, &[], &[], &[]])
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|part| part.len()).sum()
    }

    fn write(&self, mut to: &mut [u8]) {
        for part in self.0 {
            let (here, rest) = to.split_at_mut(part.len());
            here.copy_from_slice(part);
            to = rest;
        }
    }

    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.0.concat()
    }
}

/// A node that can be changed, and the vector it lies in.
pub(super) struct NodeMut<'a> {
    bytes: &'a mut Vec<u8>,
    range: Range<usize>,
}

impl<'a> NodeMut<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>, range: Range<usize>) -> Self {
        Self { bytes, range }
    }

    /// The whole of a page.
    pub(super) fn page(bytes: &'a mut Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { bytes, range }
    }

    pub(super) fn node(&self) -> Node<'_> {
        Node::new(&self.bytes[self.range.clone()])
    }

    /// How long the node is now.
    pub(super) fn len(&self) -> usize {
        self.range.len()
    }

    /// The bytes of a cell, to be changed without changing their number.
    pub(super) fn cell_mut(&mut self, index: usize) -> &mut [u8] {
        let node = self.node();
        let cells = self.range.start + node.cells_start();
        let (from, to) = (cells + node.start(index), cells + node.start(index + 1));
        &mut self.bytes[from..to]
    }

    /// Puts another node in the place of this one.
    pub(super) fn become_node(&mut self, node: &[u8]) {
        let range = self.range.clone();
        self.range.end = range.start + node.len();
        room::splice(self.bytes, range, node);
    }

    /// Puts a cell before the one at `index`, or behind the last.
    pub(super) fn insert(&mut self, index: usize, cell: &Cell<'_>) {
        let node = self.node();
        let (count, start, len) = (node.count(), node.start(index), cell.len());
        let cells = self.range.start + node.cells_start();
        let at = cells + start;
        self.resize(at..at, OFFSET_BYTES + len);
        self.bytes.copy_within(cells..at, cells + OFFSET_BYTES);
        let at = at + OFFSET_BYTES;
        cell.write(&mut self.bytes[at..at + len]);
        let table = self.range.start + HEADER_BYTES;
        let (from, to) = (table + OFFSET_BYTES * index, table + OFFSET_BYTES * count);
        self.bytes.copy_within(from..to, from + OFFSET_BYTES);
        self.move_offsets(index + 1..count + 1, 0, len);
        put_u16(self.bytes, from, start);
        self.set_count(count + 1);
    }

    /// Takes cells away.
    pub(super) fn remove(&mut self, cells: Range<usize>) {
        let node = self.node();
        let (count, removed) = (node.count(), cells.len());
        let (from, to) = (node.start(cells.start), node.start(cells.end));
        let first = self.range.start + node.cells_start();
        self.move_offsets(cells.end..count, to - from, 0);
        let table = self.range.start + HEADER_BYTES;
        let kept = table + OFFSET_BYTES * cells.end..table + OFFSET_BYTES * count;
        self.bytes.copy_within(kept, table + OFFSET_BYTES * cells.start);
        let less = OFFSET_BYTES * removed;
        self.bytes.copy_within(first..first + from, first - less);
        self.resize(first + from - less..first + to, 0);
        self.set_count(count - removed);
    }

    /// Puts a cell in the place of another.
    pub(super) fn replace(&mut self, index: usize, cell: &Cell<'_>) {
        let node = self.node();
        let (count, len) = (node.count(), cell.len());
        let (from, to) = (node.start(index), node.start(index + 1));
        let first = self.range.start + node.cells_start();
        self.resize(first + from..first + to, len);
        cell.write(&mut self.bytes[first + from..first + from + len]);
        self.move_offsets(index + 1..count, to - from, len);
    }

    fn resize(&mut self, range: Range<usize>, len: usize) {
        self.range.end = self.range.end + len - range.len();
        room::resize(self.bytes, range, len);
    }

    /// Writes down that cells have moved: what is before them was `old` bytes and is `new`. That
    /// all starts have 16 bits, the last one's tells.
    fn move_offsets(&mut self, cells: Range<usize>, old: usize, new: usize) {
        if old == new || cells.is_empty() {
            return;
        }
        let table = self.range.start + HEADER_BYTES;
        let (from, to) = (table + OFFSET_BYTES * cells.start, table + OFFSET_BYTES * cells.end);
        let last = u16_at(&self.bytes[from..to], to - from - OFFSET_BYTES) + new - old;
        // Modulo 2^16, and so the same for all: by vectors.
        let by = (new as u16).wrapping_sub(old as u16);
        for offset in self.bytes[from..to].as_chunks_mut().0 {
            *offset = u16::from_le_bytes(*offset).wrapping_add(by).to_le_bytes();
        }
        put_u16(self.bytes, to - OFFSET_BYTES, last);
    }

    fn set_count(&mut self, count: usize) {
        put_u16(self.bytes, self.range.start + 1, count);
    }
}
