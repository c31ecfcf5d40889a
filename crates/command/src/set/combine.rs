//! Combining sets to look at the result: `SDIFF`, `SINTER`, `SINTERCARD`, `SUNION`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::algebra::Operation;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Tip, Words, parse,
};

/// What those that return members have in common.
const BASE: Spec = Spec {
    group: Group::Set,
    complexity: "O(N) where N is the number of all members of the sets.",
    since: "1.0.0",
    arity: Arity::AtLeast(2),
    keys: &[KeySpec::all(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    tips: &[Tip::NondeterministicOutputOrder],
    args: &[Arg::key("key").multiple()],
    ..Spec::BASE
};

/// Of an intersection.
const COMPLEXITY: &str =
    "O(N*M) where N is the size of the smallest set and M is the number of sets.";

pub(super) const SDIFF: Command = Command {
    spec: Spec {
        name: "sdiff",
        summary: "Returns the members of the first set that no other has.",
        ..BASE
    },
    run: sdiff,
};

pub(super) const SINTER: Command = Command {
    spec: Spec {
        name: "sinter",
        summary: "Returns the members that all sets have.",
        complexity: COMPLEXITY,
        ..BASE
    },
    run: sinter,
};

pub(super) const SINTERCARD: Command = Command {
    spec: Spec {
        name: "sintercard",
        group: Group::Set,
        summary: "Counts the members that all sets have, up to a limit.",
        complexity: COMPLEXITY,
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
    run: sintercard,
};

pub(super) const SUNION: Command = Command {
    spec: Spec { name: "sunion", summary: "Returns the members that any set has.", ..BASE },
    run: sunion,
};

fn sdiff(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, Operation::Difference, reply)
}

fn sinter(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, Operation::INTERSECTION, reply)
}

fn sunion(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    answer(txn, words, Operation::Union, reply)
}

fn answer(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    operation: Operation,
    reply: &mut Writer,
) -> Result<(), Stop> {
    operation.with(txn, &words[1..], |members| {
        reply.set(members.len());
        for member in members {
            reply.bulk(member);
        }
    })
}

fn sintercard(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let wrong = Fault::Text("ERR numkeys should be greater than 0");
    let count = parse::int(words[1]).ok().and_then(|count| usize::try_from(count).ok());
    let count = count.filter(|count| *count > 0).ok_or(wrong)?;
    let (keys, options) = words[2..]
        .split_at_checked(count)
        .ok_or(Fault::Text("ERR Number of keys can't be greater than number of args"))?;
    let count_max = limit(options)?;
    let operation = Operation::Intersection { count_max };
    operation.with(txn, keys, |members| reply.int(members.len().cast_signed() as i64))
}

/// `LIMIT limit`, where 0 is none. Of several the last counts.
fn limit(options: Words<'_>) -> Result<u64, Fault> {
    let mut limit = 0;
    let (pairs, rest) = options.as_chunks::<2>();
    for [option, number] in pairs {
        if !parse::is(option, "LIMIT") {
            return Err(Fault::Syntax);
        }
        let number = parse::int(number).ok().and_then(|number| u64::try_from(number).ok());
        limit = number.ok_or(Fault::Text("ERR LIMIT can't be negative"))?;
    }
    if !rest.is_empty() {
        return Err(Fault::Syntax);
    }
    Ok(if limit == 0 { u64::MAX } else { limit })
}
