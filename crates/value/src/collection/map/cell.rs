//! A key and what belongs to it, as bytes.
//!
//! ```text
//! in a set    the key
//! in a hash   varint: twice the length of the key, and 1 if it expires
//!             the key
//!             u64: when it expires, in Unix milliseconds, little endian; only if it does
//!             the value
//! ```

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::super::mark::Container;
use super::super::varint::{self, Varint};
use crate::tree::{Cell, Key, Order};

/// A key of a map, and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The field or member.
    pub key: &'a [u8],
    /// Of a set's member: empty.
    pub value: &'a [u8],
    /// When the field expires, in Unix milliseconds.
    pub expiry: Option<u64>,
}

/// The order of a map, and what its cells look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByHash {
    pub(super) seed: u64,
    pub(super) container: Container,
}

/// Where a key stands in the order.
pub(in crate::collection) fn key_of(key: &[u8], seed: u64) -> Key<'_> {
    Key { head: xxh3_64_with_seed(key, seed), tail: key }
}

impl ByHash {
    pub(super) fn key_of<'k>(&self, key: &'k [u8]) -> Key<'k> {
        key_of(key, self.seed)
    }

    pub(super) fn entry<'c>(&self, cell: &'c [u8]) -> Entry<'c> {
        match self.container {
            Container::Hash => field(cell).unwrap_or(Entry { key: cell, value: &[], expiry: None }),
            _ => Entry { key: cell, value: &[], expiry: None },
        }
    }

    /// Calls `f` with the cell of an entry.
    pub(super) fn with_cell<R>(&self, entry: &Entry, f: impl FnOnce(&Cell) -> R) -> R {
        if self.container != Container::Hash {
            return f(&Cell::whole(entry.key));
        }
        let len = Varint::new((entry.key.len() as u64) << 1 | u64::from(entry.expiry.is_some()));
        let at = entry.expiry.map(u64::to_le_bytes);
        let at = at.as_ref().map_or(&[][..], |at| at);
        f(&Cell([len.as_bytes(), entry.key, at, entry.value]))
    }
}

impl Order for ByHash {
    fn key<'c>(&self, cell: &'c [u8]) -> Key<'c> {
        self.key_of(self.entry(cell).key)
    }
}

fn field(cell: &[u8]) -> Option<Entry<'_>> {
    let (len, rest) = varint::read(cell)?;
    let (key, rest) = rest.split_at_checked(usize::try_from(len >> 1).ok()?)?;
    if len & 1 == 0 {
        return Some(Entry { key, value: rest, expiry: None });
    }
    let (at, value) = rest.split_first_chunk()?;
    Some(Entry { key, value, expiry: Some(u64::from_le_bytes(*at)) })
}
