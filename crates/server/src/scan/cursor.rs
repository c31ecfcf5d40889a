//! What SCAN is asked for.

use hadal_command::{Fault, Words, parse};

use crate::glob::{Case, matches};

/// Keys looked at if the call does not say.
const COUNT: usize = 10;
/// Keys looked at by one call at most, whatever it says: a page has to be in memory.
const COUNT_MAX: usize = 100_000;

/// The options of SCAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Options<'a> {
    /// How many keys to look at, about.
    pub(super) count: usize,
    pattern: Option<&'a [u8]>,
    /// Whether keys of another type than the only one there is are asked for.
    other_type: bool,
}

/// Reads a cursor as `strtoul` does: a sign is allowed, blanks and what follows the digits are
/// not, and no digits at all mean 0.
pub(super) fn parse(word: &[u8]) -> Option<u64> {
    let (negative, digits) = match word {
        [] => return Some(0),
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let cursor: u64 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if negative { cursor.wrapping_neg() } else { cursor })
}

impl<'a> Options<'a> {
    pub(super) fn parse(words: Words<'a>) -> Result<Self, Fault> {
        let mut options = Self { count: COUNT, pattern: None, other_type: false };
        let (pairs, rest) = words.as_chunks::<2>();
        for [name, value] in pairs {
            if parse::is(name, "COUNT") {
                let count = parse::int(value)?;
                if count < 1 {
                    return Err(Fault::Syntax);
                }
                options.count = usize::try_from(count).map_or(COUNT_MAX, |it| it.min(COUNT_MAX));
            } else if parse::is(name, "MATCH") {
                options.pattern = Some(value);
            } else if parse::is(name, "TYPE") {
                options.other_type = !parse::is(value, "STRING");
            } else {
                return Err(Fault::Syntax);
            }
        }
        if rest.is_empty() { Ok(options) } else { Err(Fault::Syntax) }
    }

    /// Whether `key` is asked for.
    pub(super) fn accepts(&self, key: &[u8]) -> bool {
        !self.other_type && self.pattern.is_none_or(|it| matches(it, key, Case::Matters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_c_reads_numbers() {
        for (word, cursor) in [
            ("0", Some(0)),
            ("", Some(0)),
            ("+7", Some(7)),
            ("-1", Some(u64::MAX)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            (" 1", None),
            ("1 ", None),
            ("-", None),
            ("x", None),
        ] {
            assert_eq!(parse(word.as_bytes()), cursor, "{word:?}");
        }
    }

    #[test]
    fn options_are_read_in_any_order_and_the_last_counts() {
        let words: Words<'_> =
            &[b"match", b"a*", b"COUNT", b"5", b"type", b"string", b"count", b"7"];
        let options = Options::parse(words).expect("the words are right");
        assert_eq!(options.count, 7);
        assert!(options.accepts(b"abc"));
        assert!(!options.accepts(b"b"));
    }

    #[test]
    fn a_type_that_no_key_has_leaves_nothing() {
        let options = Options::parse(&[b"TYPE", b"list"]).expect("the words are right");
        assert!(!options.accepts(b"abc"));
    }

    #[test]
    fn wrong_options_are_refused_and_large_counts_bounded() {
        assert_eq!(Options::parse(&[b"count", b"0"]), Err(Fault::Syntax));
        assert_eq!(Options::parse(&[b"count", b"x"]), Err(Fault::NotAnInteger));
        assert_eq!(Options::parse(&[b"count"]), Err(Fault::Syntax));
        assert_eq!(Options::parse(&[b"foo", b"1"]), Err(Fault::Syntax));
        let options = Options::parse(&[b"count", b"9223372036854775807"]);
        assert_eq!(options.expect("the words are right").count, COUNT_MAX);
    }
}
