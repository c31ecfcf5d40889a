//! Changing sets: `SADD`, `SMOVE`, `SREM`.

use hadal_keyspace::{Editing, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use crate::{
    Access, Arg, Arity, Command, Data, Elements, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const SADD: Command = Command {
    spec: Spec {
        name: "sadd",
        group: Group::Set,
        summary: "Adds members to a set and counts those that are new.",
        complexity: "O(N) where N is the number of members given.",
        since: "1.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Insert])],
        elements: Elements::From(2),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        history: &[("2.4.0", "Takes several members.")],
        args: &[Arg::key("key"), Arg::string("member").multiple()],
        ..Spec::BASE
    },
    run: sadd,
};

fn sadd(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let members = &words[2..];
    let mut set = edit(txn, words[1], ahead(members))?;
    let mut added = 0;
    for member in members {
        added += i64::from(set.add(member)?);
    }
    reply.int(added);
    Ok(())
}

pub(super) const SMOVE: Command = Command {
    spec: Spec {
        name: "smove",
        group: Group::Set,
        summary: "Moves a member from one set to another.",
        complexity: "O(1)",
        since: "1.0.0",
        arity: Arity::Exactly(4),
        keys: &[
            KeySpec::first(Access::Update, &[Data::Access, Data::Delete]),
            KeySpec::at(2, Access::Update, &[Data::Insert]),
        ],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[Arg::key("source"), Arg::key("destination").key_spec(1), Arg::string("member")],
        ..Spec::BASE
    },
    run: smove,
};

fn smove(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (from, to, member) = (words[1], words[2], words[3]);
    // Without a source, Redis does not look at what the destination is.
    let Some(set) = txn.open(from, ValueKind::Set)? else {
        reply.int(0);
        return Ok(());
    };
    let is_member = set.map().get(member).map(|entry| entry.is_some());
    // Both sets must be in memory before the first of them changes.
    edit(txn, to, &[member])?;
    let is_member = is_member?;
    if is_member && from != to {
        edit(txn, from, &[member])?.remove(member)?;
        edit(txn, to, &[member])?.add(member)?;
    }
    reply.int(i64::from(is_member));
    Ok(())
}

pub(super) const SREM: Command = Command {
    spec: Spec {
        name: "srem",
        group: Group::Set,
        summary: "Removes members from a set and counts them. A set without members is no key.",
        complexity: "O(N) where N is the number of members given.",
        since: "1.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Delete])],
        elements: Elements::From(2),
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: &[("2.4.0", "Takes several members.")],
        args: &[Arg::key("key"), Arg::string("member").multiple()],
        ..Spec::BASE
    },
    run: srem,
};

fn srem(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let members = &words[2..];
    let mut set = edit(txn, words[1], ahead(members))?;
    let mut removed = 0;
    for member in members {
        removed += i64::from(set.remove(member)?);
    }
    reply.int(removed);
    Ok(())
}

/// Those of the members to ask for before the first change: a single one is asked for by its own.
fn ahead<'m, 'w>(members: &'m [&'w [u8]]) -> &'m [&'w [u8]] {
    if members.len() > 1 { members } else { &[] }
}

/// The set at `key`, to be changed at these members: all that this needs is in memory.
pub(super) fn edit<'t, 'a>(
    txn: &'t mut Txn<'a>,
    key: &'t [u8],
    members: &[&[u8]],
) -> Result<Editing<'t, 'a>, Stop> {
    let set = txn.edit(key, ValueKind::Set)?;
    for member in members {
        // What is absent has been noted: it is told when all have been asked for.
        _ = set.opened().map().get(member);
    }
    set.ready()?;
    Ok(set)
}
