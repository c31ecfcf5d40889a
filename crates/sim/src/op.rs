//! The commands that simulated clients send.

use crate::act::{Act, Sizes, Type};
use crate::dice::Dice;
use crate::model::Content;
use crate::settings::{DATABASES, Workload};

/// A key, by number.
pub(crate) type Key = u8;

/// When a written key shall expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ttl {
    Never,
    In(u64),
    Keep,
}

/// When `SET` may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum If {
    Always,
    Absent,
    Present,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Get(Key),
    GetRange(Key, i64, i64),
    Strlen(Key),
    Exists(Vec<Key>),
    Pttl(Key),
    Set {
        key: Key,
        value: Vec<u8>,
        when: If,
        get: bool,
        ttl: Ttl,
    },
    Append(Key, Vec<u8>),
    SetRange(Key, u64, Vec<u8>),
    SetBit(Key, u64, bool),
    IncrBy(Key, i64),
    Del(Vec<Key>),
    Pexpire(Key, i64),
    Persist(Key),
    Rename {
        from: Key,
        to: Key,
        if_absent: bool,
    },
    Copy {
        from: Key,
        to: Key,
        db: u32,
        replace: bool,
    },
    Move(Key, u32),
    Mset(Vec<(Key, Vec<u8>)>),
    MsetNx(Vec<(Key, Vec<u8>)>),
    GetDel(Key),
    GetEx(Key, Ttl),
    /// On the collection at the key.
    Act(Key, Act),
}

/// The name of a key. A third share one hash slot.
pub(crate) fn name(key: Key) -> Vec<u8> {
    match key % 3 {
        0 => format!("{{tag}}{key}"),
        _ => format!("key:{key}"),
    }
    .into_bytes()
}

impl Op {
    /// Draws a call. `found` says what is at a key: a call is usually one that fits.
    pub(crate) fn draw<'m>(
        dice: &Dice,
        workload: &Workload,
        found: impl FnOnce(Key) -> Option<&'m Content>,
    ) -> Self {
        let Workload { keys, value_len, sizes, acts_percent } = *workload;
        if dice.below(100) < acts_percent {
            return Self::draw_act(dice, keys, sizes, found);
        }
        let key = dice.below(keys.into()) as Key;
        let other = dice.below(keys.into()) as Key;
        let several = || (0..=dice.below(3)).map(|_| dice.below(keys.into()) as Key).collect();
        match dice.below(26) {
            0..=3 => Self::Get(key),
            4 => Self::GetRange(
                key,
                dice.below(20).cast_signed() - 10,
                dice.below(30).cast_signed() - 10,
            ),
            5 => Self::Strlen(key),
            6 => Self::Exists(several()),
            7 => Self::Pttl(key),
            8..=11 => Self::Set {
                key,
                value: value(dice, value_len),
                when: dice.pick(&[If::Always, If::Always, If::Absent, If::Present]),
                get: dice.one_in(6),
                ttl: dice.pick(&[Ttl::Never, Ttl::Never, Ttl::In(millis(dice)), Ttl::Keep]),
            },
            12 | 13 => Self::Append(key, value(dice, value_len)),
            14 => Self::SetRange(key, dice.below(value_len), value(dice, value_len)),
            15 => Self::SetBit(key, dice.below(value_len * 8), dice.one_in(2)),
            16 => Self::IncrBy(key, dice.below(2_000).cast_signed() - 1_000),
            17 | 18 => Self::Del(several()),
            19 => match dice.below(6) {
                0 => Self::Pexpire(key, -(millis(dice).cast_signed())),
                _ => Self::Pexpire(key, millis(dice).cast_signed()),
            },
            20 => Self::Persist(key),
            21 => Self::Rename { from: key, to: other, if_absent: dice.one_in(2) },
            22 => match dice.below(3) {
                0 => Self::Move(key, dice.below(DATABASES.into()) as u32),
                _ => Self::Copy {
                    from: key,
                    to: other,
                    db: dice.below(DATABASES.into()) as u32,
                    replace: dice.one_in(2),
                },
            },
            23 => {
                let several: Vec<Key> = several();
                let pairs = several.into_iter().map(|key| (key, value(dice, value_len))).collect();
                if dice.one_in(3) { Self::MsetNx(pairs) } else { Self::Mset(pairs) }
            }
            24 => Self::GetDel(key),
            _ => Self::GetEx(key, dice.pick(&[Ttl::Never, Ttl::In(millis(dice)), Ttl::Keep])),
        }
    }

    fn draw_act<'m>(
        dice: &Dice,
        keys: u8,
        sizes: Sizes,
        found: impl FnOnce(Key) -> Option<&'m Content>,
    ) -> Self {
        let key = dice.below(keys.into()) as Key;
        if dice.one_in(25) {
            return Self::Pexpire(key, millis(dice).cast_signed());
        }
        let held = found(key).and_then(Content::collection);
        let of = held.filter(|_| !dice.one_in(30)).unwrap_or_else(|| Type::draw(dice));
        Self::Act(key, Act::draw(dice, of, sizes))
    }

    /// The call as a client sends it.
    pub(crate) fn words(&self) -> Vec<Vec<u8>> {
        let call = |command: &str, key: Key| vec![text(command), name(key)];
        let all = |command: &str, keys: &[Key]| {
            let names = keys.iter().map(|key| name(*key));
            [text(command)].into_iter().chain(names).collect()
        };
        let pairs = |command: &str, pairs: &[(Key, Vec<u8>)]| {
            let words = pairs.iter().flat_map(|(key, value)| [name(*key), value.clone()]);
            [text(command)].into_iter().chain(words).collect()
        };
        let with = |mut words: Vec<Vec<u8>>, more: &[Vec<u8>]| {
            words.extend_from_slice(more);
            words
        };
        match self {
            Self::Get(key) => call("get", *key),
            Self::GetRange(key, from, to) => {
                with(call("getrange", *key), &[number(*from), number(*to)])
            }
            Self::Strlen(key) => call("strlen", *key),
            Self::Exists(keys) => all("exists", keys),
            Self::Pttl(key) => call("pttl", *key),
            Self::Set { key, value, when, get, ttl } => {
                let words = with(call("set", *key), std::slice::from_ref(value));
                with(words, &set_options(*when, *get, *ttl))
            }
            Self::Append(key, value) => with(call("append", *key), std::slice::from_ref(value)),
            Self::SetRange(key, offset, value) => {
                with(call("setrange", *key), &[number(offset.cast_signed()), value.clone()])
            }
            Self::SetBit(key, offset, bit) => {
                with(call("setbit", *key), &[number(offset.cast_signed()), number(i64::from(*bit))])
            }
            Self::IncrBy(key, by) => with(call("incrby", *key), &[number(*by)]),
            Self::Del(keys) => all("del", keys),
            Self::Pexpire(key, millis) => with(call("pexpire", *key), &[number(*millis)]),
            Self::Persist(key) => call("persist", *key),
            Self::Rename { from, to, if_absent } => {
                let command = if *if_absent { "renamenx" } else { "rename" };
                with(call(command, *from), &[name(*to)])
            }
            Self::Copy { from, to, db, replace } => {
                let into = [name(*to), text("db"), number(i64::from(*db))];
                let replace = [text("replace")].into_iter().take(usize::from(*replace));
                with(with(call("copy", *from), &into), &replace.collect::<Vec<_>>())
            }
            Self::Move(key, db) => with(call("move", *key), &[number(i64::from(*db))]),
            Self::Mset(all) => pairs("mset", all),
            Self::MsetNx(all) => pairs("msetnx", all),
            Self::GetDel(key) => call("getdel", *key),
            Self::GetEx(key, Ttl::Never) => with(call("getex", *key), &[text("persist")]),
            Self::GetEx(key, Ttl::In(millis)) => {
                with(call("getex", *key), &[text("px"), number(millis.cast_signed())])
            }
            Self::GetEx(key, Ttl::Keep) => call("getex", *key),
            Self::Act(key, act) => act.words(*key),
        }
    }

    /// Those of its keys that the reply depends on whatever the others hold.
    pub(crate) fn reads(&self, db: u32) -> Vec<(u32, Key)> {
        match self {
            Self::Mset(_) => Vec::new(),
            Self::Move(_, into) if *into == db => Vec::new(),
            Self::Copy { from, to, db: into, .. } if from == to && *into == db => Vec::new(),
            Self::MsetNx(pairs) => vec![(db, pairs[0].0)],
            Self::Rename { from, .. } | Self::Copy { from, replace: true, .. } => vec![(db, *from)],
            Self::Copy { to: key, db: into, .. } | Self::Move(key, into) => vec![(*into, *key)],
            _ => self.keys(db),
        }
    }

    /// The keys that it may look at, for a client that has `db` selected.
    pub(crate) fn keys(&self, db: u32) -> Vec<(u32, Key)> {
        let here = |keys: &[Key]| keys.iter().map(|key| (db, *key)).collect();
        match self {
            Self::Exists(keys) | Self::Del(keys) => here(keys),
            Self::Mset(pairs) | Self::MsetNx(pairs) => {
                pairs.iter().map(|(key, _)| (db, *key)).collect()
            }
            Self::Rename { from, to, .. } => here(&[*from, *to]),
            Self::Copy { from, to, db: into, .. } => vec![(db, *from), (*into, *to)],
            Self::Move(key, into) => vec![(db, *key), (*into, *key)],
            Self::Get(key)
            | Self::GetRange(key, ..)
            | Self::Strlen(key)
            | Self::Pttl(key)
            | Self::Set { key, .. }
            | Self::Append(key, _)
            | Self::SetRange(key, ..)
            | Self::SetBit(key, ..)
            | Self::IncrBy(key, _)
            | Self::Pexpire(key, _)
            | Self::Persist(key)
            | Self::GetDel(key)
            | Self::GetEx(key, _)
            | Self::Act(key, _) => here(&[*key]),
        }
    }
}

pub(crate) fn number(number: i64) -> Vec<u8> {
    number.to_string().into_bytes()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn set_options(when: If, get: bool, ttl: Ttl) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    match when {
        If::Always => {}
        If::Absent => words.push(text("nx")),
        If::Present => words.push(text("xx")),
    }
    if get {
        words.push(text("get"));
    }
    match ttl {
        Ttl::Never => {}
        Ttl::In(millis) => words.extend([text("px"), number(millis.cast_signed())]),
        Ttl::Keep => words.push(text("keepttl")),
    }
    words
}

pub(crate) fn millis(dice: &Dice) -> u64 {
    1 + dice.below(dice.pick(&[20, 2_000, 100_000]))
}

/// Usually short; sometimes a number, sometimes nothing, sometimes long.
pub(crate) fn value(dice: &Dice, len: u64) -> Vec<u8> {
    match dice.below(12) {
        0 => Vec::new(),
        1..=4 => (dice.below(1_000).cast_signed() - 500).to_string().into_bytes(),
        5 if dice.one_in(8) => vec![b'a' + dice.below(26) as u8; 4_000 + dice.index(500)],
        _ => {
            let byte = b'a' + dice.below(26) as u8;
            vec![byte; dice.below(len) as usize]
        }
    }
}
