//! Before-images: an entry as it was, so that a call which changed it can be undone.
//!
//! All happens under one hold of the shard's lock. So no load or save ends in between, nothing is
//! evicted, and the debt of an entry that owed something before stays as it is: only
//! [`Shard::stamp`] moves it, when the call ends.

mod pages;
#[cfg(test)]
mod picture;

pub(crate) use pages::PageImages;

use super::{Shard, load};
use crate::body::Body;
use crate::owed::Owed;
use crate::replay::Pending;
use crate::slab::{Queue, Slot, SlotId, State};

/// An entry before its first change in a call.
#[derive(Debug)]
pub(crate) struct BeforeImage {
    body: Body,
    state: State,
    /// What it owed: also while it waits for the load of pages.
    owed: Option<Owed>,
    /// Effects of the journal's tail that waited for its load.
    replay: Vec<Pending>,
}

impl Shard {
    /// As [`change`](Self::change). Returns what was there; the change is made to a copy.
    pub(crate) fn change_with_image(
        &mut self,
        id: SlotId,
        change: impl FnOnce(&mut Body),
    ) -> BeforeImage {
        let (state, owed) = (self.slots[id].state, self.owed.get(&id).copied());
        let replay = self.loads.get(&id).map_or_else(Vec::new, |load| load.replay.clone());
        let mut before = Body::vacant();
        self.change(id, |body| {
            let copy = body.clone();
            before = std::mem::replace(body, copy);
            change(body);
        });
        BeforeImage { body: before, state, owed, replay }
    }

    /// What is at an entry, before a change that is not made by [`change`](Self::change).
    pub(crate) fn image(&self, id: SlotId) -> BeforeImage {
        let Slot { body, state, .. } = &self.slots[id];
        let replay = self.loads.get(&id).map_or_else(Vec::new, |load| load.replay.clone());
        let owed = self.owed.get(&id).copied();
        BeforeImage { body: body.clone(), state: *state, owed, replay }
    }

    /// Makes an entry again what it was before it was changed.
    pub(crate) fn restore(&mut self, id: SlotId, before: BeforeImage) {
        let BeforeImage { body, state, owed, replay } = before;
        // Bytes, counts and the index of expiry times go back with it.
        self.change(id, |changed| *changed = body);
        match owed {
            Some(owed) => _ = self.owed.insert(id, owed),
            None => _ = self.owed.remove(&id),
        }
        match state {
            State::Clean => self.enter_queue(id, Queue::Small),
            State::Loading => {
                self.slots[id].state = State::Loading;
                self.wait_again(id, replay);
            }
            State::Dirty | State::Saving | State::Overtaken => self.slots[id].state = state,
            State::Vacant => unreachable!("a vacant slot is not changed"),
        }
    }

    /// Forgets an entry that a call made by writing a key without having it loaded.
    pub(crate) fn forget_blind(&mut self, id: SlotId) {
        self.change(id, |body| body.put(None));
        self.owed.remove(&id);
        self.forget(id);
    }

    /// Effects wait again for a load. Those who waited for it have been told that there is nothing
    /// to wait for; they look and find that there is.
    fn wait_again(&mut self, id: SlotId, replay: Vec<Pending>) {
        if replay.is_empty() {
            return;
        }
        if !self.owed.contains_key(&id) {
            // The debt that had inherited their place in the order of saves is gone.
            self.dues.retain(|due| due.slot != id);
        }
        self.loads.entry(id).or_insert_with(load::Load::idle).replay = replay;
    }
}
