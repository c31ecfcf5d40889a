//! Loading: from the store to memory, one load at a time per key.

use std::sync::Arc;

use hadal_value::{Lsn, Record};

use super::{Shard, content_of, hash_of};
use crate::body::{Body, Content};
use crate::effect::Change;
use crate::owed::Stored;
use crate::slab::{Queue, SlotId, State};
use crate::wait::{LoadFailed, Wait};
use crate::{ShardId, replay};

/// A load in flight: of a `Loading` entry, or to learn what the store holds under a blind write.
#[derive(Debug)]
pub(super) struct Load {
    ticket: u64,
    pub(super) waits: Vec<Arc<Wait>>,
    /// Effects of the journal's tail to apply to what is loaded, oldest first.
    pub(super) replay: Vec<replay::Pending>,
}

/// Sessions that will use an entry as soon as they run: it stays in memory.
#[derive(Debug)]
pub(super) struct Pinned {
    ticket: u64,
    count: u32,
}

/// The right to report the end of one load.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    pub(crate) shard: ShardId,
    slot: SlotId,
    number: u64,
}

/// A claim on an entry that must not be evicted before its command has run. Give it back with
/// [`Keyspace::unpin`](crate::Keyspace::unpin).
#[derive(Debug)]
pub struct Pin {
    pub(crate) shard: ShardId,
    slot: SlotId,
    ticket: u64,
}

/// Where a wanted key stands.
#[derive(Debug)]
pub enum Want {
    /// In memory, or known to be absent: run the command now.
    Ready,
    /// Being loaded by another; the wait will hear of it.
    Loading(Pin),
    /// Nobody loads it yet: the caller must, and report with
    /// [`Keyspace::loaded`](crate::Keyspace::loaded). The number is the key's space.
    Lead(Pin, Ticket, u32),
}

/// What a load found at a key.
pub type Loaded<'a> = Result<Option<Record<'a>>, LoadFailed>;

impl Shard {
    pub(crate) fn want(
        &mut self,
        (shard, space, key, hash): (ShardId, u32, &[u8], u32),
        wait: Option<&Arc<Wait>>,
        now_s: u16,
    ) -> Want {
        let (id, leads) = match self.find(space, key, hash) {
            Some(id) if self.is_resident(id) => return Want::Ready,
            Some(id) => (id, self.loads.get(&id).is_none_or(Load::is_idle)),
            None => (self.insert_loading(space, key, hash, now_s), true),
        };
        if leads {
            let number = self.next_ticket();
            self.loads.entry(id).or_insert_with(Load::idle).ticket = number;
        }
        let load = self.loads.get_mut(&id).expect("a loading entry has a load");
        let number = load.ticket;
        if let Some(wait) = wait {
            wait.add();
            load.waits.push(Arc::clone(wait));
        }
        let pinned = self.pins.entry(id).or_insert(Pinned { ticket: number, count: 0 });
        pinned.count += 1;
        let pin = Pin { shard, slot: id, ticket: pinned.ticket };
        if leads {
            Want::Lead(pin, Ticket { shard, slot: id, number }, space)
        } else {
            Want::Loading(pin)
        }
    }

    pub(crate) fn unpin(&mut self, pin: &Pin) {
        let Some(pinned) = self.pins.get_mut(&pin.slot) else { return };
        if pinned.ticket != pin.ticket {
            return;
        }
        pinned.count -= 1;
        if pinned.count == 0 {
            self.pins.remove(&pin.slot);
        }
    }

    /// Reports the end of a load. Whoever waited is told; a failed load leaves the key unknown, so
    /// that the next who wants it tries again. Returns the entry if it now holds what was found.
    pub(crate) fn loaded(
        &mut self,
        ticket: &Ticket,
        result: Loaded<'_>,
        now: replay::Now,
    ) -> Option<SlotId> {
        let id = ticket.slot;
        if self.loads.get(&id).is_none_or(|load| load.ticket != ticket.number) {
            return None;
        }
        match (self.slots[id].state, result) {
            (State::Loading, Ok(found)) => {
                self.complete(id, found, now);
                return Some(id);
            }
            (State::Loading, Err(failed)) => self.fail(id, failed),
            (_, Ok(found)) => {
                self.loads.remove(&id);
                self.resolve(id, stored(found));
            }
            (_, Err(_)) => _ = self.loads.remove(&id),
        }
        None
    }

    /// Entries whose debt cannot be counted before someone looks what the store holds: up to
    /// `count_max` of them, each with the load that will tell.
    pub(crate) fn unresolved(
        &mut self,
        shard: ShardId,
        count_max: usize,
    ) -> Vec<(Ticket, u32, Box<[u8]>)> {
        let unknown: Vec<_> = self
            .owed
            .iter()
            .filter(|(id, owed)| {
                owed.stored == Stored::Unknown
                    && self.slots[**id].state == State::Dirty
                    && !self.loads.contains_key(*id)
            })
            .map(|(id, _)| *id)
            .take(count_max)
            .collect();
        let mut loads = Vec::with_capacity(unknown.len());
        for slot in unknown {
            let number = self.next_ticket();
            self.loads.insert(slot, Load { ticket: number, ..Load::idle() });
            let view = self.view(slot);
            loads.push((Ticket { shard, slot, number }, view.space, view.key.into()));
        }
        loads
    }

    /// Whether some debt is still of unknown size, or replayed effects wait for a load.
    pub(crate) fn has_unknown(&self) -> bool {
        self.owed.values().any(|owed| owed.stored == Stored::Unknown)
            || self.loads.values().any(|load| !load.replay.is_empty())
    }

    /// Whether replayed effects wait for the load of `ticket`.
    pub(crate) fn has_replay(&self, ticket: &Ticket) -> bool {
        let load = self.loads.get(&ticket.slot).filter(|load| load.ticket == ticket.number);
        load.is_some_and(|load| !load.replay.is_empty())
    }

    /// Takes an effect of the journal's tail. A whole one needs no load; the others wait for the
    /// key to be loaded.
    pub(crate) fn replay(
        &mut self,
        (space, key, hash): (u32, &[u8], u32),
        lsn: Lsn,
        change: Change<'_>,
        now: replay::Now,
    ) {
        let id = match self.find(space, key, hash) {
            Some(id) => id,
            None if change.is_whole() => {
                self.insert_blind((space, key, hash), Stored::Unknown, now.seconds)
            }
            None => self.insert_loading(space, key, hash, now.seconds),
        };
        if self.is_resident(id) || change.is_whole() {
            self.change(id, |body| replay::apply(body, change));
            self.stamp(id, lsn, now.due_at);
        } else {
            let load = self.loads.entry(id).or_insert_with(Load::idle);
            load.replay.push(replay::Pending::new(lsn, change));
        }
    }

    /// Keys whose replayed effects wait for a load: up to `count_max` of them, each with the right
    /// to load it. Loads of them that are under way no longer count.
    pub(crate) fn replaying(
        &mut self,
        shard: ShardId,
        count_max: usize,
    ) -> Vec<(Ticket, u32, Box<[u8]>)> {
        let waiting = self.loads.iter().filter(|(_, load)| !load.replay.is_empty());
        let waiting: Vec<SlotId> = waiting.map(|(id, _)| *id).take(count_max).collect();
        let mut loads = Vec::with_capacity(waiting.len());
        for slot in waiting {
            let number = self.next_ticket();
            self.loads.get_mut(&slot).expect("just found").ticket = number;
            let view = self.view(slot);
            loads.push((Ticket { shard, slot, number }, view.space, view.key.into()));
        }
        loads
    }

    /// Puts a saved debt's answer where the count can use it.
    pub(super) fn resolve(&mut self, id: SlotId, stored: Stored) {
        let Some(owed) = self.owed.get_mut(&id) else { return };
        if owed.stored != Stored::Unknown {
            return;
        }
        owed.stored = stored;
        if let Stored::Present { .. } = stored {
            let space = self.slots[id].body.view().space;
            self.count(space, -1);
        }
    }

    fn complete(&mut self, id: SlotId, found: Option<Record<'_>>, now: replay::Now) {
        let content = found.map(|record| Content {
            payload: record.payload,
            expiry: record.expiry,
            grown: record.grown,
        });
        let slot = &mut self.slots[id];
        let before = slot.body.allocated_bytes();
        slot.body.put(content);
        self.bytes = self.bytes + slot.body.allocated_bytes() - before;
        self.index_expiry(id, None, content.and_then(|content| content.expiry));
        let queue = if self.ghost.take(hash_of(&self.slots[id].body, self.seed)) {
            Queue::Main
        } else {
            Queue::Small
        };
        self.enter_queue(id, queue);
        self.slots[id].heat.set_frequency(0);
        let load = self.loads.remove(&id).expect("checked by the caller");
        let seen = found.map_or(Lsn::NONE, |record| record.lsn);
        for pending in load.replay.iter().filter(|pending| pending.lsn > seen) {
            self.change(id, |body| replay::apply(body, pending.change()));
            self.stamp(id, pending.lsn, now.due_at);
        }
        load.waits.iter().for_each(|wait| wait.done(Ok(())));
    }

    fn fail(&mut self, id: SlotId, failed: LoadFailed) {
        self.wake(id, Err(failed));
        let load = self.loads.get_mut(&id).expect("checked by the caller");
        self.pins.remove(&id);
        if load.replay.is_empty() {
            self.loads.remove(&id);
            self.forget(id);
        } else {
            load.ticket = 0;
        }
    }

    fn insert_loading(&mut self, space: u32, key: &[u8], hash: u32, now_s: u16) -> SlotId {
        self.insert(Body::new(space, key, None), hash, State::Loading, now_s)
    }

    fn next_ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }
}

impl Load {
    /// A load that nobody has started.
    pub(super) fn idle() -> Self {
        Self { ticket: 0, waits: Vec::new(), replay: Vec::new() }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.ticket == 0
    }

    /// The first effect that waits for the load.
    pub(super) fn first_replay(&self) -> Option<Lsn> {
        self.replay.first().map(|pending| pending.lsn)
    }
}

impl Shard {
    /// What the store holds at an entry's key, as the entry's debt knows it.
    pub(super) fn stored_after_save(&self, id: SlotId) -> Stored {
        content_of(&self.slots[id].body).1
    }
}

fn stored(found: Option<Record<'_>>) -> Stored {
    found.map_or(Stored::Absent, |record| Stored::Present { expiry: record.expiry })
}
