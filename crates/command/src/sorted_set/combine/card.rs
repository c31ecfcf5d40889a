//! How many members several sorted sets have in common: `ZINTERCARD`.

use std::ops::ControlFlow;

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::{
    call::{Aggregate, Op, keys},
    result::each_common,
    source::open,
};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words,
    parse::{int, is},
};

pub(crate) const ZINTERCARD: Command = Command {
    spec: Spec {
        name: "zintercard",
        group: Group::SortedSet,
        summary: "Counts the members that several sorted sets have in common.",
        complexity: "O(N*K) where N is the size of the smallest set and K the number of sets.",
        since: "7.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::counted(1, Access::Read, &[Data::Access])],
        kind: Kind::Read,
        args: &[
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::integer("limit").token("LIMIT").optional(),
        ],
        ..Spec::BASE
    },
    run: zintercard,
};

fn zintercard(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (keys, rest) = keys(&words[1..], "zintercard")?;
    let limit = limit(rest)?;
    let weights = vec![1.0; keys.len()];
    let sources = open(txn, Op::Inter, keys, &weights)?;
    let mut count = 0;
    each_common(&sources, Aggregate::Sum, &mut |_, _| {
        count += 1;
        if limit == Some(count) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    reply.int(count);
    Ok(())
}

/// Where counting ends.
fn limit(mut words: Words<'_>) -> Result<Option<i64>, Fault> {
    let mut limit = 0;
    while let [option, number, rest @ ..] = words
        && is(option, "LIMIT")
    {
        let number = int(number).ok().filter(|number| *number >= 0);
        limit = number.ok_or(Fault::Text("ERR LIMIT can't be negative"))?;
        words = rest;
    }
    if words.is_empty() { Ok((limit > 0).then_some(limit)) } else { Err(Fault::Syntax) }
}
