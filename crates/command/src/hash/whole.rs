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

/// What a call shows of each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Fields,
    Values,
    /// Pairs in RESP3, one flat array in RESP2.
    Both,
}

fn hgetall(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    show_all(txn, words[1], Shown::Both, reply)
}

fn hkeys(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    show_all(txn, words[1], Shown::Fields, reply)
}

fn hvals(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    show_all(txn, words[1], Shown::Values, reply)
}

fn hlen(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let len = match Live::open(txn, words[1])? {
        Some(hash) => hash.len()?,
        None => 0,
    };
    reply.int(len.cast_signed());
    Ok(())
}

/// Replies with all fields, none if there is no hash.
fn show_all(txn: &mut Txn<'_>, key: &[u8], shown: Shown, reply: &mut Writer) -> Result<(), Stop> {
    let Some(hash) = Live::open(txn, key)? else {
        shown.begin(0, reply);
        return Ok(());
    };
    hash.check_fits(shown)?;
    let all = hash.all()?;
    shown.begin(all.len() as u64, reply);
    for entry in &all {
        shown.field(entry, reply);
    }
    Ok(())
}

impl Shown {
    /// Starts the answer; `count` fields follow.
    pub(crate) fn begin(self, count: u64, reply: &mut Writer) {
        match self {
            Self::Both => reply.map(count as usize),
            Self::Fields | Self::Values => reply.array(count as usize),
        }
    }

    pub(crate) fn field(self, entry: &Entry<'_>, reply: &mut Writer) {
        if self != Self::Values {
            reply.bulk(entry.key);
        }
        if self != Self::Fields {
            reply.bulk(entry.value);
        }
    }
}
