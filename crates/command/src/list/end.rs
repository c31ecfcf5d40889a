//! The two ends of a list, and what is taken there.

use std::ops::ControlFlow;

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::{Kind, tree::Direction};

use crate::{Arg, Fault, Stop, parse};

/// `LEFT | RIGHT`, as `COMMAND DOCS` lists it.
pub(super) const EITHER: &[Arg] = &[Arg::flag("left", "LEFT"), Arg::flag("right", "RIGHT")];

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Where the first item is.
    Left,
    /// Where the last item is.
    Right,
}

impl End {
    pub(super) fn parse(word: &[u8]) -> Result<Self, Fault> {
        match word {
            _ if parse::is(word, "LEFT") => Ok(Self::Left),
            _ if parse::is(word, "RIGHT") => Ok(Self::Right),
            _ => Err(Fault::Syntax),
        }
    }

    /// The index of the item at this end of a list of `len` items.
    pub(super) fn of(self, len: u64) -> u64 {
        match self {
            Self::Left => 0,
            Self::Right => len.saturating_sub(1),
        }
    }

    /// Where an item is inserted to be at this end of a list of `len` items.
    pub(super) fn beyond(self, len: u64) -> u64 {
        match self {
            Self::Left => 0,
            Self::Right => len,
        }
    }

    /// The way into the list from this end.
    pub(super) fn inwards(self) -> Direction {
        match self {
            Self::Left => Direction::Forward,
            Self::Right => Direction::Backward,
        }
    }
}

/// How many bytes `count` of `len` items are, about, if `bytes` are all of them.
pub(super) fn share(bytes: u64, count: u64, len: u64) -> u64 {
    let share = u128::from(bytes) * u128::from(count) / u128::from(len.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Whether `count` of `len` items may be in memory together, if `bytes` are all of them.
pub(super) fn check_fits(max: u64, bytes: u64, count: u64, len: u64) -> Result<(), Fault> {
    if share(bytes, count, len) <= max { Ok(()) } else { Err(Fault::TooLarge) }
}

/// Takes the item at an end of the list and replies with it. Whether there is a list.
pub(super) fn pop_one(
    txn: &mut Txn<'_>,
    key: &[u8],
    end: End,
    reply: &mut Writer,
) -> Result<bool, Stop> {
    let Some(list) = txn.open(key, Kind::List)? else { return Ok(false) };
    let at = end.of(list.sequence().len());
    if let Some(item) = list.sequence().at(at)? {
        reply.bulk(item);
    }
    txn.edit(key, Kind::List)?.cut(at, 1)?;
    Ok(true)
}

/// Takes up to `count` items at an end of the list and replies with an array of them, the one at
/// the very end first. Whether there is a list.
pub(super) fn pop_many(
    txn: &mut Txn<'_>,
    key: &[u8],
    (end, count): (End, u64),
    reply: &mut Writer,
) -> Result<bool, Stop> {
    let bytes_max = txn.answer_bytes_max();
    let Some(list) = txn.open(key, Kind::List)? else { return Ok(false) };
    let list = list.sequence();
    let len = list.len();
    let count = count.min(len);
    check_fits(bytes_max, list.bytes(), count, len)?;
    reply.array(count as usize);
    list.range(end.of(len), count, end.inwards(), &mut |item| {
        reply.bulk(item);
        ControlFlow::Continue(())
    })?;
    let at = match end {
        End::Left => 0,
        End::Right => len - count,
    };
    txn.edit(key, Kind::List)?.cut(at, count)?;
    Ok(true)
}
