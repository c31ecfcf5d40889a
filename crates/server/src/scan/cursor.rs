//! What SCAN is asked for.

use hadal_command::{Fault, Words, parse};
use hadal_value::glob::{Case, matches};

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
