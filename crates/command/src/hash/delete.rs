//! Deleting fields: `HDEL`, `HGETDEL`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::expiry::{COUNT, FIELDS, fields};
use super::live::{edit, with_field};
use crate::{
    Access, Arg, Arity, Command, Data, Elements, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const HDEL: Command = Command {
    spec: Spec {
        name: "hdel",
        group: Group::Hash,
        summary: "Deletes fields and counts them. A hash without fields is no key.",
        complexity: "O(N) where N is the number of fields.",
        since: "2.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Delete])],
        elements: Elements::From(2),
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        history: &[("2.4.0", "Takes several fields.")],
        args: &[Arg::key("key"), Arg::string("field").multiple()],
        ..Spec::BASE
    },
    run: hdel,
};

fn hdel(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let fields = &words[2..];
    let mut hash = edit(txn, words[1], fields.iter().copied())?;
    let mut removed = 0;
    for field in fields {
        removed += i64::from(hash.remove(field)?);
    }
    reply.int(removed);
    Ok(())
}

pub(super) const HGETDEL: Command = Command {
    spec: Spec {
        name: "hgetdel",
        group: Group::Hash,
        summary: "Returns the values of fields and deletes the fields.",
        complexity: "O(N) where N is the number of fields.",
        since: "8.0.0",
        arity: Arity::AtLeast(5),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Delete])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[Arg::key("key"), FIELDS],
        ..Spec::BASE
    },
    run: hgetdel,
};

fn hgetdel(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let fields = fields(&words[2..], COUNT)?;
    let mut hash = edit(txn, words[1], fields.iter().copied())?;
    reply.array(fields.len());
    for field in fields {
        with_field(&hash, field, |entry| match entry {
            Some(entry) => reply.bulk(entry.value),
            None => reply.null(),
        })?;
        hash.remove(field)?;
    }
    Ok(())
}
