//! The same before `ZRANGE` could do it: one command for each way to say a range.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::tree::Direction::{Backward, Forward};

use super::{
    query::{By, Caller},
    range::{LIMIT, WITH_SCORES, reply_with},
};
use crate::{
    Access, Arg, Arity, Command, Data, Deprecated, Group, KeySpec, Kind, Spec, Stop, Words,
};

const OLD: Spec = Spec {
    group: Group::SortedSet,
    complexity: "O(log(N)+M) where N is the size of the sorted set and M the number of members \
                 returned.",
    arity: Arity::AtLeast(4),
    keys: &[KeySpec::first(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    ..Spec::BASE
};

pub(super) const ZRANGEBYLEX: Command = Command {
    spec: Spec {
        name: "zrangebylex",
        summary: "Returns members from one to another, where all have the same score.",
        since: "2.8.9",
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`ZRANGE` with the `BYLEX` argument",
        }),
        args: &[Arg::key("key"), Arg::string("min"), Arg::string("max"), LIMIT],
        ..OLD
    },
    run: zrangebylex,
};

pub(super) const ZRANGEBYSCORE: Command = Command {
    spec: Spec {
        name: "zrangebyscore",
        summary: "Returns members with scores within a range.",
        since: "1.0.5",
        history: &[("2.0.0", "Added `WITHSCORES`.")],
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`ZRANGE` with the `BYSCORE` argument",
        }),
        args: &[
            Arg::key("key"),
            Arg::double("min"),
            Arg::double("max"),
            WITH_SCORES.since("2.0.0"),
            LIMIT,
        ],
        ..OLD
    },
    run: zrangebyscore,
};

pub(super) const ZREVRANGE: Command = Command {
    spec: Spec {
        name: "zrevrange",
        summary: "Returns members within a range of ranks, the highest score first.",
        since: "1.2.0",
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`ZRANGE` with the `REV` argument",
        }),
        args: &[Arg::key("key"), Arg::integer("start"), Arg::integer("stop"), WITH_SCORES],
        ..OLD
    },
    run: zrevrange,
};

pub(super) const ZREVRANGEBYLEX: Command = Command {
    spec: Spec {
        name: "zrevrangebylex",
        summary: "Returns members from one back to another, where all have the same score.",
        since: "2.8.9",
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`ZRANGE` with the `REV` and `BYLEX` arguments",
        }),
        args: &[Arg::key("key"), Arg::string("max"), Arg::string("min"), LIMIT],
        ..OLD
    },
    run: zrevrangebylex,
};

pub(super) const ZREVRANGEBYSCORE: Command = Command {
    spec: Spec {
        name: "zrevrangebyscore",
        summary: "Returns members with scores within a range, the highest first.",
        since: "2.2.0",
        history: &[("2.1.6", "`min` and `max` may be left out of the range.")],
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`ZRANGE` with the `REV` and `BYSCORE` arguments",
        }),
        args: &[Arg::key("key"), Arg::double("max"), Arg::double("min"), WITH_SCORES, LIMIT],
        ..OLD
    },
    run: zrevrangebyscore,
};

fn zrangebylex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Caller::Named(By::Member, Forward), reply)
}

fn zrangebyscore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Caller::Named(By::Score, Forward), reply)
}

fn zrevrange(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Caller::Named(By::Rank, Backward), reply)
}

fn zrevrangebylex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Caller::Named(By::Member, Backward), reply)
}

fn zrevrangebyscore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Caller::Named(By::Score, Backward), reply)
}
