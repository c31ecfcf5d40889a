//! What one client believes: its keys, and the operations it makes up.
//!
//! An operation is decided when it is made up, against the state that all operations before it
//! lead to, so its outcome is a list of `(key, what is there afterwards)` and nothing needs to be
//! computed twice. That works because a key has one owner and because commands whose outcome hangs
//! on whether a key has expired *by now* are not sent to keys that are about to expire.

use std::sync::Arc;

use hadal_it::{Random, Reply, wait};

use super::large::{self, Large};

/// A client by its number; it names the keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner(pub(crate) usize);

/// Strings: SET, APPEND, SETRANGE, GETDEL, RENAME, COPY, MSET, EXPIRE …
pub(crate) const PLAIN: usize = 60;
/// Numbers: INCR and its kin.
const COUNTERS: usize = 8;
/// Written together by EXEC and by nothing else.
const TOGETHER: usize = 4;
/// Keys that soon expire: only SET, DEL and PEXPIREAT.
pub(crate) const SOON: usize = 16;
/// Keys of a client that are strings.
pub(crate) const STRINGS: usize = PLAIN + COUNTERS + TOGETHER + SOON;
/// All of them: collections come last.
pub(crate) const KEYS: usize = STRINGS + large::COUNT;

const FIRST_COUNTER: usize = PLAIN;
const FIRST_TOGETHER: usize = FIRST_COUNTER + COUNTERS;
const FIRST_SOON: usize = FIRST_TOGETHER + TOGETHER;
/// Far enough never to come while the test runs.
const FAR_MS: u64 = 24 * 3600 * 1000;

impl Owner {
    /// The name of a key in the server.
    pub(crate) fn key(self, index: usize) -> Vec<u8> {
        let kind = match index {
            ..FIRST_COUNTER => "plain",
            FIRST_COUNTER..FIRST_TOGETHER => "counter",
            FIRST_TOGETHER..FIRST_SOON => "together",
            FIRST_SOON..STRINGS => "soon",
            _ => "large",
        };
        format!("client{:02}:{kind}:{index:03}", self.0).into_bytes()
    }

    /// The name of a collection.
    pub(crate) fn large_key(self, number: usize) -> Vec<u8> {
        self.key(STRINGS + number)
    }
}

/// When a key goes away, as far as the client can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline {
    pub(crate) earliest: u64,
    pub(crate) latest: u64,
}

impl Deadline {
    pub(crate) fn at(millis: u64) -> Self {
        Self { earliest: millis, latest: millis }
    }
}

/// What is at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The string, or a collection's digest.
    pub(crate) value: Arc<[u8]>,
    pub(crate) deadline: Option<Deadline>,
}

/// All keys of one client.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// By index.
    pub(crate) keys: Vec<Option<Entry>>,
    /// What is in the collections, after all that has been made up so far.
    pub(crate) large: Large,
}

impl State {
    pub(crate) fn empty() -> Self {
        Self { keys: vec![None; KEYS], large: Large::default() }
    }

    pub(crate) fn apply(&mut self, operation: &Operation) {
        for (index, after) in &operation.effects {
            self.keys[*index].clone_from(after);
        }
    }

    /// Keys that are there, whatever the time.
    pub(crate) fn known(&self) -> usize {
        self.keys.iter().flatten().count()
    }

    /// Keys whose time has not come.
    pub(crate) fn alive_at(&self, now: u64) -> usize {
        let entries = self.keys.iter().flatten();
        entries.filter(|entry| entry.deadline.is_none_or(|at| at.latest > now)).count()
    }
}

/// What the reply to one command must be.
#[derive(Debug, Clone)]
pub(crate) enum Expect {
    Is(Reply),
    Any,
    All(Vec<Expect>),
}

impl Expect {
    pub(crate) fn admits(&self, reply: &Reply) -> bool {
        match (self, reply) {
            (Self::Is(expected), reply) => expected == reply,
            (Self::Any, reply) => reply.error().is_none(),
            (Self::All(expected), Reply::Array(items)) => {
                expected.len() == items.len()
                    && expected.iter().zip(items).all(|(expect, item)| expect.admits(item))
            }
            (Self::All(_), _) => false,
        }
    }
}

/// One thing that happens as a whole or not at all: a command, or MULTI to EXEC.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) commands: Vec<Vec<Vec<u8>>>,
    pub(crate) expected: Vec<Expect>,
    pub(crate) effects: Vec<(usize, Option<Entry>)>,
}

/// Makes up operations and keeps the state they lead to.
#[derive(Debug)]
pub(crate) struct Author {
    owner: Owner,
    pub(crate) state: State,
    random: Random,
    /// Of the operation that is being made up.
    effects: Vec<(usize, Option<Entry>)>,
    stamp: u64,
}

/// Words, and what the reply must be.
pub(crate) type Command = (Vec<Vec<u8>>, Expect);

impl Author {
    pub(crate) fn new(owner: Owner, state: State, seed: u64) -> Self {
        Self { owner, state, random: Random::new(seed), effects: Vec::new(), stamp: seed }
    }

    /// The next operation: one in six a transaction.
    pub(crate) fn next(&mut self) -> Operation {
        let (commands, expected) = match self.random.below(12) {
            0 => self.transaction(),
            1 => self.together(),
            2 if self.random.one_in(4) => self.discarded(),
            _ => {
                let (words, expect) = self.command();
                (vec![words], vec![expect])
            }
        };
        Operation { commands, expected, effects: std::mem::take(&mut self.effects) }
    }

    /// How many operations to send before the next look at the replies.
    pub(crate) fn pipeline_len(&mut self) -> usize {
        match self.random.below(4) {
            0 => 1,
            1 => 1 + self.random.index(8),
            _ => 1 + self.random.index(64),
        }
    }

    fn transaction(&mut self) -> (Vec<Vec<Vec<u8>>>, Vec<Expect>) {
        let count = 2 + self.random.index(4);
        let (inner, expected) = (0..count).map(|_| self.command()).unzip();
        wrapped(inner, expected)
    }

    /// Four keys that are always equal, and a counter beside them.
    fn together(&mut self) -> (Vec<Vec<Vec<u8>>>, Vec<Expect>) {
        self.stamp += 1;
        let value: Arc<[u8]> = format!("stamp {}", self.stamp).into_bytes().into();
        let mut inner = Vec::new();
        let mut expected = Vec::new();
        for index in FIRST_TOGETHER..FIRST_SOON {
            self.put(index, value.to_vec(), None);
            inner.push(words(&[b"SET", &self.owner.key(index), &value]));
            expected.push(Expect::Is(Reply::ok()));
        }
        let (increment, number) = self.increment();
        inner.insert(2, increment);
        expected.insert(2, number);
        wrapped(inner, expected)
    }

    fn discarded(&mut self) -> (Vec<Vec<Vec<u8>>>, Vec<Expect>) {
        let key = self.owner.key(self.random.index(KEYS));
        let ok = || Expect::Is(Reply::ok());
        let queued = Expect::Is(Reply::Simple("QUEUED".into()));
        let commands =
            vec![words(&[b"MULTI"]), words(&[b"SET", &key, b"never"]), words(&[b"DISCARD"])];
        (commands, vec![ok(), queued, ok()])
    }

    fn command(&mut self) -> Command {
        match self.random.below(26) {
            20.. => self.change_large(),
            0..4 => self.set(),
            4..7 => self.increment(),
            7 => self.delete(),
            8 => self.append(),
            9 => self.set_range(),
            10 => self.get_and_delete(),
            11 => self.rename(),
            12 => self.copy(),
            13 => self.set_many(),
            14 => self.expire_far(),
            15 => self.persist(),
            16..18 => self.set_soon(),
            18 => self.expire_soon(),
            _ => self.delete_soon(),
        }
    }

    fn put(&mut self, index: usize, value: Vec<u8>, deadline: Option<Deadline>) {
        self.change(index, Some(Entry { value: value.into(), deadline }));
    }

    fn change(&mut self, index: usize, after: Option<Entry>) {
        self.state.keys[index].clone_from(&after);
        self.effects.push((index, after));
    }

    fn plain(&mut self) -> usize {
        self.random.index(PLAIN)
    }

    fn value(&mut self) -> Vec<u8> {
        let len = match self.random.below(16) {
            0 => self.random.index(8192),
            1..4 => self.random.index(1024),
            _ => self.random.index(120),
        };
        self.random.bytes(len)
    }

    fn set(&mut self) -> Command {
        let (index, value) = (self.plain(), self.value());
        let command = words(&[b"SET", &self.owner.key(index), &value]);
        self.put(index, value, None);
        (command, Expect::Is(Reply::ok()))
    }

    fn increment(&mut self) -> Command {
        let index = FIRST_COUNTER + self.random.index(COUNTERS);
        let old = self.state.keys[index].as_ref().map_or(0, |entry| {
            let text = std::str::from_utf8(&entry.value).expect("a counter is text");
            text.parse::<i64>().expect("a counter is a number")
        });
        let key = self.owner.key(index);
        let by = i64::try_from(self.random.below(1000)).expect("small");
        let (command, new) = match self.random.below(3) {
            0 => (words(&[b"INCR", &key]), old + 1),
            1 => (words(&[b"INCRBY", &key, by.to_string().as_bytes()]), old + by),
            _ => (words(&[b"DECR", &key]), old - 1),
        };
        self.put(index, new.to_string().into_bytes(), None);
        (command, Expect::Is(Reply::Int(new)))
    }

    fn delete(&mut self) -> Command {
        let (first, second) = (self.plain(), self.plain());
        let mut count = 0;
        for index in [first, second] {
            count += i64::from(self.state.keys[index].is_some());
            self.change(index, None);
        }
        let verb: &[u8] = if self.random.one_in(2) { b"DEL" } else { b"UNLINK" };
        let command = words(&[verb, &self.owner.key(first), &self.owner.key(second)]);
        (command, Expect::Is(Reply::Int(count)))
    }

    fn append(&mut self) -> Command {
        let (index, tail) = (self.plain(), self.value());
        let old = self.state.keys[index].clone();
        let deadline = old.as_ref().and_then(|entry| entry.deadline);
        let mut value = old.map_or_else(Vec::new, |entry| entry.value.to_vec());
        if value.len() > 32 * 1024 {
            return self.set();
        }
        value.extend_from_slice(&tail);
        let len = Reply::of_count(value.len());
        let command = words(&[b"APPEND", &self.owner.key(index), &tail]);
        self.put(index, value, deadline);
        (command, Expect::Is(len))
    }

    fn set_range(&mut self) -> Command {
        let (index, mut bytes) = (self.plain(), self.value());
        bytes.push(b'.');
        let offset = self.random.index(2048);
        let old = self.state.keys[index].clone();
        let deadline = old.as_ref().and_then(|entry| entry.deadline);
        let mut value = old.map_or_else(Vec::new, |entry| entry.value.to_vec());
        value.resize(value.len().max(offset + bytes.len()), 0);
        value[offset..offset + bytes.len()].copy_from_slice(&bytes);
        let len = Reply::of_count(value.len());
        let at = offset.to_string();
        let command = words(&[b"SETRANGE", &self.owner.key(index), at.as_bytes(), &bytes]);
        self.put(index, value, deadline);
        (command, Expect::Is(len))
    }

    fn get_and_delete(&mut self) -> Command {
        let index = self.plain();
        let old = self.state.keys[index].clone();
        let reply = old.map_or(Reply::Null, |entry| Reply::Bulk(entry.value.to_vec()));
        self.change(index, None);
        (words(&[b"GETDEL", &self.owner.key(index)]), Expect::Is(reply))
    }

    fn rename(&mut self) -> Command {
        let (from, to) = (self.plain(), self.plain());
        let Some(entry) = self.state.keys[from].clone() else {
            return self.set();
        };
        self.change(from, None);
        self.change(to, Some(entry));
        let command = words(&[b"RENAME", &self.owner.key(from), &self.owner.key(to)]);
        (command, Expect::Is(Reply::ok()))
    }

    fn copy(&mut self) -> Command {
        let (from, to) = (self.plain(), self.plain());
        let (true, Some(entry)) = (from != to, self.state.keys[from].clone()) else {
            return self.set();
        };
        self.change(to, Some(entry));
        let command = words(&[b"COPY", &self.owner.key(from), &self.owner.key(to), b"REPLACE"]);
        (command, Expect::Is(Reply::Int(1)))
    }

    fn set_many(&mut self) -> Command {
        let mut command = words(&[b"MSET"]);
        for _ in 0..2 + self.random.index(6) {
            let (index, value) = (self.plain(), self.value());
            command.extend([self.owner.key(index), value.clone()]);
            self.put(index, value, None);
        }
        (command, Expect::Is(Reply::ok()))
    }

    fn expire_far(&mut self) -> Command {
        let index = self.plain();
        let key = self.owner.key(index);
        let Some(entry) = self.state.keys[index].clone() else {
            return (words(&[b"EXPIRE", &key, b"100"]), Expect::Is(Reply::Int(0)));
        };
        let now = wait::unix_millis();
        let (command, deadline) = if self.random.one_in(2) {
            // Relative: it counts from when the server runs it, which is not known exactly.
            let latest = now + FAR_MS + 60_000;
            let seconds = (FAR_MS / 1000).to_string();
            (
                words(&[b"EXPIRE", &key, seconds.as_bytes()]),
                Deadline { earliest: now + FAR_MS - 1000, latest },
            )
        } else {
            let at = now + FAR_MS + self.random.below(FAR_MS);
            (words(&[b"PEXPIREAT", &key, at.to_string().as_bytes()]), Deadline::at(at))
        };
        self.change(index, Some(Entry { deadline: Some(deadline), ..entry }));
        (command, Expect::Is(Reply::Int(1)))
    }

    fn persist(&mut self) -> Command {
        let index = self.plain();
        let old = self.state.keys[index].clone();
        let had = old.as_ref().is_some_and(|entry| entry.deadline.is_some());
        if let Some(entry) = old {
            self.change(index, Some(Entry { deadline: None, ..entry }));
        }
        (words(&[b"PERSIST", &self.owner.key(index)]), Expect::Is(Reply::Int(i64::from(had))))
    }

    fn change_large(&mut self) -> Command {
        let (number, command) = self.state.large.command(self.owner, &mut self.random);
        let digest = self.state.large.digest(number);
        let after = digest.map(|digest| Entry { value: digest.into(), deadline: None });
        self.change(STRINGS + number, after);
        command
    }

    fn soon(&mut self) -> (usize, u64) {
        let index = FIRST_SOON + self.random.index(SOON);
        (index, wait::unix_millis() + 20 + self.random.below(3000))
    }

    fn set_soon(&mut self) -> Command {
        let ((index, at), value) = (self.soon(), self.value());
        let key = self.owner.key(index);
        if self.random.one_in(3) {
            let command = words(&[b"SET", &key, &value]);
            self.put(index, value, None);
            return (command, Expect::Is(Reply::ok()));
        }
        let command = words(&[b"SET", &key, &value, b"PXAT", at.to_string().as_bytes()]);
        self.put(index, value, Some(Deadline::at(at)));
        (command, Expect::Is(Reply::ok()))
    }

    /// Only where the key is certainly there.
    fn expire_soon(&mut self) -> Command {
        let (index, at) = self.soon();
        let old = self.state.keys[index].clone();
        let Some(entry) = old.filter(|entry| entry.deadline.is_none()) else {
            return self.set_soon();
        };
        let at_text = at.to_string();
        let command = words(&[b"PEXPIREAT", &self.owner.key(index), at_text.as_bytes()]);
        self.change(index, Some(Entry { deadline: Some(Deadline::at(at)), ..entry }));
        (command, Expect::Is(Reply::Int(1)))
    }

    fn delete_soon(&mut self) -> Command {
        let (index, _) = self.soon();
        self.change(index, None);
        (words(&[b"DEL", &self.owner.key(index)]), Expect::Any)
    }
}

pub(crate) fn words(words: &[&[u8]]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.to_vec()).collect()
}

fn wrapped(
    mut commands: Vec<Vec<Vec<u8>>>,
    expected: Vec<Expect>,
) -> (Vec<Vec<Vec<u8>>>, Vec<Expect>) {
    let queued = || Expect::Is(Reply::Simple("QUEUED".into()));
    let mut replies = vec![Expect::Is(Reply::ok())];
    replies.extend(commands.iter().map(|_| queued()));
    replies.push(Expect::All(expected));
    commands.insert(0, words(&[b"MULTI"]));
    commands.push(words(&[b"EXEC"]));
    (commands, replies)
}
