//! Many bits of one string: `BITCOUNT`, `BITPOS`.

use std::ops::{ControlFlow, Range, RangeInclusive};

use hadal_keyspace::{Text, Txn};
use hadal_resp::Writer;
use hadal_value::blocks::Part;
use hadal_value::tree::Absent;

use super::bits;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words, parse,
};

const UNIT: Arg = Arg::one_of("unit", &[Arg::flag("byte", "BYTE"), Arg::flag("bit", "BIT")])
    .since("7.0.0")
    .optional();

pub(super) const BITCOUNT: Command = Command {
    spec: Spec {
        name: "bitcount",
        group: Group::Bitmap,
        summary: "Counts the ones in a string.",
        complexity: "O(N) where N is the length of the range.",
        since: "2.6.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        history: &[("7.0.0", "Added `BYTE` and `BIT`.")],
        args: &[
            Arg::key("key"),
            Arg::block("range", &[Arg::integer("start"), Arg::integer("end"), UNIT]).optional(),
        ],
        ..Spec::BASE
    },
    run: bitcount,
};

pub(super) const BITPOS: Command = Command {
    spec: Spec {
        name: "bitpos",
        group: Group::Bitmap,
        summary: "Finds the first one or zero in a string.",
        complexity: "O(N) where N is the length of the range.",
        since: "2.8.7",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        history: &[("7.0.0", "Added `BYTE` and `BIT`.")],
        args: &[
            Arg::key("key"),
            Arg::integer("bit"),
            Arg::block(
                "range",
                &[
                    Arg::integer("start"),
                    Arg::block("end-unit-block", &[Arg::integer("end"), UNIT]).optional(),
                ],
            )
            .optional(),
        ],
        ..Spec::BASE
    },
    run: bitpos,
};

/// What `start` and `end` count.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Byte,
    Bit,
}

fn bitcount(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (start, end, unit) = match words[2..] {
        [] => (0, -1, Unit::Byte),
        [start, end] => (parse::int(start)?, parse::int(end)?, Unit::Byte),
        [start, end, unit] => (parse::int(start)?, parse::int(end)?, Unit::parse(unit)?),
        _ => return Err(Fault::Syntax.into()),
    };
    let bytes_max = txn.answer_bytes_max();
    let text = txn.text(words[1])?;
    // Both before the beginning would otherwise both mean the first one.
    let backwards = start < 0 && end < 0 && start > end;
    let found = text.filter(|_| !backwards);
    let found = found.and_then(|text| Some((text, unit.resolve(start, end, text.len())?)));
    let count = found.map_or(Ok(0), |(text, range)| count(&text, &range, bytes_max))?;
    reply.int(count.cast_signed() as i64);
    Ok(())
}

/// Counts the ones in a range of a string, all of which is needed for that.
fn count(text: &Text<'_>, range: &RangeInclusive<usize>, bytes_max: u64) -> Result<usize, Stop> {
    let bytes = bytes_of(range);
    if text.block_bytes(bytes.clone()) > bytes_max {
        return Err(Fault::TooLarge.into());
    }
    text.want(bytes)?;
    let mut count = 0;
    each_piece(text, range, &mut |piece| {
        if let Part::Bytes(bytes) = piece.part {
            count += bits::count(bytes, &piece.bits);
        }
        ControlFlow::Continue(())
    })?;
    Ok(count)
}

fn bitpos(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let wanted = match parse::int(words[2])? {
        0 => false,
        1 => true,
        _ => return Err(Fault::Text("ERR The bit argument must be 1 or 0.").into()),
    };
    let start = words.get(3).map_or(Ok(0), |word| parse::int(word))?;
    let unit = words.get(5).map_or(Ok(Unit::Byte), |word| Unit::parse(word))?;
    let end = words.get(4).map(|word| parse::int(word)).transpose()?;
    if words.len() > 6 {
        return Err(Fault::Syntax.into());
    }
    let bytes_max = txn.answer_bytes_max();
    let found = match txn.text(words[1])? {
        // No key is as good as zeros without end.
        None => (!wanted).then_some(0),
        Some(text) => match unit.resolve(start, end.unwrap_or(-1), text.len()) {
            None => None,
            Some(range) => {
                let found = find(&text, wanted, &range, bytes_max)?;
                // So is what follows a string, if the caller did not say where to stop.
                let beyond = (!wanted && end.is_none()).then_some(text.len() * 8);
                found.or(beyond)
            }
        },
    };
    reply.int(found.map_or(-1, |bit| bit.cast_signed() as i64));
    Ok(())
}

/// Finds the first bit in a range of a string. What it had to look at must fit, not the range.
fn find(
    text: &Text<'_>,
    wanted: bool,
    range: &RangeInclusive<usize>,
    bytes_max: u64,
) -> Result<Option<usize>, Stop> {
    let (mut found, mut looked_at, mut is_too_large) = (None, 0, false);
    each_piece(text, range, &mut |piece| {
        is_too_large = looked_at > bytes_max;
        if is_too_large {
            return ControlFlow::Break(());
        }
        let here = match piece.part {
            Part::Bytes(bytes) => {
                looked_at += bytes.len() as u64;
                bits::find(bytes, wanted, &piece.bits)
            }
            Part::Zeros(_) => (!wanted).then_some(*piece.bits.start()),
        };
        found = here.map(|bit| piece.first + bit);
        if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if is_too_large { Err(Fault::TooLarge.into()) } else { Ok(found) }
}

/// A part of a string, of which some bits are meant.
struct Piece<'p> {
    part: Part<'p>,
    /// Which, counted from the first of the part.
    bits: RangeInclusive<usize>,
    /// The number that the first of the part has in the string.
    first: usize,
}

/// Calls `f` with the pieces that a range of bits lies in, all of which are there.
fn each_piece(
    text: &Text<'_>,
    range: &RangeInclusive<usize>,
    f: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
) -> Result<(), Absent> {
    let mut first = range.start() / 8 * 8;
    text.search(bytes_of(range), &mut |part| {
        let bits = 8 * match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Zeros(count) => count as usize,
        };
        let start = (*range.start()).max(first) - first;
        let end = (*range.end()).min(first + bits - 1) - first;
        let flow = f(Piece { part, bits: start..=end, first });
        first += bits;
        flow
    })
}

/// The bytes that bits lie in.
fn bytes_of(bits: &RangeInclusive<usize>) -> Range<usize> {
    bits.start() / 8..bits.end() / 8 + 1
}

impl Unit {
    fn parse(word: &[u8]) -> Result<Self, Fault> {
        match word {
            _ if parse::is(word, "BYTE") => Ok(Self::Byte),
            _ if parse::is(word, "BIT") => Ok(Self::Bit),
            _ => Err(Fault::Syntax),
        }
    }

    /// The bits meant by a range of which negative ends count from the end of the string.
    fn resolve(self, start: i64, end: i64, bytes: usize) -> Option<RangeInclusive<usize>> {
        let bits_each = match self {
            Self::Byte => 8,
            Self::Bit => 1,
        };
        let units = bytes * 8 / bits_each;
        let from_start = |at: i64| {
            let distance = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
            if at < 0 { units.saturating_sub(distance) } else { distance }
        };
        let (first, last) = (from_start(start), from_start(end).min(units.checked_sub(1)?));
        (first <= last).then(|| first * bits_each..=last * bits_each + bits_each - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_string() {
        assert_eq!(Unit::Byte.resolve(0, -1, 3), Some(0..=23));
        assert_eq!(Unit::Byte.resolve(-2, 100, 3), Some(8..=23));
        assert_eq!(Unit::Bit.resolve(5, -1, 3), Some(5..=23));
        assert_eq!(Unit::Bit.resolve(i64::MIN, i64::MAX, 3), Some(0..=23));
        assert_eq!(Unit::Bit.resolve(24, 30, 3), None);
        assert_eq!(Unit::Byte.resolve(2, 1, 3), None);
        assert_eq!(Unit::Byte.resolve(0, -1, 0), None);
        assert_eq!(Unit::Byte.resolve(-9, -8, 3), Some(0..=7));
    }
}
