//! Several strings into one: `BITOP`.

use hadal_keyspace::{Expiry, Txn};
use hadal_resp::Writer;

use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words, parse, text,
};

pub(super) const BITOP: Command = Command {
    spec: Spec {
        name: "bitop",
        group: Group::Bitmap,
        summary: "Combines strings bit by bit and stores the result.",
        complexity: "O(N) where N is the length of the longest string.",
        since: "2.6.0",
        arity: Arity::AtLeast(4),
        keys: &[
            KeySpec::at(2, Access::Replace, &[Data::Update]),
            KeySpec::range(3, -1, 1, Access::Read, &[Data::Access]),
        ],
        kind: Kind::Write { grows: true },
        args: &[
            Arg::one_of(
                "operation",
                &[
                    Arg::flag("and", "AND"),
                    Arg::flag("or", "OR"),
                    Arg::flag("xor", "XOR"),
                    Arg::flag("not", "NOT"),
                ],
            ),
            Arg::key("destkey"),
            Arg::key("key").key_spec(1).multiple(),
        ],
        ..Spec::BASE
    },
    run: bitop,
};

#[derive(Clone, Copy, Debug)]
enum Op {
    And,
    Or,
    Xor,
    Not,
}

fn bitop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let op = Op::parse(words[1])?;
    let (to, sources) = (words[2], &words[3..]);
    if matches!(op, Op::Not) && sources.len() != 1 {
        return Err(Fault::Text("ERR BITOP NOT must be called with a single source key.").into());
    }
    let mut result: Option<Vec<u8>> = None;
    text::each(txn, sources, |value| {
        let value = value?.unwrap_or_default();
        match &mut result {
            None => result = Some(value.to_vec()),
            Some(result) => op.combine(result, value),
        }
        Ok(())
    })?;
    let mut result = result.unwrap_or_default();
    if matches!(op, Op::Not) {
        for byte in &mut result {
            *byte = !*byte;
        }
    }
    reply.int(result.len().cast_signed() as i64);
    if result.is_empty() {
        txn.delete(to)?;
    } else {
        txn.set_grown(to, &result, Expiry::None)?;
    }
    Ok(())
}

impl Op {
    fn parse(word: &[u8]) -> Result<Self, Fault> {
        let ops = [("AND", Self::And), ("OR", Self::Or), ("XOR", Self::Xor), ("NOT", Self::Not)];
        let found = ops.into_iter().find(|(name, _)| parse::is(word, name));
        found.map(|(_, op)| op).ok_or(Fault::Syntax)
    }

    /// The shorter of the two is taken to go on with zeros.
    fn combine(self, result: &mut Vec<u8>, value: &[u8]) {
        if result.len() < value.len() {
            result.resize(value.len(), 0);
        }
        let (both, rest) = result.split_at_mut(value.len());
        let pairs = both.iter_mut().zip(value);
        match self {
            Self::And => {
                pairs.for_each(|(byte, other)| *byte &= other);
                rest.fill(0);
            }
            Self::Or => pairs.for_each(|(byte, other)| *byte |= other),
            Self::Xor => pairs.for_each(|(byte, other)| *byte ^= other),
            Self::Not => unreachable!("it has one source"),
        }
    }
}
