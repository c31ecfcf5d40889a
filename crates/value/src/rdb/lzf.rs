//! LZF, the compression of Redis's formats: fast, and good enough for text that repeats itself.
//!
//! ```text
//! 000nnnnn | n + 1 bytes                 they are the next bytes
//! nnnooooo | oooooooo                    n + 2 bytes, from o + 1 bytes back
//! 111ooooo | nnnnnnnn | oooooooo         n + 9 bytes, from o + 1 bytes back
//! ```
//!
//! What is copied may reach into what the copy itself makes.

const LITERALS_MAX: usize = 32;
const DISTANCE_MAX: usize = 1 << 13;
/// A copy of fewer bytes gains nothing.
const COPY_LEN_MIN: usize = 3;
const COPY_LEN_MAX: usize = 264;
/// The longest copy takes this many bytes.
const COPY_BYTES_MAX: usize = 3;
const TABLE_BITS_MIN: u32 = 6;
const TABLE_BITS_MAX: u32 = 14;

/// What `compressed` can become at most.
pub(super) fn len_max(compressed: &[u8]) -> usize {
    compressed.len().saturating_mul(COPY_LEN_MAX / COPY_BYTES_MAX)
}

/// The `len` bytes that were compressed, or `None` if there are not so many, or it is not LZF.
pub(super) fn decompress(compressed: &[u8], len: usize) -> Option<Vec<u8>> {
    if len > len_max(compressed) {
        return None;
    }
    let mut out = Vec::with_capacity(len);
    let mut input = compressed;
    while let Some((&control, rest)) = input.split_first() {
        let (high, low) = (usize::from(control >> 5), usize::from(control & 0x1f));
        if high == 0 {
            let literals;
            (literals, input) = rest.split_at_checked(low + 1)?;
            if literals.len() > len - out.len() {
                return None;
            }
            out.extend_from_slice(literals);
            continue;
        }
        let (more, rest) = if high == 7 { rest.split_first()? } else { (&0, rest) };
        let (&last, rest) = rest.split_first()?;
        let copy_len = high + 2 + usize::from(*more);
        let start = out.len().checked_sub((low << 8 | usize::from(last)) + 1)?;
        if copy_len > len - out.len() {
            return None;
        }
        copy(&mut out, start, copy_len);
        input = rest;
    }
    (out.len() == len).then_some(out)
}

/// Appends `len` bytes from `start` on, which is before the end.
fn copy(out: &mut Vec<u8>, start: usize, len: usize) {
    let end = out.len() + len;
    while out.len() < end {
        let part = (out.len() - start).min(end - out.len());
        out.extend_from_within(start..start + part);
    }
}

/// Compresses to at most `len_max` bytes, if that can be done.
pub(super) fn compress(bytes: &[u8], len_max: usize) -> Option<Vec<u8>> {
    // Where three bytes that look like these were seen last, counted from one.
    let mut seen = Seen::new(bytes.len())?;
    let mut out = Vec::with_capacity(len_max.min(bytes.len()));
    let mut literals = 0;
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(<[u8]>::first_chunk::<COPY_LEN_MIN>) {
        let earlier = seen.replace(*next, at).filter(|earlier| at - earlier <= DISTANCE_MAX);
        let len = earlier.map_or(0, |earlier| common_len(bytes, earlier, at));
        match earlier {
            Some(earlier) if len >= COPY_LEN_MIN => {
                put_literals(&mut out, bytes.get(literals..at)?);
                put_copy(&mut out, at - earlier, len);
                at += len;
                literals = at;
            }
            _ => at += 1,
        }
        if out.len() + (at - literals) > len_max {
            return None;
        }
    }
    put_literals(&mut out, bytes.get(literals..)?);
    (out.len() <= len_max).then_some(out)
}

/// How many bytes from `at` on are those from `earlier` on.
fn common_len(bytes: &[u8], earlier: usize, at: usize) -> usize {
    let (earlier, at) = (bytes.iter().skip(earlier), bytes.iter().skip(at));
    at.zip(earlier).take(COPY_LEN_MAX).take_while(|(a, b)| a == b).count()
}

fn put_literals(out: &mut Vec<u8>, literals: &[u8]) {
    for run in literals.chunks(LITERALS_MAX) {
        out.push(run.len() as u8 - 1);
        out.extend_from_slice(run);
    }
}

fn put_copy(out: &mut Vec<u8>, distance: usize, len: usize) {
    let [high, low] = (distance as u16 - 1).to_be_bytes();
    match len as u16 - 2 {
        short @ ..7 => out.push((short as u8) << 5 | high),
        long => out.extend([7 << 5 | high, (long - 7) as u8]),
    }
    out.push(low);
}

/// Places by what is there, of which each slot remembers the last.
struct Seen {
    /// Counted from one; zero is none.
    places: Vec<u32>,
    shift: u32,
}

impl Seen {
    /// For so many bytes, unless that is too many for places of 32 bits.
    fn new(len: usize) -> Option<Self> {
        let len = u32::try_from(len).ok().filter(|len| *len < u32::MAX)?;
        // Clearing a large table for a short string would cost more than the string.
        let bits = (len | 1).ilog2().clamp(TABLE_BITS_MIN, TABLE_BITS_MAX);
        Some(Self { places: vec![0; 1 << bits], shift: u32::BITS - bits })
    }

    /// Remembers `at` for these bytes; returns the place before it, where other bytes may be.
    fn replace(&mut self, bytes: [u8; 3], at: usize) -> Option<usize> {
        let [a, b, c] = bytes;
        let slot = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9e37_79b1) >> self.shift;
        let place = self.places.get_mut(slot as usize)?;
        let before = std::mem::replace(place, at as u32 + 1);
        before.checked_sub(1).map(|before| before as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn what_repeats_becomes_short() {
        let bytes = b"abcabcabc".repeat(1_000);
        let compressed = compress(&bytes, bytes.len()).expect("it repeats");
        assert!(compressed.len() < 120, "{}", compressed.len());
        assert_eq!(decompress(&compressed, bytes.len()), Some(bytes));
    }

    #[test]
    fn what_does_not_repeat_is_not_compressed() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(compress(&bytes, bytes.len() - 4), None);
        assert_eq!(compress(b"", 0), Some(vec![]));
        assert_eq!(compress(b"ab", 3), Some(vec![1, b'a', b'b']));
    }

    #[test]
    fn copies_of_every_length_and_distance_are_found_again() {
        for distance in [1, 2, 3, 31, 32, 33, 255, 256, 257, 8_191, 8_192, 8_193] {
            for len in [3, 4, 7, 8, 9, 10, 263, 264, 265, 600] {
                let unit: Vec<u8> = (0..distance).map(|at: u32| (at * at / 7) as u8).collect();
                let bytes: Vec<u8> = unit.iter().cycle().take(unit.len() + len).copied().collect();
                let compressed =
                    compress(&bytes, usize::MAX / 2).expect("anything is short enough");
                assert_eq!(decompress(&compressed, bytes.len()), Some(bytes));
            }
        }
    }

    #[test]
    fn what_is_no_lzf_is_refused() {
        let refused: [(&[u8], usize); 8] = [
            (&[0], 1),
            (&[2, b'a', b'b'], 3),
            (&[0, b'a', 0x20], 4),
            (&[0, b'a', 0x20, 1], 4),
            (&[0, b'a', 0xe0, 0], 10),
            (&[0, b'a', 0x20, 0], 3),
            (&[0, b'a', 0x20, 0], 5),
            (&[0, b'a'], 1_000_000),
        ];
        for (bytes, len) in refused {
            assert_eq!(decompress(bytes, len), None, "{bytes:?}");
        }
        assert_eq!(decompress(&[0, b'a', 0x20, 0], 4), Some(b"aaaa".to_vec()));
    }

    proptest! {
        #[test]
        fn what_is_compressed_comes_back(bytes in vec(0_u8..4, 0..2_000)) {
            if let Some(compressed) = compress(&bytes, bytes.len()) {
                prop_assert!(compressed.len() <= bytes.len());
                prop_assert_eq!(decompress(&compressed, bytes.len()), Some(bytes));
            }
        }

        #[test]
        fn any_bytes_are_decompressed_or_refused(bytes in vec(any::<u8>(), 0..64), len in 0_usize..400) {
            let decompressed = decompress(&bytes, len);
            prop_assert!(decompressed.is_none_or(|decompressed| decompressed.len() == len));
        }
    }
}
