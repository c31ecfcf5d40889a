//! A member and its score, as bytes.
//!
//! ```text
//! bytes 0..8   the score, as the bits of a double, little endian
//! rest         the member
//! ```

use super::super::map;
use crate::tree::{Cell, Key, Order};

/// Of each cell.
pub(super) const SCORE_BYTES: usize = 8;

/// The order of the first tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByScore;

/// The order of the second one.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByMember {
    pub(super) seed: u64,
}

impl ByMember {
    pub(super) fn key_of(self, member: &[u8]) -> Key<'_> {
        map::key_of(member, self.seed)
    }
}

impl Order for ByScore {
    fn key<'c>(&self, cell: &'c [u8]) -> Key<'c> {
        let (member, score) = read(cell);
        key_of(member, score)
    }
}

impl Order for ByMember {
    fn key<'c>(&self, cell: &'c [u8]) -> Key<'c> {
        self.key_of(read(cell).0)
    }
}

pub(super) fn key_of(member: &[u8], score: f64) -> Key<'_> {
    Key { head: ordered(score), tail: member }
}

/// A number that orders as scores do. Both zeros have the same.
pub(super) fn ordered(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    let sign = 1 << 63;
    if bits & sign == 0 { bits | sign } else { !bits }
}

/// The member and score of a cell.
pub(super) fn read(cell: &[u8]) -> (&[u8], f64) {
    match cell.split_first_chunk() {
        Some((score, member)) => (member, f64::from_le_bytes(*score)),
        None => (cell, 0.0),
    }
}

/// Calls `f` with the cell of a member.
pub(super) fn with_cell<R>(member: &[u8], score: f64, f: impl FnOnce(&Cell) -> R) -> R {
    f(&Cell([&score.to_le_bytes(), member, &[], &[]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_ordered_as_numbers_are() {
        let scores = [
            f64::NEG_INFINITY,
            f64::MIN,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            1.0,
            1.5,
            f64::MAX,
            f64::INFINITY,
        ];
        assert!(scores.is_sorted_by(|a, b| ordered(*a) < ordered(*b)));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }
}
