//! What a call of `SORT` asks for.

use std::cmp::Ordering;
use std::ops::Range;

use super::pattern::Pattern;
use crate::{Fault, Words, parse};

/// The options of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options<'a> {
    pub(super) by: By<'a>,
    pub(super) comparison: Comparison,
    pub(super) order: Order,
    pub(super) limit: Limit,
    /// What is returned of each element; the element itself if this is empty.
    pub(super) get: Vec<Pattern<'a>>,
    /// Where the result is kept.
    pub(super) store: Option<&'a [u8]>,
}

/// What elements are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By<'a> {
    Itself,
    /// They are not sorted.
    Nothing,
    Pattern(Pattern<'a>),
}

/// How two elements are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Numbers,
    /// `ALPHA`
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

/// Which of the elements are returned, as the call gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    offset: i64,
    /// Below zero: all.
    count: i64,
}

impl<'a> Options<'a> {
    /// Reads the words after the key.
    pub(super) fn parse(words: Words<'a>) -> Result<Self, Fault> {
        let mut options = Self {
            by: By::Itself,
            comparison: Comparison::Numbers,
            order: Order::Ascending,
            limit: Limit::NONE,
            get: Vec::new(),
            store: None,
        };
        let mut rest = words;
        while let [option, after @ ..] = rest {
            let (values, after) = after.split_at_checked(values_of(option)).ok_or(Fault::Syntax)?;
            options.take(option, values)?;
            rest = after;
        }
        Ok(options)
    }

    fn take(&mut self, option: &[u8], values: Words<'a>) -> Result<(), Fault> {
        match *values {
            [] if parse::is(option, "ASC") => self.order = Order::Ascending,
            [] if parse::is(option, "DESC") => self.order = Order::Descending,
            [] if parse::is(option, "ALPHA") => self.comparison = Comparison::Text,
            [pattern] if parse::is(option, "BY") => {
                self.by = if pattern.contains(&b'*') {
                    By::Pattern(Pattern::parse(pattern))
                } else {
                    By::Nothing
                };
            }
            [pattern] if parse::is(option, "GET") => self.get.push(Pattern::parse(pattern)),
            [key] if parse::is(option, "STORE") => self.store = Some(key),
            [offset, count] => {
                self.limit = Limit { offset: parse::int(offset)?, count: parse::int(count)? };
            }
            _ => return Err(Fault::Syntax),
        }
        Ok(())
    }
}

/// How many words belong to an option, after its name.
pub(super) fn values_of(option: &[u8]) -> usize {
    let is = |name| parse::is(option, name);
    if is("LIMIT") { 2 } else { usize::from(is("BY") || is("GET") || is("STORE")) }
}

impl Order {
    /// The order of two elements, given that from small to large.
    pub(super) fn of(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
        }
    }
}

impl Limit {
    /// All elements.
    pub(super) const NONE: Self = Self { offset: 0, count: -1 };

    /// The places of the elements that are returned, of `len`.
    pub(super) fn range(self, len: u64) -> Range<u64> {
        let start = u64::try_from(self.offset).unwrap_or(0).min(len);
        let count = u64::try_from(self.count).unwrap_or(len);
        start..start.saturating_add(count).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_within_what_there_is() {
        let range = |offset, count| Limit { offset, count }.range(10);
        assert_eq!(range(0, -1), 0..10);
        assert_eq!(range(3, 4), 3..7);
        assert_eq!(range(-5, 4), 0..4);
        assert_eq!(range(8, 4), 8..10);
        assert_eq!(range(3, 0), 3..3);
        assert_eq!(range(10, 1), 10..10);
        assert_eq!(range(i64::MAX, i64::MAX), 10..10);
        assert_eq!(range(1, i64::MAX), 1..10);
    }

    #[test]
    fn options_come_in_any_order_and_the_last_counts() {
        let words: Words<'_> = &[
            b"desc", b"LIMIT", b"1", b"2", b"get", b"#", b"BY", b"w_*", b"alpha", b"GET", b"o_*",
            b"asc", b"store", b"by", b"STORE", b"d",
        ];
        let options = Options::parse(words).expect("the words are right");
        assert_eq!(options.by, By::Pattern(Pattern::parse(b"w_*")));
        assert_eq!((options.order, options.comparison), (Order::Ascending, Comparison::Text));
        assert_eq!(options.get, [Pattern::parse(b"#"), Pattern::parse(b"o_*")]);
        assert_eq!(
            (options.limit, options.store),
            (Limit { offset: 1, count: 2 }, Some(&b"d"[..]))
        );
        assert_eq!(Options::parse(&[b"by", b"nosort"]).map(|it| it.by), Ok(By::Nothing));
    }

    #[test]
    fn what_lacks_a_value_or_is_unknown_is_refused() {
        for words in [&[&b"BY"[..]][..], &[b"GET"], &[b"STORE"], &[b"LIMIT", b"1"], &[b"BOGUS"]] {
            assert_eq!(Options::parse(words), Err(Fault::Syntax), "{words:?}");
        }
        assert_eq!(Options::parse(&[b"LIMIT", b"0", b"x"]), Err(Fault::NotAnInteger));
    }
}
