//! Setting an expiry and taking it off: `EXPIRE`, `EXPIREAT`, `PEXPIRE`, `PEXPIREAT`, `PERSIST`.

use hadal_keyspace::{Txn, UnixMillis};
use hadal_resp::Writer;

use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words, parse,
};

const CONDITION: Arg = Arg::one_of(
    "condition",
    &[Arg::flag("nx", "NX"), Arg::flag("xx", "XX"), Arg::flag("gt", "GT"), Arg::flag("lt", "LT")],
)
.since("7.0.0")
.optional();

const CONDITIONS_SINCE: &[(&str, &str)] = &[("7.0.0", "Added `NX`, `XX`, `GT` and `LT`.")];

pub(super) const EXPIRE: Command = Command {
    spec: Spec {
        name: "expire",
        group: Group::Generic,
        summary: "Sets how many seconds a key still has to live.",
        complexity: "O(1)",
        since: "1.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: CONDITIONS_SINCE,
        args: &[Arg::key("key"), Arg::integer("seconds"), CONDITION],
        ..Spec::BASE
    },
    run: expire,
};

pub(super) const EXPIREAT: Command = Command {
    spec: Spec {
        name: "expireat",
        group: Group::Generic,
        summary: "Sets the Unix time in seconds at which a key expires.",
        complexity: "O(1)",
        since: "1.2.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: CONDITIONS_SINCE,
        args: &[Arg::key("key"), Arg::unix_time("unix-time-seconds"), CONDITION],
        ..Spec::BASE
    },
    run: expireat,
};

pub(super) const PERSIST: Command = Command {
    spec: Spec {
        name: "persist",
        group: Group::Generic,
        summary: "Takes the expiry off a key.",
        complexity: "O(1)",
        since: "2.2.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: persist,
};

pub(super) const PEXPIRE: Command = Command {
    spec: Spec {
        name: "pexpire",
        group: Group::Generic,
        summary: "Sets how many milliseconds a key still has to live.",
        complexity: "O(1)",
        since: "2.6.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: CONDITIONS_SINCE,
        args: &[Arg::key("key"), Arg::integer("milliseconds"), CONDITION],
        ..Spec::BASE
    },
    run: pexpire,
};

pub(super) const PEXPIREAT: Command = Command {
    spec: Spec {
        name: "pexpireat",
        group: Group::Generic,
        summary: "Sets the Unix time in milliseconds at which a key expires.",
        complexity: "O(1)",
        since: "2.6.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: CONDITIONS_SINCE,
        args: &[Arg::key("key"), Arg::unix_time("unix-time-milliseconds"), CONDITION],
        ..Spec::BASE
    },
    run: pexpireat,
};

/// How the time in a call is meant.
#[derive(Clone, Copy)]
struct Meant {
    /// From now, not from 1970.
    relative: bool,
    millis_per_unit: i64,
}

/// What must hold of the current expiry for a new one to be set.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one per option, and they combine")]
struct Condition {
    none_yet: bool,
    one_already: bool,
    later: bool,
    sooner: bool,
}

fn expire(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    set(txn, words, reply, "expire", Meant { relative: true, millis_per_unit: 1_000 })
}

fn expireat(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    set(txn, words, reply, "expireat", Meant { relative: false, millis_per_unit: 1_000 })
}

fn pexpire(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    set(txn, words, reply, "pexpire", Meant { relative: true, millis_per_unit: 1 })
}

fn pexpireat(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    set(txn, words, reply, "pexpireat", Meant { relative: false, millis_per_unit: 1 })
}

fn set(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
    name: &'static str,
    meant: Meant,
) -> Result<(), Stop> {
    let key = words[1];
    let condition = Condition::parse(&words[3..])?;
    let time = parse::int(words[2])?;
    let at = meant.at(time, txn.now()).ok_or(Fault::InvalidExpire(name))?;
    let set = match txn.expiry(key)? {
        Some(current) if condition.holds(current, at) => {
            // What is not after now has passed, and now is not negative.
            match UnixMillis::try_from(at) {
                Ok(at) if at > txn.now() => txn.set_expiry(key, Some(at))?,
                _ => txn.delete(key)?,
            }
        }
        Some(_) | None => false,
    };
    reply.int(i64::from(set));
    Ok(())
}

fn persist(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let key = words[1];
    let persisted = matches!(txn.expiry(key)?, Some(Some(_))) && txn.set_expiry(key, None)?;
    reply.int(i64::from(persisted));
    Ok(())
}

impl Meant {
    /// The moment meant, in milliseconds since 1970; `None` if it is too far away to be written.
    fn at(self, time: i64, now: UnixMillis) -> Option<i64> {
        let base = if self.relative { i64::try_from(now).ok()? } else { 0 };
        time.checked_mul(self.millis_per_unit)?.checked_add(base)
    }
}

impl Condition {
    fn parse(words: Words<'_>) -> Result<Self, Fault> {
        let mut condition = Self::default();
        for word in words {
            let set = [
                ("NX", &mut condition.none_yet),
                ("XX", &mut condition.one_already),
                ("GT", &mut condition.later),
                ("LT", &mut condition.sooner),
            ];
            let found = set.into_iter().find(|(name, _)| parse::is(word, name));
            let Some((_, found)) = found else {
                let word = String::from_utf8_lossy(word);
                return Err(Fault::Said(format!("ERR Unsupported option {word}")));
            };
            *found = true;
        }
        let Self { none_yet, one_already, later, sooner } = condition;
        if none_yet && (one_already || later || sooner) {
            return Err(Fault::Text(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if later && sooner {
            return Err(Fault::Text("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(condition)
    }

    /// A key that never expires counts as expiring later than any other.
    fn holds(self, current: Option<UnixMillis>, at: i64) -> bool {
        let current = current.map(i128::from);
        let at = i128::from(at);
        !(self.none_yet && current.is_some()
            || self.one_already && current.is_none()
            || self.later && current.is_none_or(|current| at <= current)
            || self.sooner && current.is_some_and(|current| at >= current))
    }
}
