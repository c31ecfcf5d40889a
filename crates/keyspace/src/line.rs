//! Calls that wait until a key holds something: who they are, and who comes next.
//!
//! ```text
//!   join_line ──▶ a line per key, in its shard ──▶ next_in_line, leave_line
//!                              ▲
//!   a commit ──▶ ready keys, in the order in which they became ready ──▶ next_ready
//! ```
//!
//! A call stands in the lines of all the keys that it waits for, in each at the place of its
//! [`Waiter`]: who came first has the lower number. A commit that leaves a value at a key in whose
//! line someone waits for that kind of value makes the key ready, before its locks go. The caller
//! then runs those in line, one after the other. Until it has, [`Keyspace::has_ready`] tells
//! everyone else that what they see may be someone else's: who has just locked keys lets them go
//! and helps.
//!
//! What the calls are, and what becomes of their replies, is not known here.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hadal_value::Kind;
use parking_lot::Mutex;

use crate::keyspace::{Keyspace, Moment, hash};
use crate::shard::Shard;

/// A call that waits. Who came earlier has the lower number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiter(u64);

/// A key that has something for those in its line, perhaps, and how far down the line they have
/// been called.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadyKey {
    db: u32,
    key: Box<[u8]>,
    last: Option<Waiter>,
}

/// What a key holds, as far as those in its line are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Value(Kind),
    /// It is not in memory.
    Unknown,
}

impl Held {
    fn is_for(self, awaits: Kind) -> bool {
        match self {
            Self::Nothing => false,
            Self::Value(kind) => kind == awaits,
            Self::Unknown => true,
        }
    }
}

/// The lines of a shard's keys, by database. A database keeps its lines when it is flushed or
/// exchanged with another: those who wait have selected it, not what is in it.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<u32, BTreeMap<Box<[u8]>, Line>>);

/// Those who wait for one key, and for what.
#[derive(Debug, Default)]
struct Line {
    waiters: BTreeMap<Waiter, Kind>,
    /// It is among the ready keys already.
    is_ready: bool,
}

impl Lines {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many keys are waited for.
    pub(crate) fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether anyone waits for `key`.
    pub(crate) fn contains(&self, db: u32, key: &[u8]) -> bool {
        self.line(db, key).is_some()
    }

    pub(crate) fn join(&mut self, db: u32, key: &[u8], waiter: Waiter, awaits: Kind) {
        let line = self.0.entry(db).or_default().entry(key.into()).or_default();
        line.waiters.insert(waiter, awaits);
    }

    pub(crate) fn leave(&mut self, db: u32, key: &[u8], waiter: Waiter) {
        let Some(lines) = self.0.get_mut(&db) else { return };
        let Some(line) = lines.get_mut(key) else { return };
        line.waiters.remove(&waiter);
        if line.waiters.is_empty() {
            lines.remove(key);
        }
        if lines.is_empty() {
            self.0.remove(&db);
        }
    }

    /// The key holds a value of this kind now: tells `ready` if anyone waits for that.
    pub(crate) fn call(&mut self, db: u32, key: &[u8], kind: Kind, ready: &Ready) {
        let line = self.0.get_mut(&db).and_then(|lines| lines.get_mut(key));
        if let Some(line) = line
            && line.waiters.values().any(|awaits| *awaits == kind)
        {
            line.call(db, key, ready);
        }
    }

    /// Everything that is waited for in a database may be there now.
    pub(crate) fn call_all(&mut self, db: u32, ready: &Ready) {
        let lines = self.0.get_mut(&db).into_iter().flatten();
        lines.for_each(|(key, line)| line.call(db, key, ready));
    }

    /// The first after `last` that waits for what the key holds.
    fn next(&self, db: u32, key: &[u8], last: Option<Waiter>, held: Held) -> Option<Waiter> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.line(db, key)?.waiters.range((from, Bound::Unbounded));
        rest.find(|(_, awaits)| held.is_for(**awaits)).map(|(waiter, _)| *waiter)
    }

    fn line(&self, db: u32, key: &[u8]) -> Option<&Line> {
        self.0.get(&db)?.get(key)
    }

    /// Those in line are being called: from here on a change of the key calls them once more.
    fn taken(&mut self, db: u32, key: &[u8]) {
        if let Some(line) = self.0.get_mut(&db).and_then(|lines| lines.get_mut(key)) {
            line.is_ready = false;
        }
    }
}

impl Line {
    fn call(&mut self, db: u32, key: &[u8], ready: &Ready) {
        if !std::mem::replace(&mut self.is_ready, true) {
            ready.push(ReadyKey { db, key: key.into(), last: None });
        }
    }
}

/// Ready keys of all shards, and the next number for those who come.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// Whether there are any, or those in the line of one are being called.
    any: AtomicBool,
    keys: Mutex<VecDeque<ReadyKey>>,
    next: AtomicU64,
}

impl Ready {
    /// The next who comes. Call it under the locks of the keys: who comes second has locked them
    /// second.
    pub(crate) fn next_waiter(&self) -> Waiter {
        Waiter(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn push(&self, key: ReadyKey) {
        let mut keys = self.keys.lock();
        keys.push_back(key);
        self.any.store(true, Ordering::Relaxed);
    }

    fn pop(&self) -> Option<ReadyKey> {
        let mut keys = self.keys.lock();
        let key = keys.pop_front();
        self.any.store(key.is_some(), Ordering::Relaxed);
        key
    }
}

impl Keyspace {
    /// Whether a key is ready, and those in its line have not been called. Exact for whoever has
    /// locked a key that was changed together with it, and for whoever has heard of the change.
    #[inline]
    pub fn has_ready(&self) -> bool {
        // The locks put it in order: it is set before those of the change go.
        self.ready().any.load(Ordering::Relaxed)
    }

    /// The ready key that has been ready longest. Only one thread at a time may go through them,
    /// and must go on until there is none: only then [`has_ready`](Self::has_ready) ends.
    pub fn next_ready(&self) -> Option<ReadyKey> {
        let ready = self.ready().pop()?;
        let place = self.place(&ready.key);
        self.lock(place.shard()).lines.taken(ready.db, &ready.key);
        Some(ready)
    }

    /// The next in the key's line that waits for what the key holds now. One who waits for a key
    /// that is not in memory is worth a try.
    pub fn next_in_line(&self, ready: &mut ReadyKey, now: Moment) -> Option<Waiter> {
        let ReadyKey { db, key, last } = ready;
        let place = self.place(key);
        let shard = self.lock(place.shard());
        let space = self.spaces().of(*db);
        let held = match shard.find(space, key, hash(place, space)) {
            Some(id) if shard.is_resident(id) => held(&shard, id, now),
            None if self.presence().is_absent(space, place) => Held::Nothing,
            _ => Held::Unknown,
        };
        let next = shard.lines.next(*db, key, *last, held)?;
        *last = Some(next);
        Some(next)
    }

    /// Takes one who has given up out of the line of `key`.
    pub fn leave_line(&self, db: u32, key: &[u8], waiter: Waiter) {
        self.lock(self.place(key).shard()).lines.leave(db, key, waiter);
    }

    /// Makes `key` ready for those in its line that came after `waiter`: it has had its turn, and
    /// held them up.
    pub fn call_after(&self, db: u32, key: &[u8], waiter: Waiter) {
        if self.lock(self.place(key).shard()).lines.contains(db, key) {
            self.ready().push(ReadyKey { db, key: key.into(), last: Some(waiter) });
        }
    }
}

/// What a resident entry holds.
fn held(shard: &Shard, id: crate::slab::SlotId, now: Moment) -> Held {
    let content = shard.view(id).content;
    let alive = content.filter(|content| content.expiry.is_none_or(|at| at > now.unix));
    alive.map_or(Held::Nothing, |content| Held::Value(content.kind))
}

#[cfg(test)]
mod tests;
