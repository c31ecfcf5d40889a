//! Collections in a transaction: opened to be read, or to be changed.
//!
//! A collection may be larger than memory. What a call needs of it and is not there is noted, page
//! by page; the call ends with [`Miss`], the pages are loaded, and it runs again from the start. So
//! a call asks for all that its changes need ([`Opened`] answers [`Absent`] and goes on), then
//! whether all of it is there ([`Editing::ready`]), and only then makes the first change.

use std::cell::RefCell;

use hadal_value::Kind;
use hadal_value::collection::map::MapRef;
use hadal_value::collection::sequence::SequenceRef;
use hadal_value::collection::sorted::SortedRef;
use hadal_value::collection::{self, Limits, Put};
use hadal_value::tree::{Absent, Pages};

use super::{Expiry, Miss, Txn};
use crate::UnixMillis;
use crate::edit::Edit;
use crate::effect::Change;
use crate::shard::{Edited, Resident, Wanted};
use crate::slab::SlotId;

/// Why a value cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Something is not in memory: pass it on, it will be loaded.
    Miss,
    /// The key holds another kind of value.
    WrongKind,
    /// It is more than [fits](Txn::answer_fits). Nothing of it has been asked for.
    TooLarge,
}

impl From<Miss> for Denied {
    fn from(_: Miss) -> Self {
        Self::Miss
    }
}

/// A collection, to be read: from memory, or from pages that are kept elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Opened<'t, P = Resident<'t>> {
    payload: &'t [u8],
    pages: P,
    seed: u64,
}

impl<'t, P: Pages> Opened<'t, P> {
    /// The collection with this payload, in the order of this seed.
    pub fn new(payload: &'t [u8], pages: P, seed: u64) -> Self {
        Self { payload, pages, seed }
    }

    /// A hash or a set.
    pub fn map(&self) -> MapRef<'_, P> {
        MapRef::new(self.payload, &self.pages, self.seed)
    }

    /// A sorted set.
    pub fn sorted(&self) -> SortedRef<'_, P> {
        SortedRef::new(self.payload, &self.pages, self.seed)
    }

    /// A list.
    pub fn sequence(&self) -> SequenceRef<'_, P> {
        SequenceRef::new(self.payload, &self.pages)
    }

    /// The value as it lies in the key's record: the root of it if it has pages.
    pub fn payload(&self) -> &'t [u8] {
        self.payload
    }

    /// Whether it has pages beside its record.
    pub fn is_paged(&self) -> bool {
        collection::generation(self.payload).is_some()
    }
}

impl<'t> Opened<'t> {
    pub(super) fn pages(&self) -> &Resident<'t> {
        &self.pages
    }
}

/// A collection, to be changed. What is not there yet comes to be with its first element, and what
/// loses its last element is gone.
#[derive(Debug)]
pub struct Editing<'t, 'a> {
    txn: &'t mut Txn<'a>,
    key: &'t [u8],
    kind: Kind,
    guard: usize,
    id: SlotId,
    /// As they were when the call began.
    limits: Limits,
}

impl<'a> Txn<'a> {
    /// The collection at `key`, if there is one. Counts as an access.
    ///
    /// # Errors
    /// [`Denied::WrongKind`] if the key holds something else.
    pub fn open<'t>(&'t mut self, key: &'t [u8], kind: Kind) -> Result<Option<Opened<'t>>, Denied> {
        let found = self.find_collection(key, &[kind])?;
        Ok(found.map(|(guard, id, _)| self.opened(guard, id, key)))
    }

    /// As [`open`](Self::open), of several keys at once. All of them are looked up before an error
    /// is told; a key of another kind is told before one that is not in memory.
    pub fn open_all<'t>(
        &'t mut self,
        keys: &[&'t [u8]],
        kind: Kind,
    ) -> Result<Vec<Option<Opened<'t>>>, Denied> {
        let opened = self.open_any(keys, &[kind])?;
        Ok(opened.into_iter().map(|opened| opened.map(|(_, opened)| opened)).collect())
    }

    /// As [`open_all`](Self::open_all), of keys that may hold any of `kinds`.
    pub fn open_any<'t>(
        &'t mut self,
        keys: &[&'t [u8]],
        kinds: &[Kind],
    ) -> Result<Vec<Option<(Kind, Opened<'t>)>>, Denied> {
        let mut found = Vec::with_capacity(keys.len());
        let mut missed = false;
        for key in keys {
            match self.find_collection(key, kinds) {
                Ok(place) => found.push((place, *key)),
                Err(Denied::Miss) => missed = true,
                Err(denied) => return Err(denied),
            }
        }
        if missed {
            return Err(Denied::Miss);
        }
        let open = |(place, key): &(Option<(usize, SlotId, Kind)>, &'t [u8])| {
            place.map(|(guard, id, kind)| (kind, self.opened(guard, id, key)))
        };
        Ok(found.iter().map(open).collect())
    }

    /// The collection at `key` to be changed, empty if there is none. Counts as an access.
    ///
    /// # Errors
    /// [`Denied::WrongKind`] if the key holds something else.
    pub fn edit<'t>(&'t mut self, key: &'t [u8], kind: Kind) -> Result<Editing<'t, 'a>, Denied> {
        let (guard, id) = self.resident(key)?;
        let shard = &self.guards[guard].1;
        if shard.view(id).content.is_some_and(|content| content.kind != kind) {
            return Err(Denied::WrongKind);
        }
        shard.touch(id, self.now.seconds());
        let limits = self.keyspace.limits();
        Ok(Editing { txn: self, key, kind, guard, id, limits })
    }

    /// What `key` holds, if anything. Does not count as an access.
    pub fn kind(&mut self, key: &[u8]) -> Result<Option<Kind>, Miss> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        Ok(self.guards[guard].1.view(id).content.map(|content| content.kind))
    }

    /// Puts a collection at `key`, whatever is there: the one that `elements` make of an empty
    /// one, one after the other. None leave the key with nothing.
    pub fn put_collection(
        &mut self,
        key: &[u8],
        kind: Kind,
        elements: &[Edit<'_>],
        expiry: Expiry,
    ) -> Result<(), Miss> {
        let expiry = self.expiry_of(key, expiry)?;
        let (guard, id) = self.blind(key)?;
        let (limits, notes) = (self.keyspace.limits(), RefCell::default());
        let context =
            self.keyspace.edit_context(&limits, Wanted::of_nobody(&notes), self.now.seconds());
        self.is_changing(guard, id);
        let shard = &mut self.guards[guard].1;
        shard.touch(id, context.now_s);
        shard.put(id, None);
        for element in elements {
            let made = shard.edit(id, kind, *element, &context);
            assert!(made.is_ok(), "what has just been made is in memory");
        }
        if expiry.is_some() && shard.view(id).content.is_some() {
            shard.change(id, |body| body.put_expiry(expiry));
        }
        self.effect_of_whole(guard, id, key, kind, elements);
        Ok(())
    }

    /// The journal gets a small collection as it is, a large one element by element.
    fn effect_of_whole(
        &mut self,
        guard: usize,
        id: SlotId,
        key: &[u8],
        kind: Kind,
        elements: &[Edit<'_>],
    ) {
        let Some(content) = self.guards[guard].1.view(id).content else {
            return self.effect(guard, id, key, Change::Delete);
        };
        let expiry = content.expiry;
        if collection::generation(content.payload).is_none() {
            let payload = content.payload.to_vec();
            let change = Change::Set { kind, payload: &payload, expiry, grown: false };
            return self.effect(guard, id, key, change);
        }
        self.effect(guard, id, key, Change::Delete);
        for edit in elements {
            self.effect(guard, id, key, Change::Edit { kind, edit: *edit });
        }
        if expiry.is_some() {
            self.effect(guard, id, key, Change::Expire(expiry));
        }
    }

    fn find_collection(
        &mut self,
        key: &[u8],
        kinds: &[Kind],
    ) -> Result<Option<(usize, SlotId, Kind)>, Denied> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        let shard = &self.guards[guard].1;
        let Some(kind) = shard.view(id).content.map(|content| content.kind) else {
            return Ok(None);
        };
        if !kinds.contains(&kind) {
            return Err(Denied::WrongKind);
        }
        shard.touch(id, self.now.seconds());
        Ok(Some((guard, id, kind)))
    }

    pub(super) fn opened<'t>(&'t self, guard: usize, id: SlotId, key: &'t [u8]) -> Opened<'t> {
        let shard = &*self.guards[guard].1;
        let wanted = Wanted { notes: &self.missed, db: self.database_before_moves(), key };
        let pages = Resident { shard, now_s: self.now.seconds(), wanted };
        let payload = shard.view(id).content.map_or(&[][..], |content| content.payload);
        Opened::new(payload, pages, self.keyspace.seed())
    }
}

impl Editing<'_, '_> {
    /// The collection as it is now.
    pub fn opened(&self) -> Opened<'_> {
        self.txn.opened(self.guard, self.id, self.key)
    }

    /// Whether all that has been asked for is in memory: from here on changes may be made.
    pub fn ready(&self) -> Result<(), Miss> {
        if self.txn.missed.borrow().is_empty() { Ok(()) } else { Err(Miss) }
    }

    /// Puts a hash's field. Whether it is new.
    pub fn put_field(
        &mut self,
        field: &[u8],
        value: &[u8],
        expiry: Option<UnixMillis>,
    ) -> Result<bool, Miss> {
        Ok(self.edit(Edit::Put { member: field, value, expiry })? == Edited::Added)
    }

    /// Adds a set's member. Whether it is new.
    pub fn add(&mut self, member: &[u8]) -> Result<bool, Miss> {
        Ok(self.edit(Edit::Put { member, value: &[], expiry: None })? == Edited::Added)
    }

    /// Gives a sorted set's member a score, which is not NaN.
    pub fn put_score(&mut self, member: &[u8], score: f64) -> Result<Put, Miss> {
        Ok(match self.edit(Edit::Score { member, score })? {
            Edited::Added => Put::Added,
            Edited::Replaced => Put::Replaced,
            Edited::Removed | Edited::Nothing => Put::Same,
        })
    }

    /// Removes a field or member. Whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> Result<bool, Miss> {
        Ok(self.edit(Edit::Remove { member })? == Edited::Removed)
    }

    /// Puts an item in a list, before the one at `at`; behind all others if `at` is the length.
    pub fn insert(&mut self, at: u64, item: &[u8]) -> Result<(), Miss> {
        self.edit(Edit::Insert { at, item }).map(drop)
    }

    /// Replaces a list's item.
    pub fn replace(&mut self, at: u64, item: &[u8]) -> Result<(), Miss> {
        self.edit(Edit::Replace { at, item }).map(drop)
    }

    /// Removes items of a list, or members of a sorted set in the order of their scores: `count`
    /// of them from `at` on.
    pub fn cut(&mut self, at: u64, count: u64) -> Result<(), Miss> {
        self.edit(Edit::Cut { at, count }).map(drop)
    }

    fn edit(&mut self, edit: Edit<'_>) -> Result<Edited, Miss> {
        let (guard, id, kind) = (self.guard, self.id, self.kind);
        self.txn.is_changing(guard, id);
        let db = self.txn.database_before_moves();
        let wanted = Wanted { notes: &self.txn.missed, db, key: self.key };
        let now_s = self.txn.now.seconds();
        let context = self.txn.keyspace.edit_context(&self.limits, wanted, now_s);
        let edited = self.txn.guards[guard].1.edit(id, kind, edit, &context);
        let edited = edited.map_err(|Absent| Miss)?;
        if edited != Edited::Nothing {
            self.txn.effect(guard, id, self.key, Change::Edit { kind, edit });
        }
        Ok(edited)
    }
}
