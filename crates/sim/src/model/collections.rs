//! What calls on collections do and answer.

use std::ops::Range;

use super::content::{Field, Fields};
use super::reply::{Reply, array, bulk, error, int, null_array, number, numbers, ok, wrong_type};
use super::{Content, Model, Value};
use crate::act::{Act, End, Member, Score, halves, member};
use crate::op::Key;

type Members = Vec<(Score, Vec<u8>)>;

impl Model {
    pub(super) fn act(&mut self, db: u32, key: Key, act: &Act, now: u64) -> Reply {
        let old = self.get(db, key, now).cloned();
        let is_new = old.is_none();
        let Value { mut content, mut expiry } =
            old.unwrap_or_else(|| Value { content: Content::empty(act.of()), expiry: None });
        if content.collection() != Some(act.of()) {
            return wrong_type();
        }
        let reply = match &mut content {
            Content::Hash(fields) => {
                remove_due(fields, act.changed(), now);
                if fields.is_empty() {
                    // What comes now is a new hash.
                    expiry = None;
                }
                on_hash(fields, act, now)
            }
            Content::Set(members) => match act {
                Act::Sadd(all) => count(all, |it| members.insert(it)),
                Act::Srem(all) => count(all, |it| members.remove(&it)),
                Act::SisMember(it) => int(usize::from(members.contains(&member(*it)))),
                _ => int(members.len()),
            },
            Content::Sorted(members) => on_sorted(members, act),
            Content::List(items) => on_list(items, act, is_new),
            Content::Text(_) => unreachable!("no collection"),
        };
        if content.is_nothing() {
            self.remove(db, key, now);
        } else {
            self.put(db, key, content, expiry);
        }
        reply
    }
}

fn count(members: &[Member], mut did: impl FnMut(Vec<u8>) -> bool) -> Reply {
    int(members.iter().filter(|it| did(member(**it))).count())
}

/// A call that changes fields takes out those of them whose time has come.
fn remove_due(fields: &mut Fields, changed: Vec<Member>, now: u64) {
    for field in changed.into_iter().map(member) {
        if fields.get(&field).is_some_and(|held| held.is_due(now)) {
            fields.remove(&field);
        }
    }
}

fn on_hash(fields: &mut Fields, act: &Act, now: u64) -> Reply {
    let held = |field: &Member| fields.get(&member(*field)).filter(|held| !held.is_due(now));
    let value = |field: &Member| held(field).map(|held| &held.value[..]);
    match act {
        Act::Hset(pairs) => {
            let put = |(field, value): &&(Member, Vec<u8>)| {
                let new = Field { value: value.clone(), expiry: None };
                fields.insert(member(*field), new).is_none()
            };
            int(pairs.iter().filter(put).count())
        }
        Act::Hpexpire(0, all) => {
            let gone = |field: &Member| fields.remove(&member(*field)).is_some();
            numbers(all.iter().map(gone).map(|gone| if gone { 2 } else { -2 }))
        }
        Act::Hpexpire(millis, all) => {
            let set = |field: &Member| match fields.get_mut(&member(*field)) {
                Some(held) => {
                    held.expiry = Some(now + millis);
                    1
                }
                None => -2,
            };
            numbers(all.iter().map(set))
        }
        Act::Hpersist(all) => numbers(all.iter().map(|field| {
            match fields.get_mut(&member(*field)).map(|held| held.expiry.take()) {
                Some(Some(_)) => 1,
                Some(None) => -1,
                None => -2,
            }
        })),
        Act::Hpttl(all) => numbers(all.iter().map(|field| match held(field) {
            Some(Field { expiry: Some(at), .. }) => (at - now).cast_signed(),
            Some(_) => -1,
            None => -2,
        })),
        Act::Hdel(all) => count(all, |field| fields.remove(&field).is_some()),
        Act::HincrBy(field, by) => {
            let old = value(field).unwrap_or(b"0");
            let Some(old) = super::text::integer(old) else {
                return error("hash value is not an integer");
            };
            let expiry = held(field).and_then(|held| held.expiry);
            let value = (old + by).to_string().into_bytes();
            fields.insert(member(*field), Field { value, expiry });
            number(old + by)
        }
        Act::Hget(field) => bulk(value(field)),
        Act::Hmget(all) => array(all.iter().map(value)),
        _ => int(fields.values().filter(|field| !field.is_due(now)).count()),
    }
}

fn on_sorted(members: &mut Members, act: &Act) -> Reply {
    let rank = |of: &Member| members.iter().position(|(_, it)| *it == member(*of));
    match act {
        Act::Zadd(all) => {
            int(all.iter().filter(|(score, it)| put(members, *score, *it).is_none()).count())
        }
        Act::ZincrBy(by, it) => {
            let score = rank(it).map_or(0, |at| members[at].0) + by;
            put(members, score, *it);
            bulk(Some(&halves(score)))
        }
        Act::Zrem(all) => count(all, |gone| {
            let len = members.len();
            members.retain(|(_, it)| *it != gone);
            members.len() < len
        }),
        Act::Zscore(it) => bulk(rank(it).map(|at| halves(members[at].0)).as_deref()),
        Act::Zrank(it) => rank(it).map_or_else(|| bulk(None), int),
        Act::Zrange(from, to) => with_scores(&members[stretch(members.len(), *from, *to)]),
        Act::ZremRangeByRank(from, to) => {
            int(members.drain(stretch(members.len(), *from, *to)).count())
        }
        Act::ZpopMin(count) => {
            let count = members.len().min(*count as usize);
            with_scores(&members.drain(..count).collect::<Vec<_>>())
        }
        _ => int(members.len()),
    }
}

/// Gives a member a score. Returns the former one.
fn put(members: &mut Members, score: Score, it: Member) -> Option<Score> {
    let name = member(it);
    let old = members.iter().position(|(_, other)| *other == name);
    let old = old.map(|at| members.remove(at).0);
    let at = members.partition_point(|other| *other < (score, name.clone()));
    members.insert(at, (score, name));
    old
}

fn with_scores(members: &[(Score, Vec<u8>)]) -> Reply {
    let words: Vec<_> =
        members.iter().flat_map(|(score, it)| [it.clone(), halves(*score)]).collect();
    array(words.iter().map(|word| Some(&word[..])))
}

fn on_list(items: &mut Vec<Vec<u8>>, act: &Act, is_new: bool) -> Reply {
    match act {
        Act::Push(end, all) => {
            for item in all {
                let at = if *end == End::Left { 0 } else { items.len() };
                items.insert(at, member(*item));
            }
            int(items.len())
        }
        Act::Pop(end, count) => pop(items, *end, *count, is_new),
        Act::Lset(..) if is_new => error("no such key"),
        Act::Lset(at, item) => match index(items.len(), *at) {
            Some(at) => {
                items[at] = member(*item);
                ok()
            }
            None => error("index out of range"),
        },
        Act::Linsert { .. } if is_new => number(0),
        Act::Linsert { before, pivot, item } => {
            let at = items.iter().position(|it| *it == member(*pivot));
            let Some(at) = at else { return number(-1) };
            items.insert(at + usize::from(!before), member(*item));
            int(items.len())
        }
        Act::Lrem(count, item) => remove(items, *count, &member(*item)),
        Act::Ltrim(from, to) => {
            *items = items[stretch(items.len(), *from, *to)].to_vec();
            ok()
        }
        Act::Lrange(from, to) => {
            array(items[stretch(items.len(), *from, *to)].iter().map(|item| Some(&item[..])))
        }
        Act::Lindex(at) => bulk(index(items.len(), *at).map(|at| &items[at][..])),
        _ => int(items.len()),
    }
}

fn pop(items: &mut Vec<Vec<u8>>, end: End, count: Option<u64>, is_new: bool) -> Reply {
    if is_new {
        return if count.is_some() { null_array() } else { bulk(None) };
    }
    let many = items.len().min(count.unwrap_or(1) as usize);
    let mut popped: Vec<_> = match end {
        End::Left => items.drain(..many).collect(),
        End::Right => items.drain(items.len() - many..).collect(),
    };
    if end == End::Right {
        popped.reverse();
    }
    if count.is_none() {
        return bulk(Some(&popped[0]));
    }
    array(popped.iter().map(|item| Some(&item[..])))
}

/// Removes so many of the items that are equal to one, from the right if there are fewer than none.
fn remove(items: &mut Vec<Vec<u8>>, count: i64, gone: &[u8]) -> Reply {
    let equal = items.iter().enumerate().filter(|(_, item)| *item == gone).map(|(at, _)| at);
    let mut equal: Vec<usize> = equal.collect();
    let many = if count == 0 { equal.len() } else { count.unsigned_abs() as usize };
    if count < 0 {
        equal.drain(..equal.len().saturating_sub(many));
    }
    equal.truncate(many);
    equal.iter().rev().for_each(|at| _ = items.remove(*at));
    int(equal.len())
}

/// Where an index points; negative ones count from the end.
fn index(len: usize, at: i64) -> Option<usize> {
    let at = if at < 0 { at + len.cast_signed() as i64 } else { at };
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// What lies between two indexes, both included.
fn stretch(len: usize, from: i64, to: i64) -> Range<usize> {
    let absolute = |at: i64| if at < 0 { at + len.cast_signed() as i64 } else { at };
    let from = usize::try_from(absolute(from)).unwrap_or(0);
    let end = usize::try_from(absolute(to) + 1).unwrap_or(0).min(len);
    if from < end { from..end } else { 0..0 }
}
