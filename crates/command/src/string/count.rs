//! Strings that count.

use std::borrow::Cow;

use hadal_keyspace::{Expiry, Txn};
use hadal_resp::Writer;
use hadal_value::str::{Float, IntText};

use crate::{
    fault::{Fault, Stop},
    parse::int,
    spec::{Access, Arg, Arity, Data, Group, KeySpec, Kind, Spec, Speed, Words},
    table::Command,
};

/// The longest text that Redis takes for a number.
const NUMBER_LEN_MAX: usize = 5 << 10;

pub(super) const DECR: Command = Command {
    spec: Spec {
        name: "decr",
        group: Group::String,
        summary: "Subtracts one from the integer at a key. No key counts as 0.",
        complexity: "O(1)",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: decr,
};

fn decr(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    add(txn, words[1], -1, reply)
}

pub(super) const DECRBY: Command = Command {
    spec: Spec {
        name: "decrby",
        group: Group::String,
        summary: "Subtracts from the integer at a key. No key counts as 0.",
        complexity: "O(1)",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::integer("decrement")],
        ..Spec::BASE
    },
    run: decrby,
};

fn decrby(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let by = int(words[2])?.checked_neg().ok_or(Fault::DecrementOverflow)?;
    add(txn, words[1], by, reply)
}

pub(super) const INCR: Command = Command {
    spec: Spec {
        name: "incr",
        group: Group::String,
        summary: "Adds one to the integer at a key. No key counts as 0.",
        complexity: "O(1)",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: incr,
};

fn incr(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    add(txn, words[1], 1, reply)
}

pub(super) const INCRBY: Command = Command {
    spec: Spec {
        name: "incrby",
        group: Group::String,
        summary: "Adds to the integer at a key. No key counts as 0.",
        complexity: "O(1)",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::integer("increment")],
        ..Spec::BASE
    },
    run: incrby,
};

fn incrby(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    add(txn, words[1], int(words[2])?, reply)
}

pub(super) const INCRBYFLOAT: Command = Command {
    spec: Spec {
        name: "incrbyfloat",
        group: Group::String,
        summary: "Adds to the number at a key, which may have a fraction. No key counts as 0.",
        complexity: "O(1)",
        since: "2.6.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::double("increment")],
        ..Spec::BASE
    },
    run: incrbyfloat,
};

fn incrbyfloat(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let float = |text: &[u8]| Float::parse(text).ok_or(Fault::NotAFloat);
    let by = float(words[2])?;
    let new = match number(txn, words[1], Fault::NotAFloat)? {
        Some(old) => float(&old)?.checked_add(by),
        None => Float::ZERO.checked_add(by),
    };
    let text = new.ok_or(Fault::NanOrInfinity)?.to_text();
    txn.set(words[1], text.as_bytes(), Expiry::Keep)?;
    reply.bulk(text.as_bytes());
    Ok(())
}

/// Adds to the integer at `key`, which is 0 if there is none.
fn add(txn: &mut Txn<'_>, key: &[u8], by: i64, reply: &mut Writer) -> Result<(), Stop> {
    let old = match number(txn, key, Fault::NotAnInteger)? {
        Some(text) => int(&text)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Fault::Overflow)?;
    txn.set(key, IntText::new(new).as_bytes(), Expiry::Keep)?;
    reply.int(new);
    Ok(())
}

/// The text at `key`, which may be that of a number; of a longer one nothing is read.
fn number<'t>(
    txn: &'t mut Txn<'_>,
    key: &'t [u8],
    fault: Fault,
) -> Result<Option<Cow<'t, [u8]>>, Stop> {
    match txn.text(key)? {
        Some(text) if text.len() > NUMBER_LEN_MAX => Err(fault.into()),
        Some(text) => Ok(Some(text.part(0..NUMBER_LEN_MAX)?)),
        None => Ok(None),
    }
}
