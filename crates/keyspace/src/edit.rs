//! One change of a collection, as the journal keeps it: an outcome, not an instruction.
//!
//! ```text
//! op u8 | rest by op
//!   1 put      marks u8 (1 expiry) | [expiry u64] | length varint | member | length varint | value
//!   2 score    score f64 | length varint | member
//!   3 remove   length varint | member
//!   4 insert   at varint | length varint | item
//!   5 replace  at varint | length varint | item
//!   6 cut      at varint | count varint
//! ```
//!
//! Numbers are little endian.

use crate::UnixMillis;
use crate::varint;

const PUT: u8 = 1;
const SCORE: u8 = 2;
const REMOVE: u8 = 3;
const INSERT: u8 = 4;
const REPLACE: u8 = 5;
const CUT: u8 = 6;

const HAS_EXPIRY: u8 = 1;

/// One change of a collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edit<'a> {
    /// A hash's field has this value and expiry, or a set has this member (and no value).
    Put {
        /// The field or member.
        member: &'a [u8],
        /// The field's value.
        value: &'a [u8],
        /// When the field expires.
        expiry: Option<UnixMillis>,
    },
    /// A sorted set's member has this score.
    Score {
        /// The member.
        member: &'a [u8],
        /// Its score; never NaN.
        score: f64,
    },
    /// A hash, set or sorted set has no such member.
    Remove {
        /// The field or member.
        member: &'a [u8],
    },
    /// A list has a further item, before the one that stood there.
    Insert {
        /// Its position: up to the list's length.
        at: u64,
        /// The item.
        item: &'a [u8],
    },
    /// A list has this item there.
    Replace {
        /// The position.
        at: u64,
        /// The item.
        item: &'a [u8],
    },
    /// A list, or a sorted set in the order of its scores, lacks these.
    Cut {
        /// The position of the first.
        at: u64,
        /// How many.
        count: u64,
    },
}

impl<'a> Edit<'a> {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Put { member, value, expiry } => {
                out.push(PUT);
                out.push(if expiry.is_some() { HAS_EXPIRY } else { 0 });
                if let Some(at) = expiry {
                    out.extend_from_slice(&at.to_le_bytes());
                }
                put_bytes(out, member);
                put_bytes(out, value);
            }
            Self::Score { member, score } => {
                out.push(SCORE);
                out.extend_from_slice(&score.to_le_bytes());
                put_bytes(out, member);
            }
            Self::Remove { member } => {
                out.push(REMOVE);
                put_bytes(out, member);
            }
            Self::Insert { at, item } => {
                out.push(INSERT);
                varint::put(out, at);
                put_bytes(out, item);
            }
            Self::Replace { at, item } => {
                out.push(REPLACE);
                varint::put(out, at);
                put_bytes(out, item);
            }
            Self::Cut { at, count } => {
                out.push(CUT);
                varint::put(out, at);
                varint::put(out, count);
            }
        }
    }

    /// Reads an edit from the front of `bytes`. `None`: cut short, or none of this version.
    pub(crate) fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        Some(match take_byte(bytes)? {
            PUT => {
                let marks = take_byte(bytes)?;
                let expiry = if marks & HAS_EXPIRY == 0 { None } else { Some(take_u64(bytes)?) };
                Self::Put { member: take_bytes(bytes)?, value: take_bytes(bytes)?, expiry }
            }
            SCORE => {
                let score = Some(f64::from_bits(take_u64(bytes)?)).filter(|score| !score.is_nan());
                Self::Score { score: score?, member: take_bytes(bytes)? }
            }
            REMOVE => Self::Remove { member: take_bytes(bytes)? },
            INSERT => Self::Insert { at: varint::take(bytes)?, item: take_bytes(bytes)? },
            REPLACE => Self::Replace { at: varint::take(bytes)?, item: take_bytes(bytes)? },
            CUT => Self::Cut { at: varint::take(bytes)?, count: varint::take(bytes)? },
            _ => return None,
        })
    }
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    varint::put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) fn take_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(varint::take(from)?).ok()?;
    let (bytes, rest) = from.split_at_checked(len)?;
    *from = rest;
    Some(bytes)
}

fn take_byte(from: &mut &[u8]) -> Option<u8> {
    let (&byte, rest) = from.split_first()?;
    *from = rest;
    Some(byte)
}

fn take_u64(from: &mut &[u8]) -> Option<u64> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u64::from_le_bytes(*bytes))
}
