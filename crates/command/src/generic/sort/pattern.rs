//! Values at keys that are made of elements.
//!
//! ```text
//! weight_*          the string at the key with the element in place of the star
//! user_*->age       a field of the hash there
//! #                 the element itself
//! ```

use hadal_keyspace::Txn;

use crate::{Fault, Stop, hash};

/// Keys that are missed at one try, at most: what they hold is counted before more is loaded.
const MISSED_MAX: usize = 10_000;

/// What is looked up for each element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern<'a> {
    Element,
    /// There is no star: nothing is ever found.
    Nothing,
    Key {
        before: &'a [u8],
        after: &'a [u8],
        field: Option<&'a [u8]>,
    },
}

/// Memory that a call may still take.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

impl Budget {
    pub(super) fn new(txn: &Txn<'_>) -> Self {
        Self { left: txn.answer_bytes_max() }
    }

    pub(super) fn take(&mut self, bytes: u64) -> Result<(), Fault> {
        self.left = self.left.checked_sub(bytes).ok_or(Fault::TooLarge)?;
        Ok(())
    }
}

impl<'a> Pattern<'a> {
    pub(super) fn parse(pattern: &'a [u8]) -> Self {
        if pattern == b"#" {
            return Self::Element;
        }
        let Some(star) = pattern.iter().position(|byte| *byte == b'*') else {
            return Self::Nothing;
        };
        let (before, after) = (&pattern[..star], &pattern[star + 1..]);
        // An arrow with nothing behind it is a part of the key.
        match after.windows(2).position(|pair| pair == b"->") {
            Some(arrow) if arrow + 2 < after.len() => {
                Self::Key { before, after: &after[..arrow], field: Some(&after[arrow + 2..]) }
            }
            _ => Self::Key { before, after, field: None },
        }
    }

    fn look_up(
        &self,
        txn: &mut Txn<'_>,
        element: &[u8],
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, Stop> {
        let Self::Key { before, after, field } = self else {
            return Ok((*self == Self::Element).then(|| element.to_vec()));
        };
        let key = [before, element, after].concat();
        let found = match field {
            Some(field) => hash::value_of(txn, &key, field),
            None => string_at(txn, &key, budget),
        };
        match found {
            // What is of another type counts as nothing.
            Err(Stop::Fault(Fault::WrongType)) => Ok(None),
            found => found,
        }
    }
}

/// The string at a key. If parts of it are missed, it has been counted before they are loaded.
fn string_at(txn: &mut Txn<'_>, key: &[u8], budget: &mut Budget) -> Result<Option<Vec<u8>>, Stop> {
    let Some(text) = txn.text(key)? else { return Ok(None) };
    let missed = text.want(0..text.len());
    if missed.is_err() || text.len() as u64 > budget.left {
        budget.take(text.len() as u64)?;
    }
    missed?;
    Ok(Some(text.part(0..text.len())?.into_owned()))
}

/// Looks a pattern up for all elements. Keys that are missed are all missed at one try, but for
/// very many.
pub(super) fn look_up_all(
    txn: &mut Txn<'_>,
    pattern: &Pattern<'_>,
    elements: &[Vec<u8>],
    budget: &mut Budget,
) -> Result<Vec<Option<Vec<u8>>>, Stop> {
    let mut all = Vec::with_capacity(elements.len());
    let mut missed = 0;
    for element in elements {
        match pattern.look_up(txn, element, budget) {
            Ok(found) => {
                let bytes = found.as_ref().map_or(0, Vec::len) + size_of::<Option<Vec<u8>>>();
                budget.take(bytes as u64)?;
                all.push(found);
            }
            Err(Stop::Miss) => missed += 1,
            Err(stop) => return Err(stop),
        }
        if missed == MISSED_MAX {
            break;
        }
    }
    if missed > 0 { Err(Stop::Miss) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_key_around_a_star_and_perhaps_a_field() {
        let key = |before: &'static str, after: &'static str, field: Option<&'static str>| {
            let field = field.map(str::as_bytes);
            Pattern::Key { before: before.as_bytes(), after: after.as_bytes(), field }
        };
        assert_eq!(Pattern::parse(b"#"), Pattern::Element);
        assert_eq!(Pattern::parse(b"##"), Pattern::Nothing);
        assert_eq!(Pattern::parse(b"nosort"), Pattern::Nothing);
        assert_eq!(Pattern::parse(b"*"), key("", "", None));
        assert_eq!(Pattern::parse(b"a*b*c"), key("a", "b*c", None));
        assert_eq!(Pattern::parse(b"u_*->age"), key("u_", "", Some("age")));
        assert_eq!(Pattern::parse(b"u_*:x->a->b"), key("u_", ":x", Some("a->b")));
        assert_eq!(Pattern::parse(b"u->*x"), key("u->", "x", None));
        assert_eq!(Pattern::parse(b"u_*->"), key("u_", "->", None));
    }
}
