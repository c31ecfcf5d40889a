//! What an element says to a HyperLogLog: the hash is `MurmurHash64A` (Austin Appleby), seeded as
//! Redis seeds it.

use super::REGISTER_INDEX_BITS;

const SEED: u64 = 0xadc8_3b19;
const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
const SHIFT: u32 = 47;

/// The register that an element belongs to, and the value it asks for there: one more than the
/// zeros at the end of the rest of its hash, so 1 to 51.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) register: usize,
    pub(super) rank: u8,
}

pub(super) fn observe(element: &[u8]) -> Observed {
    let hash = murmur64a(element);
    let register = (hash & ((1 << REGISTER_INDEX_BITS) - 1)) as usize;
    // The shift leaves zeros at the top: of those, none count but the first.
    let rest = hash >> REGISTER_INDEX_BITS | 1 << (u64::BITS - REGISTER_INDEX_BITS);
    Observed { register, rank: rest.trailing_zeros() as u8 + 1 }
}

pub(super) fn murmur64a(bytes: &[u8]) -> u64 {
    let len = (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, rest) = bytes.as_chunks();
    let mut hash = words.iter().fold(SEED ^ len, |hash, word| {
        let word = u64::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        let word = (word ^ word >> SHIFT).wrapping_mul(MULTIPLIER);
        (hash ^ word).wrapping_mul(MULTIPLIER)
    });
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte));
        hash = (hash ^ last).wrapping_mul(MULTIPLIER);
    }
    let hash = (hash ^ hash >> SHIFT).wrapping_mul(MULTIPLIER);
    hash ^ hash >> SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_fourteen_bits_of_the_hash_and_the_rank_counts_zeros_after_them() {
        // As a Redis server shows them: `PFADD k a`, `PFDEBUG DECODE k`.
        let cases: [(&[u8], usize, u8); 5] = [
            (b"", 5938, 2),
            (b"a", 12_711, 2),
            (b"seven b", 6223, 1),
            (b"eight by", 6374, 4),
            (b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7", 5570, 1),
        ];
        for (element, register, rank) in cases {
            assert_eq!(observe(element), Observed { register, rank }, "{}", element.escape_ascii());
        }
    }
}
