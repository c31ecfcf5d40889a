//! What calls on strings do and answer.

use super::reply::{Reply, bulk, error, int, number, ok, wrong_type};
use super::{Content, Model, Value};
use crate::op::{If, Key, Op, Ttl};

impl Model {
    /// A call that is about the string at one key. `None`: it is none of these.
    pub(super) fn on_text(&mut self, db: u32, op: &Op, now: u64) -> Option<Reply> {
        Some(match op {
            Op::Get(key) => self.read(db, *key, now, bulk),
            Op::GetRange(key, from, to) => self.read(db, *key, now, |bytes| {
                let bytes = bytes.unwrap_or(&[]);
                bulk(Some(&bytes[part(bytes.len(), *from, *to)]))
            }),
            Op::Strlen(key) => self.strlen(db, *key, now),
            Op::GetDel(key) => {
                let reply = self.read(db, *key, now, bulk);
                if reply != wrong_type() {
                    self.remove(db, *key, now);
                }
                reply
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
            Op::GetEx(key, ttl) => self.get_ex(db, *key, *ttl, now),
            _ => return None,
        })
    }

    /// Answers with what is made of the string at a key.
    fn read(
        &self,
        db: u32,
        key: Key,
        now: u64,
        reply: impl FnOnce(Option<&[u8]>) -> Reply,
    ) -> Reply {
        match self.get(db, key, now).map(|value| &value.content) {
            None => reply(None),
            Some(Content::Text(bytes)) => reply(Some(bytes)),
            Some(_) => wrong_type(),
        }
    }

    fn strlen(&self, db: u32, key: Key, now: u64) -> Reply {
        self.read(db, key, now, |bytes| int(bytes.map_or(0, <[u8]>::len)))
    }

    fn set(
        &mut self,
        db: u32,
        key: Key,
        (value, when, get, ttl): (&[u8], If, bool, Ttl),
        now: u64,
    ) -> Reply {
        let old = self.get(db, key, now).cloned();
        let former = self.read(db, key, now, bulk);
        if get && former == wrong_type() {
            return former;
        }
        let allowed = match when {
            If::Always => true,
            If::Absent => old.is_none(),
            If::Present => old.is_some(),
        };
        if allowed {
            let expiry = match ttl {
                Ttl::Never => None,
                Ttl::In(millis) => Some(now + millis),
                Ttl::Keep => old.and_then(|old| old.expiry),
            };
            self.put(db, key, Content::Text(value.to_vec()), expiry);
        }
        match (get, allowed) {
            (true, _) => former,
            (false, true) => ok(),
            (false, false) => bulk(None),
        }
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
        let nothing = || Value { content: Content::Text(Vec::new()), expiry: None };
        let Value { content: Content::Text(mut bytes), expiry } = old.unwrap_or_else(nothing)
        else {
            return wrong_type();
        };
        let reply = edit(&mut bytes);
        self.put(db, key, Content::Text(bytes), expiry);
        reply
    }

    fn incr(&mut self, db: u32, key: Key, by: i64, now: u64) -> Reply {
        let old = match self.get(db, key, now) {
            None => Some(0),
            Some(Value { content: Content::Text(bytes), .. }) => integer(bytes),
            Some(_) => return wrong_type(),
        };
        let Some(old) = old else {
            return error("value is not an integer or out of range");
        };
        let Some(new) = old.checked_add(by) else {
            return error("increment or decrement would overflow");
        };
        self.edit(db, key, now, |bytes| {
            *bytes = new.to_string().into_bytes();
            number(new)
        })
    }

    fn get_ex(&mut self, db: u32, key: Key, ttl: Ttl, now: u64) -> Reply {
        let reply = self.read(db, key, now, bulk);
        let Some(value) = self.get(db, key, now).cloned() else { return reply };
        let expiry = match ttl {
            Ttl::Never => None,
            Ttl::In(millis) => Some(now + millis),
            Ttl::Keep => value.expiry,
        };
        if reply != wrong_type() {
            self.put(db, key, value.content, expiry);
        }
        reply
    }
}

/// A number, if it comes out as it went in: "+1" and "007" are none.
pub(super) fn integer(bytes: &[u8]) -> Option<i64> {
    let parsed = str::from_utf8(bytes).ok().and_then(|text| text.parse::<i64>().ok());
    parsed.filter(|number| number.to_string().as_bytes() == bytes)
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
