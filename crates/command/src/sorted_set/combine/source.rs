//! One of the sets that become one.

use std::ops::ControlFlow;

use hadal_keyspace::{Opened, Txn};
use hadal_value::{
    Kind as ValueKind,
    collection::bytes,
    tree::{Absent, PageLimits},
};

use super::call::Op;
use crate::{Fault, Stop, Words};

/// What is at one key: a sorted set, a set, or nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'t> {
    opened: Option<(ValueKind, Opened<'t>)>,
    pub(super) weight: f64,
}

impl Source<'_> {
    pub(super) fn len(&self) -> u64 {
        match &self.opened {
            Some((ValueKind::Set, opened)) => opened.map().len(),
            Some((_, opened)) => opened.sorted().len(),
            None => 0,
        }
    }

    /// A member's score, weighed; NaN if the weight makes it so.
    pub(super) fn score(&self, member: &[u8]) -> Result<Option<f64>, Absent> {
        let score = match &self.opened {
            Some((ValueKind::Set, opened)) => opened.map().get(member)?.map(|_| 1.0),
            Some((_, opened)) => opened.sorted().score(member)?,
            None => None,
        };
        Ok(score.map(|score| score * self.weight))
    }

    /// Calls `f` with each member and its weighed score, until told to stop. Not at all if not all
    /// are in memory.
    pub(super) fn walk<'s>(
        &'s self,
        f: &mut dyn FnMut(&'s [u8], f64) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        let weight = self.weight;
        match &self.opened {
            Some((ValueKind::Set, opened)) => opened.map().walk(&mut |entry| f(entry.key, weight)),
            Some((_, opened)) => {
                opened.sorted().walk(&mut |member, score| f(member, score * weight))
            }
            None => Ok(()),
        }
    }

    fn bytes(&self) -> u64 {
        self.opened.map_or(0, |(_, opened)| bytes(opened.payload()))
    }
}

/// Opens what is at the keys, in the order in which `op` goes through them: a difference begins
/// with the first, everything else with the smallest. Refuses what would take too much memory.
pub(super) fn open<'t>(
    txn: &'t mut Txn<'_>,
    op: Op,
    keys: Words<'t>,
    weights: &[f64],
) -> Result<Vec<Source<'t>>, Stop> {
    let bytes = work_bytes(op, &open_in_order(txn, op, keys, weights)?);
    if !txn.answer_fits(bytes) {
        return Err(Fault::TooLarge.into());
    }
    open_in_order(txn, op, keys, weights)
}

fn open_in_order<'t>(
    txn: &'t mut Txn<'_>,
    op: Op,
    keys: Words<'t>,
    weights: &[f64],
) -> Result<Vec<Source<'t>>, Stop> {
    let opened = txn.open_any(keys, &[ValueKind::SortedSet, ValueKind::Set])?;
    let sources = opened.into_iter().zip(weights);
    let mut sources: Vec<_> =
        sources.map(|(opened, weight)| Source { opened, weight: *weight }).collect();
    if op != Op::Diff {
        sources.sort_by_key(Source::len);
    }
    Ok(sources)
}

/// How much has to be in memory at once, about. Where members are only looked up, that is no more
/// than a page for each.
fn work_bytes(op: Op, sources: &[Source<'_>]) -> u64 {
    let all = |sources: &[Source<'_>]| -> u64 { sources.iter().map(Source::bytes).sum() };
    let Some((first, others)) = sources.split_first() else { return 0 };
    match op {
        Op::Union => all(sources),
        Op::Inter | Op::Diff => {
            let page_bytes = PageLimits::default().page_bytes as u64;
            let looked_up = first.len().saturating_mul(page_bytes);
            first.bytes() + others.iter().map(|it| it.bytes().min(looked_up)).sum::<u64>()
        }
    }
}
