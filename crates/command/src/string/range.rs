//! Parts of strings.

use hadal_keyspace::{Expiry, Txn};
use hadal_resp::Writer;
use hadal_value::str::range;

use crate::{
    fault::{Fault, Stop},
    parse::int,
    spec::{Access, Arg, Arity, Data, Deprecated, Group, KeySpec, Kind, Spec, Speed, Words},
    table::Command,
};

pub(super) const APPEND: Command = Command {
    spec: Spec {
        name: "append",
        group: Group::String,
        summary: "Adds to the end of the string at a key, which need not exist.",
        complexity: "O(N) where N is the length of what is added, on average.",
        since: "2.0.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Insert])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("value")],
        ..Spec::BASE
    },
    run: append,
};

fn append(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (key, value) = (words[1], words[2]);
    let len = if let Some(len) = txn.text(key)?.map(|text| text.len()) {
        check_len(txn, len, value.len())?;
        txn.write_at(key, len, value)?
    } else {
        // Not `write_at`: a new value may be encoded like any other.
        txn.set(key, value, Expiry::None)?;
        value.len()
    };
    reply.int(len.cast_signed() as i64);
    Ok(())
}

pub(super) const GETRANGE: Command = Command {
    spec: Spec {
        name: "getrange",
        group: Group::String,
        summary: "Returns a part of the string at a key.",
        complexity: "O(N) where N is the length of the part.",
        since: "2.4.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        args: &[Arg::key("key"), Arg::integer("start"), Arg::integer("end")],
        ..Spec::BASE
    },
    run: getrange,
};

fn getrange(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (start, end) = (int(words[2])?, int(words[3])?);
    let bytes_max = txn.answer_bytes_max();
    let Some(text) = txn.text(words[1])? else {
        reply.bulk(b"");
        return Ok(());
    };
    let range = range(text.len(), start, end);
    if range.len() as u64 > bytes_max {
        return Err(Fault::TooLarge.into());
    }
    reply.bulk(&text.part(range)?);
    Ok(())
}

pub(super) const SETRANGE: Command = Command {
    spec: Spec {
        name: "setrange",
        group: Group::String,
        summary: "Overwrites a part of the string at a key, which grows as needed.",
        complexity: "O(N) where N is the length of the part, and of the gap before it.",
        since: "2.2.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: true },
        args: &[Arg::key("key"), Arg::integer("offset"), Arg::string("value")],
        ..Spec::BASE
    },
    run: setrange,
};

fn setrange(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (key, value) = (words[1], words[3]);
    let Ok(offset) = usize::try_from(int(words[2])?) else {
        return Err(Fault::Text("ERR offset is out of range").into());
    };
    let len = if value.is_empty() {
        // Nothing is written, nothing created, and no offset is too large for it.
        txn.text(key)?.map_or(0, |text| text.len())
    } else {
        check_len(txn, offset, value.len())?;
        txn.write_at(key, offset, value)?
    };
    reply.int(len.cast_signed() as i64);
    Ok(())
}

pub(super) const SUBSTR: Command = Command {
    spec: Spec {
        name: "substr",
        group: Group::String,
        summary: "Returns a part of the string at a key.",
        complexity: "O(N) where N is the length of the part.",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        deprecated: Some(Deprecated { since: "2.0.0", replaced_by: "`GETRANGE`" }),
        args: &[Arg::key("key"), Arg::integer("start"), Arg::integer("end")],
        ..Spec::BASE
    },
    run: getrange,
};

/// Whether `len` bytes may be written at `offset`.
fn check_len(txn: &Txn<'_>, offset: usize, len: usize) -> Result<(), Fault> {
    match offset.checked_add(len) {
        Some(total) if total <= txn.value_len_max() => Ok(()),
        _ => Err(Fault::StringTooLong),
    }
}
