//! Several into one: `PFMERGE`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::hll::{Encoding, Hll, Registers};

use super::{load, store, view};
use crate::{Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words};

pub(super) const PFMERGE: Command = Command {
    spec: Spec {
        name: "pfmerge",
        group: Group::HyperLogLog,
        summary: "Adds to a HyperLogLog what was added to others.",
        complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
        since: "2.8.9",
        arity: Arity::AtLeast(2),
        keys: &[
            KeySpec::first(Access::Update, &[Data::Access, Data::Insert]),
            KeySpec::range(2, -1, 1, Access::Read, &[Data::Access]),
        ],
        kind: Kind::Write { grows: true },
        args: &[Arg::key("destkey"), Arg::key("sourcekey").key_spec(1).optional().multiple()],
        ..Spec::BASE
    },
    run: pfmerge,
};

fn pfmerge(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let mut registers = Registers::new();
    let mut some_dense = false;
    // The destination is one of those merged.
    for key in &words[1..] {
        if let Some(value) = load(txn, key)? {
            let hll = view(&value)?;
            some_dense |= hll.encoding() == Encoding::Dense;
            registers.merge(hll).map_err(Fault::from)?;
        }
    }
    let to = words[1];
    let mut hll = match load(txn, to)? {
        Some(value) => Hll::from(view(&value)?),
        None => Hll::empty(),
    };
    if some_dense {
        hll.make_dense().map_err(Fault::from)?;
    }
    hll.merge(&registers, txn.encoding_limits().hll_sparse_bytes).map_err(Fault::from)?;
    hll.forget_count();
    store(txn, to, &hll)?;
    reply.simple("OK");
    Ok(())
}
