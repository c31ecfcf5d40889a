//! Members within a circle or a box: `GEOSEARCH`, `GEORADIUS` and their kin.

use std::ops::{ControlFlow, Range};

use hadal_keyspace::{Resident, Txn};
use hadal_resp::Writer;
use hadal_value::{
    Kind as ValueKind,
    collection::sorted::{Below, SortedRef},
    geo::{Point, Shape, fixed, ranges},
    tree::{Absent, Direction},
};

use super::{
    options::{Answer, Caller, Limit, Order, Origin, Scores, Search, With},
    position::coordinates,
};
use crate::{
    Fault, Stop, Words,
    sorted_set::{scores, share, store},
};

/// So many members are looked at in one go where a search may end with any.
const STRIDE: u64 = 512;

/// A member inside the shape.
struct Found {
    member: Vec<u8>,
    score: f64,
    /// From the middle, in the unit of the call.
    distance: f64,
}

pub(super) fn georadius(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    search(txn, &Search::parse(words, Caller::Radius)?, reply)
}

pub(super) fn georadius_ro(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    search(txn, &Search::parse(words, Caller::RadiusRo)?, reply)
}

pub(super) fn georadiusbymember(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    search(txn, &Search::parse(words, Caller::RadiusByMember)?, reply)
}

pub(super) fn georadiusbymember_ro(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    search(txn, &Search::parse(words, Caller::RadiusByMemberRo)?, reply)
}

pub(super) fn geosearch(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    search(txn, &Search::parse(words, Caller::Search)?, reply)
}

pub(super) fn geosearchstore(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    search(txn, &Search::parse(words, Caller::SearchStore)?, reply)
}

fn search(txn: &mut Txn<'_>, search: &Search<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let found = find(txn, search)?;
    match search.answer {
        Answer::Reply(with) => {
            reply.array(found.len());
            for found in &found {
                found.write(with, reply);
            }
            Ok(())
        }
        Answer::Store { to, scores } => {
            let scored = |found: Found| match scores {
                Scores::Positions => (found.member, found.score),
                Scores::Distances => (found.member, found.distance),
            };
            store(txn, to, found.into_iter().map(scored).collect(), reply)
        }
    }
}

/// What the call asks for: in order, if it asks for one, and no more than it wants.
fn find(txn: &mut Txn<'_>, search: &Search<'_>) -> Result<Vec<Found>, Stop> {
    let Some(shape) = shape(txn, search)? else { return Ok(Vec::new()) };
    let Some(opened) = txn.open(search.source, ValueKind::SortedSet)? else {
        return Ok(Vec::new());
    };
    let sorted = opened.sorted();
    let stretches = stretches(&sorted, &shape)?;
    let looked_at = stretches.iter().map(|ranks| ranks.end - ranks.start).sum();
    let bytes = share(&sorted, looked_at);
    let enough = match search.limit {
        // The search ends early: it looks at little more than it finds.
        Some(Limit::Any(count)) => Some(count),
        _ if !txn.answer_fits(bytes) => return Err(Fault::TooLarge.into()),
        _ => None,
    };
    let Some(opened) = txn.open(search.source, ValueKind::SortedSet)? else {
        return Ok(Vec::new());
    };
    let mut found = look(&opened.sorted(), &stretches, &shape, enough)?;
    match search.order {
        Some(Order::Ascending) => found.sort_by(|a, b| a.distance.total_cmp(&b.distance)),
        Some(Order::Descending) => found.sort_by(|a, b| b.distance.total_cmp(&a.distance)),
        None => {}
    }
    if let Some(Limit::Best(count)) = search.limit {
        found.truncate(count);
    }
    Ok(found)
}

/// What is searched; `None` if there is no such key.
fn shape(txn: &mut Txn<'_>, search: &Search<'_>) -> Result<Option<Shape>, Stop> {
    if txn.open(search.source, ValueKind::SortedSet)?.is_none() {
        return Ok(None);
    }
    let center = match search.from {
        Origin::Place(place) => place,
        Origin::Member(member) => {
            let score = scores(txn, search.source, &[member])?[0];
            let fault = Fault::Text("ERR could not decode requested zset member");
            Point::from_score(score.ok_or(fault)?)
        }
    };
    Ok(Some(Shape { center, area: search.area, unit: search.unit }))
}

/// The ranks of all members that may be inside.
fn stretches(
    sorted: &SortedRef<'_, Resident<'_>>,
    shape: &Shape,
) -> Result<Vec<Range<u64>>, Absent> {
    // All ends are asked for before one that is absent is told.
    let ends: Vec<_> = ranges(shape)
        .into_iter()
        .flat_map(|scores| [scores.start, scores.end])
        .map(|score| sorted.count_below(Below::Score(score)))
        .collect();
    let ends = ends.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (pairs, _) = ends.as_chunks::<2>();
    Ok(pairs.iter().map(|[start, end]| *start..*end).collect())
}

/// The members inside: all of them, or the first that are `enough`.
fn look(
    sorted: &SortedRef<'_, Resident<'_>>,
    stretches: &[Range<u64>],
    shape: &Shape,
    enough: Option<usize>,
) -> Result<Vec<Found>, Absent> {
    let (mut found, mut looked) = (Vec::new(), Ok(()));
    let stride = if enough.is_some() { STRIDE } else { u64::MAX };
    for ranks in stretches {
        let mut start = ranks.start;
        while start < ranks.end {
            let count = stride.min(ranks.end - start);
            let done = sorted.range(start, count, Direction::Forward, &mut |member, score| {
                found.extend(Found::inside(shape, member, score));
                if enough == Some(found.len()) {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            if enough.is_some() {
                // What comes later may not be needed.
                done?;
            }
            if enough == Some(found.len()) {
                return Ok(found);
            }
            looked = looked.and(done);
            start += count;
        }
    }
    looked.map(|()| found)
}

impl Found {
    fn inside(shape: &Shape, member: &[u8], score: f64) -> Option<Self> {
        let meters = shape.contains(Point::from_score(score))?;
        Some(Self { member: member.to_vec(), score, distance: meters / shape.unit.meters() })
    }

    fn write(&self, with: With, reply: &mut Writer) {
        let parts = [with.distance, with.hash, with.coordinates];
        let count = parts.into_iter().filter(|wanted| *wanted).count();
        if count > 0 {
            reply.array(1 + count);
        }
        reply.bulk(&self.member);
        if with.distance {
            reply.bulk(fixed(self.distance).as_bytes());
        }
        if with.hash {
            reply.int(self.score as i64);
        }
        if with.coordinates {
            coordinates(Point::from_score(self.score), reply);
        }
    }
}
