//! How large a list would be as Redis's listpack: that decides whether it is shown as one. The
//! size of its elements there is the list's note: u48, little endian. There is no note while that
//! is not known, because elements have gone without having been looked at.

use super::super::limits::EncodingLimits;
use crate::str::parse_int;
use crate::tree::{note, set_note};

/// Header and end mark.
const EMPTY_BYTES: u64 = 7;
const NOTE_BYTES: usize = 6;

/// The size of the elements of a payload's list, if it is known.
pub(super) fn bytes(payload: &[u8]) -> Option<u64> {
    let note: &[u8; NOTE_BYTES] = note(payload).try_into().ok()?;
    let mut wide = [0; 8];
    wide[..NOTE_BYTES].copy_from_slice(note);
    Some(u64::from_le_bytes(wide))
}

/// The size is known: there are no elements.
pub(super) fn begin(payload: &mut Vec<u8>) {
    set_note(payload, &[0; NOTE_BYTES]);
}

/// Elements have come or gone.
pub(super) fn change(payload: &mut Vec<u8>, added: u64, removed: u64) {
    if let Some(bytes) = bytes(payload) {
        let bytes = bytes.saturating_add(added).saturating_sub(removed);
        set_note(payload, &bytes.to_le_bytes()[..NOTE_BYTES]);
    }
}

/// The size is not known any more.
pub(super) fn forget(payload: &mut Vec<u8>) {
    set_note(payload, &[]);
}

/// What one element takes in a listpack: its encoding, its bytes, and its length once more for who
/// walks backward.
pub(super) fn element_bytes(element: &[u8]) -> u64 {
    let len = element.len() as u64;
    let body = match parse_int(element) {
        Some(0..=127) => 1,
        Some(-4096..=4095) => 2,
        Some(int) if i16::try_from(int).is_ok() => 3,
        Some(-8_388_608..=8_388_607) => 4,
        Some(int) if i32::try_from(int).is_ok() => 5,
        Some(_) => 9,
        None if len < 64 => 1 + len,
        None if len < 4096 => 2 + len,
        None => 5 + len,
    };
    body + backward_bytes(body)
}

fn backward_bytes(body: u64) -> u64 {
    match body {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}

/// Whether a listpack with elements of this size would be too large.
pub(super) fn is_large(bytes: u64, count: u64, limits: &EncodingLimits) -> bool {
    match limit(limits) {
        Limit::Bytes(max) => EMPTY_BYTES + bytes > max,
        Limit::Count(max) => count > max,
    }
}

/// Whether a list that was too large has become a listpack again: at half the limit, so that it
/// does not change with every element.
pub(super) fn is_small(bytes: u64, count: u64, limits: &EncodingLimits) -> bool {
    match limit(limits) {
        Limit::Bytes(max) => EMPTY_BYTES + bytes <= max / 2,
        Limit::Count(max) => count <= max / 2,
    }
}

enum Limit {
    Bytes(u64),
    Count(u64),
}

fn limit(limits: &EncodingLimits) -> Limit {
    match limits.list_listpack_size {
        0 => Limit::Count(1),
        size @ 1.. => Limit::Count(u64::from(size.unsigned_abs())),
        size => Limit::Bytes(2048 << size.unsigned_abs().min(5)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_take_what_they_take_in_a_listpack() {
        let sizes: [(&[u8], u64); 9] = [
            (b"0", 2),
            (b"127", 2),
            (b"128", 3),
            (b"-1", 3),
            (b"5000", 4),
            (b"100000", 5),
            (b"99999999", 6),
            (b"9999999999", 10),
            (b"", 2),
        ];
        for (element, bytes) in sizes {
            assert_eq!(element_bytes(element), bytes, "{}", element.escape_ascii());
        }
        assert_eq!(element_bytes(&[b'x'; 63]), 65);
        assert_eq!(element_bytes(&[b'x'; 64]), 67);
        assert_eq!(element_bytes(&[b'x'; 200]), 204);
        assert_eq!(element_bytes(&[b'x'; 4096]), 4103);
    }

    #[test]
    fn the_sizes_of_the_manual_are_four_to_sixty_four_kilobytes() {
        let max = |size| match limit(&EncodingLimits {
            list_listpack_size: size,
            ..EncodingLimits::default()
        }) {
            Limit::Bytes(max) => max,
            Limit::Count(_) => 0,
        };
        assert_eq!([-1, -2, -3, -4, -5, -6].map(max), [4096, 8192, 16384, 32768, 65536, 65536]);
    }
}
