//! Removing members by rank.

use std::ops::Range;

use hadal_keyspace::Txn;
use hadal_value::Kind as ValueKind;

use super::slice::share;
use crate::{Fault, Stop};

/// Removes the members of these ranks, which there are. All of them cost no more than one: then
/// nothing of what is not in memory is loaded.
pub(super) fn cut(txn: &mut Txn<'_>, key: &[u8], ranks: Range<u64>) -> Result<(), Stop> {
    let count = ranks.end - ranks.start;
    let Some(opened) = txn.open(key, ValueKind::SortedSet)? else { return Ok(()) };
    let (len, bytes) = (opened.sorted().len(), share(&opened.sorted(), count));
    if count == 0 {
        return Ok(());
    }
    if count == len {
        txn.delete(key)?;
        return Ok(());
    }
    if !txn.answer_fits(bytes) {
        return Err(Fault::TooLarge.into());
    }
    let mut set = txn.edit(key, ValueKind::SortedSet)?;
    if count > 1 {
        set.opened().sorted().want_removed(ranks.start, count);
        set.ready()?;
    }
    set.cut(ranks.start, count)?;
    Ok(())
}
