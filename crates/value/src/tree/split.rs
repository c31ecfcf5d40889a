//! Making several nodes of cells that are too many for one.

use std::ops::Range;

use super::child::{Child, FIXED_BYTES, Weight};
use super::node::{HEADER_BYTES, OFFSET_BYTES};
use super::order::Order;
use super::path::Edge;

/// A node that has no page yet.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    pub(super) weight: Weight,
    /// Of the first part: nothing, it keeps the one it had.
    pub(super) separator: Vec<u8>,
}

/// The bytes of a node.
pub(super) fn node<'c>(level: u8, cells: impl Iterator<Item = &'c [u8]> + Clone) -> Vec<u8> {
    let (count, bytes) = cells.clone().fold((0, 0), |(n, len), cell| (n + 1, len + cell.len()));
    let mut node = Vec::with_capacity(HEADER_BYTES + OFFSET_BYTES * count + bytes);
    node.push(level);
    let count = u16::try_from(count).expect("each cell takes bytes, and nodes are below 64 KiB");
    node.extend_from_slice(&count.to_le_bytes());
    let mut start = 0;
    for cell in cells.clone() {
        let offset = u16::try_from(start).expect("nodes of several cells are far below 64 KiB");
        node.extend_from_slice(&offset.to_le_bytes());
        start += cell.len();
    }
    for cell in cells {
        node.extend_from_slice(cell);
    }
    node
}

/// Leaves of at most `max` bytes, or of one cell.
pub(super) fn leaves(cells: &[&[u8]], max: usize, edge: Edge, order: &impl Order) -> Vec<Part> {
    let ranges = partition(cells, max, 1, edge);
    let part = |range: Range<usize>| {
        let bytes = node(0, cells[range.clone()].iter().copied());
        let weight = Weight {
            count: range.len() as u64,
            bytes: cells[range.clone()].iter().map(|cell| cell.len() as u64).sum(),
        };
        let separator = match range.start {
            0 => Vec::new(),
            start => order.separator(cells[start - 1], cells[start]),
        };
        Part { bytes, weight, separator }
    };
    ranges.into_iter().map(part).collect()
}

/// Inner nodes of at most `max` bytes, or of two children.
pub(super) fn inners(level: u8, cells: &[&[u8]], max: usize, edge: Edge) -> Vec<Part> {
    let ranges = partition(cells, max, 2, edge);
    let part = |range: Range<usize>| {
        let children = cells[range.clone()].iter().map(|cell| Child::read(cell));
        let weight = children.map(|child| child.weight).fold(Weight::default(), Weight::plus);
        let separator = match range.start {
            0 => Vec::new(),
            start => Child::read(cells[start]).separator.to_vec(),
        };
        // The separator moves up: a first child needs none.
        let first = &cells[range.start][..FIXED_BYTES];
        let rest = cells[range.start + 1..range.end].iter().copied();
        let bytes = node(level, std::iter::once(first).chain(rest));
        Part { bytes, weight, separator }
    };
    ranges.into_iter().map(part).collect()
}

/// How to cut cells so that each part has at most `max` bytes, or `least` cells: a single one off
/// at an edge, so that what grows there leaves full nodes behind; else in the middle if two parts
/// are enough.
fn partition(cells: &[&[u8]], max: usize, least: usize, edge: Edge) -> Vec<Range<usize>> {
    let len = |range: Range<usize>| node_len(&cells[range]);
    let fits = |range: Range<usize>| range.len() <= least || len(range) <= max;
    let count = cells.len();
    if count < 2 {
        return std::iter::once(0..count).collect();
    }
    let cut = match edge {
        Edge::First => 1,
        Edge::Last => count - 1,
        Edge::Neither => middle(cells),
    };
    if fits(0..cut) && fits(cut..count) {
        return vec![0..cut, cut..count];
    }
    full(cells, max, least)
}

/// The parts that result when each takes as many cells as it can.
fn full(cells: &[&[u8]], max: usize, least: usize) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut len) = (Vec::new(), 0, HEADER_BYTES);
    for (index, cell) in cells.iter().enumerate() {
        let added = OFFSET_BYTES + cell.len();
        if len + added > max && index - start >= least {
            parts.push(start..index);
            (start, len) = (index, HEADER_BYTES);
        }
        len += added;
    }
    parts.push(start..cells.len());
    parts
}

/// The cut that makes both sides most alike, neither of them empty.
fn middle(cells: &[&[u8]]) -> usize {
    let total = node_len(cells) - HEADER_BYTES;
    let (mut left, mut cut) = (0, 0);
    for cell in cells {
        let added = OFFSET_BYTES + cell.len();
        // Whether the next cell would bring the left side further from half than it is.
        if total.abs_diff(2 * (left + added)) > total.abs_diff(2 * left) {
            break;
        }
        (left, cut) = (left + added, cut + 1);
    }
    cut.clamp(1, cells.len() - 1)
}

pub(super) fn node_len(cells: &[&[u8]]) -> usize {
    HEADER_BYTES + cells.iter().map(|cell| OFFSET_BYTES + cell.len()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &[u8] = &[0; 8];
    const LARGE: &[u8] = &[0; 1000];

    #[test]
    fn cells_are_cut_in_the_middle() {
        assert_eq!(partition(&[SMALL; 10], 100, 1, Edge::Neither), [0..5, 5..10]);
        let cells = [SMALL, SMALL, SMALL, &[0; 40]];
        assert_eq!(partition(&cells, 60, 1, Edge::Neither), [0..3, 3..4]);
    }

    #[test]
    fn what_comes_at_an_edge_leaves_a_full_node_behind() {
        assert_eq!(partition(&[SMALL; 10], 100, 1, Edge::Last), [0..9, 9..10]);
        assert_eq!(partition(&[SMALL; 10], 100, 1, Edge::First), [0..1, 1..10]);
    }

    #[test]
    fn a_cell_larger_than_a_page_gets_its_own() {
        let cells = [SMALL, SMALL, LARGE, SMALL];
        assert_eq!(partition(&cells, 100, 1, Edge::Neither), [0..2, 2..3, 3..4]);
        assert_eq!(partition(&[LARGE, LARGE], 100, 1, Edge::Last), [0..1, 1..2]);
    }

    #[test]
    fn inner_nodes_have_two_children_however_long_their_separators() {
        assert_eq!(partition(&[LARGE; 5], 100, 2, Edge::Neither), [0..2, 2..4, 4..5]);
    }
}
