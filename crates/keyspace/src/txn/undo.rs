//! Taking back what a call has done, when a key that it needs turns out not to be in memory.
//!
//! A single command reads before it writes, so a miss finds nothing done. Where several run as one,
//! a later one may miss what nobody knew to load: all of them are undone, the key is loaded, and
//! all run again. Only calls that ask for it pay: for a copy of each entry that they change.
//!
//! What the call has learned may stay: that a key is absent, and that entries are in use.

use std::collections::hash_map::Entry;

use super::Txn;
use crate::body::Body;
use crate::keyspace::Locked;
use crate::shard::{BeforeImage, Map};
use crate::slab::SlotId;

/// How a call stood at its savepoint, and what it has changed since.
#[derive(Debug)]
pub(super) struct Undo {
    effects_len: usize,
    changed: usize,
    moves: usize,
    watching: usize,
    wakes: bool,
    /// By lock and slot.
    entries: Map<(usize, SlotId), Before>,
}

#[derive(Debug)]
enum Before {
    /// There was no entry.
    Nothing,
    Entry(BeforeImage),
}

impl Txn<'_> {
    /// What the call does from here on can be taken back with [`roll_back`](Self::roll_back).
    pub fn savepoint(&mut self) {
        self.guards.iter_mut().for_each(|(_, shard)| shard.remember_pages());
        self.undo = Some(Box::new(Undo {
            effects_len: self.effects.len(),
            changed: self.changed.len(),
            moves: self.moves.len(),
            watching: self.watching.len(),
            wakes: self.wakes,
            entries: Map::default(),
        }));
    }

    /// Takes back what the call has done since its [`savepoint`](Self::savepoint). What it did
    /// before stands, and so does [`take_missed`](Self::take_missed): the call is to be ended, and run again
    /// when those keys are in memory.
    pub fn roll_back(&mut self) {
        let undo = self.undo.take().expect("only a call with a savepoint is rolled back");
        let take = |(_, shard): &mut (_, Locked<'_>)| shard.take_page_images();
        let pages: Vec<_> = self.guards.iter_mut().map(take).collect();
        for ((guard, id), before) in undo.entries {
            let shard = &mut self.guards[guard].1;
            match before {
                Before::Nothing => shard.forget_blind(id),
                Before::Entry(image) => shard.restore(id, image),
            }
        }
        for ((_, shard), pages) in self.guards.iter_mut().zip(pages) {
            shard.restore_pages(pages);
        }
        self.move_back(undo.moves);
        self.effects.truncate(undo.effects_len);
        self.changed.truncate(undo.changed);
        self.watching.truncate(undo.watching);
        self.wakes = undo.wakes;
    }

    /// Changes what is at a key. Every change of an entry that was there goes through here.
    pub(super) fn change(&mut self, guard: usize, id: SlotId, change: impl FnOnce(&mut Body)) {
        let shard = &mut self.guards[guard].1;
        match self.undo.as_mut().map(|undo| undo.entries.entry((guard, id))) {
            Some(Entry::Vacant(first)) => {
                first.insert(Before::Entry(shard.change_with_image(id, change)));
            }
            Some(Entry::Occupied(_)) | None => shard.change(id, change),
        }
    }

    /// Notes what is at an entry before it is changed otherwise.
    pub(super) fn is_changing(&mut self, guard: usize, id: SlotId) {
        if let Some(undo) = &mut self.undo {
            let shard = &self.guards[guard].1;
            undo.entries.entry((guard, id)).or_insert_with(|| Before::Entry(shard.image(id)));
        }
    }

    /// The call has ended: nothing of it will be taken back.
    pub(super) fn stand(&mut self) {
        if self.undo.take().is_some() {
            self.guards.iter_mut().for_each(|(_, shard)| shard.forget_page_images());
        }
    }

    /// Notes an entry that the call has made for a key of which nothing was known.
    pub(super) fn has_created(&mut self, guard: usize, id: SlotId) {
        if let Some(undo) = &mut self.undo {
            undo.entries.insert((guard, id), Before::Nothing);
        }
    }
}

#[cfg(test)]
mod tests;
