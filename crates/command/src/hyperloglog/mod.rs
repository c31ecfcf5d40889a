//! HyperLogLog: about how many different elements there have been. The values are strings in
//! Redis's format, which any string command can read and spoil.

mod add;
mod count;
mod debug;
mod merge;

use std::borrow::Cow;
use std::ops::Range;

use hadal_keyspace::{Expiry, Txn};
use hadal_value::hll::{Corrupted, DENSE_BYTES, HEADER_BYTES, Hll, HllRef};

use crate::{Fault, Stop, table::Command};

/// Sorted by name.
pub const COMMANDS: &[Command] =
    &[add::PFADD, count::PFCOUNT, debug::PFDEBUG, merge::PFMERGE, debug::PFSELFTEST];

/// The string at `key`. Of a long one only the head is loaded if that says that it is none of
/// ours.
fn load<'t>(txn: &'t mut Txn<'_>, key: &[u8]) -> Result<Option<Cow<'t, [u8]>>, Stop> {
    if let Some(text) = txn.text(key)?
        && text.len() > DENSE_BYTES
    {
        view(&text.part(0..HEADER_BYTES)?)?;
    }
    Ok(txn.get(key)?)
}

/// The string as a HyperLogLog.
fn view(value: &[u8]) -> Result<HllRef<'_>, Fault> {
    let fault = Fault::Text("WRONGTYPE Key is not a valid HyperLogLog string value.");
    HllRef::new(value).ok_or(fault)
}

impl From<Corrupted> for Fault {
    fn from(_: Corrupted) -> Self {
        Self::Text("INVALIDOBJ Corrupted HLL object detected")
    }
}

/// Writes what has changed of the value at `key`, header and registers apart: an element more in a
/// dense value is two or three bytes of 12 KiB.
fn store(txn: &mut Txn<'_>, key: &[u8], hll: &Hll) -> Result<(), Stop> {
    let new = hll.as_bytes();
    let changed = match txn.get(key)? {
        None => return Ok(txn.set_grown(key, new, Expiry::None)?),
        // Nothing cuts a string short but writing all of it.
        Some(old) if old.len() > new.len() => return Ok(txn.set_grown(key, new, Expiry::Keep)?),
        Some(old) => [0..HEADER_BYTES, HEADER_BYTES..new.len()].map(|part| {
            let old = &old[part.start..part.end.min(old.len())];
            let changed = difference(old, &new[part.clone()]);
            part.start + changed.start..part.start + changed.end
        }),
    };
    for range in changed.into_iter().filter(|range| !range.is_empty()) {
        txn.write_at(key, range.start, &new[range])?;
    }
    Ok(())
}

/// Where `new`, which is not the shorter one, differs from `old`: from the first byte to the last.
fn difference(old: &[u8], new: &[u8]) -> Range<usize> {
    let differ = |(a, b): (&u8, &u8)| a != b;
    let Some(start) = old.iter().zip(new).position(differ) else { return old.len()..new.len() };
    let same = if old.len() < new.len() {
        0
    } else {
        old.iter().rev().zip(new.iter().rev()).position(differ).unwrap_or_default()
    };
    start..new.len() - same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_reaches_from_the_first_changed_byte_to_the_last() {
        assert_eq!(difference(b"abcdef", b"abXdYf"), 2..5);
        assert_eq!(difference(b"abc", b"abc"), 3..3);
        assert_eq!(difference(b"abc", b"abcd"), 3..4);
        assert_eq!(difference(b"abc", b"aXcc"), 1..4);
        assert_eq!(difference(b"", b"ab"), 0..2);
    }
}
