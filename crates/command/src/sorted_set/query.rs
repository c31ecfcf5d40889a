//! What `ZRANGE` and those like it are asked for.

use std::ops::Range;

use hadal_keyspace::Txn;
use hadal_value::{
    collection::sorted::SortedRef,
    tree::{Absent, Direction, Pages},
};

use super::{bounds::Bounds, reply::Shown, slice::Slice};
use crate::{
    Fault, Stop, Words,
    parse::{int, is},
};

/// What ranges are ranges of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Rank,
    Score,
    Member,
}

/// Whose words they are: what a name says, its options do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// `ZRANGE`
    Range,
    /// `ZRANGESTORE`
    Store,
    /// `ZREVRANGE`, `ZRANGEBYSCORE`…
    Named(By, Direction),
}

/// A part of a sorted set, in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Query<'a> {
    bounds: Bounds<'a>,
    direction: Direction,
    limit: Option<Limit>,
    pub(super) shown: Shown,
}

/// Which of those within the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    /// So many are left out first; `None`: all are.
    offset: Option<u64>,
    /// `None`: all that are left.
    count: Option<u64>,
}

impl<'a> Query<'a> {
    /// Reads the words after the key.
    pub(super) fn parse(words: Words<'a>, caller: Caller) -> Result<Self, Fault> {
        let (mut by, mut direction) = match caller {
            Caller::Named(by, direction) => (Some(by), Some(direction)),
            Caller::Range | Caller::Store => (None, None),
        };
        let (mut shown, mut limit) = (Shown::Members, None);
        let mut rest = &words[2..];
        while let [word, after @ ..] = rest {
            rest = after;
            match (word, after) {
                _ if caller != Caller::Store && is(word, "WITHSCORES") => shown = Shown::Scores,
                (_, [offset, count, after @ ..]) if is(word, "LIMIT") => {
                    limit = Some((int(offset)?, int(count)?));
                    rest = after;
                }
                // What is not said yet may be said once.
                _ if direction.is_none() && is(word, "REV") => {
                    direction = Some(Direction::Backward);
                }
                _ if by.is_none() && is(word, "BYLEX") => by = Some(By::Member),
                _ if by.is_none() && is(word, "BYSCORE") => by = Some(By::Score),
                _ => return Err(Fault::Syntax),
            }
        }
        let (by, direction) = (by.unwrap_or(By::Rank), direction.unwrap_or(Direction::Forward));
        check(by, shown, limit)?;
        let (min, max) = match (by, direction) {
            (By::Rank, _) | (_, Direction::Forward) => (words[0], words[1]),
            (_, Direction::Backward) => (words[1], words[0]),
        };
        let bounds = match by {
            By::Rank => Bounds::ranks(min, max),
            By::Score => Bounds::scores(min, max),
            By::Member => Bounds::members(min, max),
        }?;
        let limit = limit.filter(|_| by != By::Rank);
        let limit = limit.map(|(offset, count)| Limit {
            offset: u64::try_from(offset).ok(),
            count: u64::try_from(count).ok(),
        });
        Ok(Self { bounds, direction, limit, shown })
    }

    /// What it covers of the sorted set at `key`; `None` if there is none. Refuses what is too
    /// much.
    pub(super) fn find(&self, txn: &mut Txn<'_>, key: &[u8]) -> Result<Option<Slice>, Stop> {
        Slice::find(txn, key, |sorted| self.slice(sorted))
    }

    /// The same, however much it is, and how many bytes that are, about.
    pub(super) fn look(&self, txn: &mut Txn<'_>, key: &[u8]) -> Result<Option<(Slice, u64)>, Stop> {
        Slice::look(txn, key, |sorted| self.slice(sorted))
    }

    fn slice<P: Pages>(&self, sorted: &SortedRef<'_, P>) -> Result<Slice, Absent> {
        let found = self.bounds.find(sorted)?;
        let ranks = match (self.bounds, self.direction) {
            // These are counted from the other end already.
            (Bounds::Ranks(..), Direction::Backward) => {
                sorted.len() - found.end..sorted.len() - found.start
            }
            _ => found,
        };
        let ranks = match self.limit {
            Some(limit) => limit.cut(ranks, self.direction),
            None => ranks,
        };
        Ok(Slice { ranks, direction: self.direction })
    }
}

impl Limit {
    fn cut(self, ranks: Range<u64>, direction: Direction) -> Range<u64> {
        let Some(offset) = self.offset else { return ranks.end..ranks.end };
        let left = (ranks.end - ranks.start).saturating_sub(offset);
        let count = self.count.map_or(left, |count| count.min(left));
        if count == 0 {
            return ranks.end..ranks.end;
        }
        match direction {
            Direction::Forward => ranks.start + offset..ranks.start + offset + count,
            Direction::Backward => ranks.end - offset - count..ranks.end - offset,
        }
    }
}

fn check(by: By, shown: Shown, limit: Option<(i64, i64)>) -> Result<(), Fault> {
    if by == By::Rank && limit.is_some_and(|(_, count)| count != -1) {
        return Err(Fault::Text(
            "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
        ));
    }
    if by == By::Member && shown == Shown::Scores {
        return Err(Fault::Text(
            "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
        ));
    }
    Ok(())
}
