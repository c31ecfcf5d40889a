//! Asking for an expiry: `EXPIRETIME`, `PEXPIRETIME`, `PTTL`, `TTL`.

use hadal_keyspace::{Txn, UnixMillis};
use hadal_resp::Writer;

use crate::{
    Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Tip, Words,
};

pub(super) const EXPIRETIME: Command = Command {
    spec: Spec {
        name: "expiretime",
        group: Group::Generic,
        summary: "Returns the Unix time in seconds at which a key expires.",
        complexity: "O(1)",
        since: "7.0.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: expiretime,
};

pub(super) const PEXPIRETIME: Command = Command {
    spec: Spec {
        name: "pexpiretime",
        group: Group::Generic,
        summary: "Returns the Unix time in milliseconds at which a key expires.",
        complexity: "O(1)",
        since: "7.0.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: pexpiretime,
};

pub(super) const PTTL: Command = Command {
    spec: Spec {
        name: "pttl",
        group: Group::Generic,
        summary: "Returns how many milliseconds a key still has to live.",
        complexity: "O(1)",
        since: "2.6.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        tips: &[Tip::NondeterministicOutput],
        history: &[("2.8.0", "Replies -2 if there is no key.")],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: pttl,
};

pub(super) const TTL: Command = Command {
    spec: Spec {
        name: "ttl",
        group: Group::Generic,
        summary: "Returns how many seconds a key still has to live.",
        complexity: "O(1)",
        since: "1.0.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        tips: &[Tip::NondeterministicOutput],
        history: &[("2.8.0", "Replies -2 if there is no key.")],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: ttl,
};

fn expiretime(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, reply, |at, _| to_seconds(at))
}

fn pexpiretime(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, reply, |at, _| at)
}

fn ttl(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, reply, |at, now| to_seconds(at.saturating_sub(now)))
}

fn pttl(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, reply, UnixMillis::saturating_sub)
}

/// Minus two without a key, minus one without an expiry, or what `tell` makes of it and of now.
fn answer(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
    tell: fn(UnixMillis, UnixMillis) -> u64,
) -> Result<(), Stop> {
    let now = txn.now();
    reply.int(match txn.expiry(words[1])? {
        None => -2,
        Some(None) => -1,
        Some(Some(at)) => i64::try_from(tell(at, now)).unwrap_or(i64::MAX),
    });
    Ok(())
}

/// The nearest second.
fn to_seconds(millis: u64) -> u64 {
    millis.saturating_add(500) / 1_000
}
