//! What the dataset must look like to clients: written without a look at how it is done.

use std::collections::BTreeMap;

use crate::op::{If, Key, Op, Ttl};

/// What is at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) bytes: Vec<u8>,
    pub(crate) expiry: Option<u64>,
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

/// A reply, as RESP2.
pub(crate) type Reply = Vec<u8>;

impl Model {
    pub(crate) fn new(databases: u32) -> Self {
        Self { dbs: vec![BTreeMap::new(); databases as usize] }
    }

    /// What a client finds at a key.
    pub(crate) fn get(&self, db: u32, key: Key, now: u64) -> Option<&Value> {
        let held = self.dbs[db as usize].get(&key)?;
        Some(&*held.value).filter(|value| value.expiry.is_none_or(|at| at > now))
    }

    /// The keys that clients find in a database.
    pub(crate) fn keys(&self, db: u32, now: u64) -> impl Iterator<Item = Key> {
        let keys = self.dbs[db as usize].keys().copied();
        keys.filter(move |key| self.get(db, *key, now).is_some())
    }

    /// How many keys a database may count: expired ones count until they are deleted.
    pub(crate) fn counts(&self, db: u32) -> std::ops::RangeInclusive<u64> {
        let held = &self.dbs[db as usize];
        let gone = held.values().filter(|held| held.maybe_gone).count();
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
        }
    }

    fn put(&mut self, db: u32, key: Key, bytes: Vec<u8>, expiry: Option<u64>) {
        let value = std::sync::Arc::new(Value { bytes, expiry });
        self.dbs[db as usize].insert(key, Held { value, maybe_gone: false });
    }

    fn remove(&mut self, db: u32, key: Key, now: u64) -> Option<Value> {
        let value = self.get(db, key, now)?.clone();
        self.dbs[db as usize].remove(&key);
        Some(value)
    }

    /// Makes the call. The reply is what the client must be told.
    pub(crate) fn apply(&mut self, db: u32, op: &Op, now: u64) -> Reply {
        let bytes = |value: Option<&Value>| bulk(value.map(|value| &value.bytes[..]));
        match op {
            Op::Get(key) => bytes(self.get(db, *key, now)),
            Op::GetRange(key, from, to) => {
                let value = self.get(db, *key, now).map_or(&[][..], |value| &value.bytes);
                bulk(Some(&value[part(value.len(), *from, *to)]))
            }
            Op::Strlen(key) => self.strlen(db, *key, now),
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
            Op::GetDel(key) => bytes(self.remove(db, *key, now).as_ref()),
            Op::Mset(pairs) => self.put_all(db, pairs),
            Op::MsetNx(pairs) => {
                if pairs.iter().any(|(key, _)| self.get(db, *key, now).is_some()) {
                    return number(0);
                }
                self.put_all(db, pairs);
                number(1)
            }
            Op::Set { key, value, when, get, ttl } => {
                self.set(db, *key, (value, *when, *get, *ttl), now)
            }
            Op::Append(key, tail) => self.edit(db, *key, now, |bytes| {
                bytes.extend_from_slice(tail);
                int(bytes.len())
            }),
            Op::SetRange(key, _, part) if part.is_empty() => self.strlen(db, *key, now),
            Op::SetRange(key, offset, part) => self.edit(db, *key, now, |bytes| {
                let end = *offset as usize + part.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*offset as usize..end].copy_from_slice(part);
                int(bytes.len())
            }),
            Op::SetBit(key, offset, bit) => {
                self.edit(db, *key, now, |bytes| set_bit(bytes, *offset as usize, *bit))
            }
            Op::IncrBy(key, by) => self.incr(db, *key, *by, now),
            Op::Pexpire(key, millis) => self.expire(db, *key, *millis, now),
            Op::Persist(key) => match self.get(db, *key, now).cloned() {
                Some(Value { bytes, expiry: Some(_) }) => {
                    self.put(db, *key, bytes, None);
                    number(1)
                }
                _ => number(0),
            },
            Op::GetEx(key, ttl) => self.get_ex(db, *key, *ttl, now),
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
        }
    }

    fn strlen(&self, db: u32, key: Key, now: u64) -> Reply {
        int(self.get(db, key, now).map_or(0, |value| value.bytes.len()))
    }

    fn copy(&mut self, from: (u32, Key), to: (u32, Key), replace: bool, now: u64) -> Reply {
        if from == to {
            return error("source and destination objects are the same");
        }
        let Some(value) = self.get(from.0, from.1, now).cloned() else { return number(0) };
        if !replace && self.get(to.0, to.1, now).is_some() {
            return number(0);
        }
        self.put(to.0, to.1, value.bytes, value.expiry);
        number(1)
    }

    fn put_all(&mut self, db: u32, pairs: &[(Key, Vec<u8>)]) -> Reply {
        for (key, value) in pairs {
            self.put(db, *key, value.clone(), None);
        }
        ok()
    }

    fn set(
        &mut self,
        db: u32,
        key: Key,
        (value, when, get, ttl): (&[u8], If, bool, Ttl),
        now: u64,
    ) -> Reply {
        let old = self.get(db, key, now).cloned();
        let allowed = match when {
            If::Always => true,
            If::Absent => old.is_none(),
            If::Present => old.is_some(),
        };
        let reply = match (get, allowed) {
            (true, _) => bulk(old.as_ref().map(|old| &old.bytes[..])),
            (false, true) => ok(),
            (false, false) => bulk(None),
        };
        if allowed {
            let expiry = match ttl {
                Ttl::Never => None,
                Ttl::In(millis) => Some(now + millis),
                Ttl::Keep => old.and_then(|old| old.expiry),
            };
            self.put(db, key, value.to_vec(), expiry);
        }
        reply
    }

    /// Changes the bytes at a key in place; there are none before the first change.
    fn edit(
        &mut self,
        db: u32,
        key: Key,
        now: u64,
        edit: impl FnOnce(&mut Vec<u8>) -> Reply,
    ) -> Reply {
        let old = self.get(db, key, now).cloned();
        let Value { mut bytes, expiry } = old.unwrap_or(Value { bytes: Vec::new(), expiry: None });
        let reply = edit(&mut bytes);
        self.put(db, key, bytes, expiry);
        reply
    }

    fn incr(&mut self, db: u32, key: Key, by: i64, now: u64) -> Reply {
        let old = self.get(db, key, now).cloned();
        let (bytes, expiry) = old.map_or((b"0".to_vec(), None), |old| (old.bytes, old.expiry));
        let parsed = str::from_utf8(&bytes).ok().and_then(|text| text.parse::<i64>().ok());
        // What does not come out as it went in ("+1", "007") is no number.
        let Some(old) = parsed.filter(|number| number.to_string().as_bytes() == bytes) else {
            return error("value is not an integer or out of range");
        };
        let Some(new) = old.checked_add(by) else {
            return error("increment or decrement would overflow");
        };
        self.put(db, key, new.to_string().into_bytes(), expiry);
        number(new)
    }

    fn expire(&mut self, db: u32, key: Key, millis: i64, now: u64) -> Reply {
        let Some(value) = self.get(db, key, now).cloned() else { return number(0) };
        match now.checked_add_signed(millis).filter(|at| *at > now) {
            Some(at) => self.put(db, key, value.bytes, Some(at)),
            None => _ = self.remove(db, key, now),
        }
        number(1)
    }

    fn get_ex(&mut self, db: u32, key: Key, ttl: Ttl, now: u64) -> Reply {
        let Some(value) = self.get(db, key, now).cloned() else { return bulk(None) };
        let expiry = match ttl {
            Ttl::Never => None,
            Ttl::In(millis) => Some(now + millis),
            Ttl::Keep => value.expiry,
        };
        let reply = bulk(Some(&value.bytes));
        self.put(db, key, value.bytes, expiry);
        reply
    }

    fn rename(&mut self, db: u32, (from, to): (Key, Key), if_absent: bool, now: u64) -> Reply {
        let Some(value) = self.get(db, from, now).cloned() else { return error("no such key") };
        if if_absent && self.get(db, to, now).is_some() {
            return number(0);
        }
        self.remove(db, from, now);
        self.put(db, to, value.bytes, value.expiry);
        if if_absent { number(1) } else { ok() }
    }
}

fn set_bit(bytes: &mut Vec<u8>, offset: usize, bit: bool) -> Reply {
    let (byte, mask) = (offset / 8, 0x80 >> (offset % 8));
    bytes.resize(bytes.len().max(byte + 1), 0);
    let was = bytes[byte] & mask != 0;
    bytes[byte] = bytes[byte] & !mask | if bit { mask } else { 0 };
    number(i64::from(was))
}

/// The part of so many bytes that two indexes stand for; negative ones count from the end.
fn part(len: usize, from: i64, to: i64) -> std::ops::Range<usize> {
    let len = len.cast_signed() as i64;
    let at = |index: i64| if index < 0 { (len + index).max(0) } else { index };
    if from < 0 && to < 0 && from > to {
        return 0..0;
    }
    let (from, to) = (at(from), at(to).min(len - 1));
    if from > to || len == 0 {
        0..0
    } else {
        from.cast_unsigned() as usize..to.cast_unsigned() as usize + 1
    }
}

fn ok() -> Reply {
    b"+OK\r\n".to_vec()
}

fn int(count: usize) -> Reply {
    number(count.cast_signed() as i64)
}

fn number(number: i64) -> Reply {
    format!(":{number}\r\n").into_bytes()
}

fn error(text: &str) -> Reply {
    format!("-ERR {text}\r\n").into_bytes()
}

fn bulk(bytes: Option<&[u8]>) -> Reply {
    let Some(bytes) = bytes else { return b"$-1\r\n".to_vec() };
    let mut reply = format!("${}\r\n", bytes.len()).into_bytes();
    reply.extend_from_slice(bytes);
    reply.extend_from_slice(b"\r\n");
    reply
}
