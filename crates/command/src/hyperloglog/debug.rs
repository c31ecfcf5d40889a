//! Looking inside: `PFDEBUG`, and `PFSELFTEST`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::hll::{Encoding, Failed, Hll, HllRef, Opcode, Registers, selftest};

use super::{load, store, view};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Flag, Group, KeySpec, Kind, Spec, Stop, Words, parse,
};

pub(super) const PFDEBUG: Command = Command {
    spec: Spec {
        name: "pfdebug",
        group: Group::HyperLogLog,
        summary: "Shows or changes how a HyperLogLog is encoded.",
        complexity: "N/A",
        since: "2.8.9",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::at(2, Access::Update, &[Data::Access])],
        kind: Kind::Write { grows: true },
        flags: &[Flag::Admin],
        system: true,
        args: &[Arg::string("subcommand"), Arg::key("key")],
        ..Spec::BASE
    },
    run: pfdebug,
};

pub(super) const PFSELFTEST: Command = Command {
    spec: Spec {
        name: "pfselftest",
        group: Group::HyperLogLog,
        summary: "Tests registers and estimates of HyperLogLogs on this machine.",
        complexity: "N/A",
        since: "2.8.9",
        arity: Arity::Exactly(1),
        flags: &[Flag::Admin],
        system: true,
        ..Spec::BASE
    },
    run: pfselftest,
};

fn pfdebug(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (what, key) = (words[1], words[2]);
    // Redis looks at the key before the subcommand.
    let value = load(txn, key)?.ok_or(Fault::Text("ERR The specified key does not exist"))?;
    let hll = view(&value)?;
    match what {
        _ if parse::is(what, "GETREG") => {
            let hll = make_dense(txn, key)?.0;
            registers(hll.view(), reply)?;
        }
        _ if parse::is(what, "DECODE") => decode(hll, reply)?,
        _ if parse::is(what, "ENCODING") => reply.simple(match hll.encoding() {
            Encoding::Dense => "dense",
            Encoding::Sparse => "sparse",
        }),
        _ if parse::is(what, "TODENSE") => {
            let changed = make_dense(txn, key)?.1;
            reply.int(i64::from(changed));
        }
        _ => {
            let what = String::from_utf8_lossy(what);
            return Err(Fault::Said(format!("ERR Unknown PFDEBUG subcommand '{what}'")).into());
        }
    }
    Ok(())
}

fn registers(hll: HllRef<'_>, reply: &mut Writer) -> Result<(), Fault> {
    let mut registers = Registers::new();
    registers.merge(hll)?;
    let registers = registers.iter();
    reply.array(registers.len());
    registers.for_each(|value| reply.int(i64::from(value)));
    Ok(())
}

fn decode(hll: HllRef<'_>, reply: &mut Writer) -> Result<(), Fault> {
    if hll.encoding() != Encoding::Sparse {
        return Err(Fault::Text("ERR HLL encoding is not sparse"));
    }
    let mut runs = Vec::new();
    for opcode in hll.opcodes() {
        runs.push(match opcode? {
            Opcode::ShortZeros(count) => format!("z:{count}"),
            Opcode::LongZeros(count) => format!("Z:{count}"),
            Opcode::Values { value, count } => format!("v:{value},{count}"),
        });
    }
    reply.bulk(runs.join(" ").as_bytes());
    Ok(())
}

/// Makes what is at `key` dense. Whether it was not before.
fn make_dense(txn: &mut Txn<'_>, key: &[u8]) -> Result<(Hll, bool), Stop> {
    let value = load(txn, key)?.unwrap_or_default();
    let mut hll = Hll::from(view(&value)?);
    let changed = hll.make_dense().map_err(Fault::from)?;
    if changed {
        store(txn, key, &hll)?;
    }
    Ok((hll, changed))
}

fn pfselftest(_: &mut Txn<'_>, _: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    selftest().map_err(|failed| {
        let what = match failed {
            Failed::Register { register, expected, found } => {
                format!("Register {register} should be {expected} but is {found}")
            }
            Failed::NotSparse => "sparse encoding not used".to_owned(),
            Failed::Disagree => "dense/sparse disagree".to_owned(),
            Failed::Error { count, off_by } => {
                format!("Too big error. card:{count} abserr:{off_by}")
            }
        };
        Fault::Said(format!("ERR TESTFAILED {what}"))
    })?;
    reply.simple("OK");
    Ok(())
}
