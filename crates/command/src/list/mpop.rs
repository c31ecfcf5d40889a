//! Taking several items from the first of several lists that has any.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::{EITHER, End, pop_many};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Flag, Group, KeySpec, Kind, Spec, Stop, Words,
    first_of::FirstOf,
    wait::{timeout, wait},
};

const BASE: Spec = Spec {
    group: Group::List,
    complexity: "O(N+M) where N is the number of provided keys and M is the number of elements \
                 returned.",
    since: "7.0.0",
    kind: Kind::Write { grows: false },
    ..Spec::BASE
};

pub(super) const LMPOP: Command = Command {
    spec: Spec {
        name: "lmpop",
        summary: "Removes items at an end of the first of several lists that has any, and returns \
                  them.",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::counted(1, Access::Update, &[Data::Access, Data::Delete])],
        args: &[
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", EITHER),
            Arg::integer("count").token("COUNT").optional(),
        ],
        ..BASE
    },
    run: lmpop,
};

pub(super) const BLMPOP: Command = Command {
    spec: Spec {
        name: "blmpop",
        summary: "Removes items at an end of the first of several lists that has any, and returns \
                  them. Waits until there are some.",
        arity: Arity::AtLeast(5),
        keys: &[KeySpec::counted(2, Access::Update, &[Data::Access, Data::Delete])],
        flags: &[Flag::Blocking],
        args: &[
            Arg::double("timeout"),
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", EITHER),
            Arg::integer("count").token("COUNT").optional(),
        ],
        ..BASE
    },
    run: blmpop,
};

fn lmpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    if !pop_first(txn, &wanted(&words[1..])?, reply)? {
        reply.null_array();
    }
    Ok(())
}

fn blmpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let wanted = wanted(&words[2..])?;
    let timeout_ms = timeout(words[1], txn.now())?;
    if pop_first(txn, &wanted, reply)? {
        return Ok(());
    }
    wait(txn, ValueKind::List, timeout_ms, reply)
}

fn wanted(words: Words<'_>) -> Result<FirstOf<'_, End>, Fault> {
    FirstOf::parse(words, |word| End::parse(word).ok())
}

/// Replies with the items and where they were. Whether there were any.
fn pop_first(
    txn: &mut Txn<'_>,
    wanted: &FirstOf<'_, End>,
    reply: &mut Writer,
) -> Result<bool, Stop> {
    for key in wanted.keys {
        let mark = reply.mark();
        reply.array(2);
        reply.bulk(key);
        if pop_many(txn, key, (wanted.end, wanted.count), reply)? {
            return Ok(true);
        }
        reply.truncate(mark);
    }
    Ok(false)
}
