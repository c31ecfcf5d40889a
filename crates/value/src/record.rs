//! A key's value at rest: what the store holds under a key.
//!
//! ```text
//! byte 0       kind (low 4 bits: 1 string, 2 list, 3 set, 4 sorted set, 5 hash, 6 long string) and
//!              marks (0x10 has an expiry, 0x20 grown in place)
//! bytes 1..9   LSN of the last effect, little endian
//! bytes 9..17  expiry in Unix milliseconds, little endian; only if marked
//! rest         the payload, in the form it has in memory
//! ```
//!
//! Nothing here checks bytes against damage: the store's checksums do. What is checked is that
//! the shape is one this version knows.

use crate::{Lsn, generation};

/// What a key can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string of bytes.
    String,
    /// Items by position.
    List,
    /// Members, each once.
    Set,
    /// Members, each once, ordered by score.
    SortedSet,
    /// Fields, each with a value.
    Hash,
    /// A string in [blocks](crate::blocks). Clients cannot tell it from any other.
    LongString,
}

impl Kind {
    /// The name `TYPE` answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::String | Self::LongString => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "zset",
            Self::Hash => "hash",
        }
    }

    /// Whether it is a string, in whatever form.
    pub const fn is_string(self) -> bool {
        matches!(self, Self::String | Self::LongString)
    }

    /// The number by which formats at rest know it: 1 to 6.
    pub const fn code(self) -> u8 {
        match self {
            Self::String => 1,
            Self::List => 2,
            Self::Set => 3,
            Self::SortedSet => 4,
            Self::Hash => 5,
            Self::LongString => 6,
        }
    }

    /// The kind of a number, if this version knows it.
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::String,
            2 => Self::List,
            3 => Self::Set,
            4 => Self::SortedSet,
            5 => Self::Hash,
            6 => Self::LongString,
            _ => return None,
        })
    }
}

/// A decoded record, borrowing its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What the payload is.
    pub kind: Kind,
    /// The last effect that the record includes.
    pub lsn: Lsn,
    /// When the key expires, in Unix milliseconds.
    pub expiry: Option<u64>,
    /// A string that grew in place (`APPEND`, `SETRANGE`): `OBJECT ENCODING` says `raw`.
    pub grown: bool,
    /// The value, in the form it has in memory.
    pub payload: &'a [u8],
}

const HAS_EXPIRY: u8 = 0x10;
const GROWN: u8 = 0x20;
const KIND_MASK: u8 = 0x0f;

/// Bytes a record takes beside its payload, at most.
pub const HEADER_BYTES_MAX: usize = 17;

impl<'a> Record<'a> {
    /// Appends the record to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let expiry = if self.expiry.is_some() { HAS_EXPIRY } else { 0 };
        let grown = if self.grown { GROWN } else { 0 };
        out.push(self.kind.code() | expiry | grown);
        out.extend_from_slice(&self.lsn.0.to_le_bytes());
        if let Some(at) = self.expiry {
            out.extend_from_slice(&at.to_le_bytes());
        }
        out.extend_from_slice(self.payload);
    }

    /// The generation of the value's pages; 0 if it has none.
    pub fn generation(&self) -> u64 {
        generation(self.kind, self.payload)
    }

    /// Reads a record back.
    ///
    /// # Errors
    /// [`Malformed`]: written by a newer version, or not a record.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (&first, rest) = bytes.split_first().ok_or(Malformed)?;
        if first & !(KIND_MASK | HAS_EXPIRY | GROWN) != 0 {
            return Err(Malformed);
        }
        let kind = Kind::from_code(first & KIND_MASK).ok_or(Malformed)?;
        let (lsn, rest) = rest.split_first_chunk::<8>().ok_or(Malformed)?;
        let (expiry, payload) = if first & HAS_EXPIRY == 0 {
            (None, rest)
        } else {
            let (at, rest) = rest.split_first_chunk::<8>().ok_or(Malformed)?;
            (Some(u64::from_le_bytes(*at)), rest)
        };
        Ok(Self {
            kind,
            lsn: Lsn(u64::from_le_bytes(*lsn)),
            expiry,
            grown: first & GROWN != 0,
            payload,
        })
    }
}

/// Bytes that are no record of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record of this version")]
pub struct Malformed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        for expiry in [None, Some(0), Some(u64::MAX)] {
            for grown in [false, true] {
                let record =
                    Record { kind: Kind::String, lsn: Lsn(7), expiry, grown, payload: b"payload" };
                let mut bytes = Vec::new();
                record.encode(&mut bytes);
                assert_eq!(Record::decode(&bytes), Ok(record));
                assert!(bytes.len() <= HEADER_BYTES_MAX + 7);
            }
        }
    }

    #[test]
    fn cut_and_unknown_records_are_refused() {
        assert_eq!(Record::decode(b""), Err(Malformed));
        assert_eq!(Record::decode(&[1, 0, 0, 0]), Err(Malformed));
        assert_eq!(Record::decode(&[0x11, 0, 0, 0, 0, 0, 0, 0, 0, 1]), Err(Malformed));
        assert_eq!(Record::decode(&[7, 0, 0, 0, 0, 0, 0, 0, 0]), Err(Malformed));
        assert_eq!(Record::decode(&[0x81, 0, 0, 0, 0, 0, 0, 0, 0]), Err(Malformed));
    }
}
