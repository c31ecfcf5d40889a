//! When fields expire, and that they shall not: `HEXPIRETIME`, `HPERSIST`, `HPEXPIRETIME`, `HPTTL`,
//! `HTTL`.

use hadal_keyspace::{Txn, UnixMillis};
use hadal_resp::Writer;

use super::expiry::{COUNT, FIELDS, fields};
use super::live::{Live, edit, with_field};
use crate::{
    Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Tip, Words,
    parse::Unit,
};

/// What is answered for a field that is not there.
const NO_FIELD: i64 = -2;
/// What is answered for a field that does not expire.
const NEVER: i64 = -1;

/// What those that read have in common.
const BASE: Spec = Spec {
    group: Group::Hash,
    complexity: "O(N) where N is the number of fields.",
    since: "7.4.0",
    arity: Arity::AtLeast(5),
    keys: &[KeySpec::first(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    speed: Speed::Fast,
    args: &[Arg::key("key"), FIELDS],
    ..Spec::BASE
};

pub(super) const HEXPIRETIME: Command = Command {
    spec: Spec {
        name: "hexpiretime",
        summary: "Returns the Unix times in seconds at which fields expire.",
        ..BASE
    },
    run: hexpiretime,
};

pub(super) const HPERSIST: Command = Command {
    spec: Spec {
        name: "hpersist",
        summary: "Takes the expiry off fields.",
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: false },
        ..BASE
    },
    run: hpersist,
};

pub(super) const HPEXPIRETIME: Command = Command {
    spec: Spec {
        name: "hpexpiretime",
        summary: "Returns the Unix times in milliseconds at which fields expire.",
        ..BASE
    },
    run: hpexpiretime,
};

pub(super) const HPTTL: Command = Command {
    spec: Spec {
        name: "hpttl",
        summary: "Returns how many milliseconds fields still have to live.",
        tips: &[Tip::NondeterministicOutput],
        ..BASE
    },
    run: hpttl,
};

pub(super) const HTTL: Command = Command {
    spec: Spec {
        name: "httl",
        summary: "Returns how many seconds fields still have to live.",
        tips: &[Tip::NondeterministicOutput],
        ..BASE
    },
    run: httl,
};

fn hexpiretime(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    tell(txn, words, 0, Unit::Seconds, reply)
}

fn hpexpiretime(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    tell(txn, words, 0, Unit::Millis, reply)
}

fn hpttl(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    tell(txn, words, txn.now(), Unit::Millis, reply)
}

fn httl(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    tell(txn, words, txn.now(), Unit::Seconds, reply)
}

/// Tells of each field when it expires, counted from `start`. A part of a second is a second.
fn tell(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    start: UnixMillis,
    unit: Unit,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let fields = fields(&words[2..], COUNT)?;
    let hash = Live::open(txn, words[1])?;
    let found = match &hash {
        Some(hash) => hash.get_all(fields)?,
        None => vec![None; fields.len()],
    };
    reply.array(found.len());
    for entry in found {
        let expiry = entry.map(|entry| entry.expiry);
        reply.int(match (expiry, unit) {
            (None, _) => NO_FIELD,
            (Some(None), _) => NEVER,
            (Some(Some(at)), Unit::Millis) => (at - start).cast_signed(),
            (Some(Some(at)), Unit::Seconds) => (at - start).div_ceil(1_000).cast_signed(),
        });
    }
    Ok(())
}

fn hpersist(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let fields = fields(&words[2..], COUNT)?;
    let mut hash = edit(txn, words[1], fields.iter().copied())?;
    reply.array(fields.len());
    for field in fields {
        let expiring = with_field(&hash, field, |entry| {
            entry.map(|entry| entry.expiry.map(|_| entry.value.to_vec()))
        })?;
        reply.int(match expiring {
            None => NO_FIELD,
            Some(None) => NEVER,
            Some(Some(value)) => {
                hash.put_field(field, &value, None)?;
                1
            }
        });
    }
    Ok(())
}
