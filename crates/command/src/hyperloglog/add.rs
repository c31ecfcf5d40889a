//! Adding elements: `PFADD`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::hll::Hll;

use super::{load, store, view};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const PFADD: Command = Command {
    spec: Spec {
        name: "pfadd",
        group: Group::HyperLogLog,
        summary: "Adds elements to a HyperLogLog, which need not exist. Whether that changed it.",
        complexity: "O(1) to add every element.",
        since: "2.8.9",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Insert])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("element").optional().multiple()],
        ..Spec::BASE
    },
    run: pfadd,
};

fn pfadd(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (key, elements) = (words[1], &words[2..]);
    let (mut hll, mut changed) = match load(txn, key)? {
        Some(value) => (Hll::from(view(&value)?), false),
        // Creating it is a change, even for no elements.
        None => (Hll::empty(), true),
    };
    let bytes_max = txn.encoding_limits().hll_sparse_bytes;
    for element in elements {
        changed |= hll.add(element, bytes_max).map_err(Fault::from)?;
    }
    if changed {
        hll.forget_count();
        store(txn, key, &hll)?;
    }
    reply.int(i64::from(changed));
    Ok(())
}
