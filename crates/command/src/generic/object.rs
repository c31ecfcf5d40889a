//! Looking into a value: `OBJECT` and its subcommands.

use hadal_keyspace::{Peek, Txn};
use hadal_resp::Writer;

use crate::{
    Access, Arg, Arity, Command, Fault, Flag, Group, KeySpec, Kind, Spec, Stop, Tip, Words,
    table::container,
};

pub(super) const OBJECT: Command = Command {
    spec: Spec {
        name: "object",
        group: Group::Generic,
        summary: "Contains the commands that look into a value.",
        since: "2.2.3",
        arity: Arity::AtLeast(2),
        ..Spec::BASE
    },
    run: container,
};

pub(super) const OBJECT_ENCODING: Command = Command {
    spec: Spec {
        name: "object|encoding",
        group: Group::Generic,
        summary: "Returns how the value of a key is represented.",
        complexity: "O(1)",
        since: "2.2.3",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::at(2, Access::Read, &[])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: encoding,
};

pub(super) const OBJECT_FREQ: Command = Command {
    spec: Spec {
        name: "object|freq",
        group: Group::Generic,
        summary: "Returns how often a key was used lately, on a logarithmic scale.",
        complexity: "O(1)",
        since: "4.0.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::at(2, Access::Read, &[])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: freq,
};

pub(super) const OBJECT_HELP: Command = Command {
    spec: Spec {
        name: "object|help",
        group: Group::Generic,
        summary: "Lists the subcommands.",
        complexity: "O(1)",
        since: "6.2.0",
        arity: Arity::Exactly(2),
        flags: &[Flag::Loading, Flag::Stale],
        ..Spec::BASE
    },
    run: help,
};

pub(super) const OBJECT_IDLETIME: Command = Command {
    spec: Spec {
        name: "object|idletime",
        group: Group::Generic,
        summary: "Returns the seconds since a key was last used.",
        complexity: "O(1)",
        since: "2.2.3",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::at(2, Access::Read, &[])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: idletime,
};

pub(super) const OBJECT_REFCOUNT: Command = Command {
    spec: Spec {
        name: "object|refcount",
        group: Group::Generic,
        summary: "Returns how many references the value of a key has.",
        complexity: "O(1)",
        since: "2.2.3",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::at(2, Access::Read, &[])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: refcount,
};

const HELP: &[&str] = &[
    "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "ENCODING <key>",
    "    Return the kind of internal representation used in order to store the value",
    "    associated with a <key>.",
    "FREQ <key>",
    "    Return the access frequency index of the <key>. The returned integer is",
    "    proportional to the logarithm of the recent access frequency of the key.",
    "IDLETIME <key>",
    "    Return the idle time of the <key>, that is the approximated number of",
    "    seconds elapsed since the last access to the key.",
    "REFCOUNT <key>",
    "    Return the number of references of the value associated with the specified",
    "    <key>.",
    "HELP",
    "    Prints this help.",
];

fn encoding(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    look(txn, words, reply, |peek, reply| {
        reply.bulk(peek.encoding().as_bytes());
        Ok(())
    })
}

/// Eviction here keeps a few steps of recent use per key, no count on Redis's scale: it is as if
/// no LFU policy were set.
fn freq(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    look(txn, words, reply, |_, _| {
        Err(Fault::Text(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please \
             note that when switching between policies at runtime LRU and LFU data will take some \
             time to adjust.",
        ))
    })
}

fn idletime(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    look(txn, words, reply, |peek, reply| {
        reply.int(i64::from(peek.idle_seconds));
        Ok(())
    })
}

/// Values are never shared between keys.
fn refcount(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    look(txn, words, reply, |_, reply| {
        reply.int(1);
        Ok(())
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has one shape")]
fn help(_: &mut Txn<'_>, _: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply.array(HELP.len());
    for line in HELP {
        reply.simple(line);
    }
    Ok(())
}

/// Replies with what `tell` makes of a key, or with null.
fn look(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    reply: &mut Writer,
    tell: fn(Peek<'_>, &mut Writer) -> Result<(), Fault>,
) -> Result<(), Stop> {
    match txn.peek(words[2])? {
        Some(peek) => tell(peek, reply)?,
        None => reply.null(),
    }
    Ok(())
}
