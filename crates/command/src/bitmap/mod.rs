//! Strings as rows of bits. Bit 0 is the highest bit of the first byte; bits beyond the end are
//! zero.

mod bit;
mod bits;
mod field;
mod op;
mod packed;
mod search;

use hadal_keyspace::Txn;

use crate::{Fault, table::Command};

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    search::BITCOUNT,
    field::BITFIELD,
    field::BITFIELD_RO,
    op::BITOP,
    search::BITPOS,
    bit::GETBIT,
    bit::SETBIT,
];

/// The number of a bit that a string may have.
fn offset(txn: &Txn<'_>, word: &[u8]) -> Result<usize, Fault> {
    scaled_offset(word, 1, txn.value_len_max())
}

/// As [`offset`], in units of so many bits, of a string of up to `len_max` bytes.
fn scaled_offset(word: &[u8], unit: usize, len_max: usize) -> Result<usize, Fault> {
    hadal_value::str::parse_int(word)
        .and_then(|number| usize::try_from(number).ok()?.checked_mul(unit))
        .filter(|bit| bit / 8 < len_max)
        .ok_or(Fault::Text("ERR bit offset is not an integer or out of range"))
}
