//! Expiry of what is in memory. Keys that are not are the store's index's to find.

use std::cell::RefCell;
use std::ops::ControlFlow;

use hadal_value::Kind;
use hadal_value::collection::map::{self, MapRef};

use super::{Resident, Shard, Wanted, stored_as};
use crate::UnixMillis;
use crate::slab::{SlotId, State};

/// Fields of a hash whose time has come, and when others' will.
#[derive(Debug, Default)]
pub(crate) struct ExpiredFields {
    pub(crate) names: Vec<Box<[u8]>>,
    /// The soonest of all others.
    pub(crate) next: Option<UnixMillis>,
}

impl Shard {
    /// Keys in memory whose time has come: up to `count_max` of them, soonest first. Not those that
    /// are still replayed: what waits for pages may give them more time.
    pub(crate) fn expired(&self, now: UnixMillis, count_max: usize) -> Vec<SlotId> {
        let due = self.expiries.due(now);
        due.filter(|id| self.is_resident(*id)).take(count_max).collect()
    }

    /// The same of hashes without pages, with a field whose time may have come.
    pub(crate) fn with_expired_fields(&self, now: UnixMillis, count_max: usize) -> Vec<SlotId> {
        let is_small = |id: &SlotId| stored_as(self.view(*id).content).generation() == 0;
        let due = self.field_expiries.due(now);
        due.filter(|id| self.is_resident(*id) && is_small(id)).take(count_max).collect()
    }

    /// What becomes of a hash without pages.
    pub(crate) fn expired_fields(
        &self,
        id: SlotId,
        now: UnixMillis,
        count_max: usize,
    ) -> ExpiredFields {
        let mut found = ExpiredFields::default();
        let Some(content) = self.view(id).content else { return found };
        let notes = RefCell::default();
        let pages = Resident { shard: self, now_s: 0, wanted: Wanted::of_nobody(&notes) };
        let map = MapRef::new(content.payload, &pages, self.seed);
        let walked = map.walk(&mut |entry| {
            match entry.expiry {
                Some(at) if at <= now && found.names.len() < count_max => {
                    found.names.push(entry.key.into());
                }
                Some(at) => found.next = Some(found.next.map_or(at, |next| next.min(at))),
                None => {}
            }
            ControlFlow::Continue(())
        });
        assert!(walked.is_ok(), "what has no pages is in memory");
        found
    }

    /// All fields of a hash have been looked at, and none expires before `at`. The store's index
    /// goes by that: it owes a save.
    pub(crate) fn found_next_field_expiry(&mut self, id: SlotId, at: UnixMillis) {
        let old = self.measure(id);
        self.own(id, old.content);
        let scratch = std::mem::take(&mut self.scratch);
        let mut payload = self.slots[id].body.lend(scratch);
        map::found_soonest_expiry(&mut payload, at);
        self.scratch = self.slots[id].body.give_back(Kind::Hash, payload);
        self.account(id, old);
    }

    /// When the next key in memory expires, or a field of one.
    pub(crate) fn next_expiry(&self) -> Option<UnixMillis> {
        self.expiries.first().into_iter().chain(self.field_expiries.first()).min()
    }

    /// Keys in memory that have an expiry.
    pub(crate) fn expiring_count(&self) -> usize {
        self.expiries.len()
    }

    /// Keys of `space` that are owed to the store, each with whether it holds anything at `now`.
    pub(crate) fn owed_keys(
        &self,
        space: u32,
        now: UnixMillis,
    ) -> impl Iterator<Item = (&[u8], bool)> {
        self.owed.keys().filter_map(move |id| {
            let view = self.view(*id);
            let content = view.content.filter(|content| content.expiry.is_none_or(|at| at > now));
            (view.space == space).then_some((view.key, content.is_some()))
        })
    }

    /// Forgets entries of spaces that are no more, whatever they owe: up to `count_max` are looked
    /// at from `from` on. Returns where to go on, or `None` at the end.
    pub(crate) fn purge(
        &mut self,
        dead: &dyn Fn(u32) -> bool,
        from: SlotId,
        count_max: usize,
    ) -> Option<SlotId> {
        let end = self.slots.end();
        let until = end.min(from.saturating_add(count_max as SlotId));
        for id in from..until {
            if self.slots[id].state == State::Loading && dead(self.view(id).space) {
                // Replayed effects must not bring back what has been reclaimed.
                self.drop_replay(id);
                if self.owed.contains_key(&id) {
                    // Some of them have been applied: a debt like any other.
                    self.slots[id].state = State::Dirty;
                    self.wake(id, Ok(()));
                } else if !self.loads.contains_key(&id) {
                    self.forget(id);
                }
            }
            let idle = match self.slots[id].state {
                // Even if it is pinned: its command will look in another space.
                State::Clean => true,
                State::Dirty => !self.loads.contains_key(&id),
                State::Vacant | State::Loading | State::Saving | State::Overtaken => false,
            };
            if idle && dead(self.view(id).space) {
                if self.slots[id].state == State::Clean {
                    self.uncount(id);
                }
                self.owed.remove(&id);
                self.forget(id);
            }
        }
        (until < end).then_some(until)
    }

    /// Whether entries of `space` owe the store anything, or may still be loaded from it.
    pub(crate) fn is_busy(&self, space: u32) -> bool {
        let mut ids = self.owed.keys().chain(self.loads.keys());
        ids.any(|id| self.view(*id).space == space)
    }
}
