//! Strings that a call needs as a whole, several of them at once.

use std::borrow::Cow;

use hadal_keyspace::{Denied, Txn};

use crate::{Fault, Stop};

/// Calls `f` with the string at each of the keys, or what denies it. What is missed of any of them
/// is missed at one try, unless it is too much to be had at once; then `f` may have been called
/// for some.
pub(crate) fn each(
    txn: &mut Txn<'_>,
    keys: &[&[u8]],
    mut f: impl FnMut(Result<Option<&[u8]>, Denied>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (mut is_missed, mut long_bytes) = (false, 0);
    for key in keys {
        let found = txn.get(key);
        if let Ok(Some(Cow::Owned(long))) = &found {
            long_bytes += long.len() as u64;
        }
        match found {
            Err(Denied::Miss) => is_missed = true,
            found => f(found.as_ref().map(Option::as_deref).map_err(|denied| *denied))?,
        }
        if !txn.answer_fits(long_bytes) {
            return Err(Fault::TooLarge.into());
        }
    }
    if is_missed { Err(missed(txn, keys)) } else { Ok(()) }
}

/// Something is missed: may all of it be loaded?
fn missed(txn: &mut Txn<'_>, keys: &[&[u8]]) -> Stop {
    let bytes = |key: &&[u8]| match txn.text(key) {
        Ok(Some(text)) => text.block_bytes(0..text.len()),
        Ok(None) | Err(_) => 0,
    };
    let bytes = keys.iter().map(bytes).sum();
    if txn.answer_fits(bytes) { Stop::Miss } else { Fault::TooLarge.into() }
}
