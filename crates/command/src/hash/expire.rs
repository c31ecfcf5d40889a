//! Setting when fields expire: `HEXPIRE`, `HEXPIREAT`, `HPEXPIRE`, `HPEXPIREAT`.

use hadal_keyspace::{Editing, Txn, UnixMillis};
use hadal_resp::Writer;

use super::expiry::{FIELDS, fields, moment};
use super::live::{edit, with_field};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
    parse::{self, Unit},
};

const CONDITION: Arg = Arg::one_of(
    "condition",
    &[Arg::flag("nx", "NX"), Arg::flag("xx", "XX"), Arg::flag("gt", "GT"), Arg::flag("lt", "LT")],
)
.optional();

/// What these four have in common.
const BASE: Spec = Spec {
    group: Group::Hash,
    complexity: "O(N) where N is the number of fields.",
    since: "7.4.0",
    arity: Arity::AtLeast(6),
    keys: &[KeySpec::first(Access::Update, &[Data::Update])],
    kind: Kind::Write { grows: true },
    speed: Speed::Fast,
    ..Spec::BASE
};

pub(super) const HEXPIRE: Command = Command {
    spec: Spec {
        name: "hexpire",
        summary: "Sets how many seconds fields still have to live.",
        args: &[Arg::key("key"), Arg::integer("seconds"), CONDITION, FIELDS],
        ..BASE
    },
    run: hexpire,
};

pub(super) const HEXPIREAT: Command = Command {
    spec: Spec {
        name: "hexpireat",
        summary: "Sets the Unix time in seconds at which fields expire.",
        args: &[Arg::key("key"), Arg::unix_time("unix-time-seconds"), CONDITION, FIELDS],
        ..BASE
    },
    run: hexpireat,
};

pub(super) const HPEXPIRE: Command = Command {
    spec: Spec {
        name: "hpexpire",
        summary: "Sets how many milliseconds fields still have to live.",
        args: &[Arg::key("key"), Arg::integer("milliseconds"), CONDITION, FIELDS],
        ..BASE
    },
    run: hpexpire,
};

pub(super) const HPEXPIREAT: Command = Command {
    spec: Spec {
        name: "hpexpireat",
        summary: "Sets the Unix time in milliseconds at which fields expire.",
        args: &[Arg::key("key"), Arg::unix_time("unix-time-milliseconds"), CONDITION, FIELDS],
        ..BASE
    },
    run: hpexpireat,
};

fn hexpire(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let at = moment(words[2], Unit::Seconds, Some(txn.now()), "hexpire")?;
    expire(txn, words, at, reply)
}

fn hexpireat(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    expire(txn, words, moment(words[2], Unit::Seconds, None, "hexpireat")?, reply)
}

fn hpexpire(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let at = moment(words[2], Unit::Millis, Some(txn.now()), "hpexpire")?;
    expire(txn, words, at, reply)
}

fn hpexpireat(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    expire(txn, words, moment(words[2], Unit::Millis, None, "hpexpireat")?, reply)
}

fn expire(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    at: UnixMillis,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let now = txn.now();
    let condition = Condition::parse(words[3]);
    let rest = if condition == Condition::None { &words[3..] } else { &words[4..] };
    let wrong = Fault::Text("ERR Parameter `numFields` should be greater than 0");
    let fields = fields(rest, wrong)?;
    let mut hash = edit(txn, words[1], fields.iter().copied())?;
    reply.array(fields.len());
    for field in fields {
        reply.int(match expire_field(&mut hash, field, at, condition, now)? {
            Expired::NoField => -2,
            Expired::Unmet => 0,
            Expired::Set => 1,
            Expired::AtOnce => 2,
        });
    }
    Ok(())
}

/// What must hold of a field's expiry for another to be set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    NoneYet,
    OneAlready,
    Later,
    Sooner,
}

/// What became of a field.
enum Expired {
    NoField,
    Unmet,
    Set,
    /// Its time has come already.
    AtOnce,
}

impl Condition {
    fn parse(word: &[u8]) -> Self {
        let conditions = [
            ("NX", Self::NoneYet),
            ("XX", Self::OneAlready),
            ("GT", Self::Later),
            ("LT", Self::Sooner),
        ];
        let found = conditions.into_iter().find(|(name, _)| parse::is(word, name));
        found.map_or(Self::None, |(_, condition)| condition)
    }

    /// A field that never expires counts as expiring later than any other.
    fn holds(self, current: Option<UnixMillis>, at: UnixMillis) -> bool {
        match self {
            Self::None => true,
            Self::NoneYet => current.is_none(),
            Self::OneAlready => current.is_some(),
            Self::Later => current.is_some_and(|current| at > current),
            Self::Sooner => current.is_none_or(|current| at < current),
        }
    }
}

fn expire_field(
    hash: &mut Editing<'_, '_>,
    field: &[u8],
    at: UnixMillis,
    condition: Condition,
    now: UnixMillis,
) -> Result<Expired, Stop> {
    let found = with_field(hash, field, |entry| {
        entry.map(|entry| condition.holds(entry.expiry, at).then(|| entry.value.to_vec()))
    })?;
    Ok(match found {
        None => Expired::NoField,
        Some(None) => Expired::Unmet,
        Some(Some(_)) if at <= now => {
            hash.remove(field)?;
            Expired::AtOnce
        }
        Some(Some(value)) => {
            hash.put_field(field, &value, Some(at))?;
            Expired::Set
        }
    })
}
