//! One bit: `GETBIT`, `SETBIT`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::str;

use super::offset;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const GETBIT: Command = Command {
    spec: Spec {
        name: "getbit",
        group: Group::Bitmap,
        summary: "Returns a bit of a string.",
        complexity: "O(1)",
        since: "2.2.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::integer("offset")],
        ..Spec::BASE
    },
    run: getbit,
};

pub(super) const SETBIT: Command = Command {
    spec: Spec {
        name: "setbit",
        group: Group::Bitmap,
        summary: "Sets or clears a bit of a string, which grows as needed. Returns what it was.",
        complexity: "O(1)",
        since: "2.2.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        args: &[Arg::key("key"), Arg::integer("offset"), Arg::integer("value")],
        ..Spec::BASE
    },
    run: setbit,
};

fn getbit(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let bit = offset(txn, words[2])?;
    let byte = byte(txn, words[1], bit / 8)?.unwrap_or_default();
    reply.int(i64::from(byte & mask(bit) != 0));
    Ok(())
}

fn setbit(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let key = words[1];
    let bit = offset(txn, words[2])?;
    let set = match str::parse_int(words[3]) {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(Fault::Text("ERR bit is not an integer or out of range").into()),
    };
    let old = byte(txn, key, bit / 8)?;
    let byte = old.unwrap_or_default();
    let new = if set { byte | mask(bit) } else { byte & !mask(bit) };
    // A bit that stays as it was changes nothing, unless the string has yet to reach it.
    if old != Some(new) {
        txn.write_at(key, bit / 8, &[new])?;
    }
    reply.int(i64::from(byte & mask(bit) != 0));
    Ok(())
}

/// The byte at a place of the string at `key`, if that reaches as far.
fn byte(txn: &mut Txn<'_>, key: &[u8], at: usize) -> Result<Option<u8>, Stop> {
    let Some(text) = txn.text(key)? else { return Ok(None) };
    Ok(text.byte(at)?)
}

fn mask(bit: usize) -> u8 {
    0x80 >> (bit % 8)
}
