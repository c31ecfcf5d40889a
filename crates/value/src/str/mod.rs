//! Strings: integers and floats as text, encodings, ranges, the longest common subsequence.

mod double;
mod float;
mod int;
mod lcs;

pub use double::parse_double;
pub use float::Float;
pub use int::{IntText, parse_int};
pub use lcs::{Lcs, Match, lcs, lcs_len};

use std::ops::Range;

/// Longest string that Redis keeps in one allocation with its header.
const EMBEDDED_LEN_MAX: usize = 44;

/// What `OBJECT ENCODING` answers for a string. `raw`: it was made by writing into a string
/// (`APPEND`, `SETRANGE`, `SETBIT`), which Redis never encodes again.
pub fn encoding(value: &[u8], raw: bool) -> &'static str {
    if raw {
        "raw"
    } else if parse_int(value).is_some() {
        "int"
    } else if value.len() <= EMBEDDED_LEN_MAX {
        "embstr"
    } else {
        "raw"
    }
}

/// The bytes from `start` to `end` inclusive of a string of `len` bytes, where negative positions
/// count from the end and what lies outside is cut off.
pub fn range(len: usize, start: i64, end: i64) -> Range<usize> {
    let both_from_end = start < 0 && end < 0;
    if len == 0 || (both_from_end && start > end) {
        return 0..0;
    }
    let from_front = |at: i64| {
        let distance = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
        if at < 0 { len.saturating_sub(distance) } else { distance }
    };
    let (start, end) = (from_front(start), from_front(end).min(len - 1));
    if start > end { 0..0 } else { start..end + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_is_int_for_what_parses_and_embstr_up_to_44_bytes() {
        assert_eq!(encoding(b"-9223372036854775808", false), "int");
        assert_eq!(encoding(b"9223372036854775808", false), "embstr");
        assert_eq!(encoding(b"007", false), "embstr");
        assert_eq!(encoding(b"", false), "embstr");
        assert_eq!(encoding(&[b'x'; 44], false), "embstr");
        assert_eq!(encoding(&[b'x'; 45], false), "raw");
        assert_eq!(encoding(b"12", true), "raw");
    }

    #[test]
    fn a_range_counts_negative_positions_from_the_end_and_is_cut_to_the_string() {
        assert_eq!(range(5, 0, -1), 0..5);
        assert_eq!(range(5, 1, 3), 1..4);
        assert_eq!(range(5, -3, -2), 2..4);
        assert_eq!(range(5, -100, 1), 0..2);
        assert_eq!(range(5, 3, 100), 3..5);
        assert_eq!(range(5, 5, 100), 0..0);
        assert_eq!(range(5, 3, 2), 0..0);
        assert_eq!(range(0, 0, -1), 0..0);
        assert_eq!(range(5, i64::MIN, i64::MAX), 0..5);
    }

    #[test]
    fn an_end_before_the_string_is_its_first_byte_unless_the_start_is_behind_it() {
        assert_eq!(range(5, 0, -100), 0..1);
        assert_eq!(range(5, -200, -100), 0..1);
        assert_eq!(range(5, -100, -200), 0..0);
    }
}
