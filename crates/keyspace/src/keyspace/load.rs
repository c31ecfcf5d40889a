//! Loads, of keys and of pages, and the journal's tail on its way into entries.

use std::cell::RefCell;
use std::sync::Arc;

use hadal_value::Lsn;
use hadal_value::collection::Limits;
use hadal_value::tree::PageId;

use super::{Keyspace, Moment, hash};
use crate::effect::{Change, Effect};
use crate::shard::{Completed, EditContext, Loaded, Pin, Shard, Ticket, Want, Wanted as Noted};
use crate::txn::Missing;
use crate::wait::{LoadFailed, Wait};
use crate::{ShardId, replay};

/// What [`Keyspace::loaded`] still needs before those who wait can go on: the effects of the
/// journal's tail on a collection want pages of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted(pub Vec<PageId>);

impl Keyspace {
    /// Asks for a key to be in memory. If it is not, `wait` hears of the end of its load, and the
    /// entry stays pinned until [`unpin`](Self::unpin).
    pub fn want(&self, db: u32, key: &[u8], wait: Option<&Arc<Wait>>, now: Moment) -> Want {
        let place = self.place(key);
        let mut shard = self.lock(place.shard());
        let space = self.spaces.of(db);
        shard.want((place.shard(), space, key, hash(place, space)), wait, now.seconds())
    }

    /// As [`want`](Self::want), by space, for a key whose replayed effects wait for a load.
    pub fn want_in_space(&self, space: u32, key: &[u8], now: Moment) -> Want {
        let place = self.place(key);
        let of = (place.shard(), space, key, hash(place, space));
        self.lock(place.shard()).want(of, None, now.seconds())
    }

    /// Gives a pin back.
    pub fn unpin(&self, pin: &Pin) {
        self.lock(pin.shard).unpin(pin);
    }

    /// As [`want`](Self::want), of a page of the collection at `key`.
    pub fn want_page(
        &self,
        db: u32,
        key: &[u8],
        page: PageId,
        wait: Option<&Arc<Wait>>,
        now: Moment,
    ) -> Want {
        let shard = self.place(key).shard();
        let mut locked = self.lock(shard);
        let space = self.spaces.of(db);
        locked.want_page((shard, space, page), wait, now.seconds())
    }

    /// As [`want_page`](Self::want_page), by space, for work behind the clients.
    pub fn want_page_in_space(&self, space: u32, key: &[u8], page: PageId, now: Moment) -> Want {
        let shard = self.place(key).shard();
        self.lock(shard).want_page((shard, space, page), None, now.seconds())
    }

    /// Reports the end of a load. If pages are wanted, whoever loads must go on with
    /// [`loaded_for_replay`](Self::loaded_for_replay).
    pub fn loaded(&self, ticket: &Ticket, found: Loaded<'_>, now: Moment) -> Wanted {
        self.replay_in(ticket, now, |shard, replay| shard.loaded(ticket, found, replay))
    }

    /// Reports pages that were wanted by the load of a key. There may be more of them: until there
    /// are none, those that have been loaded must keep their `pins`.
    pub fn loaded_for_replay(
        &self,
        ticket: &Ticket,
        pages: Vec<(PageId, Vec<u8>)>,
        pins: &mut Vec<Pin>,
        now: Moment,
    ) -> Wanted {
        self.replay_in(ticket, now, |shard, replay| {
            shard.loaded_for_replay(ticket, pages, pins, replay)
        })
    }

    fn replay_in(
        &self,
        ticket: &Ticket,
        now: Moment,
        step: impl FnOnce(&mut Shard, &replay::Context<'_>) -> Completed,
    ) -> Wanted {
        let limits = self.limits();
        let wanted = RefCell::default();
        let replay = self.replay_context(&limits, &wanted, now);
        match step(&mut self.lock(ticket.shard), &replay) {
            Completed::Wants(pages) => Wanted(pages),
            Completed::Loaded(_) | Completed::Superseded => Wanted::default(),
        }
    }

    /// Reports the end of a page's load: its bytes, which must have been checked.
    pub fn loaded_page(&self, ticket: &Ticket, found: Result<Vec<u8>, LoadFailed>, now: Moment) {
        self.lock(ticket.shard).loaded_page(ticket, found, now.seconds());
    }

    /// Reports that the store has no such page of the collection at `key`.
    ///
    /// # Errors
    /// [`LoadFailed::Corrupt`] if the collection is there and names the page.
    pub fn missing_page(
        &self,
        ticket: &Ticket,
        space: u32,
        key: &[u8],
        page: PageId,
    ) -> Result<(), LoadFailed> {
        let of = (space, key, hash(self.place(key), space));
        self.lock(ticket.shard).missing_page(ticket, of, page)
    }

    /// Whether replayed effects wait for this load: it must read the value.
    pub fn has_replay(&self, ticket: &Ticket) -> bool {
        self.lock(ticket.shard).has_replay(ticket)
    }

    /// Takes an effect of the journal's tail, in the journal's order, before anyone is served.
    pub fn replay(&self, lsn: Lsn, effect: Effect<'_>, now: Moment) {
        match effect {
            Effect::Map { db, space } => self.spaces.replay_map(db, space, lsn),
            Effect::Key { space, key, change } => {
                self.spaces.note_replayed(space);
                self.replay_change(lsn, space, key, change, now);
            }
        }
    }

    /// Takes an effect of the journal's tail whose key is in the store already, or was
    /// overwritten there: only which spaces there were counts.
    pub fn replay_saved(&self, lsn: Lsn, effect: Effect<'_>) {
        match effect {
            Effect::Map { db, space } => self.spaces.replay_map(db, space, lsn),
            Effect::Key { space, .. } => self.spaces.note_replayed(space),
        }
    }

    fn replay_change(&self, lsn: Lsn, space: u32, key: &[u8], change: Change<'_>, now: Moment) {
        let place = self.place(key);
        let mut shard = self.lock(place.shard());
        let of = (space, key, hash(place, space));
        let limits = self.limits();
        let wanted = RefCell::default();
        shard.replay(of, lsn, change, &self.replay_context(&limits, &wanted, now));
    }

    /// Keys whose replayed effects wait for a load: up to `count_max`, each with the right to load
    /// it. Loads of them that are under way no longer count; those who wait for them wait for the
    /// new ones.
    pub fn replaying(&self, shard: ShardId, count_max: usize) -> Vec<(Ticket, u32, Box<[u8]>)> {
        self.lock(shard).replaying(shard, count_max)
    }

    /// Ends the replay: every effect has been taken.
    pub fn replayed(&self) {
        self.spaces.retire_unmapped();
    }

    pub(crate) fn replay_context<'a>(
        &'a self,
        limits: &'a Limits,
        wanted: &'a RefCell<Vec<Missing>>,
        now: Moment,
    ) -> replay::Context<'a> {
        let edit = self.edit_context(limits, Noted::of_nobody(wanted), now.seconds());
        replay::Context { edit, due_at: self.due_at(now) }
    }

    pub(crate) fn edit_context<'a>(
        &'a self,
        limits: &'a Limits,
        wanted: Noted<'a>,
        now_s: u16,
    ) -> EditContext<'a> {
        let (seed, generations) = (self.seed, &self.generations);
        let waiting_pages_max = self.waiting_pages_max();
        EditContext { now_s, seed, generations, limits, waiting_pages_max, wanted }
    }
}
