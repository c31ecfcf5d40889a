//! Setting fields: `HMSET`, `HSET`, `HSETNX`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::live::{edit, with_field};
use crate::{
    Access, Arg, Arity, Command, Data, Deprecated, Elements, Fault, Group, KeySpec, Kind, Spec,
    Speed, Stop, Words,
};

const PAIRS: Arg = Arg::block("data", &[Arg::string("field"), Arg::string("value")]).multiple();

pub(super) const HMSET: Command = Command {
    spec: Spec {
        name: "hmset",
        group: Group::Hash,
        summary: "Sets the values of several fields.",
        complexity: "O(N) where N is the number of fields.",
        since: "2.0.0",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        elements: Elements::Pairs(2),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        deprecated: Some(Deprecated {
            since: "4.0.0",
            replaced_by: "`HSET` with multiple field-value pairs",
        }),
        args: &[Arg::key("key"), PAIRS],
        ..Spec::BASE
    },
    run: hmset,
};

fn hmset(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    set(txn, words, "hmset")?;
    reply.ok();
    Ok(())
}

pub(super) const HSET: Command = Command {
    spec: Spec {
        name: "hset",
        group: Group::Hash,
        summary: "Sets the values of fields and counts those that are new.",
        complexity: "O(N) where N is the number of fields.",
        since: "2.0.0",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        elements: Elements::Pairs(2),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        history: &[("4.0.0", "Takes several fields.")],
        args: &[Arg::key("key"), PAIRS],
        ..Spec::BASE
    },
    run: hset,
};

fn hset(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply.int(set(txn, words, "hset")?);
    Ok(())
}

pub(super) const HSETNX: Command = Command {
    spec: Spec {
        name: "hsetnx",
        group: Group::Hash,
        summary: "Sets the value of a field unless it has one.",
        complexity: "O(1)",
        since: "2.0.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Insert])],
        elements: Elements::One(2),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field"), Arg::string("value")],
        ..Spec::BASE
    },
    run: hsetnx,
};

fn hsetnx(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (field, value) = (words[2], words[3]);
    let mut hash = edit(txn, words[1], std::iter::once(field))?;
    let is_new = with_field(&hash, field, |entry| entry.is_none())?;
    if is_new {
        hash.put_field(field, value, None)?;
    }
    reply.int(i64::from(is_new));
    Ok(())
}

/// Sets all pairs; a field that was set does not expire any more. How many are new.
fn set(txn: &mut Txn<'_>, words: Words<'_>, name: &'static str) -> Result<i64, Stop> {
    let (pairs, []) = words[2..].as_chunks::<2>() else {
        return Err(Fault::WrongArity(name).into());
    };
    let mut hash = edit(txn, words[1], pairs.iter().map(|[field, _]| *field))?;
    let mut added = 0;
    for [field, value] in pairs {
        added += i64::from(hash.put_field(field, value, None)?);
    }
    Ok(added)
}
