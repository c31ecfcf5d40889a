//! From one key to another: `COPY`, `MOVE`, `RENAME`, `RENAMENX`.

use hadal_keyspace::{Miss, Txn, Whole};
use hadal_resp::Writer;

use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words, parse,
};

const COMPLEXITY: &str =
    "O(1), or O(N) for a collection of N elements and more than 8 KiB, or a long string.";

pub(super) const COPY: Command = Command {
    spec: Spec {
        name: "copy",
        group: Group::Generic,
        summary: "Copies the value of a key, and its expiry, to another key.",
        complexity: "O(N) where N is the size of the value.",
        since: "6.2.0",
        arity: Arity::AtLeast(3),
        keys: &[
            KeySpec::first(Access::Read, &[Data::Access]),
            KeySpec::at(2, Access::Replace, &[Data::Update]).load(Access::Update),
        ],
        kind: Kind::Write { grows: true },
        args: &[
            Arg::key("source"),
            Arg::key("destination").key_spec(1),
            Arg::integer("destination-db").token("DB").optional(),
            Arg::flag("replace", "REPLACE").optional(),
        ],
        ..Spec::BASE
    },
    run: copy,
};

pub(super) const MOVE: Command = Command {
    spec: Spec {
        name: "move",
        group: Group::Generic,
        summary: "Moves a key to another database.",
        complexity: COMPLEXITY,
        since: "1.0.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::integer("db")],
        ..Spec::BASE
    },
    run: move_to,
};

pub(super) const RENAME: Command = Command {
    spec: Spec {
        name: "rename",
        group: Group::Generic,
        summary: "Renames a key; whatever has the new name is overwritten.",
        complexity: COMPLEXITY,
        since: "1.0.0",
        arity: Arity::Exactly(3),
        keys: &[
            KeySpec::first(Access::Update, &[Data::Access, Data::Delete]),
            KeySpec::at(2, Access::Replace, &[Data::Update]),
        ],
        kind: Kind::Write { grows: false },
        args: &[Arg::key("key"), Arg::key("newkey").key_spec(1)],
        ..Spec::BASE
    },
    run: rename,
};

pub(super) const RENAMENX: Command = Command {
    spec: Spec {
        name: "renamenx",
        group: Group::Generic,
        summary: "Renames a key unless the new name is taken.",
        complexity: COMPLEXITY,
        since: "1.0.0",
        arity: Arity::Exactly(3),
        keys: &[
            KeySpec::first(Access::Update, &[Data::Access, Data::Delete]),
            KeySpec::at(2, Access::Replace, &[Data::Insert]).load(Access::Update),
        ],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: &[("3.2.0", "Renaming a key to itself is no error any more.")],
        args: &[Arg::key("key"), Arg::key("newkey").key_spec(1)],
        ..Spec::BASE
    },
    run: renamenx,
};

fn copy(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (from, to) = (words[1], words[2]);
    let mut db = txn.db();
    let mut replace = false;
    let mut options = words[3..].iter();
    while let Some(option) = options.next() {
        match options.as_slice().first() {
            _ if parse::is(option, "REPLACE") => replace = true,
            Some(number) if parse::is(option, "DB") => {
                db = database(txn, number)?;
                options.next();
            }
            _ => return Err(Fault::Syntax.into()),
        }
    }
    if db == txn.db() && from == to {
        return Err(Fault::SameObject.into());
    }
    let may = replace || !txn.with_db(db, |txn| txn.exists(to))?;
    let copied = if may { take(txn, from)? } else { None };
    if let Some(whole) = &copied {
        txn.with_db(db, |txn| txn.put_whole(to, whole))?;
    }
    reply.int(i64::from(copied.is_some()));
    Ok(())
}

fn move_to(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let key = words[1];
    let db = database(txn, words[2])?;
    if db == txn.db() {
        return Err(Fault::SameObject.into());
    }
    let may = !txn.with_db(db, |txn| txn.exists(key))?;
    let moved = if may { take(txn, key)? } else { None };
    if let Some(whole) = &moved {
        txn.with_db(db, |txn| txn.put_whole(key, whole))?;
        txn.delete(key)?;
    }
    reply.int(i64::from(moved.is_some()));
    Ok(())
}

fn rename(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    rename_if(txn, words, |_, _| Ok(true))?;
    reply.ok();
    Ok(())
}

fn renamenx(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let renamed = rename_if(txn, words, |txn, to| Ok(!txn.exists(to)?))?;
    reply.int(i64::from(renamed));
    Ok(())
}

fn rename_if(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    may: fn(&mut Txn<'_>, &[u8]) -> Result<bool, Miss>,
) -> Result<bool, Stop> {
    let (from, to) = (words[1], words[2]);
    if !txn.exists(from)? {
        return Err(Fault::NoSuchKey.into());
    }
    if !may(txn, to)? {
        return Ok(false);
    }
    if from != to
        && let Some(whole) = take(txn, from)?
    {
        txn.put_whole(to, &whole)?;
        txn.delete(from)?;
    }
    Ok(true)
}

/// All there is at a key, if it is not too much to be held in memory twice.
fn take(txn: &mut Txn<'_>, key: &[u8]) -> Result<Option<Whole>, Stop> {
    let Some(bytes) = txn.peek(key)?.map(|peek| peek.value_bytes) else { return Ok(None) };
    if !txn.answer_fits(bytes) {
        return Err(Fault::TooLarge.into());
    }
    Ok(txn.whole(key)?)
}

/// The number of a database that there is.
fn database(txn: &Txn<'_>, word: &[u8]) -> Result<u32, Fault> {
    let number = i32::try_from(parse::int(word)?).map_err(|_| {
        Fault::Text("ERR value is out of range, value must between -2147483648 and 2147483647")
    })?;
    u32::try_from(number).ok().filter(|db| *db < txn.databases()).ok_or(Fault::DbOutOfRange)
}
