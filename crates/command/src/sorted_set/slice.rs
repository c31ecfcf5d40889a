//! Some members in a row: looked for first, so that what is too much is refused before it is
//! loaded, then read.

use std::ops::{ControlFlow, Range};

use hadal_keyspace::{Resident, Txn};
use hadal_value::{
    Kind as ValueKind,
    collection::sorted::SortedRef,
    tree::{Absent, Direction, Pages},
};

use crate::{Fault, Stop};

/// Members in the order of their scores, or in the other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    /// Counted from the lowest score in either direction.
    pub(super) ranks: Range<u64>,
    pub(super) direction: Direction,
}

impl Slice {
    pub(super) fn count(&self) -> u64 {
        self.ranks.end - self.ranks.start
    }

    /// What `choose` says of the sorted set at `key`; `None` if there is none. Refuses what is too
    /// much.
    pub(super) fn find(
        txn: &mut Txn<'_>,
        key: &[u8],
        choose: impl FnOnce(&SortedRef<'_, Resident<'_>>) -> Result<Self, Absent>,
    ) -> Result<Option<Self>, Stop> {
        let Some((slice, bytes)) = Self::look(txn, key, choose)? else { return Ok(None) };
        if txn.answer_fits(bytes) { Ok(Some(slice)) } else { Err(Fault::TooLarge.into()) }
    }

    /// The same, however much it is, and how many bytes that are, about.
    pub(super) fn look(
        txn: &mut Txn<'_>,
        key: &[u8],
        choose: impl FnOnce(&SortedRef<'_, Resident<'_>>) -> Result<Self, Absent>,
    ) -> Result<Option<(Self, u64)>, Stop> {
        let Some(opened) = txn.open(key, ValueKind::SortedSet)? else { return Ok(None) };
        let sorted = opened.sorted();
        let slice = choose(&sorted)?;
        let bytes = share(&sorted, slice.count());
        Ok(Some((slice, bytes)))
    }

    /// Calls `f` with each member and its score.
    pub(super) fn each(
        &self,
        txn: &mut Txn<'_>,
        key: &[u8],
        f: &mut dyn FnMut(&[u8], f64),
    ) -> Result<(), Stop> {
        let Some(opened) = txn.open(key, ValueKind::SortedSet)? else { return Ok(()) };
        let start = match self.direction {
            Direction::Forward => self.ranks.start,
            Direction::Backward => self.ranks.end.saturating_sub(1),
        };
        opened.sorted().range(start, self.count(), self.direction, &mut |member, score| {
            f(member, score);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }
}

/// How many bytes so many of the members are, about.
pub(crate) fn share<P: Pages + ?Sized>(sorted: &SortedRef<'_, P>, count: u64) -> u64 {
    let each = sorted.bytes() / sorted.len().max(1);
    each.saturating_add(1).saturating_mul(count)
}
