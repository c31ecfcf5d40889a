//! Integers inside a string: `BITFIELD`, `BITFIELD_RO`.

use std::ops::Range;

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::{
    packed::{Overflow, Shape, Span},
    scaled_offset,
};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, Key, KeyFlags, KeySpec, Kind, Spec, Speed,
    Stop, Words, parse,
};

const GET: Arg =
    Arg::block("get-block", &[Arg::string("encoding"), Arg::integer("offset")]).token("GET");

const SET: Arg = Arg::block(
    "set-block",
    &[Arg::string("encoding"), Arg::integer("offset"), Arg::integer("value")],
)
.token("SET");

const INCRBY: Arg = Arg::block(
    "incrby-block",
    &[Arg::string("encoding"), Arg::integer("offset"), Arg::integer("increment")],
)
.token("INCRBY");

const OVERFLOW: Arg = Arg::one_of(
    "overflow-block",
    &[Arg::flag("wrap", "WRAP"), Arg::flag("sat", "SAT"), Arg::flag("fail", "FAIL")],
)
.token("OVERFLOW")
.optional();

const OPERATION: Arg = Arg::one_of(
    "operation",
    &[GET, Arg::block("write", &[OVERFLOW, Arg::one_of("write-operation", &[SET, INCRBY])])],
);

pub(super) const BITFIELD: Command = Command {
    spec: Spec {
        name: "bitfield",
        group: Group::Bitmap,
        summary: "Reads and writes integers of any width at any bit of a string.",
        complexity: "O(N) where N is the number of operations",
        since: "3.2.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Update, Data::Access])
            .variable()
            .notes("This command allows both access and modification of the key")],
        find_keys: Some(find_keys),
        kind: Kind::Write { grows: true },
        args: &[Arg::key("key"), OPERATION.optional().multiple()],
        ..Spec::BASE
    },
    run: bitfield,
};

pub(super) const BITFIELD_RO: Command = Command {
    spec: Spec {
        name: "bitfield_ro",
        group: Group::Bitmap,
        summary: "Reads integers of any width at any bit of a string.",
        complexity: "O(N) where N is the number of operations",
        since: "6.0.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), GET.optional().multiple_token()],
        ..Spec::BASE
    },
    run: bitfield_ro,
};

/// One operation of a call.
struct Op {
    shape: Shape,
    offset: usize,
    action: Action,
}

enum Action {
    Get,
    Set(i64, Overflow),
    Add(i64, Overflow),
}

fn bitfield(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let ops = parse_ops(&words[2..], txn.value_len_max())?;
    run(txn, words[1], &ops, reply)
}

fn bitfield_ro(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let ops = parse_ops(&words[2..], txn.value_len_max())?;
    if ops.iter().any(Op::writes) {
        return Err(Fault::Text("ERR BITFIELD_RO only supports the GET subcommand").into());
    }
    run(txn, words[1], &ops, reply)
}

fn run(txn: &mut Txn<'_>, key: &[u8], ops: &[Op], reply: &mut Writer) -> Result<(), Stop> {
    let len = want(txn, key, ops)?;
    let needed = ops.iter().filter(|op| op.writes()).map(|op| op.last_bit() / 8 + 1).max();
    // The string grows once, whatever the operations then do.
    if let Some(needed) = needed.filter(|needed| *needed > len) {
        txn.write_at(key, needed - 1, &[0])?;
    }
    reply.array(ops.len());
    for op in ops {
        match op.run(txn, key)? {
            Some(number) => reply.int(number),
            None => reply.null(),
        }
    }
    Ok(())
}

/// Asks for all that the operations need, before the first of them changes anything. Answers how
/// long the string is.
fn want(txn: &mut Txn<'_>, key: &[u8], ops: &[Op]) -> Result<usize, Stop> {
    let Some(text) = txn.text(key)? else { return Ok(0) };
    let missed = ops.iter().filter(|op| text.want(op.bytes()).is_err()).count();
    if missed > 0 { Err(Stop::Miss) } else { Ok(text.len()) }
}

impl Op {
    fn writes(&self) -> bool {
        !matches!(self.action, Action::Get)
    }

    fn last_bit(&self) -> usize {
        self.offset + self.shape.bits() - 1
    }

    fn bytes(&self) -> Range<usize> {
        Span::bytes_of(self.offset, self.shape)
    }

    /// Does it; `None` if the number does not fit and shall not be made to.
    fn run(&self, txn: &mut Txn<'_>, key: &[u8]) -> Result<Option<i64>, Stop> {
        let mut span = match txn.text(key)? {
            Some(text) => Span::at(&text.part(self.bytes())?, self.offset, self.shape),
            None => Span::at(&[], self.offset, self.shape),
        };
        let old = span.read();
        let (new, overflow) = match self.action {
            Action::Get => return Ok(Some(old)),
            Action::Set(number, overflow) => (self.shape.exact(number), overflow),
            Action::Add(number, overflow) => (i128::from(old) + i128::from(number), overflow),
        };
        let Some(new) = self.shape.fit(new, overflow) else { return Ok(None) };
        if new != old {
            let start = span.start;
            txn.write_at(key, start, span.write(new))?;
        }
        Ok(Some(if matches!(self.action, Action::Set(..)) { old } else { new }))
    }
}

fn parse_ops(mut words: Words<'_>, len_max: usize) -> Result<Vec<Op>, Fault> {
    let mut ops = Vec::new();
    let mut overflow = Overflow::Wrap;
    while let Some((name, rest)) = words.split_first() {
        words = match rest {
            [shape, offset, rest @ ..] if parse::is(name, "GET") => {
                ops.push(Op::parse(shape, (offset, len_max), || Ok(Action::Get))?);
                rest
            }
            [shape, offset, number, rest @ ..] if parse::is(name, "SET") => {
                let set = |number| Action::Set(number, overflow);
                ops.push(Op::parse(shape, (offset, len_max), || parse::int(number).map(set))?);
                rest
            }
            [shape, offset, number, rest @ ..] if parse::is(name, "INCRBY") => {
                let add = |number| Action::Add(number, overflow);
                ops.push(Op::parse(shape, (offset, len_max), || parse::int(number).map(add))?);
                rest
            }
            [how, rest @ ..] if parse::is(name, "OVERFLOW") => {
                overflow = parse_overflow(how)?;
                rest
            }
            _ => return Err(Fault::Syntax),
        };
    }
    Ok(ops)
}

impl Op {
    /// The shape is looked at first, then the offset, then the number.
    fn parse(
        shape: &[u8],
        (offset, len_max): (&[u8], usize),
        action: impl FnOnce() -> Result<Action, Fault>,
    ) -> Result<Self, Fault> {
        let shape = Shape::parse(shape).ok_or(Fault::Text(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported \
             but i64 is.",
        ))?;
        let offset = match offset.strip_prefix(b"#") {
            Some(count) => scaled_offset(count, shape.bits(), len_max)?,
            None => scaled_offset(offset, 1, len_max)?,
        };
        Ok(Self { shape, offset, action: action()? })
    }
}

fn parse_overflow(word: &[u8]) -> Result<Overflow, Fault> {
    match word {
        _ if parse::is(word, "WRAP") => Ok(Overflow::Wrap),
        _ if parse::is(word, "SAT") => Ok(Overflow::Saturate),
        _ if parse::is(word, "FAIL") => Ok(Overflow::Fail),
        _ => Err(Fault::Text("ERR Invalid OVERFLOW type specified")),
    }
}

/// A call that only gets, only reads.
fn find_keys(words: Words<'_>, f: &mut dyn FnMut(Key)) {
    let only_gets = parse_ops(words.get(2..).unwrap_or_default(), usize::MAX)
        .is_ok_and(|ops| !ops.iter().any(Op::writes));
    let flags = if only_gets {
        KeyFlags::new(Access::Read, &[Data::Access])
    } else {
        KeyFlags::new(Access::Update, &[Data::Access, Data::Update])
    };
    let load = if only_gets { Access::Read } else { Access::Update };
    f(Key { word: 1, load, flags });
}
