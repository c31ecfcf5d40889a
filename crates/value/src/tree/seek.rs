//! Finding a key in a node: as if keys were spread evenly, which hashes are, so that few places in
//! memory are looked at. Where they are not it takes twice as many looks as halving would.

use std::cmp::Ordering;

use super::child::separator_at;
use super::node::Node;
use super::order::{Key, Order};

/// Between which heads all keys below a node are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    low: u64,
    high: u64,
}

impl Span {
    /// Below a root.
    pub(super) const ALL: Self = Self { low: 0, high: u64::MAX };

    pub(super) fn of_child(self, inner: Node, index: usize) -> Self {
        let low = if index > 0 { head_of(separator_at(inner, index)) } else { self.low };
        let next = index + 1;
        let high =
            if next < inner.count() { head_of(separator_at(inner, next)) } else { self.high };
        Self { low, high }
    }

    /// How many of `count` keys are before `head`, about.
    fn guess(self, head: u64, count: usize) -> usize {
        let (width, into) = (self.high.saturating_sub(self.low), head.saturating_sub(self.low));
        // The number of cells has 16 bits: with these many, nothing overflows.
        let spare_bits = (u64::BITS - width.leading_zeros()).saturating_sub(40);
        let (width, into) = (width >> spare_bits, into.min(width) >> spare_bits);
        (into * count as u64 / (width + 1)) as usize
    }
}

fn head_of(separator: &[u8]) -> u64 {
    let mut head = [0; 8];
    let len = separator.len().min(head.len());
    head[..len].copy_from_slice(&separator[..len]);
    u64::from_be_bytes(head)
}

/// Which child has `key` below it if any has.
pub(super) fn route(inner: Node, key: &Key, span: Span) -> usize {
    // The first child takes what is before the second one's separator.
    let guess = span.guess(key.head, inner.count());
    let reached = |index: usize| key.reaches(separator_at(inner, index));
    first_not(1, inner.count(), guess, reached) - 1
}

/// Where in a leaf the cell with `key` is, or would be.
pub(super) fn search(
    leaf: Node,
    order: &impl Order,
    key: &Key,
    span: Span,
) -> Result<usize, usize> {
    let mut found = None;
    let guess = span.guess(key.head, leaf.count());
    let index = first_not(0, leaf.count(), guess, |index| {
        let side = order.compare(leaf.cell(index), key);
        if side == Ordering::Equal {
            found = Some(index);
        }
        side == Ordering::Less
    });
    found.ok_or(index)
}

/// The first number from `low` on for which `is_before` does not hold, or `high`: it holds for all
/// before that one. Looks around `guess` first, in growing steps.
fn first_not(
    mut low: usize,
    mut high: usize,
    guess: usize,
    mut is_before: impl FnMut(usize) -> bool,
) -> usize {
    let (mut at, mut step) = (guess.min(high.saturating_sub(1)).max(low), 1);
    let goes_up = low < high && is_before(at);
    while low < high {
        // What is known of `at`: it is the first look, or one of those on the same side of it.
        if goes_up {
            low = at + 1;
            at = (at + step).min(high.saturating_sub(1));
        } else {
            high = at;
            at = at.saturating_sub(step).max(low);
        }
        step *= 2;
        if low >= high {
            break;
        }
        if is_before(at) != goes_up {
            (low, high) = if goes_up { (low, at) } else { (at + 1, high) };
            break;
        }
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_guessed_the_same_is_found(
            low in 0_usize..3,
            len in 0_usize..70,
            before in 0_usize..80,
            guess in 0_usize..90,
        ) {
            let (high, mut looks) = (low + len, 0);
            let expected = (low + before).min(high);
            let found = first_not(low, high, guess, |index| {
                assert!((low..high).contains(&index), "{index}");
                looks += 1;
                index < expected
            });
            prop_assert_eq!(found, expected);
            prop_assert!(looks <= 14, "{} looks at {} numbers", looks, len);
        }
    }

    #[test]
    fn a_good_guess_takes_two_looks() {
        for expected in 0..=60 {
            let mut looks = 0;
            let found = first_not(0, 60, expected, |index| {
                looks += 1;
                index < expected
            });
            assert_eq!(found, expected);
            assert!(looks <= 2, "{looks}");
        }
    }
}
