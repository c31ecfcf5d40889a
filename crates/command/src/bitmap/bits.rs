//! Counting and finding bits, eight bytes at a time.

use std::ops::RangeInclusive;

/// Counts the ones among the bits in `range`, all of which must be there.
pub(super) fn count(bytes: &[u8], range: &RangeInclusive<usize>) -> usize {
    let (first, last) = (range.start() / 8, range.end() / 8);
    if first == last {
        return ones(bytes[first] & head(range) & tail(range));
    }
    let (words, rest) = bytes[first + 1..last].as_chunks();
    let inside: usize =
        words.iter().map(|word| u64::from_ne_bytes(*word).count_ones() as usize).sum();
    let outside: usize = rest.iter().map(|byte| ones(*byte)).sum();
    ones(bytes[first] & head(range)) + inside + outside + ones(bytes[last] & tail(range))
}

/// Finds the first bit in `range` that is `wanted`; all of the range must be there.
pub(super) fn find(bytes: &[u8], wanted: bool, range: &RangeInclusive<usize>) -> Option<usize> {
    let (first, last) = (range.start() / 8, range.end() / 8);
    // What is wanted becomes a one.
    let flip = if wanted { 0x00 } else { 0xff };
    let in_byte = |at: usize, byte: u8| (byte != 0).then(|| at * 8 + byte.leading_zeros() as usize);
    if first == last {
        return in_byte(first, (bytes[first] ^ flip) & head(range) & tail(range));
    }
    in_byte(first, (bytes[first] ^ flip) & head(range))
        .or_else(|| {
            let inside = &bytes[first + 1..last];
            let (words, _) = inside.as_chunks::<8>();
            let boring = words.iter().take_while(|word| **word == [flip; 8]).count() * 8;
            let found = inside[boring..].iter().position(|byte| *byte != flip)? + boring;
            in_byte(first + 1 + found, inside[found] ^ flip)
        })
        .or_else(|| in_byte(last, (bytes[last] ^ flip) & tail(range)))
}

fn ones(byte: u8) -> usize {
    byte.count_ones() as usize
}

/// The bits of the first byte that are in the range.
fn head(range: &RangeInclusive<usize>) -> u8 {
    0xff >> (range.start() % 8)
}

/// The bits of the last byte that are in the range.
fn tail(range: &RangeInclusive<usize>) -> u8 {
    0xff << (7 - range.end() % 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bit(bytes: &[u8], at: usize) -> bool {
        bytes[at / 8] & (0x80 >> (at % 8)) != 0
    }

    proptest! {
        #[test]
        fn ranges_agree_with_looking_at_every_bit(
            fill in prop_oneof![Just(0x00), Just(0xff), any::<u8>()],
            odd in proptest::collection::vec((0_usize..80, any::<u8>()), 0..4),
            len in 1_usize..80,
            a in 0_usize..640,
            b in 0_usize..640,
        ) {
            let mut bytes = vec![fill; len];
            odd.iter().filter(|(at, _)| *at < len).for_each(|(at, byte)| bytes[*at] = *byte);
            let (a, b) = (a % (len * 8), b % (len * 8));
            let range = a.min(b)..=a.max(b);
            let expected = range.clone().filter(|at| bit(&bytes, *at)).count();
            prop_assert_eq!(count(&bytes, &range), expected);
            for wanted in [false, true] {
                let expected = range.clone().find(|at| bit(&bytes, *at) == wanted);
                prop_assert_eq!(find(&bytes, wanted, &range), expected);
            }
        }
    }
}
