//! Reading fields by name: `HEXISTS`, `HGET`, `HMGET`, `HSTRLEN`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::live::Live;
use crate::{
    Access, Arg, Arity, Command, Data, Elements, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const HEXISTS: Command = Command {
    spec: Spec {
        name: "hexists",
        group: Group::Hash,
        summary: "Tells whether a hash has a field.",
        complexity: "O(1)",
        since: "2.0.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Read, &[])],
        elements: Elements::One(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field")],
        ..Spec::BASE
    },
    run: hexists,
};

fn hexists(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let exists = match Live::open(txn, words[1])? {
        Some(hash) => hash.get(words[2])?.is_some(),
        None => false,
    };
    reply.int(i64::from(exists));
    Ok(())
}

pub(super) const HGET: Command = Command {
    spec: Spec {
        name: "hget",
        group: Group::Hash,
        summary: "Returns the value of a field.",
        complexity: "O(1)",
        since: "2.0.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        elements: Elements::One(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field")],
        ..Spec::BASE
    },
    run: hget,
};

fn hget(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let Some(hash) = Live::open(txn, words[1])? else {
        reply.null();
        return Ok(());
    };
    match hash.get(words[2])? {
        Some(entry) => reply.bulk(entry.value),
        None => reply.null(),
    }
    Ok(())
}

pub(super) const HMGET: Command = Command {
    spec: Spec {
        name: "hmget",
        group: Group::Hash,
        summary: "Returns the values of several fields.",
        complexity: "O(N) where N is the number of fields.",
        since: "2.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        elements: Elements::From(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field").multiple()],
        ..Spec::BASE
    },
    run: hmget,
};

fn hmget(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let fields = &words[2..];
    let hash = Live::open(txn, words[1])?;
    let found = match &hash {
        Some(hash) => hash.get_all(fields)?,
        None => vec![None; fields.len()],
    };
    reply.array(found.len());
    for entry in found {
        match entry {
            Some(entry) => reply.bulk(entry.value),
            None => reply.null(),
        }
    }
    Ok(())
}

pub(super) const HSTRLEN: Command = Command {
    spec: Spec {
        name: "hstrlen",
        group: Group::Hash,
        summary: "Returns the length in bytes of the value of a field.",
        complexity: "O(1)",
        since: "3.2.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Read, &[])],
        elements: Elements::One(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("field")],
        ..Spec::BASE
    },
    run: hstrlen,
};

fn hstrlen(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let len = match Live::open(txn, words[1])? {
        Some(hash) => hash.get(words[2])?.map_or(0, |entry| entry.value.len()),
        None => 0,
    };
    reply.int(len.cast_signed() as i64);
    Ok(())
}
