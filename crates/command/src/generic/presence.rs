//! Whether a key is there, and making it go: `DEL`, `EXISTS`, `TOUCH`, `TYPE`, `UNLINK`.

use hadal_keyspace::{Miss, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use crate::{
    Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Tip, Words,
};

pub(super) const DEL: Command = Command {
    spec: Spec {
        name: "del",
        group: Group::Generic,
        summary: "Deletes keys and counts them.",
        complexity: "O(N) where N is the number of keys.",
        since: "1.0.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::all(Access::Delete, &[Data::Delete])],
        kind: Kind::Write { grows: false },
        tips: &[Tip::RequestMultiShard, Tip::ResponseAggSum],
        args: &[Arg::key("key").multiple()],
        ..Spec::BASE
    },
    run: del,
};

pub(super) const EXISTS: Command = Command {
    spec: Spec {
        name: "exists",
        group: Group::Generic,
        summary: "Counts how many of the keys exist.",
        complexity: "O(N) where N is the number of keys.",
        since: "1.0.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::all(Access::Read, &[])],
        kind: Kind::Read,
        speed: Speed::Fast,
        tips: &[Tip::RequestMultiShard, Tip::ResponseAggSum],
        history: &[("3.0.3", "Takes several keys.")],
        args: &[Arg::key("key").multiple()],
        ..Spec::BASE
    },
    run: exists,
};

pub(super) const TOUCH: Command = Command {
    spec: Spec {
        name: "touch",
        group: Group::Generic,
        summary: "Counts how many of the keys exist, and notes an access to each.",
        complexity: "O(N) where N is the number of keys.",
        since: "3.2.1",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::all(Access::Read, &[])],
        kind: Kind::Read,
        speed: Speed::Fast,
        tips: &[Tip::RequestMultiShard, Tip::ResponseAggSum],
        args: &[Arg::key("key").multiple()],
        ..Spec::BASE
    },
    run: touch,
};

pub(super) const TYPE: Command = Command {
    spec: Spec {
        name: "type",
        group: Group::Generic,
        summary: "Returns the type of the value at a key.",
        complexity: "O(1)",
        since: "1.0.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: type_of,
};

pub(super) const UNLINK: Command = Command {
    spec: Spec {
        name: "unlink",
        group: Group::Generic,
        summary: "Deletes keys and counts them; memory is given back behind.",
        complexity: "O(N) where N is the number of keys.",
        since: "4.0.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::all(Access::Delete, &[Data::Delete])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        tips: &[Tip::RequestMultiShard, Tip::ResponseAggSum],
        args: &[Arg::key("key").multiple()],
        ..Spec::BASE
    },
    run: unlink,
};

fn del(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    // A miss at the second key must not find the first one gone.
    count(&words[1..], |key| txn.exists(key))?;
    reply.int(count(&words[1..], |key| txn.delete(key))?);
    Ok(())
}

/// Memory of strings is given back at once; there is nothing slow to put off.
fn unlink(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    del(txn, words, reply)
}

fn exists(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply.int(count(&words[1..], |key| txn.exists(key))?);
    Ok(())
}

fn touch(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply.int(count(&words[1..], |key| txn.touch(key))?);
    Ok(())
}

fn type_of(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply.simple(txn.kind(words[1])?.map_or("none", ValueKind::name));
    Ok(())
}

fn count(keys: Words<'_>, mut is_it: impl FnMut(&[u8]) -> Result<bool, Miss>) -> Result<i64, Miss> {
    keys.iter().try_fold(0, |count, key| Ok(count + i64::from(is_it(key)?)))
}
