//! Runs of equal registers, first to last:
//!
//! ```text
//! 00llllll            l + 1 registers are 0
//! 01llllll llllllll   l + 1 registers are 0, high bits first
//! 1vvvvvll            l + 1 registers are v + 1
//! ```
//!
//! Which of several ways to write the same registers is chosen depends on what came before; the
//! choice here is Redis's, step by step.

use std::ops::Range;

use super::{Corrupted, HEADER_BYTES, REGISTERS};

const LONG_ZEROS: u8 = 0x40;
const VALUE: u8 = 0x80;

/// The longest run of zeros that one byte can say.
const SHORT_ZEROS_MAX: usize = 64;
/// The longest run of a value.
const VALUE_RUN_MAX: usize = 4;
/// The largest value of a run.
const VALUE_MAX: u8 = 32;
/// A run that is split in three is no longer than this: two long runs of zeros around a value.
const SPLIT_BYTES_MAX: usize = 5;
/// How many runs are looked at for neighbors to join, from the one before the change on.
const JOIN_STEPS: usize = 5;

/// A run of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// So many are zero, written as one byte (`ZERO`).
    ShortZeros(usize),
    /// So many are zero, written as two bytes (`XZERO`).
    LongZeros(usize),
    /// So many have this value (`VAL`).
    Values {
        /// 1 to 32.
        value: u8,
        /// 1 to 4.
        count: usize,
    },
}

/// What came of raising a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raised {
    /// It was lower.
    Yes,
    /// It was high enough.
    No,
    /// It must be raised, but this encoding cannot: nothing has changed.
    DoesNotFit,
}

impl Opcode {
    /// The run at the start of `bytes`.
    fn read(bytes: &[u8]) -> Result<Self, Corrupted> {
        let (&byte, rest) = bytes.split_first().ok_or(Corrupted)?;
        let low = usize::from(byte & 0x3f);
        Ok(if byte & VALUE != 0 {
            Self::Values { value: (byte >> 2 & 0x1f) + 1, count: usize::from(byte & 3) + 1 }
        } else if byte & LONG_ZEROS != 0 {
            let next = *rest.first().ok_or(Corrupted)?;
            Self::LongZeros((low << 8 | usize::from(next)) + 1)
        } else {
            Self::ShortZeros(low + 1)
        })
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::ShortZeros(count) => out.push((count - 1) as u8),
            Self::LongZeros(count) => {
                let [high, low] = ((count - 1) as u16).to_be_bytes();
                out.extend_from_slice(&[high | LONG_ZEROS, low]);
            }
            Self::Values { value, count } => out.push(VALUE | (value - 1) << 2 | (count - 1) as u8),
        }
    }

    /// So many zeros in as few bytes as it takes.
    pub(super) fn zeros(count: usize) -> Self {
        if count > SHORT_ZEROS_MAX { Self::LongZeros(count) } else { Self::ShortZeros(count) }
    }

    /// A run of the same value of another length.
    fn resized(self, count: usize) -> Self {
        match self {
            Self::ShortZeros(_) | Self::LongZeros(_) => Self::zeros(count),
            Self::Values { value, .. } => Self::Values { value, count },
        }
    }

    fn value(self) -> u8 {
        match self {
            Self::ShortZeros(_) | Self::LongZeros(_) => 0,
            Self::Values { value, .. } => value,
        }
    }

    /// How many registers.
    fn count(self) -> usize {
        match self {
            Self::ShortZeros(count) | Self::LongZeros(count) | Self::Values { count, .. } => count,
        }
    }

    /// How many bytes.
    fn len(self) -> usize {
        if matches!(self, Self::LongZeros(_)) { 2 } else { 1 }
    }
}

/// The runs, as they are written.
pub(super) fn opcodes(mut bytes: &[u8]) -> impl Iterator<Item = Result<Opcode, Corrupted>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let opcode = Opcode::read(bytes);
        bytes = opcode.map_or(&[], |opcode| &bytes[opcode.len()..]);
        Some(opcode)
    })
}

/// Calls back with the registers and the value of every run. An error unless they are all the
/// registers there are; what has been called back with is within those in any case.
pub(super) fn each_run(bytes: &[u8], mut f: impl FnMut(Range<usize>, u8)) -> Result<(), Corrupted> {
    let mut start = 0;
    for opcode in opcodes(bytes) {
        let opcode = opcode?;
        let end = start + opcode.count();
        if end > REGISTERS {
            return Err(Corrupted);
        }
        f(start..end, opcode.value());
        start = end;
    }
    if start == REGISTERS { Ok(()) } else { Err(Corrupted) }
}

/// Raises a register of a value, given with its header, that shall not become longer than
/// `bytes_max`.
pub(super) fn raise(
    bytes: &mut Vec<u8>,
    register: usize,
    rank: u8,
    bytes_max: usize,
) -> Result<Raised, Corrupted> {
    if rank > VALUE_MAX {
        return Ok(Raised::DoesNotFit);
    }
    let Place { at, opcode, before, previous } = find(bytes, register)?;
    if opcode.value() >= rank {
        return Ok(Raised::No);
    }
    let after = opcode.count() - before - 1;
    let mut split = Vec::with_capacity(SPLIT_BYTES_MAX);
    if before > 0 {
        opcode.resized(before).write(&mut split);
    }
    Opcode::Values { value: rank, count: 1 }.write(&mut split);
    if after > 0 {
        opcode.resized(after).write(&mut split);
    }
    // What does not make it longer is done whatever its length.
    let len = bytes.len() - opcode.len() + split.len();
    if len > bytes.len() && len > bytes_max {
        return Ok(Raised::DoesNotFit);
    }
    bytes.splice(at..at + opcode.len(), split);
    join(bytes, previous.unwrap_or(HEADER_BYTES));
    Ok(Raised::Yes)
}

/// Where a register is.
struct Place {
    /// The offset of its run.
    at: usize,
    opcode: Opcode,
    /// How many registers the run has before it.
    before: usize,
    /// The offset of the run before.
    previous: Option<usize>,
}

fn find(bytes: &[u8], register: usize) -> Result<Place, Corrupted> {
    let (mut at, mut first, mut previous) = (HEADER_BYTES, 0, None);
    loop {
        let opcode = Opcode::read(&bytes[at..])?;
        let next = first + opcode.count();
        if register < next {
            return Ok(Place { at, opcode, before: register - first, previous });
        }
        (first, previous) = (next, Some(at));
        at += opcode.len();
    }
}

/// Joins runs of the same value among the few from offset `at` on, where one run can say both.
fn join(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOIN_STEPS {
        let Ok(opcode) = Opcode::read(bytes.get(at..).unwrap_or_default()) else { return };
        let next = at + opcode.len();
        match (opcode, bytes.get(next..).map(Opcode::read)) {
            (
                Opcode::Values { value, count },
                Some(Ok(Opcode::Values { value: same, count: more })),
            ) if value == same && count + more <= VALUE_RUN_MAX => {
                let mut joined = Vec::with_capacity(1);
                Opcode::Values { value, count: count + more }.write(&mut joined);
                bytes.splice(at..=next, joined);
            }
            _ => at = next,
        }
    }
}
