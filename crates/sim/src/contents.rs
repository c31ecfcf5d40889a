//! Values as they lie in their records and pages, read whole for the judges. On the way, the
//! ways to an element must agree.

use std::ops::ControlFlow;

use hadal_keyspace::Opened;
use hadal_value::Kind;
use hadal_value::blocks::{BlocksRef, Part};
use hadal_value::collection::map::MapRef;
use hadal_value::collection::sequence::SequenceRef;
use hadal_value::collection::sorted::SortedRef;
use hadal_value::tree::{Absent, Direction, Pages};

use crate::model::{Content, Field};

/// A field or a member; a member has no value.
struct Entry {
    key: Vec<u8>,
    value: Vec<u8>,
    expiry: Option<u64>,
}

/// Reads what a transaction has opened.
pub(crate) fn of_opened(kind: Kind, opened: &Opened<'_>) -> Result<Content, Absent> {
    match kind {
        Kind::String => Ok(Content::Text(opened.payload().to_vec())),
        Kind::LongString => text(&opened.blocks()),
        Kind::Hash => hash(&opened.map()),
        Kind::Set => set(&opened.map()),
        Kind::SortedSet => sorted(&opened.sorted()),
        Kind::List => list(&opened.sequence()),
    }
}

/// Reads a record's payload, with what there is of pages.
pub(crate) fn of_payload<P: Pages>(
    kind: Kind,
    payload: &[u8],
    pages: &P,
    seed: u64,
) -> Result<Content, Absent> {
    match kind {
        Kind::String => Ok(Content::Text(payload.to_vec())),
        Kind::LongString => text(&BlocksRef::new(payload, pages)),
        Kind::Hash => hash(&MapRef::new(payload, pages, seed)),
        Kind::Set => set(&MapRef::new(payload, pages, seed)),
        Kind::SortedSet => sorted(&SortedRef::new(payload, pages, seed)),
        Kind::List => list(&SequenceRef::new(payload, pages)),
    }
}

fn text<P: Pages>(blocks: &BlocksRef<'_, P>) -> Result<Content, Absent> {
    let mut bytes = Vec::new();
    blocks.read(0..u64::MAX, &mut |part| {
        match part {
            Part::Bytes(part) => bytes.extend_from_slice(part),
            Part::Zeros(count) => bytes.resize(bytes.len() + count as usize, 0),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(blocks.len(), bytes.len() as u64, "the bytes are as many as are counted");
    Ok(Content::Text(bytes))
}

fn hash<P: Pages>(map: &MapRef<'_, P>) -> Result<Content, Absent> {
    let entries = entries(map)?;
    let fields = entries.into_iter().map(|Entry { key, value, expiry }| {
        let soonest = map.soonest_expiry();
        let is_known = expiry.is_none_or(|at| soonest.is_some_and(|soonest| soonest <= at));
        assert!(is_known, "a field expires at {expiry:?}, and none before {soonest:?}");
        (key, Field { value, expiry })
    });
    let (len, fields) = (fields.len(), Content::Hash(fields.collect()));
    assert_eq!(fields.len(), len, "no field is there twice");
    Ok(fields)
}

fn set<P: Pages>(map: &MapRef<'_, P>) -> Result<Content, Absent> {
    let entries = entries(map)?;
    let len = entries.len();
    let members = Content::Set(entries.into_iter().map(|entry| entry.key).collect());
    assert_eq!(members.len(), len, "no member is there twice");
    Ok(members)
}

fn entries<P: Pages>(map: &MapRef<'_, P>) -> Result<Vec<Entry>, Absent> {
    let mut entries = Vec::new();
    map.walk(&mut |entry| {
        let (key, value) = (entry.key.to_vec(), entry.value.to_vec());
        entries.push(Entry { key, value, expiry: entry.expiry });
        ControlFlow::Continue(())
    })?;
    assert_eq!(map.len(), entries.len() as u64, "the elements are as many as are counted");
    for Entry { key, value, expiry } in &entries {
        let found = map.get(key)?.map(|entry| (entry.value, entry.expiry));
        assert_eq!(found, Some((&value[..], *expiry)), "what a walk meets can be looked up");
    }
    Ok(entries)
}

fn sorted<P: Pages>(sorted: &SortedRef<'_, P>) -> Result<Content, Absent> {
    let mut members = Vec::new();
    sorted.walk(&mut |member, score| {
        members.push(((score * 2.0) as i64, member.to_vec()));
        ControlFlow::Continue(())
    })?;
    assert_eq!(sorted.len(), members.len() as u64, "the members are as many as are counted");
    for (rank, (score, member)) in members.iter().enumerate() {
        let found = sorted.score(member)?.map(|score| (score * 2.0) as i64);
        assert_eq!(found, Some(*score), "a member's score is that of its rank");
        assert_eq!(sorted.rank(member)?, Some(rank as u64), "a member has one rank");
    }
    Ok(Content::Sorted(members))
}

fn list<P: Pages>(list: &SequenceRef<'_, P>) -> Result<Content, Absent> {
    let mut items = Vec::new();
    list.range(0, list.len(), Direction::Forward, &mut |item| {
        items.push(item.to_vec());
        ControlFlow::Continue(())
    })?;
    assert_eq!(list.len(), items.len() as u64, "the items are as many as are counted");
    Ok(Content::List(items))
}
