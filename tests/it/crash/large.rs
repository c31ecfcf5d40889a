//! Three collections of each client, so large that they have pages: a hash with counters, a list
//! and a sorted set.
//!
//! A state remembers of each how many elements it has and a digest of them that follows every
//! change, so that thousands of states can be compared with what a server shows.

use std::collections::{BTreeMap, VecDeque};

use hadal_it::{Random, Reply};

use super::model::{Command, Expect, Owner, words};

/// A collection of a client, by number.
pub(crate) const HASH: usize = 0;
pub(crate) const LIST: usize = 1;
pub(crate) const SORTED: usize = 2;
/// How many there are.
pub(crate) const COUNT: usize = 3;

/// About as many elements as collections come to have.
const USUAL_LEN: usize = 3_000;
/// Names of members: more than there usually are at a time.
const NAMES: usize = 5_000;
/// Fields of the hash that are numbers.
const COUNTERS: usize = 50;

/// An odd number: it can be divided by, modulo 2⁶⁴.
const RADIX: u64 = 0x9e37_79b9_7f4a_7c15;
const RADIX_INVERSE: u64 = inverse(RADIX);

/// What is in the collections of one client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Large {
    hash: BTreeMap<Vec<u8>, Vec<u8>>,
    list: VecDeque<Vec<u8>>,
    sorted: BTreeMap<Vec<u8>, i64>,
    digests: [u64; COUNT],
}

impl Large {
    /// Elements of all collections.
    pub(crate) fn len(&self) -> usize {
        self.hash.len() + self.list.len() + self.sorted.len()
    }

    /// Stands for what is in a collection; `None`: nothing, and so there is no key.
    pub(crate) fn digest(&self, number: usize) -> Option<Vec<u8>> {
        let len = [self.hash.len(), self.list.len(), self.sorted.len()][number];
        let digest = self.digests[number];
        (len > 0).then(|| format!("{len} elements, digest {digest:016x}").into_bytes())
    }

    /// The command that shows all of a collection.
    pub(crate) fn question(owner: Owner, number: usize) -> Vec<Vec<u8>> {
        let key = owner.large_key(number);
        match number {
            HASH => words(&[b"HGETALL", &key]),
            LIST => words(&[b"LRANGE", &key, b"0", b"-1"]),
            _ => words(&[b"ZRANGE", &key, b"0", b"-1", b"WITHSCORES"]),
        }
    }

    /// Takes the answer to [`question`](Self::question).
    ///
    /// # Panics
    /// If members of the sorted set do not come in their order.
    pub(crate) fn take(&mut self, number: usize, answer: Reply) {
        let items = answer.elements().into_iter().map(Reply::bytes);
        if number == LIST {
            return items.for_each(|item| self.push(End::Right, item));
        }
        let items: Vec<_> = items.collect();
        let mut last = None;
        for pair in items.as_chunks().0 {
            let [name, value] = pair;
            if number == HASH {
                self.put_field(name.clone(), value.clone());
                continue;
            }
            let score = String::from_utf8_lossy(value).parse().expect("scores here are integers");
            let here = Some((score, name.clone()));
            assert!(last < here, "members are out of order: {last:?} before {here:?}");
            last = here;
            self.put_score(name.clone(), score);
        }
    }

    /// A command on a collection, which it changes here, too. Returns which one.
    pub(crate) fn command(&mut self, owner: Owner, random: &mut Random) -> (usize, Command) {
        let number = random.index(COUNT);
        let key = owner.large_key(number);
        if random.one_in(1_500) {
            let was = self.digest(number).is_some();
            self.clear(number);
            let reply = Expect::Is(Reply::Int(i64::from(was)));
            return (number, (words(&[b"DEL", &key]), reply));
        }
        let command = match number {
            HASH => self.change_hash(&key, random),
            LIST => self.change_list(&key, random),
            _ => self.change_sorted(&key, random),
        };
        (number, command)
    }

    fn clear(&mut self, number: usize) {
        match number {
            HASH => self.hash.clear(),
            LIST => self.list.clear(),
            _ => self.sorted.clear(),
        }
        self.digests[number] = 0;
    }

    fn change_hash(&mut self, key: &[u8], random: &mut Random) -> Command {
        if random.one_in(4) {
            let field = format!("n{:03}", random.index(COUNTERS)).into_bytes();
            let by = random.below(1_000).cast_signed() - 500;
            let old = self.hash.get(&field).map_or(0, |text| number(text));
            let command = words(&[b"HINCRBY", key, &field, by.to_string().as_bytes()]);
            self.put_field(field, (old + by).to_string().into_bytes());
            return (command, Expect::Is(Reply::Int(old + by)));
        }
        if !grows(self.hash.len(), random) {
            let mut command = words(&[b"HDEL", key]);
            let count = (0..=random.index(20)).filter(|_| {
                let field = name(random);
                command.push(field.clone());
                self.remove_field(&field)
            });
            let count = count.count();
            return (command, Expect::Is(Reply::of_count(count)));
        }
        let mut command = words(&[b"HSET", key]);
        let mut added = 0;
        for _ in 0..=random.index(20) {
            let len = random.index(60);
            let (field, value) = (name(random), random.bytes(len));
            command.extend([field.clone(), value.clone()]);
            added += usize::from(self.put_field(field, value));
        }
        (command, Expect::Is(Reply::of_count(added)))
    }

    fn change_list(&mut self, key: &[u8], random: &mut Random) -> Command {
        let end = if random.one_in(2) { End::Left } else { End::Right };
        if random.one_in(4) && !self.list.is_empty() {
            let at = random.index(self.list.len());
            let len = random.index(60);
            let item = random.bytes(len);
            let command = words(&[b"LSET", key, at.to_string().as_bytes(), &item]);
            self.replace(at, item);
            return (command, Expect::Is(Reply::ok()));
        }
        if !grows(self.list.len(), random) {
            let count = 1 + random.index(20);
            let (left, right): (&[u8], &[u8]) = (b"LPOP", b"RPOP");
            let verb = if end == End::Left { left } else { right };
            let popped: Vec<_> = (0..count).map_while(|_| self.pop(end)).collect();
            let reply = if popped.is_empty() { Reply::Null } else { Reply::bulks(&popped) };
            return (words(&[verb, key, count.to_string().as_bytes()]), Expect::Is(reply));
        }
        let (left, right): (&[u8], &[u8]) = (b"LPUSH", b"RPUSH");
        let mut command = words(&[if end == End::Left { left } else { right }, key]);
        for _ in 0..=random.index(20) {
            let len = random.index(60);
            let item = random.bytes(len);
            command.push(item.clone());
            self.push(end, item);
        }
        (command, Expect::Is(Reply::of_count(self.list.len())))
    }

    fn change_sorted(&mut self, key: &[u8], random: &mut Random) -> Command {
        let score = |random: &mut Random| random.below(2_000).cast_signed() - 1_000;
        if random.one_in(4) {
            let (by, member) = (score(random), name(random));
            let new = self.sorted.get(&member).copied().unwrap_or(0) + by;
            let command = words(&[b"ZINCRBY", key, by.to_string().as_bytes(), &member]);
            self.put_score(member, new);
            return (command, Expect::Is(Reply::bulk(new.to_string())));
        }
        if !grows(self.sorted.len(), random) {
            let mut command = words(&[b"ZREM", key]);
            let count = (0..=random.index(20)).filter(|_| {
                let member = name(random);
                command.push(member.clone());
                self.remove_member(&member)
            });
            let count = count.count();
            return (command, Expect::Is(Reply::of_count(count)));
        }
        let mut command = words(&[b"ZADD", key]);
        let mut added = 0;
        for _ in 0..=random.index(20) {
            let (score, member) = (score(random), name(random));
            command.extend([score.to_string().into_bytes(), member.clone()]);
            added += usize::from(self.put_score(member, score));
        }
        (command, Expect::Is(Reply::of_count(added)))
    }

    /// Returns whether the field is new.
    fn put_field(&mut self, field: Vec<u8>, value: Vec<u8>) -> bool {
        let is_new = !self.remove_field(&field);
        self.add(HASH, element(&[&field, &value]));
        self.hash.insert(field, value);
        is_new
    }

    fn remove_field(&mut self, field: &[u8]) -> bool {
        let Some(value) = self.hash.remove(field) else { return false };
        self.subtract(HASH, element(&[field, &value]));
        true
    }

    /// Returns whether the member is new.
    fn put_score(&mut self, member: Vec<u8>, score: i64) -> bool {
        let is_new = !self.remove_member(&member);
        self.add(SORTED, element(&[&member, &score.to_le_bytes()]));
        self.sorted.insert(member, score);
        is_new
    }

    fn remove_member(&mut self, member: &[u8]) -> bool {
        let Some(score) = self.sorted.remove(member) else { return false };
        self.subtract(SORTED, element(&[member, &score.to_le_bytes()]));
        true
    }

    /// The digest of a list is a number in the system of [`RADIX`]: its items are the digits, the
    /// first one the lowest.
    fn push(&mut self, end: End, item: Vec<u8>) {
        let digit = element(&[&item]);
        if end == End::Left {
            self.digests[LIST] = self.digests[LIST].wrapping_mul(RADIX).wrapping_add(digit);
            self.list.push_front(item);
        } else {
            self.add(LIST, digit.wrapping_mul(weight(self.list.len())));
            self.list.push_back(item);
        }
    }

    fn pop(&mut self, end: End) -> Option<Vec<u8>> {
        if end == End::Left {
            let item = self.list.pop_front()?;
            self.subtract(LIST, element(&[&item]));
            self.digests[LIST] = self.digests[LIST].wrapping_mul(RADIX_INVERSE);
            Some(item)
        } else {
            let item = self.list.pop_back()?;
            self.subtract(LIST, element(&[&item]).wrapping_mul(weight(self.list.len())));
            Some(item)
        }
    }

    fn replace(&mut self, at: usize, item: Vec<u8>) {
        self.subtract(LIST, element(&[&self.list[at]]).wrapping_mul(weight(at)));
        self.add(LIST, element(&[&item]).wrapping_mul(weight(at)));
        self.list[at] = item;
    }

    fn add(&mut self, number: usize, digit: u64) {
        self.digests[number] = self.digests[number].wrapping_add(digit);
    }

    fn subtract(&mut self, number: usize, digit: u64) {
        self.digests[number] = self.digests[number].wrapping_sub(digit);
    }
}

/// An end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Right,
}

/// Whether a collection of this size rather grows than shrinks.
fn grows(len: usize, random: &mut Random) -> bool {
    random.index(USUAL_LEN * 2) >= len
}

fn name(random: &mut Random) -> Vec<u8> {
    format!("member {}", random.index(NAMES)).into_bytes()
}

fn number(text: &[u8]) -> i64 {
    String::from_utf8_lossy(text).parse().expect("a counter is a number")
}

/// Stands for an element, by its parts.
fn element(parts: &[&[u8]]) -> u64 {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in (part.len() as u64).to_le_bytes().iter().chain(*part) {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    Random::new(digest).next_u64()
}

fn weight(at: usize) -> u64 {
    RADIX.wrapping_pow(u32::try_from(at).expect("lists here are short"))
}

const fn inverse(odd: u64) -> u64 {
    // Each step doubles the low bits that are right; an odd number is its own inverse in three.
    let (mut inverse, mut step) = (odd, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_that_follows_changes_is_that_of_what_has_come_of_them() {
        let (mut large, mut random) = (Large::default(), Random::new(1));
        for _ in 0..20_000 {
            large.command(Owner(0), &mut random);
        }
        let mut again = Large::default();
        large.hash.iter().for_each(|(field, value)| {
            again.put_field(field.clone(), value.clone());
        });
        large.list.iter().for_each(|item| again.push(End::Right, item.clone()));
        large.sorted.iter().for_each(|(member, score)| {
            again.put_score(member.clone(), *score);
        });
        assert_eq!(large, again);
        for number in 0..COUNT {
            assert!(large.digest(number).is_some(), "collection {number} is large");
        }
    }
}
