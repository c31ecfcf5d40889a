//! In which order a tree keeps its cells.

use std::cmp::Ordering;

use super::child::Separator;

/// A place in the order: by number, then byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) head: u64,
    pub(crate) tail: &'a [u8],
}

impl Key<'_> {
    /// Whether the key, as bytes, is not before a separator.
    pub(super) fn reaches(&self, separator: Separator<'_>) -> bool {
        let Separator { head, rest } = separator;
        self.head > head || self.head == head && self.tail >= rest
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.head.to_be_bytes().into_iter().chain(self.tail.iter().copied())
    }

    /// The fewest bytes of this key that are after another one, which is before it.
    fn separator_from(&self, before: &Self) -> Vec<u8> {
        let same = self.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
        self.bytes().take(same + 1).collect()
    }
}

/// An order of cells. Nothing but this tells what is in a cell.
pub(crate) trait Order {
    fn key<'c>(&self, cell: &'c [u8]) -> Key<'c>;

    fn compare(&self, cell: &[u8], key: &Key<'_>) -> Ordering {
        self.key(cell).cmp(key)
    }

    /// What separates two children, given the last cell of one and the first of the next.
    fn separator(&self, left: &[u8], right: &[u8]) -> Vec<u8> {
        self.key(right).separator_from(&self.key(left))
    }
}

/// The order in which cells were put: nothing is sought in it but ranks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByPosition;

impl Order for ByPosition {
    fn key<'c>(&self, _: &'c [u8]) -> Key<'c> {
        Key { head: 0, tail: &[] }
    }

    fn separator(&self, _: &[u8], _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_separator_is_as_short_as_can_be() {
        let key = |head, tail| Key { head, tail };
        assert_eq!(key(2 << 56, b"").separator_from(&key(1 << 56, b"")), [2]);
        let separator = key(1, b"abd").separator_from(&key(1, b"abc"));
        assert_eq!(separator, b"\0\0\0\0\0\0\0\x01abd");
        let separator = key(1, b"abc").separator_from(&key(1, b"ab"));
        assert_eq!(separator, b"\0\0\0\0\0\0\0\x01abc");
    }

    proptest! {
        #[test]
        fn a_key_reaches_what_is_not_after_it_as_bytes(
            head in prop_oneof![0_u64..3, any::<u64>(), Just(u64::MAX)],
            tail in "[ab]{0,3}",
            len in 0_usize..12,
            step in -1_i8..=1,
            other in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            let key = Key { head, tail: tail.as_bytes() };
            let bytes: Vec<u8> = key.bytes().collect();
            let mut near = bytes[..len.min(bytes.len())].to_vec();
            if let Some(last) = near.last_mut() {
                *last = last.wrapping_add_signed(step);
            }
            for separator in [near, other] {
                let reached = key.reaches(Separator::of(&separator));
                prop_assert_eq!(reached, bytes >= separator, "{:?}", separator);
            }
        }

        #[test]
        fn a_separator_is_reached_by_the_right_key_and_not_by_the_left(
            a in (0_u64..3, "[ab]{0,3}"),
            b in (0_u64..3, "[ab]{0,3}"),
        ) {
            prop_assume!(a != b);
            let (left, right) = if a < b { (&a, &b) } else { (&b, &a) };
            let left = Key { head: left.0, tail: left.1.as_bytes() };
            let right = Key { head: right.0, tail: right.1.as_bytes() };
            let separator = right.separator_from(&left);
            let separator = Separator::of(&separator);
            prop_assert!(right.reaches(separator) && !left.reaches(separator));
        }
    }
}
