//! From where to where: ranges of ranks, of scores, and of members of one score.

use std::ops::Range;

use hadal_value::{
    collection::sorted::{Below, BelowMember, SortedRef},
    str::parse_double,
    tree::{Absent, Pages},
};

use crate::{fault::Fault, parse::int};

/// A part of a sorted set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bounds<'a> {
    /// From one rank to another, negative ones counted from the end. Both belong to it.
    Ranks(i64, i64),
    /// What is below the second and not below the first.
    Scores(Below, Below),
    /// The same of members, if all have one score.
    Members(BelowMember<'a>, BelowMember<'a>),
}

impl<'a> Bounds<'a> {
    pub(super) fn ranks(start: &[u8], stop: &[u8]) -> Result<Self, Fault> {
        Ok(Self::Ranks(int(start)?, int(stop)?))
    }

    pub(super) fn scores(min: &[u8], max: &[u8]) -> Result<Self, Fault> {
        let fault = Fault::Text("ERR min or max is not a float");
        let (Some(min), Some(max)) = (score(min), score(max)) else { return Err(fault) };
        let below = match max {
            Side::With(score) => Below::After(score),
            Side::Without(score) => Below::Score(score),
        };
        let from = match min {
            Side::With(score) => Below::Score(score),
            Side::Without(score) => Below::After(score),
        };
        Ok(Self::Scores(from, below))
    }

    pub(super) fn members(min: &'a [u8], max: &'a [u8]) -> Result<Self, Fault> {
        let from = match min {
            [b'-'] | [b'-', 0, ..] => Some(BelowMember::All),
            [b'+'] | [b'+', 0, ..] => Some(BelowMember::None),
            [b'[', member @ ..] => Some(BelowMember::Member(member)),
            [b'(', member @ ..] => Some(BelowMember::After(member)),
            _ => None,
        };
        let below = match max {
            [b'-'] | [b'-', 0, ..] => Some(BelowMember::All),
            [b'+'] | [b'+', 0, ..] => Some(BelowMember::None),
            [b'[', member @ ..] => Some(BelowMember::After(member)),
            [b'(', member @ ..] => Some(BelowMember::Member(member)),
            _ => None,
        };
        let fault = Fault::Text("ERR min or max not valid string range item");
        from.zip(below).map(|(from, below)| Self::Members(from, below)).ok_or(fault)
    }

    /// The ranks that it covers, from the lowest score up.
    pub(super) fn find<P: Pages + ?Sized>(
        &self,
        sorted: &SortedRef<'_, P>,
    ) -> Result<Range<u64>, Absent> {
        let (start, end) = match *self {
            Self::Ranks(start, stop) => return Ok(clip(start, stop, sorted.len())),
            Self::Scores(from, below) => (sorted.count_below(from), sorted.count_below(below)),
            Self::Members(from, below) => {
                (sorted.count_below_lex(from), sorted.count_below_lex(below))
            }
        };
        let (start, end) = (start?, end?);
        Ok(start..end.max(start))
    }
}

/// What lies from `start` to `stop`, both included, of `len`.
pub(super) fn clip(start: i64, stop: i64, len: u64) -> Range<u64> {
    let from_front = |at: i64| {
        let distance = at.unsigned_abs();
        if at < 0 { len.checked_sub(distance) } else { Some(distance) }
    };
    let start = from_front(start).unwrap_or(0);
    let end = from_front(stop).map_or(0, |stop| stop.saturating_add(1).min(len));
    if start < end { start..end } else { 0..0 }
}

/// A score with which a range ends, in it or not: `(1.5`.
enum Side {
    With(f64),
    Without(f64),
}

fn score(word: &[u8]) -> Option<Side> {
    match word {
        [b'(', number @ ..] => loose_double(number).map(Side::Without),
        number => loose_double(number).map(Side::With),
    }
}

/// A number as Redis reads those of a range, which is C's own way: after blanks, up to a zero byte,
/// 0 if there is nothing, and what cannot be held is infinite or zero.
fn loose_double(text: &[u8]) -> Option<f64> {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    let text = &text[..end];
    if text.is_empty() {
        return Some(0.0);
    }
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\x0b';
    let start = text.iter().position(|byte| !is_blank(byte))?;
    let text = &text[start..];
    parse_double(text).or_else(|| {
        let number: f64 = str::from_utf8(text).ok()?.parse().ok()?;
        (!number.is_nan()).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_from_both_ends_and_are_cut_to_what_is_there() {
        assert_eq!(clip(0, -1, 5), 0..5);
        assert_eq!(clip(1, 3, 5), 1..4);
        assert_eq!(clip(-100, 1, 5), 0..2);
        assert_eq!(clip(-2, 100, 5), 3..5);
        assert_eq!(clip(i64::MIN, i64::MAX, 5), 0..5);
        for (start, stop) in [(5, 9), (3, 2), (0, -6), (-1, -2)] {
            assert!(clip(start, stop, 5).is_empty(), "{start} {stop}");
        }
        assert!(clip(0, -1, 0).is_empty());
    }

    #[test]
    fn scores_of_a_range_are_read_as_c_reads_numbers() {
        let numbers = [
            ("", 0.0),
            (" 1", 1.0),
            ("\t\x0b-2.5", -2.5),
            ("3\0x", 3.0),
            ("1e999", f64::INFINITY),
            ("-1e999", f64::NEG_INFINITY),
            ("1e-999", 0.0),
            ("+inf", f64::INFINITY),
            ("0x10", 16.0),
        ];
        for (text, number) in numbers {
            assert_eq!(loose_double(text.as_bytes()), Some(number), "{text:?}");
        }
        for text in ["x", " ", "1 ", "nan", "1..2", "(1", "--1"] {
            assert_eq!(loose_double(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_bracket_includes_and_a_parenthesis_excludes() {
        let range = Bounds::members(b"[a", b"(b");
        let (from, below) = (BelowMember::Member(b"a"), BelowMember::Member(b"b"));
        assert_eq!(range, Ok(Bounds::Members(from, below)));
        let range = Bounds::members(b"(a", b"[b");
        let (from, below) = (BelowMember::After(b"a"), BelowMember::After(b"b"));
        assert_eq!(range, Ok(Bounds::Members(from, below)));
        let range = Bounds::scores(b"(1", b"(2");
        assert_eq!(range, Ok(Bounds::Scores(Below::After(1.0), Below::Score(2.0))));
        for (min, max) in [("a", "[b"), ("[a", "b"), ("", "+"), ("-x", "+"), ("-", "+x")] {
            assert!(Bounds::members(min.as_bytes(), max.as_bytes()).is_err(), "{min} {max}");
        }
    }
}
