//! Results for the client: `ZUNION`, `ZINTER`, `ZDIFF`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::{
    super::{range::WITH_SCORES, store::sort},
    AGGREGATE, DIFF_COST, INTER_COST, UNION_COST, WEIGHTS,
    call::{Call, Op, Target},
    result::result,
};
use crate::{Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Stop, Words};

const COMBINE: Spec = Spec {
    group: Group::SortedSet,
    since: "6.2.0",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::counted(1, Access::Read, &[Data::Access])],
    kind: Kind::Read,
    args: &[Arg::integer("numkeys"), Arg::key("key").multiple(), WEIGHTS, AGGREGATE, WITH_SCORES],
    ..Spec::BASE
};

pub(crate) const ZDIFF: Command = Command {
    spec: Spec {
        name: "zdiff",
        summary: "Returns the members of the first sorted set that are in none of the others.",
        complexity: DIFF_COST,
        args: &[Arg::integer("numkeys"), Arg::key("key").multiple(), WITH_SCORES],
        ..COMBINE
    },
    run: zdiff,
};

pub(crate) const ZINTER: Command = Command {
    spec: Spec {
        name: "zinter",
        summary: "Returns the members that several sorted sets have in common.",
        complexity: INTER_COST,
        ..COMBINE
    },
    run: zinter,
};

pub(crate) const ZUNION: Command = Command {
    spec: Spec {
        name: "zunion",
        summary: "Returns the members of several sorted sets.",
        complexity: UNION_COST,
        ..COMBINE
    },
    run: zunion,
};

fn zdiff(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Op::Diff, "zdiff", reply)
}

fn zinter(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Op::Inter, "zinter", reply)
}

fn zunion(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Op::Union, "zunion", reply)
}

fn reply_with(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    op: Op,
    name: &'static str,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let call = Call::parse(&words[1..], op, Target::Client, name)?;
    let mut members = result(txn, &call)?;
    sort(&mut members);
    call.shown.all(&members, reply);
    Ok(())
}
