//! Looking into one set: `SCARD`, `SISMEMBER`, `SMEMBERS`, `SMISMEMBER`.

use hadal_keyspace::{Opened, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::work::members;
use crate::{
    Access, Arg, Arity, Command, Data, Elements, Group, KeySpec, Kind, Spec, Speed, Stop, Stream,
    Tip, Words, stream::Room,
};

pub(super) const SCARD: Command = Command {
    spec: Spec {
        name: "scard",
        group: Group::Set,
        summary: "Counts the members of a set.",
        complexity: "O(1)",
        since: "1.0.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: scard,
};

fn scard(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let len = txn.open(words[1], ValueKind::Set)?.map_or(0, |set| set.map().len());
    reply.int(len.cast_signed());
    Ok(())
}

pub(super) const SISMEMBER: Command = Command {
    spec: Spec {
        name: "sismember",
        group: Group::Set,
        summary: "Tells whether a set has a member.",
        complexity: "O(1)",
        since: "1.0.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Read, &[])],
        elements: Elements::One(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("member")],
        ..Spec::BASE
    },
    run: sismember,
};

fn sismember(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let is_member = match txn.open(words[1], ValueKind::Set)? {
        Some(set) => set.map().get(words[2])?.is_some(),
        None => false,
    };
    reply.int(i64::from(is_member));
    Ok(())
}

pub(super) const SMEMBERS: Command = Command {
    spec: Spec {
        name: "smembers",
        group: Group::Set,
        summary: "Returns all members of a set.",
        complexity: "O(N) where N is the size of the set.",
        since: "1.0.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutputOrder],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: smembers,
};

fn smembers(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let room = Room::of(txn);
    let set = txn.open(words[1], ValueKind::Set)?;
    if let Some(set) = &set {
        room.check(set.map().bytes(), || Stream::members(set.map().len()))?;
    }
    let members = set.as_ref().map_or(Ok(Vec::new()), members)?;
    reply.set(members.len());
    for member in members {
        reply.bulk(member);
    }
    Ok(())
}

pub(super) const SMISMEMBER: Command = Command {
    spec: Spec {
        name: "smismember",
        group: Group::Set,
        summary: "Tells of several members whether a set has them.",
        complexity: "O(N) where N is the number of members asked for.",
        since: "6.2.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        elements: Elements::From(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("member").multiple()],
        ..Spec::BASE
    },
    run: smismember,
};

fn smismember(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let members = &words[2..];
    let set = txn.open(words[1], ValueKind::Set)?;
    let has = |set: &Opened<'_>, member: &[u8]| Ok(set.map().get(member)?.is_some());
    let asked: Vec<Result<bool, Stop>> = members
        .iter()
        .map(|member| set.as_ref().map_or(Ok(false), |set| has(set, member)))
        .collect();
    reply.array(members.len());
    for is_member in asked {
        reply.int(i64::from(is_member?));
    }
    Ok(())
}
