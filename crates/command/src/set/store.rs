//! Combining sets to keep the result: `SDIFFSTORE`, `SINTERSTORE`, `SUNIONSTORE`.

use hadal_keyspace::{Edit, Expiry, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::algebra::Operation;
use crate::{Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Stop, Words};

/// What they have in common.
const BASE: Spec = Spec {
    group: Group::Set,
    complexity: "O(N) where N is the number of all members of the sets.",
    since: "1.0.0",
    arity: Arity::AtLeast(3),
    keys: &[
        KeySpec::first(Access::Replace, &[Data::Update]),
        KeySpec::range(2, -1, 1, Access::Read, &[Data::Access]),
    ],
    kind: Kind::Write { grows: true },
    args: &[Arg::key("destination"), Arg::key("key").key_spec(1).multiple()],
    ..Spec::BASE
};

pub(super) const SDIFFSTORE: Command = Command {
    spec: Spec {
        name: "sdiffstore",
        summary: "Keeps the members of the first set that no other has, and counts them.",
        ..BASE
    },
    run: sdiffstore,
};

pub(super) const SINTERSTORE: Command = Command {
    spec: Spec {
        name: "sinterstore",
        summary: "Keeps the members that all sets have, and counts them.",
        complexity: "O(N*M) where N is the size of the smallest set and M is the number of sets.",
        ..BASE
    },
    run: sinterstore,
};

pub(super) const SUNIONSTORE: Command = Command {
    spec: Spec {
        name: "sunionstore",
        summary: "Keeps the members that any set has, and counts them.",
        ..BASE
    },
    run: sunionstore,
};

fn sdiffstore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    store(txn, words, Operation::Difference, reply)
}

fn sinterstore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    store(txn, words, Operation::INTERSECTION, reply)
}

fn sunionstore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    store(txn, words, Operation::Union, reply)
}

/// Replaces whatever is at the destination, which may be one of the sets.
fn store(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    operation: Operation,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let members: Vec<Box<[u8]>> = operation.with(txn, &words[2..], |members| {
        members.iter().map(|member| (*member).into()).collect()
    })?;
    let put = |member| Edit::Put { member, value: &[], expiry: None };
    let elements: Vec<_> = members.iter().map(|member| put(member)).collect();
    txn.put_collection(words[1], ValueKind::Set, &elements, Expiry::None)?;
    reply.int(members.len().cast_signed() as i64);
    Ok(())
}
