//! The payload of a collection: a header, and a root or two.
//!
//! ```text
//! byte 0    mark: belongs to the collection, which says what it is and how it is shaped
//! byte 1    0x01 has pages, 0x02 has two trees; high 4 bits: length of the note
//! ...       note: belongs to the collection
//!           with pages:
//! u64         generation
//! u48         number of the next page
//!             for each tree:
//! u48           count of cells
//! u48           bytes of cells
//! u32           length of the root
//! ...       the root of each tree: a node
//! ```
//!
//! Integers are little endian. Without pages there is one tree, and its root is a leaf. A
//! collection without elements has no payload: zero bytes.

use std::ops::Range;

use super::bytes::{U48_BYTES, put_u48, u32_at, u48_at, u64_at};
use super::child::Weight;
use super::node::{EMPTY_LEAF, Node};
use super::room;

const PAGED: u8 = 0x01;
const TWO_TREES: u8 = 0x02;
const NOTE_SHIFT: u32 = 4;
const FIXED_BYTES: usize = 2;
const PAGED_BYTES: usize = 8 + U48_BYTES;
const TREE_BYTES: usize = 2 * U48_BYTES + 4;

/// Which of the trees of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    Second,
}

/// How many trees a payload with pages has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trees {
    One = 1,
    Two = 2,
}

/// A tree's part of the header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) weight: Weight,
    /// Where the root lies in the payload.
    pub(super) range: Range<usize>,
}

/// The generation of the pages of a payload that has been checked, or was made here.
pub(crate) fn generation(payload: &[u8]) -> Option<u64> {
    has(payload, PAGED).then(|| u64_at(payload, note_range(payload).end))
}

/// Whether it has a second tree.
pub(crate) fn is_paired(payload: &[u8]) -> bool {
    has(payload, TWO_TREES)
}

/// A tree of it: an empty one if there is no such tree.
pub(super) fn root(payload: &[u8], which: Which) -> Root {
    if has(payload, PAGED) {
        return match which {
            Which::First => first_root(payload),
            Which::Second if is_paired(payload) => second_root(payload),
            Which::Second => Root::default(),
        };
    }
    if payload.len() < FIXED_BYTES || which == Which::Second {
        return Root::default();
    }
    let start = note_range(payload).end;
    Root { weight: Node::new(&payload[start..]).weight(), range: start..payload.len() }
}

/// How many cells the first tree has, wherever they are.
pub(crate) fn count(payload: &[u8]) -> u64 {
    root(payload, Which::First).weight.count
}

/// Bytes of the cells of the first tree, wherever they are.
pub(crate) fn bytes(payload: &[u8]) -> u64 {
    root(payload, Which::First).weight.bytes
}

fn has(payload: &[u8], flags: u8) -> bool {
    payload.get(1).is_some_and(|found| found & flags != 0)
}

fn first_root(payload: &[u8]) -> Root {
    let headers = note_range(payload).end + PAGED_BYTES;
    let trees = if is_paired(payload) { 2 } else { 1 };
    read_root(payload, headers, headers + TREE_BYTES * trees)
}

fn second_root(payload: &[u8]) -> Root {
    let header = note_range(payload).end + PAGED_BYTES + TREE_BYTES;
    read_root(payload, header, first_root(payload).range.end)
}

fn read_root(payload: &[u8], at: usize, start: usize) -> Root {
    let weight = Weight { count: u48_at(payload, at), bytes: u48_at(payload, at + U48_BYTES) };
    let len = u32_at(payload, at + 2 * U48_BYTES) as usize;
    Root { weight, range: start..start + len }
}

/// Makes room in the header for what pages need. The root of the first tree stays as it is, one of
/// a second has no cells yet.
pub(super) fn begin_pages(payload: &mut Vec<u8>, generation: u64, trees: Trees) {
    let start = note_range(payload).end;
    let weight = Node::new(&payload[start..]).weight();
    let root_len = payload.len() - start;
    let mut header = vec![0; PAGED_BYTES + TREE_BYTES * trees as usize];
    header[..8].copy_from_slice(&generation.to_le_bytes());
    room::splice(payload, start..start, &header);
    payload[1] |= PAGED;
    put_weight(payload, Which::First, weight);
    put_root_len(payload, Which::First, root_len);
    if trees == Trees::Two {
        payload[1] |= TWO_TREES;
        payload.extend_from_slice(EMPTY_LEAF);
        put_root_len(payload, Which::Second, EMPTY_LEAF.len());
    }
}

/// The reverse: what is left is the root of the first tree, which has to be a leaf.
pub(super) fn end_pages(payload: &mut Vec<u8>) {
    let first = first_root(payload).range;
    let start = note_range(payload).end;
    payload.truncate(first.end);
    room::splice(payload, start..first.start, &[]);
    payload[1] &= !(PAGED | TWO_TREES);
}

/// Writes down what a tree weighs. Without pages its root says so itself.
pub(super) fn put_weight(payload: &mut [u8], which: Which, weight: Weight) {
    if let Some(at) = tree_header(payload, which) {
        put_u48(payload, at, weight.count);
        put_u48(payload, at + U48_BYTES, weight.bytes);
    }
}

/// Writes down how long the root of a tree is. Without pages it is all there is.
pub(super) fn put_root_len(payload: &mut [u8], which: Which, len: usize) {
    if let Some(at) = tree_header(payload, which) {
        let len = u32::try_from(len).expect("a root is below 4 GiB");
        payload[at + 2 * U48_BYTES..at + TREE_BYTES].copy_from_slice(&len.to_le_bytes());
    }
}

fn tree_header(payload: &[u8], which: Which) -> Option<usize> {
    let start = note_range(payload).end + PAGED_BYTES;
    let needed = if which == Which::Second { TWO_TREES } else { PAGED };
    (payload[1] & needed != 0).then_some(start + TREE_BYTES * which as usize)
}

/// The number of a new page.
pub(super) fn take_page_number(payload: &mut [u8]) -> u64 {
    let at = note_range(payload).end + 8;
    let number = u48_at(payload, at);
    put_u48(payload, at, number + 1);
    number
}

/// A payload of one leaf without cells.
pub(crate) fn begin(payload: &mut Vec<u8>, mark: u8) {
    payload.clear();
    payload.extend_from_slice(&[mark, 0]);
    payload.extend_from_slice(EMPTY_LEAF);
}

/// The collection's own mark.
pub(crate) fn mark(payload: &[u8]) -> Option<u8> {
    payload.first().copied()
}

/// Changes the mark of a payload that is not empty.
pub(crate) fn set_mark(payload: &mut [u8], mark: u8) {
    payload[0] = mark;
}

/// The collection's own bytes in the header.
pub(crate) fn note(payload: &[u8]) -> &[u8] {
    &payload[note_range(payload)]
}

/// Changes the note of a payload that is not empty. At most 15 bytes.
pub(crate) fn set_note(payload: &mut Vec<u8>, note: &[u8]) {
    room::splice(payload, note_range(payload), note);
    payload[1] = payload[1] & 0x0f | (note.len() as u8) << NOTE_SHIFT;
}

fn note_range(payload: &[u8]) -> Range<usize> {
    match payload.get(1) {
        None => 0..0,
        Some(flags) => FIXED_BYTES..FIXED_BYTES + usize::from(flags >> NOTE_SHIFT),
    }
}

/// Whether a payload has the structure of one; whether its note and cells make sense, its
/// collection knows.
pub(crate) fn is_sound(payload: &[u8]) -> bool {
    let Some(flags) = payload.get(1) else { return payload.is_empty() };
    if flags & 0x0c != 0 || flags & (PAGED | TWO_TREES) == TWO_TREES {
        return false;
    }
    let start = note_range(payload).end;
    if flags & PAGED == 0 {
        let root = payload.get(start..);
        return root.is_some_and(|root| Node::is_sound(root) && Node::new(root).level() == 0);
    }
    let trees = if flags & TWO_TREES == 0 { 1 } else { 2 };
    if payload.len() < start + PAGED_BYTES + TREE_BYTES * trees {
        return false;
    }
    let mut roots = vec![first_root(payload)];
    if is_paired(payload) {
        roots.push(second_root(payload));
    }
    let end = roots.last().map(|root| root.range.end);
    let sound = |root: &Root| payload.get(root.range.clone()).is_some_and(Node::is_sound);
    end == Some(payload.len()) && roots.iter().all(sound)
}
