//! Finding a key in a node: as if keys were spread evenly, which hashes are, so that few places in
//! memory are looked at. Where they are not it takes twice as many looks as halving would.

use std::cmp::Ordering;

use super::child::Separator;
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

    /// How many of `count` keys are before `head`, about.
    fn guess(self, head: u64, count: usize) -> usize {
        let (width, into) = (self.high.saturating_sub(self.low), head.saturating_sub(self.low));
        // The number of cells has 16 bits: with these many, nothing overflows.
        let spare_bits = (u64::BITS - width.leading_zeros()).saturating_sub(40);
        let (width, into) = (width >> spare_bits, into.min(width) >> spare_bits);
        (into * count as u64 / (width + 1)) as usize
    }
}

/// Which child has `key` below it if any has. The span becomes the child's.
pub(super) fn route(inner: Node, key: &Key, span: &mut Span) -> usize {
    let guess = span.guess(key.head, inner.count());
    // The first child takes what is before the second one's separator.
    let found = seek(1, inner.count(), guess, |index| {
        let separator = Separator::at(inner, index);
        if key.reaches(separator) {
            span.low = span.low.max(separator.head);
            Ordering::Less
        } else {
            span.high = span.high.min(separator.head);
            Ordering::Greater
        }
    });
    found.unwrap_or_else(|next| next) - 1
}

/// Where in a leaf the cell with `key` is, or would be.
pub(super) fn search(
    leaf: Node,
    order: &impl Order,
    key: &Key,
    span: Span,
) -> Result<usize, usize> {
    let guess = span.guess(key.head, leaf.count());
    seek(0, leaf.count(), guess, |index| order.compare(leaf.cell(index), key))
}

/// The number from `low` on that is what is sought, or else the first behind it, or `high`, in an
/// order in which `side` says on which side of it a number is. Looks around `guess` first, in
/// growing steps.
fn seek(
    mut low: usize,
    mut high: usize,
    guess: usize,
    mut side: impl FnMut(usize) -> Ordering,
) -> Result<usize, usize> {
    if low >= high {
        return Err(low);
    }
    let (mut at, mut step) = (guess.clamp(low, high - 1), 1);
    let first = side(at);
    // What is known of `at`: it is on the same side as the first look.
    loop {
        match first {
            Ordering::Equal => return Ok(at),
            Ordering::Less => {
                low = at + 1;
                at = (at + step).min(high - 1);
            }
            Ordering::Greater => {
                high = at;
                at = at.saturating_sub(step).max(low);
            }
        }
        step *= 2;
        if low >= high {
            return Err(low);
        }
        match side(at) {
            Ordering::Equal => return Ok(at),
            side if side == first => {}
            Ordering::Less => {
                low = at + 1;
                break;
            }
            Ordering::Greater => {
                high = at;
                break;
            }
        }
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        match side(middle) {
            Ordering::Equal => return Ok(middle),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Err(low)
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
            is_there in any::<bool>(),
            guess in 0_usize..90,
        ) {
            let (high, mut looks) = (low + len, 0);
            let expected = (low + before).min(high);
            let found = seek(low, high, guess, |index| {
                assert!((low..high).contains(&index), "{index}");
                looks += 1;
                match index.cmp(&expected) {
                    Ordering::Equal if !is_there => Ordering::Greater,
                    side => side,
                }
            });
            let is_there = is_there && expected < high;
            prop_assert_eq!(found, if is_there { Ok(expected) } else { Err(expected) });
            prop_assert!(looks <= 14, "{} looks at {} numbers", looks, len);
        }
    }

    #[test]
    fn a_good_guess_takes_two_looks_and_one_if_it_is_there() {
        for expected in 0..=60 {
            for is_there in [false, true] {
                let mut looks = 0;
                let found = seek(0, 60, expected, |index| {
                    looks += 1;
                    match index.cmp(&expected) {
                        Ordering::Equal if !is_there => Ordering::Greater,
                        side => side,
                    }
                });
                let is_there = is_there && expected < 60;
                assert_eq!(found, if is_there { Ok(expected) } else { Err(expected) });
                assert!(looks <= if is_there { 1 } else { 2 }, "{looks}");
            }
        }
    }
}
