//! What becomes of several sets.

use std::{collections::HashMap, ops::ControlFlow};

use hadal_keyspace::Txn;
use hadal_value::tree::Absent;

use super::{
    super::reply::Members,
    call::{Aggregate, Call, Op, number},
    source::{Source, open},
};
use crate::Stop;

/// What the call asks for, in any order. All that is absent is asked for before that is told.
pub(super) fn result(txn: &mut Txn<'_>, call: &Call<'_>) -> Result<Members, Stop> {
    let sources = open(txn, call.op, call.keys, &call.weights)?;
    Ok(match call.op {
        Op::Union => union(&sources, call.aggregate),
        Op::Inter => inter(&sources, call.aggregate),
        Op::Diff => diff(&sources),
    }?)
}

fn union(sources: &[Source<'_>], aggregate: Aggregate) -> Result<Members, Absent> {
    let mut scores: HashMap<&[u8], f64> = HashMap::new();
    let mut walked = Ok(());
    for source in sources {
        let done = source.walk(&mut |member, score| {
            let score = number(score);
            let sum = |old: &mut f64| *old = aggregate.of(*old, score);
            scores.entry(member).and_modify(sum).or_insert(score);
            ControlFlow::Continue(())
        });
        walked = walked.and(done);
    }
    walked?;
    Ok(scores.into_iter().map(|(member, score)| (member.to_vec(), score)).collect())
}

fn inter(sources: &[Source<'_>], aggregate: Aggregate) -> Result<Members, Absent> {
    let mut members = Vec::new();
    each_common(sources, aggregate, &mut |member, score| {
        members.push((member.to_vec(), score));
        ControlFlow::Continue(())
    })?;
    Ok(members)
}

/// Calls `f` with the members that are in all sources, until told to stop: then what is absent
/// does not matter.
pub(super) fn each_common(
    sources: &[Source<'_>],
    aggregate: Aggregate,
    f: &mut dyn FnMut(&[u8], f64) -> ControlFlow<()>,
) -> Result<(), Absent> {
    let Some((first, others)) = sources.split_first() else { return Ok(()) };
    let mut looked_up = Ok(());
    first.walk(&mut |member, score| match in_all(others, member, number(score), aggregate) {
        Ok(Some(score)) => f(member, score).map_break(|()| looked_up = Ok(())),
        Ok(None) => ControlFlow::Continue(()),
        Err(absent) => {
            looked_up = Err(absent);
            ControlFlow::Continue(())
        }
    })?;
    looked_up
}

/// The score of a member of the first, if it is in all others.
fn in_all(
    others: &[Source<'_>],
    member: &[u8],
    score: f64,
    aggregate: Aggregate,
) -> Result<Option<f64>, Absent> {
    let mut score = score;
    for source in others {
        match source.score(member)? {
            Some(other) => score = aggregate.of(score, other),
            None => return Ok(None),
        }
    }
    Ok(Some(score))
}

fn diff(sources: &[Source<'_>]) -> Result<Members, Absent> {
    let Some((first, others)) = sources.split_first() else { return Ok(Vec::new()) };
    let (mut members, mut looked_up) = (Vec::new(), Ok(()));
    first.walk(&mut |member, score| {
        match in_none(others, member) {
            Ok(true) => members.push((member.to_vec(), score)),
            Ok(false) => {}
            Err(absent) => looked_up = Err(absent),
        }
        ControlFlow::Continue(())
    })?;
    looked_up.map(|()| members)
}

fn in_none(others: &[Source<'_>], member: &[u8]) -> Result<bool, Absent> {
    for source in others {
        if source.score(member)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
