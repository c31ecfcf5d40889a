//! Results that are kept: `ZUNIONSTORE`, `ZINTERSTORE`, `ZDIFFSTORE`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::{
    super::store::store,
    AGGREGATE, DIFF_COST, INTER_COST, UNION_COST, WEIGHTS,
    call::{Call, Op, Target},
    result::result,
};
use crate::{Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Stop, Words};

const COMBINE: Spec = Spec {
    group: Group::SortedSet,
    since: "2.0.0",
    arity: Arity::AtLeast(4),
    keys: &[
        KeySpec::first(Access::Replace, &[Data::Update]),
        KeySpec::counted(2, Access::Read, &[Data::Access]),
    ],
    kind: Kind::Write { grows: true },
    args: &[
        Arg::key("destination"),
        Arg::integer("numkeys"),
        Arg::key("key").key_spec(1).multiple(),
        WEIGHTS,
        AGGREGATE,
    ],
    ..Spec::BASE
};

pub(crate) const ZDIFFSTORE: Command = Command {
    spec: Spec {
        name: "zdiffstore",
        summary: "Stores the members of the first sorted set that are in none of the others.",
        complexity: DIFF_COST,
        since: "6.2.0",
        args: &[
            Arg::key("destination"),
            Arg::integer("numkeys"),
            Arg::key("key").key_spec(1).multiple(),
        ],
        ..COMBINE
    },
    run: zdiffstore,
};

pub(crate) const ZINTERSTORE: Command = Command {
    spec: Spec {
        name: "zinterstore",
        summary: "Stores the members that several sorted sets have in common.",
        complexity: INTER_COST,
        ..COMBINE
    },
    run: zinterstore,
};

pub(crate) const ZUNIONSTORE: Command = Command {
    spec: Spec {
        name: "zunionstore",
        summary: "Stores the members of several sorted sets.",
        complexity: UNION_COST,
        ..COMBINE
    },
    run: zunionstore,
};

fn zdiffstore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    store_result(txn, words, Op::Diff, "zdiffstore", reply)
}

fn zinterstore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    store_result(txn, words, Op::Inter, "zinterstore", reply)
}

fn zunionstore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    store_result(txn, words, Op::Union, "zunionstore", reply)
}

fn store_result(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    op: Op,
    name: &'static str,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let call = Call::parse(&words[2..], op, Target::Key, name)?;
    let members = result(txn, &call)?;
    store(txn, words[1], members, reply)
}
