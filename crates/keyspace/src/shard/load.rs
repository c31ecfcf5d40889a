//! Loading: from the store to memory, one load at a time per key.

use std::sync::Arc;

use hadal_value::tree::{Absent, PageId};
use hadal_value::{Lsn, Record};

use super::{Shard, hash_of, page_hash, stored_as};
use crate::body::{Body, Content};
use crate::effect::Change;
use crate::owed::Stored;
use crate::slab::{Queue, SlotId, State};
use crate::wait::{LoadFailed, Wait};
use crate::{ShardId, replay};

/// A load in flight: of a `Loading` entry, or of one that has been overwritten since.
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
    /// [`Keyspace::loaded`](crate::Keyspace::loaded), or
    /// [`Keyspace::loaded_page`](crate::Keyspace::loaded_page). The number is the key's space.
    Lead(Pin, Ticket, u32),
}

/// What a load found at a key.
pub type Loaded<'a> = Result<Option<Record<'a>>, LoadFailed>;

/// How far a load has brought a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// The entry holds what was found, and all effects that waited for it.
    Loaded(SlotId),
    /// Effects of the journal's tail want these pages first.
    Wants(Vec<PageId>),
    /// The load does not count any more, or it failed.
    Superseded,
}

impl Shard {
    pub(crate) fn want(
        &mut self,
        (shard, space, key, hash): (ShardId, u32, &[u8], u32),
        wait: Option<&Arc<Wait>>,
        now_s: u16,
    ) -> Want {
        match self.find(space, key, hash) {
            Some(id) if self.is_resident(id) => Want::Ready,
            Some(id) => self.join(shard, space, id, wait),
            None => {
                let id = self.insert_loading(space, key, hash, now_s);
                self.join(shard, space, id, wait)
            }
        }
    }

    /// As [`want`](Self::want), for a page.
    pub(crate) fn want_page(
        &mut self,
        (shard, space, id): (ShardId, u32, PageId),
        wait: Option<&Arc<Wait>>,
        now_s: u16,
    ) -> Want {
        match self.find_page(id) {
            Some(slot) if self.is_resident(slot) => Want::Ready,
            Some(slot) => self.join(shard, space, slot, wait),
            None => {
                let body = Body::of_page(space, id, Vec::new());
                let slot = self.insert(body, page_hash(id), State::Loading, now_s);
                self.join(shard, space, slot, wait)
            }
        }
    }

    /// Waits for the load of an entry, and leads it if nobody does.
    fn join(&mut self, shard: ShardId, space: u32, id: SlotId, wait: Option<&Arc<Wait>>) -> Want {
        let leads = self.loads.get(&id).is_none_or(Load::is_idle);
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
        let pin = self.pin(shard, id, number);
        if leads {
            Want::Lead(pin, Ticket { shard, slot: id, number }, space)
        } else {
            Want::Loading(pin)
        }
    }

    fn pin(&mut self, shard: ShardId, id: SlotId, ticket: u64) -> Pin {
        let pinned = self.pins.entry(id).or_insert(Pinned { ticket, count: 0 });
        pinned.count += 1;
        Pin { shard, slot: id, ticket: pinned.ticket }
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

    /// Reports the end of a key's load. Whoever waited is told; a failed load leaves the key
    /// unknown, so that the next who wants it tries again.
    pub(crate) fn loaded(
        &mut self,
        ticket: &Ticket,
        result: Loaded<'_>,
        replay: &replay::Context<'_>,
    ) -> Completed {
        let id = ticket.slot;
        if self.loads.get(&id).is_none_or(|load| load.ticket != ticket.number) {
            return Completed::Superseded;
        }
        match (self.slots[id].state, result) {
            (State::Loading, Ok(found)) => return self.complete(id, found, replay),
            (State::Loading, Err(failed)) => self.fail(id, failed),
            (_, Ok(found)) => {
                self.loads.remove(&id);
                self.resolve(id, Stored::from(found));
            }
            (_, Err(_)) => _ = self.loads.remove(&id),
        }
        Completed::Superseded
    }

    /// Reports pages that the replay of a key's effects wanted; the replay goes on. They are
    /// pinned: they must still be there if it wants more of them.
    pub(crate) fn loaded_for_replay(
        &mut self,
        ticket: &Ticket,
        pages: Vec<(PageId, Vec<u8>)>,
        pins: &mut Vec<Pin>,
        replay: &replay::Context<'_>,
    ) -> Completed {
        let id = ticket.slot;
        if self.loads.get(&id).is_none_or(|load| load.ticket != ticket.number) {
            return Completed::Superseded;
        }
        if self.slots[id].state != State::Loading {
            // It has been overwritten meanwhile, and what the store holds is known.
            self.loads.remove(&id);
            return Completed::Superseded;
        }
        let space = self.view(id).space;
        for (page, bytes) in pages {
            let slot = self.insert_page(space, page, bytes, replay.edit.now_s);
            let number = self.next_ticket();
            pins.push(self.pin(ticket.shard, slot, number));
        }
        self.replay_pending(id, replay)
    }

    /// Reports the end of a page's load. One that its collection does not name any more is
    /// forgotten: the next try of whoever wanted it will not want it.
    pub(crate) fn loaded_page(
        &mut self,
        ticket: &Ticket,
        result: Result<Vec<u8>, LoadFailed>,
        now_s: u16,
    ) {
        let id = ticket.slot;
        if self.loads.get(&id).is_none_or(|load| load.ticket != ticket.number) {
            return;
        }
        match result {
            Ok(bytes) => {
                let slot = &mut self.slots[id];
                let before = slot.body.allocated_bytes();
                slot.accessed.set(now_s);
                slot.body.page_mut().expect("a page's load").bytes = bytes;
                self.bytes = self.bytes + slot.body.allocated_bytes() - before;
                self.enter_after_load(id);
                let load = self.loads.remove(&id).expect("checked above");
                load.waits.iter().for_each(|wait| wait.done(Ok(())));
            }
            Err(failed) => self.fail(id, failed),
        }
    }

    /// Reports that the store has no such page. That is damage, unless the collection that wanted
    /// it is gone, or has lost the page. Whoever waited then tries again, and that finds out, too,
    /// where what would name the page has left memory.
    pub(crate) fn missing_page(
        &mut self,
        ticket: &Ticket,
        (space, key, hash): (u32, &[u8], u32),
        page: PageId,
    ) -> Result<(), LoadFailed> {
        let id = ticket.slot;
        if self.loads.get(&id).is_none_or(|load| load.ticket != ticket.number) {
            return Ok(());
        }
        if self.is_named(space, key, hash, page) {
            self.fail(id, LoadFailed::Corrupt);
            return Err(LoadFailed::Corrupt);
        }
        self.wake(id, Ok(()));
        self.loads.remove(&id);
        self.forget(id);
        Ok(())
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
        context: &replay::Context<'_>,
    ) {
        let id = match self.find(space, key, hash) {
            Some(id) => id,
            None if change.is_whole() => {
                self.insert_blind((space, key, hash), Stored::Unknown, context.edit.now_s)
            }
            None => self.insert_loading(space, key, hash, context.edit.now_s),
        };
        if (self.is_resident(id) || change.is_whole()) && self.apply(id, change, context).is_ok() {
            self.stamp(id, lsn, context.due_at);
            if change.is_whole() {
                self.supersede(id, lsn);
            }
            return;
        }
        // What the tail had written may have been saved and evicted by now, to make room.
        if self.slots[id].state == State::Clean {
            self.uncount(id);
        }
        self.slots[id].state = State::Loading;
        context.edit.wanted.notes.take();
        let load = self.loads.entry(id).or_insert_with(Load::idle);
        load.replay.push(replay::Pending::new(lsn, change));
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

    /// Learns what the store holds at a key that was written blindly, if that is not known yet.
    pub(crate) fn resolve(&mut self, id: SlotId, stored: Stored) {
        let Some(owed) = self.owed.get_mut(&id) else { return };
        if owed.stored != Stored::Unknown || stored == Stored::Unknown {
            return;
        }
        owed.stored = stored;
        self.learned += 1;
        if let Stored::Present { .. } = stored {
            let space = self.slots[id].body.view().space;
            self.count(space, -1);
        }
    }

    fn complete(
        &mut self,
        id: SlotId,
        found: Option<Record<'_>>,
        replay: &replay::Context<'_>,
    ) -> Completed {
        let is_begun = self.owed.contains_key(&id) || self.view(id).content.is_some();
        if !is_begun {
            let content = found.map(|record| Content {
                kind: record.kind,
                payload: record.payload,
                expiry: record.expiry,
                grown: record.grown,
            });
            let before = self.measure(id);
            self.slots[id].body.put(content);
            let after = self.measure(id);
            self.bytes = self.bytes + after.bytes - before.bytes;
            self.expiries.change(id, None, after.content.expiry());
            self.field_expiries.change(id, None, after.content.field_expiry());
            self.enter_after_load(id);
            let seen = found.map_or(Lsn::NONE, |record| record.lsn);
            let load = self.loads.get_mut(&id).expect("checked by the caller");
            load.replay.retain(|pending| pending.lsn > seen);
        }
        self.replay_pending(id, replay)
    }

    /// Applies the effects that waited for a load, until one wants pages that are not in memory:
    /// then the entry goes on loading.
    fn replay_pending(&mut self, id: SlotId, replay: &replay::Context<'_>) -> Completed {
        let load = self.loads.get_mut(&id).expect("checked by the caller");
        let mut pending = std::mem::take(&mut load.replay).into_iter();
        if self.owed.contains_key(&id) {
            self.slots[id].state = State::Dirty;
        }
        while let Some(next) = pending.next() {
            if self.apply(id, next.change(), replay).is_err() {
                if self.slots[id].state == State::Clean {
                    self.uncount(id);
                }
                self.slots[id].state = State::Loading;
                let load = self.loads.get_mut(&id).expect("there above");
                load.replay.push(next);
                load.replay.extend(pending);
                let wanted = replay.edit.wanted.notes.take();
                return Completed::Wants(
                    wanted.into_iter().filter_map(|missing| missing.page).collect(),
                );
            }
            self.stamp(id, next.lsn, replay.due_at);
        }
        let load = self.loads.remove(&id).expect("there above");
        load.waits.iter().for_each(|wait| wait.done(Ok(())));
        Completed::Loaded(id)
    }

    /// Makes the change that an effect states, if it can be made of what there is: nobody has
    /// saved what came before it in a database that is gone.
    fn apply(
        &mut self,
        id: SlotId,
        change: Change<'_>,
        replay: &replay::Context<'_>,
    ) -> Result<(), Absent> {
        if self.view(id).content.is_some_and(|content| !change.fits(content.kind)) {
            return Ok(());
        }
        match change {
            Change::Set { kind, payload, expiry, grown } => {
                self.put_value(id, Content { kind, payload, expiry, grown }, &replay.edit);
            }
            Change::Delete => self.put(id, None),
            Change::Expire(expiry) => self.change(id, |body| body.put_expiry(expiry)),
            Change::Write { offset, bytes } => self.write_at(id, offset, bytes, &replay.edit)?,
            Change::Edit { kind, edit } => _ = self.edit(id, kind, edit, &replay.edit)?,
        }
        Ok(())
    }

    /// What has been loaded enters the queue that it left not long ago, or the small one.
    fn enter_after_load(&mut self, id: SlotId) {
        let was_seen = self.ghost.take(hash_of(&self.slots[id].body, self.seed));
        self.enter_queue(id, if was_seen { Queue::Main } else { Queue::Small });
        self.slots[id].set_frequency(0);
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
        stored_as(self.view(id).content)
    }
}
