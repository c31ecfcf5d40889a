//! Reading strings: whole, or whole with a change to when or whether they go on existing.

use hadal_keyspace::{Denied, Expiry, Txn};
use hadal_resp::Writer;

use super::options::{Caller, Options};
use crate::{
    fault::Stop,
    spec::{Access, Arg, Arity, Data, Group, KeySpec, Kind, Spec, Speed, Tip, Words},
    table::Command,
    text,
};

pub(super) const GET: Command = Command {
    spec: Spec {
        name: "get",
        group: Group::String,
        summary: "Returns the string at a key.",
        complexity: "O(1)",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: get,
};

fn get(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    match txn.get(words[1])? {
        Some(value) => reply.bulk(&value),
        None => reply.null(),
    }
    Ok(())
}

pub(super) const GETDEL: Command = Command {
    spec: Spec {
        name: "getdel",
        group: Group::String,
        summary: "Returns the string at a key and deletes the key.",
        complexity: "O(1)",
        since: "6.2.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Delete])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: getdel,
};

fn getdel(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    get(txn, words, reply)?;
    txn.delete(words[1])?;
    Ok(())
}

pub(super) const GETEX: Command = Command {
    spec: Spec {
        name: "getex",
        group: Group::String,
        summary: "Returns the string at a key and sets when the key expires.",
        complexity: "O(1)",
        since: "6.2.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])
            .notes("RW and UPDATE because it changes the TTL")],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[
            Arg::key("key"),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::flag("persist", "PERSIST"),
                ],
            )
            .optional(),
        ],
        ..Spec::BASE
    },
    run: getex,
};

fn getex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let options = Options::parse(&words[2..], Caller::GetEx)?;
    let now = txn.now();
    let Some(value) = txn.get(words[1])? else {
        // Redis looks at the time only once there is a key it is for.
        reply.null();
        return Ok(());
    };
    let expiry = options.expiry(now, "getex")?;
    reply.bulk(&value);
    match expiry {
        Expiry::Keep => {}
        Expiry::None => _ = txn.set_expiry(words[1], None)?,
        Expiry::At(at) if at <= now => _ = txn.delete(words[1])?,
        Expiry::At(at) => _ = txn.set_expiry(words[1], Some(at))?,
    }
    Ok(())
}

pub(super) const MGET: Command = Command {
    spec: Spec {
        name: "mget",
        group: Group::String,
        summary: "Returns the strings at several keys, all at one moment.",
        complexity: "O(N) where N is the number of keys.",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::all(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        tips: &[Tip::RequestMultiShard],
        args: &[Arg::key("key").multiple()],
        ..Spec::BASE
    },
    run: mget,
};

fn mget(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply.array(words.len() - 1);
    text::each(txn, &words[1..], |value| {
        match value {
            Ok(Some(value)) => reply.bulk(value),
            // What is no string counts as nothing.
            Ok(None) | Err(Denied::WrongKind) => reply.null(),
            Err(denied) => return Err(denied.into()),
        }
        Ok(())
    })
}

pub(super) const STRLEN: Command = Command {
    spec: Spec {
        name: "strlen",
        group: Group::String,
        summary: "Returns the length in bytes of the string at a key.",
        complexity: "O(1)",
        since: "2.2.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: strlen,
};

fn strlen(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let len = txn.text(words[1])?.map_or(0, |text| text.len());
    reply.int(len.cast_signed() as i64);
    Ok(())
}
