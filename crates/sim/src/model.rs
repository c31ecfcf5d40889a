//! What the dataset must look like to clients: written without a look at how it is done.

use std::collections::BTreeMap;

use crate::op::{Key, Op};

mod collections;
mod content;
mod reply;
mod text;

pub(crate) use content::{Content, Field};
pub(crate) use reply::Reply;
use reply::{error, int, number, ok};

/// What is at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) content: Content,
    pub(crate) expiry: Option<u64>,
}

impl Value {
    /// Whether it is a hash without a field whose time has not come.
    fn has_only_due(&self, now: u64) -> bool {
        let fields = self.content.fields();
        fields.is_some_and(|fields| fields.values().all(|field| field.is_due(now)))
    }

    /// Without the fields whose time has come. `None`: there is nothing else.
    pub(crate) fn without_due(self, now: u64) -> Option<Self> {
        if self.has_only_due(now) {
            return None;
        }
        Some(Self { content: self.content.without_due(now), expiry: self.expiry })
    }
}

/// A key that has been written and not deleted since, as far as anyone can know.
#[derive(Clone, Debug)]
struct Held {
    value: std::sync::Arc<Value>,
    /// It has expired, and may have been deleted for that.
    maybe_gone: bool,
}

/// All databases at one moment. Cheap to copy.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    dbs: Vec<BTreeMap<Key, Held>>,
}

impl Model {
    pub(crate) fn new(databases: u32) -> Self {
        Self { dbs: vec![BTreeMap::new(); databases as usize] }
    }

    /// What a client finds at a key. A hash all of whose fields have expired may be gone.
    pub(crate) fn get(&self, db: u32, key: Key, now: u64) -> Option<&Value> {
        let held = self.dbs[db as usize].get(&key)?;
        Some(&*held.value).filter(|value| value.expiry.is_none_or(|at| at > now))
    }

    /// The keys that clients find in a database.
    pub(crate) fn keys(&self, db: u32, now: u64) -> impl Iterator<Item = Key> {
        let keys = self.dbs[db as usize].keys().copied();
        keys.filter(move |key| self.get(db, *key, now).is_some())
    }

    /// Whether a key is a hash that was not deleted and has no field any more: it is gone if
    /// somebody has removed them.
    pub(crate) fn is_in_doubt(&self, db: u32, key: Key, now: u64) -> bool {
        self.get(db, key, now).is_some_and(|value| value.has_only_due(now))
    }

    /// Such a hash turns out to be gone.
    pub(crate) fn is_gone(&mut self, db: u32, key: Key) {
        self.dbs[db as usize].remove(&key);
    }

    /// How many fields a hash may count: expired ones of a large one may count until they are
    /// removed.
    pub(crate) fn field_counts(
        &self,
        db: u32,
        key: Key,
        now: u64,
    ) -> std::ops::RangeInclusive<usize> {
        let fields = self.get(db, key, now).and_then(|value| value.content.fields());
        let Some(fields) = fields else { return 0..=0 };
        let due = fields.values().filter(|field| field.is_due(now)).count();
        fields.len() - due..=fields.len()
    }

    /// How many keys a database may count: expired ones count until they are deleted.
    pub(crate) fn counts(&self, db: u32, now: u64) -> std::ops::RangeInclusive<u64> {
        let held = &self.dbs[db as usize];
        let is_in_doubt = |held: &&Held| held.maybe_gone || held.value.has_only_due(now);
        let gone = held.values().filter(is_in_doubt).count();
        (held.len() - gone) as u64..=held.len() as u64
    }

    pub(crate) fn flush(&mut self, db: u32) {
        self.dbs[db as usize].clear();
    }

    pub(crate) fn swap(&mut self, one: u32, other: u32) {
        self.dbs.swap(one as usize, other as usize);
    }

    /// Notes that a key which has expired was deleted for it.
    pub(crate) fn deleted_expired(&mut self, db: u32, key: Key, now: u64) {
        if self.get(db, key, now).is_none() {
            self.dbs[db as usize].remove(&key);
        }
    }

    /// Notes that expired keys may have been deleted, nobody knows which.
    pub(crate) fn may_have_expired(&mut self, now: u64) {
        for held in self.dbs.iter_mut().flat_map(BTreeMap::values_mut) {
            held.maybe_gone |= held.value.expiry.is_some_and(|at| at <= now);
        }
    }

    /// Forgets the expired: all of them have been deleted.
    pub(crate) fn have_expired(&mut self, now: u64) {
        for db in &mut self.dbs {
            db.retain(|_, held| held.value.expiry.is_none_or(|at| at > now));
            db.retain(|_, held| !held.value.has_only_due(now));
            for held in db.values_mut() {
                let Value { content, expiry } = (*held.value).clone();
                held.value =
                    std::sync::Arc::new(Value { content: content.without_due(now), expiry });
            }
        }
    }

    fn put(&mut self, db: u32, key: Key, content: Content, expiry: Option<u64>) {
        let value = std::sync::Arc::new(Value { content, expiry });
        self.dbs[db as usize].insert(key, Held { value, maybe_gone: false });
    }

    fn remove(&mut self, db: u32, key: Key, now: u64) -> Option<Value> {
        let value = self.get(db, key, now)?.clone();
        self.dbs[db as usize].remove(&key);
        Some(value)
    }

    /// Makes the call. The reply is what the client must be told.
    pub(crate) fn apply(&mut self, db: u32, op: &Op, now: u64) -> Reply {
        if let Some(reply) = self.on_text(db, op, now) {
            return reply;
        }
        match op {
            Op::Act(key, act) => self.act(db, *key, act, now),
            Op::Exists(keys) => {
                int(keys.iter().filter(|key| self.get(db, **key, now).is_some()).count())
            }
            Op::Pttl(key) => match self.get(db, *key, now) {
                None => number(-2),
                Some(Value { expiry: None, .. }) => number(-1),
                Some(Value { expiry: Some(at), .. }) => number((at - now).cast_signed()),
            },
            Op::Del(keys) => {
                int(keys.iter().filter(|key| self.remove(db, **key, now).is_some()).count())
            }
            Op::Mset(pairs) => self.put_all(db, pairs),
            Op::MsetNx(pairs) => {
                if pairs.iter().any(|(key, _)| self.get(db, *key, now).is_some()) {
                    return number(0);
                }
                self.put_all(db, pairs);
                number(1)
            }
            Op::Pexpire(key, millis) => self.expire(db, *key, *millis, now),
            Op::Persist(key) => match self.get(db, *key, now).cloned() {
                Some(Value { content, expiry: Some(_) }) => {
                    self.put(db, *key, content, None);
                    number(1)
                }
                _ => number(0),
            },
            Op::Rename { from, to, if_absent } => self.rename(db, (*from, *to), *if_absent, now),
            Op::Copy { from, to, db: into, replace } => {
                self.copy((db, *from), (*into, *to), *replace, now)
            }
            Op::Move(key, into) => {
                let moved = self.copy((db, *key), (*into, *key), false, now);
                if moved == number(1) {
                    self.remove(db, *key, now);
                }
                moved
            }
            _ => unreachable!("a call on the string at a key"),
        }
    }

    fn copy(&mut self, from: (u32, Key), to: (u32, Key), replace: bool, now: u64) -> Reply {
        if from == to {
            return error("source and destination objects are the same");
        }
        let Some(value) = self.get(from.0, from.1, now).cloned() else { return number(0) };
        if !replace && self.get(to.0, to.1, now).is_some() {
            return number(0);
        }
        self.put(to.0, to.1, value.content, value.expiry);
        number(1)
    }

    fn put_all(&mut self, db: u32, pairs: &[(Key, Vec<u8>)]) -> Reply {
        for (key, value) in pairs {
            self.put(db, *key, Content::Text(value.clone()), None);
        }
        ok()
    }

    fn expire(&mut self, db: u32, key: Key, millis: i64, now: u64) -> Reply {
        let Some(value) = self.get(db, key, now).cloned() else { return number(0) };
        match now.checked_add_signed(millis).filter(|at| *at > now) {
            Some(at) => self.put(db, key, value.content, Some(at)),
            None => _ = self.remove(db, key, now),
        }
        number(1)
    }

    fn rename(&mut self, db: u32, (from, to): (Key, Key), if_absent: bool, now: u64) -> Reply {
        let Some(value) = self.get(db, from, now).cloned() else { return error("no such key") };
        if if_absent && self.get(db, to, now).is_some() {
            return number(0);
        }
        self.remove(db, from, now);
        self.put(db, to, value.content, value.expiry);
        if if_absent { number(1) } else { ok() }
    }
}
