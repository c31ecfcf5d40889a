//! Counting elements: `PFCOUNT`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::hll::{COUNT_OFFSET, Registers};

use super::{load, view};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Flag, Group, KeySpec, Kind, Spec, Stop, Words,
};

pub(super) const PFCOUNT: Command = Command {
    spec: Spec {
        name: "pfcount",
        group: Group::HyperLogLog,
        summary: "Estimates how many different elements were added to any of the HyperLogLogs.",
        complexity: "O(1) with a very small average constant time when called with a single key. \
                     O(N) with N being the number of keys, and much bigger constant times, when \
                     called with multiple keys.",
        since: "2.8.9",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::all(Access::Update, &[Data::Access]).notes(
            "RW because it may change the internal representation of the key, and propagate to \
             replicas",
        )],
        kind: Kind::Read,
        flags: &[Flag::MayReplicate],
        args: &[Arg::key("key").multiple()],
        ..Spec::BASE
    },
    run: pfcount,
};

fn pfcount(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let count = match words[1..] {
        [key] => count_one(txn, key)?,
        ref keys => count_union(txn, keys)?,
    };
    reply.int(count);
    Ok(())
}

/// Keeps the count in the value, where it is good until an element changes something.
fn count_one(txn: &mut Txn<'_>, key: &[u8]) -> Result<i64, Stop> {
    let Some(value) = load(txn, key)? else { return Ok(0) };
    let hll = view(&value)?;
    if let Some(count) = hll.cached_count() {
        return Ok(count);
    }
    let count = hll.count().map_err(Fault::from)?;
    txn.write_at(key, COUNT_OFFSET, &count.to_le_bytes())?;
    Ok(count)
}

fn count_union(txn: &mut Txn<'_>, keys: &[&[u8]]) -> Result<i64, Stop> {
    let mut registers = Registers::new();
    for key in keys {
        if let Some(value) = load(txn, key)? {
            registers.merge(view(&value)?).map_err(Fault::from)?;
        }
    }
    Ok(registers.count())
}
