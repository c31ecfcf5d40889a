//! Changes of values with pages, in memory: of a small collection in its entry, of a large one, or
//! of a long string, in its pages.

use hadal_value::Kind;
use hadal_value::collection::map::MapMut;
use hadal_value::collection::sequence::SequenceMut;
use hadal_value::collection::sorted::{PutScore, SortedMut};
use hadal_value::collection::{Limits, Put};
use hadal_value::tree::{Absent, PagesMut};

use smallvec::SmallVec;

use super::Shard;
use super::pages::{Changing, Wanted};
use crate::edit::Edit;
use crate::keyspace::Generations;
use crate::slab::{Queue, SlotId, State};

/// What an edit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// All is as it was.
    Nothing,
    /// There is a member or an item more.
    Added,
    /// A member or an item that was there is another, or has another value.
    Replaced,
    /// What was named is gone.
    Removed,
}

/// What an edit needs beside the shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) now_s: u16,
    pub(crate) seed: u64,
    pub(crate) generations: &'a Generations,
    pub(crate) limits: &'a Limits,
    /// Dirty pages of one collection that may wait for the delay of saves.
    pub(crate) waiting_pages_max: usize,
    /// Pages that are not in memory are noted here.
    pub(crate) wanted: Wanted<'a>,
}

impl Shard {
    /// Makes one change of the collection at an entry, which holds one of this kind or nothing.
    /// A collection without elements is no key. Changes nothing if a page is absent.
    pub(crate) fn edit(
        &mut self,
        id: SlotId,
        kind: Kind,
        edit: Edit<'_>,
        context: &Context<'_>,
    ) -> Result<Change, Absent> {
        let result = self.edit_with(id, kind, context, |payload, pages| {
            apply(kind, edit, payload, pages, context)
        });
        if let Edit::Put { expiry: Some(at), .. } = edit {
            self.note_swept(id, at);
        }
        result
    }

    /// Lets `edit` change the payload at an entry, and pages, into a value of this kind.
    pub(super) fn edit_with(
        &mut self,
        id: SlotId,
        kind: Kind,
        context: &Context<'_>,
        edit: impl FnOnce(&mut Vec<u8>, &mut Changing<'_>) -> Result<Change, Absent>,
    ) -> Result<Change, Absent> {
        let before = self.measure(id);
        let was_clean = self.slots[id].state == State::Clean;
        if was_clean {
            self.uncount(id);
        }
        let scratch = std::mem::take(&mut self.scratch);
        let mut payload = self.slots[id].body.lend(scratch);
        let mut pages = Changing {
            shard: self,
            owner: id,
            space: before.space,
            now_s: context.now_s,
            wanted: context.wanted,
            generations: context.generations,
            waiting_pages_max: context.waiting_pages_max,
            lent: SmallVec::new(),
        };
        let result = edit(&mut payload, &mut pages);
        pages.account();
        self.scratch = self.slots[id].body.give_back(kind, payload);
        if matches!(result, Ok(Change::Nothing) | Err(Absent)) {
            if was_clean {
                self.enter_queue(id, Queue::Small);
            }
            return result;
        }
        if was_clean {
            self.slots[id].state = State::Dirty;
            self.owe(id, before.content);
        } else {
            self.own(id, before.content);
        }
        self.account(id, before);
        result
    }
}

fn apply(
    kind: Kind,
    edit: Edit<'_>,
    payload: &mut Vec<u8>,
    pages: &mut Changing<'_>,
    context: &Context<'_>,
) -> Result<Change, Absent> {
    let Context { seed, limits, .. } = *context;
    match kind {
        // An edit of a string is none of this version; nor are those that fall through below.
        Kind::String | Kind::LongString => Ok(Change::Nothing),
        Kind::Hash => edit_map(MapMut::hash(payload, pages, seed, limits), edit),
        Kind::Set => edit_map(MapMut::set(payload, pages, seed, limits), edit),
        Kind::SortedSet => edit_sorted(SortedMut::new(payload, pages, seed, limits), edit),
        Kind::List => edit_sequence(SequenceMut::new(payload, pages, limits), edit),
    }
}

fn edit_map<P: PagesMut>(mut map: MapMut<'_, P>, edit: Edit<'_>) -> Result<Change, Absent> {
    Ok(match edit {
        Edit::Put { member, value, expiry } => match map.put(member, value, expiry)? {
            Put::Added => Change::Added,
            Put::Replaced => Change::Replaced,
            Put::Same => Change::Nothing,
        },
        Edit::Remove { member } if map.remove(member)? => Change::Removed,
        _ => Change::Nothing,
    })
}

fn edit_sorted<P: PagesMut>(
    mut sorted: SortedMut<'_, P>,
    edit: Edit<'_>,
) -> Result<Change, Absent> {
    Ok(match edit {
        Edit::Score { member, score } => match sorted.put(member, score)? {
            PutScore::Added => Change::Added,
            PutScore::Replaced(_) => Change::Replaced,
            PutScore::Same => Change::Nothing,
        },
        Edit::Remove { member } if sorted.remove(member)?.is_some() => Change::Removed,
        Edit::Cut { at, count } if at < sorted.as_ref().len() && count > 0 => {
            sorted.remove_range(at, count, &mut |_, _| ())?;
            Change::Removed
        }
        _ => Change::Nothing,
    })
}

fn edit_sequence<P: PagesMut>(
    mut sequence: SequenceMut<'_, P>,
    edit: Edit<'_>,
) -> Result<Change, Absent> {
    let len = sequence.as_ref().len();
    Ok(match edit {
        Edit::Insert { at, item } if at <= len => {
            sequence.insert(at, item)?;
            Change::Added
        }
        Edit::Replace { at, item } if sequence.replace(at, item)? => Change::Replaced,
        Edit::Cut { at, count: 1 } if sequence.remove(at)? => Change::Removed,
        Edit::Cut { at, count } if at < len && count > 1 => {
            sequence.remove_range(at, count)?;
            Change::Removed
        }
        _ => Change::Nothing,
    })
}
