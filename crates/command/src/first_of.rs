//! What `LMPOP`, `ZMPOP` and those that wait ask for: elements at an end of the first of several
//! keys that has any.

use crate::{Fault, Words, parse};

/// `numkeys key … where [COUNT count]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstOf<'a, End> {
    pub(crate) keys: Words<'a>,
    pub(crate) end: End,
    /// At least 1.
    pub(crate) count: u64,
}

impl<'a, End> FirstOf<'a, End> {
    /// Reads the words from the number of keys on; `end` reads the name of an end.
    pub(crate) fn parse(
        words: Words<'a>,
        end: impl FnOnce(&[u8]) -> Option<End>,
    ) -> Result<Self, Fault> {
        let numkeys = words.first().and_then(|word| at_least_one(word));
        let numkeys = numkeys.ok_or(Fault::Text("ERR numkeys should be greater than 0"))?;
        let numkeys = usize::try_from(numkeys).map_err(|_| Fault::Syntax)?;
        let (keys, rest) = words[1..].split_at_checked(numkeys).ok_or(Fault::Syntax)?;
        let [name, options @ ..] = rest else { return Err(Fault::Syntax) };
        let end = end(name).ok_or(Fault::Syntax)?;
        let count = match options {
            [] => 1,
            [option, count, rest @ ..] if parse::is(option, "COUNT") => {
                let wrong = Fault::Text("ERR count should be greater than 0");
                let count = at_least_one(count).ok_or(wrong)?;
                if !rest.is_empty() {
                    return Err(Fault::Syntax);
                }
                count
            }
            _ => return Err(Fault::Syntax),
        };
        Ok(Self { keys, end, count })
    }
}

fn at_least_one(word: &[u8]) -> Option<u64> {
    let number = parse::int(word).ok().and_then(|number| u64::try_from(number).ok());
    number.filter(|number| *number > 0)
}
