//! What a command did, as the journal keeps it: outcomes, each about one key.
//!
//! ```text
//! op u8 | space varint | key length varint | key | rest by op
//!   1 set      marks u8 (1 expiry, 2 grown, kind << 2) | [expiry u64] | length varint | payload
//!   2 delete   -
//!   3 expire   marks u8 (1 expiry) | [expiry u64]
//!   4 write    offset varint | length varint | bytes
//!   6 edit     kind u8 | one edit of a collection (see `edit.rs`)
//! op u8 | database varint | space varint
//!   5 map      the database's keys are those of the space from here on
//! ```
//!
//! A record of the journal is the effects of one command, EXEC or script, one after the other.
//! Numbers are little endian.

use hadal_value::Kind;

use crate::edit::{Edit, put_bytes, take_bytes};
use crate::{UnixMillis, varint};

const SET: u8 = 1;
const DELETE: u8 = 2;
const EXPIRE: u8 = 3;
const WRITE: u8 = 4;
const MAP: u8 = 5;
const EDIT: u8 = 6;

const HAS_EXPIRY: u8 = 1;
const GROWN: u8 = 2;
const KIND_SHIFT: u8 = 2;

/// One effect, borrowing its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect<'a> {
    /// What happened to one key.
    Key {
        /// The space that the key is in.
        space: u32,
        /// The key.
        key: &'a [u8],
        /// What happened.
        change: Change<'a>,
    },
    /// A database is another space from here on (FLUSHDB, SWAPDB).
    Map {
        /// The database.
        db: u32,
        /// The space that its keys are in.
        space: u32,
    },
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change<'a> {
    /// It holds this, whatever it held.
    Set {
        /// What the payload is.
        kind: Kind,
        /// The whole value.
        payload: &'a [u8],
        /// When it expires.
        expiry: Option<UnixMillis>,
        /// The string has grown in place.
        grown: bool,
    },
    /// It holds nothing.
    Delete,
    /// It expires then, or never.
    Expire(Option<UnixMillis>),
    /// These bytes stand at this offset; a gap before them is zeros.
    Write {
        /// Where the bytes stand.
        offset: usize,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The collection at the key, which may be empty before, is changed.
    Edit {
        /// What the key holds after it, unless nothing.
        kind: Kind,
        /// The change.
        edit: Edit<'a>,
    },
}

impl Change<'_> {
    /// Whether the outcome does not depend on what the key held before.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Set { .. } | Self::Delete)
    }

    /// Whether it can be made of what the key holds before it.
    pub(crate) fn fits(&self, held: Kind) -> bool {
        match self {
            Self::Set { .. } | Self::Delete | Self::Expire(_) => true,
            Self::Write { .. } => held.is_string(),
            Self::Edit { kind, .. } => *kind == held,
        }
    }
}

impl Effect<'_> {
    /// Appends the effect to a record.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Map { db, space } => {
                out.push(MAP);
                varint::put(out, u64::from(db));
                varint::put(out, u64::from(space));
            }
            Self::Key { space, key, change } => encode_change(space, key, change, out),
        }
    }
}

fn encode_change(space: u32, key: &[u8], change: Change<'_>, out: &mut Vec<u8>) {
    out.push(match change {
        Change::Set { .. } => SET,
        Change::Delete => DELETE,
        Change::Expire(_) => EXPIRE,
        Change::Write { .. } => WRITE,
        Change::Edit { .. } => EDIT,
    });
    varint::put(out, u64::from(space));
    put_bytes(out, key);
    match change {
        Change::Set { kind, payload, expiry, grown } => {
            put_expiry(out, expiry, kind.code() << KIND_SHIFT | if grown { GROWN } else { 0 });
            put_bytes(out, payload);
        }
        Change::Delete => {}
        Change::Expire(expiry) => put_expiry(out, expiry, 0),
        Change::Write { offset, bytes } => {
            varint::put(out, offset as u64);
            put_bytes(out, bytes);
        }
        Change::Edit { kind, edit } => {
            out.push(kind.code());
            edit.encode(out);
        }
    }
}

fn put_expiry(out: &mut Vec<u8>, expiry: Option<UnixMillis>, marks: u8) {
    match expiry {
        None => out.push(marks),
        Some(at) => {
            out.push(marks | HAS_EXPIRY);
            out.extend_from_slice(&at.to_le_bytes());
        }
    }
}

/// The effects of a journal record, first to last. Ends with an error at the first byte that this
/// version does not know.
#[derive(Clone, Debug)]
pub struct Effects<'a>(&'a [u8]);

/// Bytes that are no effect of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Effects<'a> {
    /// Reads the effects of `record`.
    pub fn of(record: &'a [u8]) -> Self {
        Self(record)
    }

    fn take(&mut self) -> Option<Effect<'a>> {
        let op = self.byte()?;
        if op == MAP {
            return Some(Effect::Map { db: self.number()?, space: self.number()? });
        }
        let space = self.number()?;
        let key = self.bytes()?;
        let change = match op {
            SET => {
                let marks = self.byte()?;
                // A long string is stated as a string: which form it has is for the store to say.
                let kind = Kind::from_code(marks >> KIND_SHIFT);
                let kind = kind.filter(|kind| *kind != Kind::LongString)?;
                let expiry = self.expiry(marks)?;
                Change::Set { kind, expiry, grown: marks & GROWN != 0, payload: self.bytes()? }
            }
            DELETE => Change::Delete,
            EXPIRE => {
                let marks = self.byte()?;
                Change::Expire(self.expiry(marks)?)
            }
            WRITE => {
                let offset = usize::try_from(varint::take(&mut self.0)?).ok()?;
                let bytes = self.bytes()?;
                offset.checked_add(bytes.len()).filter(|end| isize::try_from(*end).is_ok())?;
                Change::Write { offset, bytes }
            }
            EDIT => {
                let kind = Kind::from_code(self.byte()?)?;
                Change::Edit { kind, edit: Edit::take(&mut self.0)? }
            }
            _ => return None,
        };
        Some(Effect::Key { space, key, change })
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn number(&mut self) -> Option<u32> {
        varint::take(&mut self.0)?.try_into().ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        take_bytes(&mut self.0)
    }

    #[expect(clippy::option_option, reason = "cut short, or there and saying that there is none")]
    fn expiry(&mut self, marks: u8) -> Option<Option<UnixMillis>> {
        if marks & HAS_EXPIRY == 0 {
            return Some(None);
        }
        let (at, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(Some(u64::from_le_bytes(*at)))
    }
}

impl<'a> Iterator for Effects<'a> {
    type Item = Result<Effect<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let effect = self.take();
        if effect.is_none() {
            self.0 = &[];
        }
        Some(effect.ok_or(Malformed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn effects_read_back_in_order() {
        let key = &b"key"[..];
        let kind = Kind::String;
        let set = |expiry, grown| Change::Set { kind, payload: b"value", expiry, grown };
        let edit = |edit| Change::Edit { kind: Kind::Hash, edit };
        let (member, value, item) = (&b"m"[..], &b"v"[..], &b"i"[..]);
        let changes = [
            set(None, false),
            set(Some(5), true),
            Change::Delete,
            Change::Expire(None),
            Change::Expire(Some(u64::MAX)),
            Change::Write { offset: 70_000, bytes: b"xy" },
            edit(Edit::Put { member, value, expiry: None }),
            edit(Edit::Put { member, value: b"", expiry: Some(u64::MAX) }),
            edit(Edit::Score { member, score: -0.5 }),
            edit(Edit::Remove { member }),
            edit(Edit::Insert { at: 1 << 40, item }),
            edit(Edit::Replace { at: 0, item }),
            edit(Edit::Cut { at: 300, count: u64::MAX }),
        ];
        let mut effects: Vec<_> =
            changes.into_iter().map(|change| Effect::Key { space: 300, key, change }).collect();
        effects.push(Effect::Map { db: 3, space: 900 });
        let mut record = Vec::new();
        for effect in &effects {
            effect.encode(&mut record);
        }
        let read: Result<Vec<_>, _> = Effects::of(&record).collect();
        assert_eq!(read, Ok(effects));
        assert!(Effects::of(&record[..record.len() - 1]).any(|effect| effect.is_err()));
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_effects_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(Effects::of(&bytes).count() <= bytes.len());
        }
    }
}
