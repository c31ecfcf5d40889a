//! What `HSCAN`, `SSCAN` and `ZSCAN` have in common. `SCAN`, which goes through the store, is not
//! here.

use hadal_keyspace::Opened;
use hadal_resp::Writer;
use hadal_value::collection::{self, Shape};
use hadal_value::glob::{Case, matches};

use crate::{Access, Arg, Arity, Data, Fault, KeySpec, Kind, Spec, Tip, Words, parse};

/// Elements looked at if the call does not say.
const COUNT: u64 = 10;
/// Elements looked at by one call at most, whatever it says: they have to be in memory at once.
const COUNT_MAX: u64 = 100_000;

pub(crate) const BASE: Spec = Spec {
    since: "2.8.0",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::first(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    tips: &[Tip::NondeterministicOutput],
    args: &[
        Arg::key("key"),
        Arg::integer("cursor"),
        Arg::pattern("pattern").token("MATCH").optional(),
        Arg::integer("count").token("COUNT").optional(),
    ],
    ..Spec::BASE
};

/// Whether the elements have something beside their names, which a call may do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// They have not.
    Alone,
    /// They have, and `NOVALUES` leaves it out.
    Optional,
}

/// A call: `key cursor [MATCH pattern] [COUNT count] [NOVALUES]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scan<'a> {
    /// Where to go on.
    pub(crate) cursor: u64,
    /// How many elements to look at, about.
    pub(crate) count: u64,
    /// Only the names are asked for.
    pub(crate) names_only: bool,
    pattern: Option<&'a [u8]>,
}

impl<'a> Scan<'a> {
    pub(crate) fn parse(words: Words<'a>, parts: Parts) -> Result<Self, Fault> {
        let cursor = parse::cursor(words[2])?;
        let names_only = parts == Parts::Alone;
        let mut scan = Self { cursor, count: COUNT, names_only, pattern: None };
        let mut options = words[3..].iter();
        while let Some(option) = options.next() {
            if parse::is(option, "NOVALUES") && parts == Parts::Optional {
                scan.names_only = true;
                continue;
            }
            let value = options.next().ok_or(Fault::Syntax)?;
            if parse::is(option, "COUNT") {
                scan.count = u64::try_from(parse::int(value)?).map_err(|_| Fault::Syntax)?;
                if scan.count == 0 {
                    return Err(Fault::Syntax);
                }
            } else if parse::is(option, "MATCH") {
                scan.pattern = Some(value);
            } else {
                return Err(Fault::Syntax);
            }
        }
        scan.count = scan.count.min(COUNT_MAX);
        Ok(scan)
    }

    /// The call for this collection: of one that Redis keeps in one piece, all is told at once.
    pub(crate) fn of(self, opened: &Opened<'_>) -> Self {
        match collection::shape(opened.payload()) {
            Some(Shape::Listpack | Shape::Intset) => Self { cursor: 0, count: u64::MAX, ..self },
            _ => self,
        }
    }

    /// Whether an element of this name is asked for.
    pub(crate) fn accepts(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| matches(pattern, name, Case::Matters))
    }
}

/// Replies with where to go on, and what was found.
pub(crate) fn answer(reply: &mut Writer, cursor: u64, found: &[&[u8]]) {
    reply.array(2);
    reply.bulk(cursor.to_string().as_bytes());
    reply.array(found.len());
    for word in found {
        reply.bulk(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order_and_the_last_counts() {
        let words: Words<'_> =
            &[b"hscan", b"k", b"7", b"match", b"a*", b"COUNT", b"5", b"NoValues", b"count", b"8"];
        let scan = Scan::parse(words, Parts::Optional).expect("the words are right");
        assert_eq!((scan.cursor, scan.count, scan.names_only), (7, 8, true));
        assert!(scan.accepts(b"abc") && !scan.accepts(b"b"));
    }

    #[test]
    fn wrong_options_are_refused_and_large_counts_bounded() {
        let count = |options: &[&str]| {
            let words = ["sscan", "k", "0"].iter().chain(options);
            let words: Vec<&[u8]> = words.map(|word| word.as_bytes()).collect();
            Scan::parse(&words, Parts::Alone).map(|scan| scan.count)
        };
        assert_eq!(count(&["count", "0"]), Err(Fault::Syntax));
        assert_eq!(count(&["count", "-1"]), Err(Fault::Syntax));
        assert_eq!(count(&["count", "x"]), Err(Fault::NotAnInteger));
        assert_eq!(count(&["match"]), Err(Fault::Syntax));
        assert_eq!(count(&["novalues"]), Err(Fault::Syntax));
        assert_eq!(count(&["count", "9223372036854775807"]), Ok(COUNT_MAX));
    }
}
