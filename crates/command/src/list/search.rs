//! Changing a list by what is in it.

use std::ops::ControlFlow;

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::End;
use super::scan::find;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words, parse,
};

pub(super) const LINSERT: Command = Command {
    spec: Spec {
        name: "linsert",
        group: Group::List,
        summary: "Puts an item before or after another one of a list.",
        complexity: "O(N) where N is the number of elements to traverse before seeing the value \
                     pivot. This means that inserting somewhere on the left end on the list (head) \
                     can be considered O(1) and inserting somewhere on the right end (tail) is \
                     O(N).",
        since: "2.2.0",
        arity: Arity::Exactly(5),
        keys: &[KeySpec::first(Access::Update, &[Data::Insert])],
        kind: Kind::Write { grows: true },
        args: &[
            Arg::key("key"),
            Arg::one_of("where", &[Arg::flag("before", "BEFORE"), Arg::flag("after", "AFTER")]),
            Arg::string("pivot"),
            Arg::string("element"),
        ],
        ..Spec::BASE
    },
    run: linsert,
};

pub(super) const LREM: Command = Command {
    spec: Spec {
        name: "lrem",
        group: Group::List,
        summary: "Removes items of a list that are equal to a given one.",
        complexity: "O(N+M) where N is the length of the list and M is the number of elements \
                     removed.",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Delete])],
        kind: Kind::Write { grows: false },
        args: &[Arg::key("key"), Arg::integer("count"), Arg::string("element")],
        ..Spec::BASE
    },
    run: lrem,
};

fn linsert(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let [key, side, pivot, item] = [words[1], words[2], words[3], words[4]];
    let beyond = match side {
        _ if parse::is(side, "BEFORE") => 0,
        _ if parse::is(side, "AFTER") => 1,
        _ => return Err(Fault::Syntax.into()),
    };
    let bytes_max = txn.answer_bytes_max();
    let Some(list) = txn.open(key, ValueKind::List)? else {
        reply.int(0);
        return Ok(());
    };
    let list = list.sequence();
    let len = list.len();
    let mut found = None;
    find(&list, pivot, (End::Left, len), bytes_max, &mut |index| {
        found = Some(index);
        ControlFlow::Break(())
    })?;
    let Some(index) = found else {
        reply.int(-1);
        return Ok(());
    };
    txn.edit(key, ValueKind::List)?.insert(index + beyond, item)?;
    reply.int((len + 1).cast_signed());
    Ok(())
}

fn lrem(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (key, item) = (words[1], words[3]);
    let count = parse::int(words[2])?;
    let end = if count < 0 { End::Right } else { End::Left };
    let removed_max = if count == 0 { u64::MAX } else { count.unsigned_abs() };
    let bytes_max = txn.answer_bytes_max();
    let Some(list) = txn.open(key, ValueKind::List)? else {
        reply.int(0);
        return Ok(());
    };
    let list = list.sequence();
    let mut found = Vec::new();
    find(&list, item, (end, list.len()), bytes_max, &mut |index| {
        found.push(index);
        if found.len() as u64 == removed_max {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    found.sort_unstable();
    let mut list = txn.edit(key, ValueKind::List)?;
    // From behind, so that what is still to be removed stays where it was found.
    for run in found.chunk_by(|one, next| one + 1 == *next).rev() {
        list.cut(run[0], run.len() as u64)?;
    }
    reply.int(found.len().cast_signed() as i64);
    Ok(())
}
