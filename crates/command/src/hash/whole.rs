//! All fields of a hash: `HGETALL`, `HKEYS`, `HLEN`, `HVALS`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::collection::map::Entry;

use super::live::Live;
use crate::{
    Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Tip, Words,
};

/// What those that return all of it have in common.
const BASE: Spec = Spec {
    group: Group::Hash,
    complexity: "O(N) where N is the size of the hash.",
    since: "2.0.0",
    arity: Arity::Exactly(2),
    keys: &[KeySpec::first(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    tips: &[Tip::NondeterministicOutputOrder],
    args: &[Arg::key("key")],
    ..Spec::BASE
};

pub(super) const HGETALL: Command = Command {
    spec: Spec { name: "hgetall", summary: "Returns all fields and values of a hash.", ..BASE },
    run: hgetall,
};

pub(super) const HKEYS: Command = Command {
    spec: Spec { name: "hkeys", summary: "Returns all fields of a hash.", ..BASE },
    run: hkeys,
};

pub(super) const HLEN: Command = Command {
    spec: Spec {
        name: "hlen",
        summary: "Counts the fields of a hash.",
        complexity: "O(1), or O(N) where N is the size of the hash while fields have expired.",
        keys: &[KeySpec::first(Access::Read, &[])],
        speed: Speed::Fast,
        tips: &[],
        ..BASE
    },
    run: hlen,
};

pub(super) const HVALS: Command = Command {
    spec: Spec { name: "hvals", summary: "Returns all values of a hash.", ..BASE },
    run: hvals,
};

fn hgetall(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    with_all(txn, words[1], |all| {
        reply.map(all.len());
        for entry in all {
            reply.bulk(entry.key);
            reply.bulk(entry.value);
        }
    })
}

fn hkeys(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    with_all(txn, words[1], |all| {
        reply.array(all.len());
        for entry in all {
            reply.bulk(entry.key);
        }
    })
}

fn hvals(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    with_all(txn, words[1], |all| {
        reply.array(all.len());
        for entry in all {
            reply.bulk(entry.value);
        }
    })
}

fn hlen(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let len = match Live::open(txn, words[1])? {
        Some(hash) => hash.len()?,
        None => 0,
    };
    reply.int(len.cast_signed());
    Ok(())
}

/// Calls `f` with all fields, none if there is no hash.
fn with_all(txn: &mut Txn<'_>, key: &[u8], f: impl FnOnce(&[Entry<'_>])) -> Result<(), Stop> {
    match Live::open(txn, key)? {
        Some(hash) => {
            hash.check_fits()?;
            f(&hash.all()?);
        }
        None => f(&[]),
    }
    Ok(())
}
