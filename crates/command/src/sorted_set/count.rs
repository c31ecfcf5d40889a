//! How many members: `ZCARD`, `ZCOUNT`, `ZLEXCOUNT`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::bounds::Bounds;
use crate::{Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Words};

pub(super) const ZCARD: Command = Command {
    spec: Spec {
        name: "zcard",
        group: Group::SortedSet,
        summary: "Counts the members of a sorted set.",
        complexity: "O(1)",
        since: "1.2.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: zcard,
};

pub(super) const ZCOUNT: Command = Command {
    spec: Spec {
        name: "zcount",
        group: Group::SortedSet,
        summary: "Counts the members with scores within a range.",
        complexity: "O(log(N)) where N is the size of the sorted set.",
        since: "2.0.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::double("min"), Arg::double("max")],
        ..Spec::BASE
    },
    run: zcount,
};

pub(super) const ZLEXCOUNT: Command = Command {
    spec: Spec {
        name: "zlexcount",
        group: Group::SortedSet,
        summary: "Counts the members from one to another, where all have the same score.",
        complexity: "O(log(N)) where N is the size of the sorted set.",
        since: "2.8.9",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("min"), Arg::string("max")],
        ..Spec::BASE
    },
    run: zlexcount,
};

fn zcard(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let opened = txn.open(words[1], ValueKind::SortedSet)?;
    reply.int(opened.map_or(0, |set| set.sorted().len()).cast_signed());
    Ok(())
}

fn zcount(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    count(txn, words[1], &Bounds::scores(words[2], words[3])?, reply)
}

fn zlexcount(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    count(txn, words[1], &Bounds::members(words[2], words[3])?, reply)
}

fn count(
    txn: &mut Txn<'_>,
    key: &[u8],
    bounds: &Bounds<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let count = match txn.open(key, ValueKind::SortedSet)? {
        Some(opened) => {
            let ranks = bounds.find(&opened.sorted())?;
            ranks.end - ranks.start
        }
        None => 0,
    };
    reply.int(count.cast_signed());
    Ok(())
}
