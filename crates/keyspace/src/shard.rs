//! One shard of the keyspace: what is in memory, and what the store has not yet heard.
//!
//! The shard decides and never acts. It does no I/O, reads no clock, starts no task. The caller
//! reports what happened and asks what to do next, so that a test can finish the work in any
//! order, fail any of it, and replay the run from one seed.
//!
//! ```text
//!            want            loaded           change           poll_save
//!   absent ───────▶ Loading ────────▶ Clean ────────▶ Dirty ──────────▶ Saving
//!      ▲               │ failed        │  ▲              ▲  saved         │ │ change
//!      └───────────────┴──── evict ────┘  └──────────────┼────────────────┘ ▼
//!                                                        └──── saved ── Overtaken
//! ```
//!
//! An entry whose body has no content is a key known to hold nothing. Clean, it is the negative
//! cache; dirty, it is a delete on its way to the store. One rule covers both, so a delete can
//! never be overtaken by a load of what it deleted.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hadal_value::Lsn;

use crate::body::{Body, Content, View};
use crate::fifo::Fifo;
use crate::ghost::Ghost;
use crate::keyspace::hash;
use crate::line::Lines;
use crate::owed::{Due, Owed, Stored};
use crate::slab::{Heat, NIL, Queue, Slab, Slot, SlotId, State};
use crate::table::Table;
use crate::wait::Wait;
use crate::watch::Watches;
use crate::{Millis, Place};

mod census;
mod deadlines;
mod edit;
mod evict;
mod expire;
mod load;
mod pages;
mod save;
mod string;
mod sweep;
mod undo;
mod unsaved;

pub use census::Census;
use deadlines::Deadlines;
pub(crate) use edit::{Change as Edited, Context as EditContext};
pub(crate) use expire::ExpiredFields;
pub(crate) use load::Completed;
pub use load::{Loaded, Pin, Ticket, Want};
use pages::PAGE_HINTS;
pub use pages::Resident;
pub(crate) use pages::{Wanted, page_hash};
pub use save::Before;
use sweep::Sweeps;
pub(crate) use undo::{BeforeImage, PageImages};
use unsaved::UnsavedPages;

/// A slot, its place in the table, and what of both is vacant.
const ENTRY_BYTES: usize = size_of::<Slot>() + 8;
/// What a debt takes in its tables, which are two thirds full on average.
const OWED_BYTES: usize = (size_of::<(SlotId, Owed)>() + size_of::<Due>()) * 3 / 2;
/// What a page counts as owed beyond those that may wait in its collection. Far more than it takes:
/// they are copied into one batch, all at once, and more than once on their way to the store. So
/// writers wait before there are many.
const SURPLUS_PAGE_BYTES: usize = 32 << 10;

/// Keys are slots' numbers, which nobody outside chooses; the order is the same in every run.
pub(crate) type Map<K, V> = HashMap<K, V, FixedState>;

/// The entries of a range of hash slots.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Seeds the hashes of keys.
    seed: u64,
    slots: Slab,
    table: Table,
    small: Fifo,
    main: Fifo,
    ghost: Ghost,
    owed: Map<SlotId, Owed>,
    /// Dirty entries in the order of their first change. A place that no longer agrees with its
    /// entry's debt is skipped.
    dues: VecDeque<Due>,
    loads: Map<SlotId, load::Load>,
    pins: Map<SlotId, load::Pinned>,
    tickets: u64,
    expiries: Deadlines,
    /// Hashes that have fields which expire: none does before its moment.
    field_expiries: Deadlines,
    /// Large hashes that are gone through for fields that have expired.
    sweeps: Sweeps,
    /// Where pages that were looked for lately have their entries, or had: a shortcut to `table`, by
    /// their hashes.
    page_hints: [Cell<SlotId>; PAGE_HINTS],
    /// What the next save of a collection must carry beside its record, by the record's entry.
    unsaved: UnsavedPages,
    /// While a call runs that can be undone.
    page_images: Option<Box<PageImages>>,
    /// For payloads of small collections while they change.
    scratch: Vec<u8>,
    pub(crate) watches: Watches,
    pub(crate) lines: Lines,
    /// Keys by space: how many more there are than when the dataset was opened.
    created: Vec<(u32, i64)>,
    /// How often it has been learned what a blind write replaces.
    learned: u64,
    bytes: usize,
}

impl Shard {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            slots: Slab::new(),
            table: Table::new(),
            small: Fifo::new(),
            main: Fifo::new(),
            ghost: Ghost::new(),
            owed: Map::default(),
            dues: VecDeque::new(),
            loads: Map::default(),
            pins: Map::default(),
            tickets: 0,
            expiries: Deadlines::default(),
            field_expiries: Deadlines::default(),
            sweeps: Sweeps::default(),
            page_hints: [const { Cell::new(NIL) }; PAGE_HINTS],
            unsaved: UnsavedPages::default(),
            page_images: None,
            scratch: Vec::new(),
            watches: Watches::default(),
            lines: Lines::default(),
            created: Vec::new(),
            learned: 0,
            bytes: 0,
        }
    }

    /// Bytes of memory that the shard's entries take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.owed.len() * OWED_BYTES + self.ghost.bytes()
    }

    /// Bytes that cannot leave memory before they are saved.
    pub(crate) fn owed_bytes(&self) -> usize {
        let dirty = self.bytes - self.small.bytes - self.main.bytes;
        let surplus = self.unsaved.surplus() * SURPLUS_PAGE_BYTES;
        dirty + surplus + self.owed.len() * OWED_BYTES
    }

    pub(crate) fn owed_count(&self) -> usize {
        self.owed.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// How many more keys of `space` there are than when the dataset was opened, counting a key
    /// written without being loaded as new.
    pub(crate) fn created(&self, space: u32) -> i64 {
        self.created.iter().find(|(of, _)| *of == space).map_or(0, |(_, count)| *count)
    }

    /// How often it has been learned what a blind write replaces.
    pub(crate) fn learned(&self) -> u64 {
        self.learned
    }

    pub(crate) fn find(&self, space: u32, key: &[u8], hash: u32) -> Option<SlotId> {
        self.table.find(hash, |id| self.slots[id].body.is(space, key))
    }

    /// The entry that [`find`](Self::find) would look at first: nearly always the right one, if
    /// there is one.
    pub(crate) fn guess(&self, hash: u32) -> Option<SlotId> {
        self.table.find(hash, |_| true)
    }

    /// Looks at what finding and using an entry will look at, so that the processor has it by then.
    pub(crate) fn warm(&self, id: SlotId) {
        black_box(self.slots[id].body.ends());
    }

    /// The same for changing it.
    pub(crate) fn warm_debt(&self, id: SlotId) {
        if self.slots[id].state != State::Clean {
            black_box(self.owed.get(&id).map(|owed| owed.first));
        }
    }

    /// Whether the value is in memory, or known to be absent.
    pub(crate) fn is_resident(&self, id: SlotId) -> bool {
        self.slots[id].state != State::Loading
    }

    pub(crate) fn view(&self, id: SlotId) -> View<'_> {
        self.slots[id].body.view()
    }

    /// Counts an access.
    pub(crate) fn touch(&self, id: SlotId, now_s: u16) {
        let slot = &self.slots[id];
        slot.accessed.set(now_s);
        slot.set_frequency(slot.heat.get().frequency() + 1);
    }

    /// Seconds since the last access, and accesses counted for eviction.
    pub(crate) fn usage(&self, id: SlotId, now_s: u16) -> (u16, u8) {
        let slot = &self.slots[id];
        (now_s.wrapping_sub(slot.accessed.get()), slot.heat.get().frequency())
    }

    pub(crate) fn allocated_bytes(&self, id: SlotId) -> usize {
        ENTRY_BYTES + self.slots[id].body.allocated_bytes()
    }

    /// An entry for a key that is written without being loaded.
    pub(crate) fn insert_blind(
        &mut self,
        (space, key, hash): (u32, &[u8], u32),
        stored: Stored,
        now_s: u16,
    ) -> SlotId {
        let id = self.insert(Body::new(space, key, None), hash, State::Dirty, now_s);
        self.owe(id, stored);
        id
    }

    /// An entry for a key that is known to hold nothing.
    pub(crate) fn insert_absent(
        &mut self,
        space: u32,
        key: &[u8],
        hash: u32,
        now_s: u16,
    ) -> SlotId {
        let id = self.insert(Body::new(space, key, None), hash, State::Clean, now_s);
        self.enter_queue(id, Queue::Small);
        id
    }

    /// Changes what is at a key and owes the store a save. Until [`stamp`](Self::stamp) says
    /// which effect it was, the change has no place in the order of saves.
    pub(crate) fn change(&mut self, id: SlotId, change: impl FnOnce(&mut Body)) {
        let old = self.measure(id);
        self.own(id, old.content);
        change(&mut self.slots[id].body);
        self.account(id, old);
    }

    /// What counts of an entry, before it changes.
    fn measure(&self, id: SlotId) -> Measure {
        let body = &self.slots[id].body;
        let view = body.view();
        Measure {
            space: view.space,
            content: stored_as(view.content),
            bytes: body.allocated_bytes(),
        }
    }

    /// An entry has changed: brings up to date what is counted of it.
    fn account(&mut self, id: SlotId, old: Measure) {
        let new = self.measure(id);
        self.bytes = self.bytes + new.bytes - old.bytes;
        self.expiries.change(id, old.content.expiry(), new.content.expiry());
        self.field_expiries.change(id, old.content.field_expiry(), new.content.field_expiry());
        let step = i64::from(new.content.is_present()) - i64::from(old.content.is_present());
        if step != 0 {
            self.count(old.space, step);
        }
        let generation = old.content.generation();
        if generation != 0 && generation != new.content.generation() {
            self.discard_pages(id, generation);
        }
    }

    pub(crate) fn put(&mut self, id: SlotId, content: Option<Content<'_>>) {
        self.change(id, |body| body.put(content));
    }

    /// The effect that the latest change of an entry is: its debt now has a place in the journal
    /// and in the order of saves.
    pub(crate) fn stamp(&mut self, id: SlotId, lsn: Lsn, due_at: Millis) {
        let Some(owed) = self.owed.get_mut(&id) else { return };
        owed.last = lsn;
        match self.slots[id].state {
            State::Overtaken if owed.overtaking == Lsn::NONE => owed.overtaking = lsn,
            State::Dirty if owed.first == Lsn::NONE => {
                (owed.first, owed.place) = (lsn, lsn);
                self.dues.push_back(Due { at: due_at, first: lsn, slot: id });
            }
            _ => {}
        }
        let first = owed.place;
        if self.slots[id].state == State::Dirty && self.unsaved.hurries(id) {
            self.dues.push_front(Due { at: 0, first, slot: id });
        }
    }

    /// The effect at `lsn`, which has been [stamped](Self::stamp), says all that is at the key.
    pub(crate) fn supersede(&mut self, id: SlotId, lsn: Lsn) {
        if let Some(owed) = self.owed.get_mut(&id) {
            owed.note_whole(lsn);
        }
    }

    /// Says what the store holds at an entry's key, which the entry itself did not know.
    pub(crate) fn set_stored(&mut self, id: SlotId, stored: Stored) {
        if let Some(owed) = self.owed.get_mut(&id) {
            owed.stored = stored;
        }
    }

    /// The last effect of an entry that the store does not have, or `NONE`.
    pub(crate) fn last_owed(&self, id: SlotId) -> Lsn {
        if self.slots[id].state == State::Clean {
            return Lsn::NONE;
        }
        self.owed.get(&id).map_or(Lsn::NONE, |owed| owed.last)
    }

    /// An entry that holds `found` changes, or has just changed: the store is owed a save.
    fn own(&mut self, id: SlotId, found: Stored) {
        match self.slots[id].state {
            State::Clean => {
                self.uncount(id);
                self.slots[id].state = State::Dirty;
                self.owe(id, found);
            }
            State::Loading => {
                // The load's answer will still tell what the store holds; unless it has come, and
                // only its effects of the journal's tail wait for pages.
                self.slots[id].state = State::Dirty;
                if !self.owed.contains_key(&id) {
                    let is_known = found.is_present();
                    self.owe(id, if is_known { found } else { Stored::Unknown });
                }
                self.wake(id, Ok(()));
                self.inherit_replay(id);
            }
            State::Saving => self.slots[id].state = State::Overtaken,
            State::Dirty | State::Overtaken => {}
            State::Vacant => unreachable!("a change of a vacant slot"),
        }
    }

    fn owe(&mut self, id: SlotId, stored: Stored) {
        self.owed.insert(id, Owed::new(stored));
    }

    fn insert(&mut self, body: Body, hash: u32, state: State, now_s: u16) -> SlotId {
        self.bytes += ENTRY_BYTES + body.allocated_bytes();
        let (accessed, heat) = (Cell::new(now_s), Cell::new(Heat::default()));
        let slot = Slot { body, next: NIL, accessed, state, heat };
        let id = self.slots.insert(slot);
        let (slots, seed) = (&self.slots, self.seed);
        self.table.insert(hash, id, |id| hash_of(&slots[id].body, seed));
        id
    }

    /// Forgets an entry that is not clean and owes nothing.
    fn forget(&mut self, id: SlotId) {
        let old = self.measure(id);
        self.bytes -= ENTRY_BYTES + old.bytes;
        self.expiries.change(id, old.content.expiry(), None);
        self.field_expiries.change(id, old.content.field_expiry(), None);
        let hash = hash_of(&self.slots[id].body, self.seed);
        self.table.remove(hash, id);
        self.slots.remove(id);
        self.pins.remove(&id);
        self.unsaved.take(id);
    }

    fn count(&mut self, space: u32, step: i64) {
        match self.created.iter_mut().find(|(of, _)| *of == space) {
            Some((_, count)) => *count += step,
            None => self.created.push((space, step)),
        }
    }

    /// The key has been overwritten: effects that waited for its load are not needed any more. But
    /// the journal must keep them until what follows them is in the store.
    fn inherit_replay(&mut self, id: SlotId) {
        let first = self.loads.get(&id).and_then(load::Load::first_replay);
        // If some of them have been applied, the debt has a place before them.
        if let (Some(first), Some(owed)) = (first, self.owed.get_mut(&id))
            && owed.first == Lsn::NONE
        {
            (owed.first, owed.place) = (first, first);
            self.dues.push_front(Due { at: 0, first, slot: id });
        }
        self.drop_replay(id);
    }

    /// Forgets effects that waited for a load.
    fn drop_replay(&mut self, id: SlotId) {
        let Some(load) = self.loads.get_mut(&id) else { return };
        load.replay.clear();
        if load.is_idle() {
            self.loads.remove(&id);
        }
    }

    fn wake(&mut self, id: SlotId, result: Result<(), crate::LoadFailed>) {
        if let Some(load) = self.loads.get_mut(&id) {
            load.waits.drain(..).for_each(|wait: Arc<Wait>| wait.done(result));
        }
    }
}

/// What counts of an entry.
#[derive(Clone, Copy, Debug)]
struct Measure {
    space: u32,
    /// What the store holds at the key once the entry is saved. For a page: nothing.
    content: Stored,
    bytes: usize,
}

/// What the store holds at a key once this has been saved.
fn stored_as(content: Option<Content<'_>>) -> Stored {
    let of = |content: Content<'_>| Stored::value(content.kind, content.payload, content.expiry);
    content.map_or(Stored::Absent, of)
}

fn hash_of(body: &Body, seed: u64) -> u32 {
    if let Some(page) = body.page() {
        return page_hash(page.id);
    }
    let view = body.view();
    hash(Place::of(view.key, seed), view.space)
}

#[cfg(test)]
mod tests;
