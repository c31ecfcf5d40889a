//! Removing members: `ZREM`, `ZREMRANGEBYRANK`, `ZREMRANGEBYSCORE`, `ZREMRANGEBYLEX`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::{bounds::Bounds, cut::cut};
use crate::{
    Access, Arg, Arity, Command, Data, Elements, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const ZREM: Command = Command {
    spec: Spec {
        name: "zrem",
        group: Group::SortedSet,
        summary: "Removes members from a sorted set.",
        complexity: "O(M*log(N)) where N is the size of the sorted set and M the number of \
                     members to remove.",
        since: "1.2.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Delete])],
        elements: Elements::From(2),
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: &[("2.4.0", "Takes several members.")],
        args: &[Arg::key("key"), Arg::string("member").multiple()],
        ..Spec::BASE
    },
    run: zrem,
};

const REMOVE_RANGE: Spec = Spec {
    group: Group::SortedSet,
    complexity: "O(log(N)+M*log(N)) where N is the size of the sorted set and M the number of \
                 members removed.",
    arity: Arity::Exactly(4),
    keys: &[KeySpec::first(Access::Update, &[Data::Delete])],
    kind: Kind::Write { grows: false },
    ..Spec::BASE
};

pub(super) const ZREMRANGEBYLEX: Command = Command {
    spec: Spec {
        name: "zremrangebylex",
        summary: "Removes members from one to another, where all have the same score.",
        since: "2.8.9",
        args: &[Arg::key("key"), Arg::string("min"), Arg::string("max")],
        ..REMOVE_RANGE
    },
    run: zremrangebylex,
};

pub(super) const ZREMRANGEBYRANK: Command = Command {
    spec: Spec {
        name: "zremrangebyrank",
        summary: "Removes members within a range of ranks.",
        since: "2.0.0",
        args: &[Arg::key("key"), Arg::integer("start"), Arg::integer("stop")],
        ..REMOVE_RANGE
    },
    run: zremrangebyrank,
};

pub(super) const ZREMRANGEBYSCORE: Command = Command {
    spec: Spec {
        name: "zremrangebyscore",
        summary: "Removes members with scores within a range.",
        since: "1.2.0",
        args: &[Arg::key("key"), Arg::double("min"), Arg::double("max")],
        ..REMOVE_RANGE
    },
    run: zremrangebyscore,
};

fn zrem(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let members = &words[2..];
    let mut set = txn.edit(words[1], ValueKind::SortedSet)?;
    for member in members {
        // What is absent is noted: that is all that matters here.
        _ = set.opened().sorted().rank(member);
    }
    set.ready()?;
    let mut removed = 0;
    for member in members {
        removed += i64::from(set.remove(member)?);
    }
    reply.int(removed);
    Ok(())
}

fn zremrangebylex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    remove_range(txn, words[1], &Bounds::members(words[2], words[3])?, reply)
}

fn zremrangebyrank(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    remove_range(txn, words[1], &Bounds::ranks(words[2], words[3])?, reply)
}

fn zremrangebyscore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    remove_range(txn, words[1], &Bounds::scores(words[2], words[3])?, reply)
}

fn remove_range(
    txn: &mut Txn<'_>,
    key: &[u8],
    bounds: &Bounds<'_>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let ranks = match txn.open(key, ValueKind::SortedSet)? {
        Some(opened) => bounds.find(&opened.sorted())?,
        None => 0..0,
    };
    reply.int((ranks.end - ranks.start).cast_signed());
    cut(txn, key, ranks)
}
