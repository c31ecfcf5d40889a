//! What several sets have in common, have together, and where the first differs from the others.

use std::collections::HashSet;

use hadal_keyspace::{Opened, Txn};
use hadal_value::Kind as ValueKind;
use hadal_value::tree::Absent;

use super::work::{bytes_of, members};
use crate::{Fault, Stop};

/// What is made of several sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// The members that all of them have, but no more than this many.
    Intersection { count_max: u64 },
    /// The members that any of them has.
    Union,
    /// The members that the first has and no other.
    Difference,
}

impl Operation {
    /// All members that the sets have in common.
    pub(super) const INTERSECTION: Self = Self::Intersection { count_max: u64::MAX };

    /// Calls `f` with the result. A key that is not there counts as an empty set.
    pub(super) fn with<R>(
        self,
        txn: &mut Txn<'_>,
        keys: &[&[u8]],
        f: impl FnOnce(&[&[u8]]) -> R,
    ) -> Result<R, Stop> {
        let bytes_max = txn.answer_bytes_max();
        let all = txn.open_all(keys, ValueKind::Set)?;
        let mut sets: Vec<_> = all.iter().flatten().collect();
        let is_empty = match self {
            Self::Intersection { .. } => sets.len() < keys.len(),
            Self::Union => sets.is_empty(),
            Self::Difference => all.first().is_none_or(Option::is_none),
        };
        if is_empty {
            return Ok(f(&[]));
        }
        if matches!(self, Self::Intersection { .. }) {
            // The fewest members are looked for in the others.
            sets.sort_by_key(|set| set.map().len());
        }
        if self.bytes(&sets) > bytes_max {
            return Err(Fault::TooLarge.into());
        }
        let result = match self {
            Self::Intersection { count_max } => self.select(&sets, count_max)?,
            Self::Union => union(&sets)?,
            Self::Difference => self.select(&sets, u64::MAX)?,
        };
        Ok(f(&result))
    }

    /// About how many bytes must be in memory at once.
    fn bytes(self, sets: &[&Opened<'_>]) -> u64 {
        let looked_for = match self {
            Self::Union => u64::MAX,
            Self::Intersection { .. } | Self::Difference => sets[0].map().len(),
        };
        let others = sets[1..].iter().map(|set| bytes_of(set, looked_for)).sum::<u64>();
        sets[0].map().bytes().saturating_add(others)
    }

    /// The members of the first set that all others have, or that none of them has. All that is
    /// absent has been asked for before it is told.
    fn select<'s>(self, sets: &[&'s Opened<'_>], count_max: u64) -> Result<Vec<&'s [u8]>, Absent> {
        let (mut selected, mut result) = (Vec::new(), Ok(()));
        for member in members(sets[0])? {
            if selected.len() as u64 == count_max {
                break;
            }
            match self.selects(member, &sets[1..]) {
                Ok(true) => selected.push(member),
                Ok(false) => {}
                Err(Absent) => result = Err(Absent),
            }
        }
        result.map(|()| selected)
    }

    fn selects(self, member: &[u8], others: &[&Opened<'_>]) -> Result<bool, Absent> {
        let wanted = self != Self::Difference;
        let mut result = Ok(true);
        for other in others {
            match other.map().get(member) {
                Ok(found) if found.is_some() == wanted => {}
                Ok(_) => return Ok(false),
                Err(Absent) => result = Err(Absent),
            }
        }
        result
    }
}

fn union<'s>(sets: &[&'s Opened<'_>]) -> Result<Vec<&'s [u8]>, Absent> {
    let all: Vec<_> = sets.iter().map(|set| members(set)).collect();
    let all = all.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let mut seen = HashSet::with_capacity(all.len());
    Ok(all.into_iter().filter(|member| seen.insert(*member)).collect())
}
