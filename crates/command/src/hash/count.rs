//! Fields that count: `HINCRBY`, `HINCRBYFLOAT`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::str::{Float, IntText, parse_int};

use super::live::{edit, with_field};
use crate::{
    Access, Arg, Arity, Command, Data, Elements, Fault, Group, KeySpec, Kind, Spec, Speed, Stop,
    Words, parse,
};

pub(super) const HINCRBY: Command = Command {
    spec: Spec {
        name: "hincrby",
        group: Group::Hash,
        summary: "Adds to the integer in a field. No field counts as 0.",
        complexity: "O(1)",
        since: "2.0.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        elements: Elements::One(2),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field"), Arg::integer("increment")],
        ..Spec::BASE
    },
    run: hincrby,
};

fn hincrby(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (field, by) = (words[2], parse::int(words[3])?);
    let mut hash = edit(txn, words[1], std::iter::once(field))?;
    let (old, expiry) = with_field(&hash, field, |entry| match entry {
        Some(entry) => (parse_int(entry.value), entry.expiry),
        None => (Some(0), None),
    })?;
    let old = old.ok_or(Fault::Text("ERR hash value is not an integer"))?;
    let new = old.checked_add(by).ok_or(Fault::Overflow)?;
    hash.put_field(field, IntText::new(new).as_bytes(), expiry)?;
    reply.int(new);
    Ok(())
}

pub(super) const HINCRBYFLOAT: Command = Command {
    spec: Spec {
        name: "hincrbyfloat",
        group: Group::Hash,
        summary: "Adds to the number in a field, which may have a fraction. No field counts as 0.",
        complexity: "O(1)",
        since: "2.6.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        elements: Elements::One(2),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field"), Arg::double("increment")],
        ..Spec::BASE
    },
    run: hincrbyfloat,
};

fn hincrbyfloat(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (field, by) = (words[2], Float::parse(words[3]).ok_or(Fault::NotAFloat)?);
    if by.checked_add(Float::ZERO).is_none() {
        return Err(Fault::Text("ERR value is NaN or Infinity").into());
    }
    let mut hash = edit(txn, words[1], std::iter::once(field))?;
    let (old, expiry) = with_field(&hash, field, |entry| match entry {
        Some(entry) => (Float::parse(entry.value), entry.expiry),
        None => (Some(Float::ZERO), None),
    })?;
    let old = old.ok_or(Fault::Text("ERR hash value is not a float"))?;
    let new = old.checked_add(by).ok_or(Fault::NanOrInfinity)?.to_text();
    hash.put_field(field, new.as_bytes(), expiry)?;
    reply.bulk(new.as_bytes());
    Ok(())
}
