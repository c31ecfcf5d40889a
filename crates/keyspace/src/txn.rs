//! What a handler sees: the keys of its call, all in memory, under the locks of their shards.
//!
//! Whatever it changes is visible to itself at once, to others when the locks go, and in the
//! journal as the effects of one record. A call for a key that is not in memory answers [`Miss`]:
//! the handler passes it on, the caller has the key loaded and runs the handler again from the
//! start. So the rule inside a handler is: parse everything, then read, then write.

use std::cell::RefCell;

use hadal_value::collection::EncodingLimits;
use hadal_value::tree::PageId;
use hadal_value::{Kind, Lsn, blocks, collection, generation};
use smallvec::SmallVec;

use crate::body::Content;
use crate::effect::{Change, Effect};
use crate::keyspace::{Keyspace, Locked, Moment, hash};
use crate::slab::{NIL, SlotId};
use crate::watch::Watching;
use crate::{Place, ShardId, Stored, UnixMillis};

mod ahead;
mod collections;
mod copy;
mod freeze;
mod line;
mod retry;
mod strings;
mod undo;
mod whole;

pub use collections::{Denied, Editing, Opened};
pub use copy::Whole;
pub use freeze::Image;
use retry::Random;
pub use retry::Retry;
pub(crate) use retry::mix;
pub use strings::Text;
use undo::Undo;
use whole::Move;

/// The keys of one call, EXEC or script.
#[derive(Debug)]
pub struct Txn<'a> {
    keyspace: &'a Keyspace,
    guards: SmallVec<[(ShardId, Locked<'a>); 1]>,
    db: u32,
    now: Moment,
    effects: &'a mut Vec<u8>,
    changed: SmallVec<[Changed; 2]>,
    missed: RefCell<Vec<Missing>>,
    known: SmallVec<[Known<'a>; 1]>,
    /// Where in `known` the next key is likely to be.
    next_known: usize,
    /// What it has done to whole databases, in order.
    moves: Vec<Move>,
    may_block: bool,
    may_stream: bool,
    /// Whether it has changed a key that others wait for.
    wakes: bool,
    watching: Vec<Watching>,
    undo: Option<Box<Undo>>,
    seen: Lsn,
    random: Random,
}

/// An entry that the call has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Changed {
    /// Its lock's number.
    guard: usize,
    id: SlotId,
    /// The effect says all that is at the key.
    is_whole: bool,
}

/// A key that the call names, and what has been found out about it.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    key: &'a [u8],
    place: Place,
    /// Its lock's number.
    guard: u16,
    /// Its entry, once it has been found.
    id: SlotId,
}

/// What a call needs and is not in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The database of the key.
    pub db: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// Of its pages this one; `None`: the key itself.
    pub page: Option<PageId>,
}

/// A key that is not in memory, or a page of one. Pass it on with `?`: it will be loaded, and the
/// handler run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss;

/// When a key that is written shall expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    None,
    /// Then.
    At(UnixMillis),
    /// When it would have, had it not been written.
    Keep,
}

/// A key's value and what is known of it, looked at without counting as an access.
#[derive(Clone, Copy, Debug)]
pub struct Peek<'a> {
    /// What it is.
    pub kind: Kind,
    /// The string's bytes; a long one, or a collection, as it lies in its record.
    pub value: &'a [u8],
    /// Bytes of the string or of all elements, wherever they are.
    pub value_bytes: u64,
    /// When it expires.
    pub expiry: Option<UnixMillis>,
    /// The string has grown in place (`APPEND`, `SETRANGE`).
    pub grown: bool,
    /// Seconds since the last access.
    pub idle_seconds: u16,
    /// Accesses counted for eviction.
    pub frequency: u8,
    /// Bytes of memory that key and value take, or would take with all pages in memory.
    pub memory_bytes: usize,
}

impl Peek<'_> {
    /// How Redis would represent the value: what `OBJECT ENCODING` answers.
    pub fn encoding(&self) -> &'static str {
        match self.kind {
            Kind::String => hadal_value::str::encoding(self.value, self.grown),
            Kind::LongString => "raw",
            Kind::List | Kind::Set | Kind::SortedSet | Kind::Hash => {
                collection::shape(self.value).map_or("unknown", collection::Shape::name)
            }
        }
    }
}

/// What a finished transaction left to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The journal record of its effects; `NONE` if it changed nothing.
    pub lsn: Lsn,
    /// The last effect among those that it read or made. If the keyspace was told not to bother,
    /// among those that it made.
    pub seen: Lsn,
}

/// Up to so many known keys are searched for one that is not asked for in order.
const SEARCHED_MAX: usize = 8;

impl Keyspace {
    /// Locks the shards of `keys`, in order, for one call on `db`, or for several that run one
    /// after the other. `effects` is scratch space: it is cleared.
    pub fn begin<'a>(
        &'a self,
        db: u32,
        keys: impl Iterator<Item = &'a [u8]>,
        now: Moment,
        effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        self.begin_again(db, keys, &Retry::default(), now, effects)
    }

    /// As [`begin`](Self::begin), for a call that has been tried before.
    pub fn begin_again<'a>(
        &'a self,
        db: u32,
        keys: impl Iterator<Item = &'a [u8]>,
        retry: &Retry,
        now: Moment,
        effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        let mut txn = self.begin_beside(db, keys, &retry.shards, now, effects);
        txn.random = Random::again(retry);
        txn
    }

    /// Locks `more` shards beside those of `keys`.
    fn begin_beside<'a>(
        &'a self,
        db: u32,
        keys: impl Iterator<Item = &'a [u8]>,
        more: &[ShardId],
        now: Moment,
        effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        let known = |key| Known { key, place: self.place(key), guard: 0, id: NIL };
        let mut known: SmallVec<[Known<'a>; 1]> = keys.map(known).collect();
        if let ([only], []) = (&known[..], more) {
            let shards = std::iter::once(only.place.shard());
            return self.begin_locked(db, shards, known, now, effects);
        }
        let mut shards: SmallVec<[ShardId; 16]> =
            known.iter().map(|known| known.place.shard()).chain(more.iter().copied()).collect();
        shards.sort_unstable();
        shards.dedup();
        for known in &mut known {
            let guard = shards.binary_search(&known.place.shard());
            known.guard = guard.expect("every key's shard is in the list") as u16;
        }
        self.begin_locked(db, shards.into_iter(), known, now, effects)
    }

    /// Locks every shard: for what concerns whole databases.
    pub fn begin_whole<'a>(&'a self, db: u32, now: Moment, effects: &'a mut Vec<u8>) -> Txn<'a> {
        self.begin_locked(db, ShardId::all(), SmallVec::new(), now, effects)
    }

    fn begin_locked<'a>(
        &'a self,
        db: u32,
        shards: impl Iterator<Item = ShardId>,
        known: SmallVec<[Known<'a>; 1]>,
        now: Moment,
        effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        effects.clear();
        Txn {
            keyspace: self,
            guards: shards.map(|id| (id, self.lock(id))).collect(),
            db,
            now,
            effects,
            changed: SmallVec::new(),
            missed: RefCell::default(),
            known,
            next_known: 0,
            moves: Vec::new(),
            may_block: false,
            may_stream: false,
            wakes: false,
            watching: Vec::new(),
            undo: None,
            seen: Lsn::NONE,
            random: Random::default(),
        }
    }
}

impl<'a> Txn<'a> {
    /// The time of the call: the same for all that it does.
    pub fn now(&self) -> UnixMillis {
        self.now.unix
    }

    /// The selected database.
    pub fn db(&self) -> u32 {
        self.db
    }

    /// How many databases there are.
    pub fn databases(&self) -> u32 {
        self.keyspace.spaces().count()
    }

    /// How long a string may grow.
    pub fn value_len_max(&self) -> usize {
        self.keyspace.value_len_max()
    }

    /// Up to where values are small, as the operator wants it.
    pub fn encoding_limits(&self) -> EncodingLimits {
        self.keyspace.limits().encoding
    }

    /// Whether an answer, or work that must hold together, may take about so many bytes: a part of
    /// what memory has for all.
    pub fn answer_fits(&self, bytes: u64) -> bool {
        bytes <= self.answer_bytes_max()
    }

    /// How much [fits](Self::answer_fits).
    pub fn answer_bytes_max(&self) -> u64 {
        self.keyspace.answer_bytes_max()
    }

    /// The same calls on another database, which must exist: `MOVE`, `COPY … DB`.
    pub fn with_db<R>(&mut self, db: u32, run: impl FnOnce(&mut Self) -> R) -> R {
        if db == self.db {
            return run(self);
        }
        let own = std::mem::replace(&mut self.db, db);
        // What has been looked up is of the other database.
        let known = std::mem::take(&mut self.known);
        let result = run(self);
        (self.db, self.known) = (own, known);
        result
    }

    /// The value and what is known of it. Does not count as an access.
    pub fn peek(&mut self, key: &[u8]) -> Result<Option<Peek<'_>>, Miss> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        let shard = &self.guards[guard].1;
        let (idle_seconds, frequency) = shard.usage(id, self.now.seconds());
        let memory_bytes = shard.allocated_bytes(id);
        Ok(shard.view(id).content.map(|Content { kind, payload, expiry, grown }| {
            let value_bytes = match kind {
                Kind::String => payload.len() as u64,
                Kind::LongString => blocks::len(payload),
                _ => collection::bytes(payload),
            };
            let beside = match (kind, generation(kind, payload)) {
                (_, 0) => 0,
                (Kind::LongString, _) => blocks::allocated_bytes(payload),
                _ => value_bytes,
            };
            Peek {
                kind,
                value: payload,
                value_bytes,
                expiry,
                grown,
                idle_seconds,
                frequency,
                memory_bytes: memory_bytes + beside as usize,
            }
        }))
    }

    /// When `key` expires; outer `None` if there is no such key. Does not count as an access.
    pub fn expiry(&mut self, key: &[u8]) -> Result<Option<Option<UnixMillis>>, Miss> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        Ok(self.guards[guard].1.view(id).content.map(|content| content.expiry))
    }

    /// Whether there is something at `key`. Does not count as an access.
    pub fn exists(&mut self, key: &[u8]) -> Result<bool, Miss> {
        Ok(self.expiry(key)?.is_some())
    }

    /// Counts an access. Whether there is something at `key`.
    pub fn touch(&mut self, key: &[u8]) -> Result<bool, Miss> {
        let Some((guard, id)) = self.found(key)? else { return Ok(false) };
        let shard = &self.guards[guard].1;
        shard.touch(id, self.now.seconds());
        Ok(shard.view(id).content.is_some())
    }

    /// Makes the key expire then, or never. Whether there is something at `key`.
    pub fn set_expiry(&mut self, key: &[u8], expiry: Option<UnixMillis>) -> Result<bool, Miss> {
        let (guard, id) = self.resident(key)?;
        let shard = &mut self.guards[guard].1;
        if shard.view(id).content.is_none() {
            return Ok(false);
        }
        shard.touch(id, self.now.seconds());
        self.change(guard, id, |body| body.put_expiry(expiry));
        self.effect(guard, id, key, Change::Expire(expiry));
        Ok(true)
    }

    /// Deletes the key. Whether there was something at it.
    pub fn delete(&mut self, key: &[u8]) -> Result<bool, Miss> {
        let (guard, id) = self.resident(key)?;
        if self.guards[guard].1.view(id).content.is_none() {
            return Ok(false);
        }
        self.remove(guard, id, key);
        Ok(true)
    }

    /// Lets the locks of a call that has done nothing yet go, and gives its scratch space back.
    pub fn release(self) -> &'a mut Vec<u8> {
        assert!(self.effects.is_empty(), "what has been done must be committed");
        self.effects
    }

    /// Whether the call has changed anything so far.
    pub fn has_changed(&self) -> bool {
        !self.effects.is_empty()
    }

    /// What was not in memory: none of it twice, in a row.
    pub fn take_missed(&mut self) -> Vec<Missing> {
        let mut missed = std::mem::take(self.missed.get_mut());
        missed.dedup();
        missed
    }

    /// Whether something was not in memory.
    pub fn has_missed(&self) -> bool {
        !self.missed.borrow().is_empty()
    }

    /// Ends the call: `append` puts its effects, if there are any, in the journal's queue as one
    /// record, before anyone else can see what it did.
    pub fn commit(mut self, append: impl FnOnce(&[u8]) -> Lsn) -> Committed {
        self.stand();
        if self.effects.is_empty() {
            self.start_watching();
            let seen = self.seen.max(self.keyspace.spaces().moved());
            return Committed { lsn: Lsn::NONE, seen };
        }
        let lsn = append(self.effects);
        let due_at = self.keyspace.due_at(self.now);
        let swapped = self.swapped();
        self.tell_of_moves(lsn);
        for &Changed { guard, id, is_whole } in &self.changed {
            let shard = &mut self.guards[guard].1;
            shard.stamp(id, lsn, due_at);
            if is_whole {
                shard.supersede(id, lsn);
            }
            if !shard.watches.is_empty() {
                let view = shard.view(id);
                shard.watches.changed(view.space, view.key);
            }
        }
        if self.wakes {
            self.call_lines(&swapped);
        }
        self.start_watching();
        Committed { lsn, seen: lsn }
    }

    fn expiry_of(&mut self, key: &[u8], expiry: Expiry) -> Result<Option<UnixMillis>, Miss> {
        Ok(match expiry {
            Expiry::None => None,
            Expiry::At(at) => Some(at),
            Expiry::Keep => self.expiry(key)?.flatten(),
        })
    }

    /// The entry of a key whose old value does not matter: none is loaded.
    fn blind(&mut self, key: &[u8]) -> Result<(usize, SlotId), Miss> {
        let (guard, place, known) = self.locate(key)?;
        let seconds = self.now.seconds();
        let space = self.keyspace.spaces().of(self.db);
        let shard = &mut self.guards[guard].1;
        let hash = hash(place, space);
        let found = known.or_else(|| shard.find(space, key, hash));
        let id = found.unwrap_or_else(|| {
            let is_new = self.keyspace.presence().is_absent(space, place);
            let stored = if is_new { Stored::Absent } else { Stored::Unknown };
            shard.insert_blind((space, key, hash), stored, seconds)
        });
        if found.is_none() {
            self.has_created(guard, id);
        }
        Ok((guard, id))
    }

    fn remove(&mut self, guard: usize, id: SlotId, key: &[u8]) {
        self.change(guard, id, |body| body.put(None));
        self.effect(guard, id, key, Change::Delete);
    }

    fn effect(&mut self, guard: usize, id: SlotId, key: &[u8], change: Change<'_>) {
        let space = self.keyspace.spaces().of(self.db);
        let changed = Changed { guard, id, is_whole: change.is_whole() };
        Effect::Key { space, key, change }.encode(self.effects);
        if self.changed.last() != Some(&changed) {
            self.changed.push(changed);
        }
        self.note_line(guard, key);
    }

    /// The entry of a key that is in memory; one that is known to be absent gets an entry. One
    /// whose time has come is deleted first.
    fn resident(&mut self, key: &[u8]) -> Result<(usize, SlotId), Miss> {
        if let Some(found) = self.found(key)? {
            return Ok(found);
        }
        let (guard, place, _) = self.locate(key)?;
        let space = self.keyspace.spaces().of(self.db);
        let (hash, seconds) = (hash(place, space), self.now.seconds());
        Ok((guard, self.guards[guard].1.insert_absent(space, key, hash, seconds)))
    }

    /// The entry of a key that is in memory, `None` if it has none and is known to be absent. One
    /// whose time has come is deleted first.
    fn found(&mut self, key: &[u8]) -> Result<Option<(usize, SlotId)>, Miss> {
        let (guard, place, known) = self.locate(key)?;
        let space = self.keyspace.spaces().of(self.db);
        let shard = &self.guards[guard].1;
        let id = match known.or_else(|| shard.find(space, key, hash(place, space))) {
            Some(id) if shard.is_resident(id) => id,
            None if self.is_absent(space, place) => return Ok(None),
            _ => return Err(self.miss(key)),
        };
        if self.keyspace.tells_seen() {
            self.seen = self.seen.max(shard.last_owed(id));
        }
        let expiry = shard.view(id).content.and_then(|content| content.expiry);
        if expiry.is_some_and(|at| at <= self.now.unix) {
            self.remove(guard, id, key);
        }
        Ok(Some((guard, id)))
    }

    /// Whether a key without an entry is certainly not stored.
    fn is_absent(&self, space: u32, place: Place) -> bool {
        self.is_fresh(space) || self.keyspace.presence().is_absent(space, place)
    }

    /// The lock and the place of a key, and its entry if that has been looked up.
    fn locate(&mut self, key: &[u8]) -> Result<(usize, Place, Option<SlotId>), Miss> {
        if let Some(number) = self.number_of(key) {
            self.next_known = number + 1;
            let Known { place, guard, id, .. } = self.known[number];
            return Ok((usize::from(guard), place, (id != NIL).then_some(id)));
        }
        let place = self.keyspace.place(key);
        let shard = place.shard();
        match self.guards.binary_search_by_key(&shard, |(id, _)| *id) {
            Ok(guard) => Ok((guard, place, None)),
            Err(_) => Err(self.miss(key)),
        }
    }

    /// Keys are usually asked for in the order in which they were named.
    fn number_of(&self, key: &[u8]) -> Option<usize> {
        let is = |known: &Known<'_>| std::ptr::eq(known.key, key);
        let next = self.next_known;
        if self.known.get(next).is_some_and(is) {
            return Some(next);
        }
        if next > 0 && self.known.get(next - 1).is_some_and(is) {
            return Some(next - 1);
        }
        self.known.iter().take(SEARCHED_MAX).position(is)
    }

    fn miss(&mut self, key: &[u8]) -> Miss {
        let db = self.database_before_moves();
        self.missed.get_mut().push(Missing { db, key: key.into(), page: None });
        Miss
    }
}

#[cfg(test)]
mod tests;
