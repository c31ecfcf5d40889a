//! How the dataset lies in the store.
//!
//! ```text
//! c | space u32                                  keys in the space, i64
//! f | space u32 | expiry u64 | key               nothing: a field of the hash at the key expires
//!                                                then, none does before
//! g | space u32 | generation u64                 nothing: its pages are to be deleted
//! k | space u32 | slot u16 | hash u64 | key      the key's record (hadal_value::Record)
//! m | name                                       what the dataset must know of itself
//! p | space u32 | generation u64 | number u64    a page of a collection (hadal_value::tree), or a
//!                                                block of a long string (hadal_value::blocks)
//! x | space u32 | expiry u64 | key               the key expires then: the generation of its
//!                                                pages, u64, 0 if it has none; and when a field of
//!                                                it expires, u64, if one does. Nothing, if neither
//! ```
//!
//! Numbers in keys are big endian, so that bytes sort as they do; values are little endian. All
//! that belongs to a key moves in one batch. By slot, then hash: a place in this order is a scan's
//! cursor, and a cluster slot is one range.

use std::ops::Range;

use hadal_keyspace::{Place, Stored, UnixMillis};
use hadal_value::tree::PageId;

/// The dataset's format, seed and databases.
pub(crate) const FORMAT: &[u8] = b"mformat";
pub(crate) const SEED: &[u8] = b"mseed";
pub(crate) const SPACES: &[u8] = b"mspaces";
/// The last effect that any save carried.
pub(crate) const LSN: &[u8] = b"mlsn";
/// Every effect before this one is in the store.
pub(crate) const FLOOR: &[u8] = b"mfloor";

/// A number above the generations of all values that have pages in the store.
pub(crate) const GENERATION: &[u8] = b"mgeneration";

/// What [`FORMAT`] says of this layout.
pub(crate) const FORMAT_NUMBER: u32 = 4;
/// The oldest that is read as it is: it has no long strings, and no index of fields.
pub(crate) const FORMAT_NUMBER_MIN: u32 = 2;

const PREFIX: usize = 5;
const KEY_START: usize = PREFIX + 10;
const EXPIRY_KEY_START: usize = PREFIX + 8;

/// What expires on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Index {
    Keys,
    Fields,
}

impl Index {
    pub(crate) const ALL: [Self; 2] = [Self::Keys, Self::Fields];

    fn prefix(self, space: u32) -> [u8; PREFIX] {
        prefixed(if self == Self::Keys { b'x' } else { b'f' }, space)
    }
}

/// Where a scan is: the slot's 14 bits above the hash's first 48. Never above [`POSITION_END`].
pub(crate) type Position = u64;

pub(crate) const POSITION_END: Position = 1 << 62;

/// The position of a key. Keys that share one are returned by the same page of a scan.
pub(crate) fn position(place: Place) -> Position {
    u64::from(place.slot) << 48 | place.hash >> 16
}

/// The slot that a position is in.
pub(crate) fn slot_at(position: Position) -> u16 {
    (position >> 48) as u16
}

pub(crate) fn record_key(space: u32, place: Place, key: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.reserve(KEY_START + key.len());
    out.push(b'k');
    out.extend_from_slice(&space.to_be_bytes());
    out.extend_from_slice(&place.slot.to_be_bytes());
    out.extend_from_slice(&place.hash.to_be_bytes());
    out.extend_from_slice(key);
}

/// The place and the key of a record's key in the store.
pub(crate) fn parse_record_key(stored: &[u8]) -> Option<(Place, &[u8])> {
    let (_, rest) = stored.split_at_checked(PREFIX)?;
    let (slot, rest) = rest.split_first_chunk()?;
    let (hash, key) = rest.split_first_chunk()?;
    Some((Place { slot: u16::from_be_bytes(*slot), hash: u64::from_be_bytes(*hash) }, key))
}

pub(crate) fn expiry_key(
    index: Index,
    space: u32,
    expiry: UnixMillis,
    key: &[u8],
    out: &mut Vec<u8>,
) {
    out.clear();
    out.reserve(EXPIRY_KEY_START + key.len());
    out.extend_from_slice(&index.prefix(space));
    out.extend_from_slice(&expiry.to_be_bytes());
    out.extend_from_slice(key);
}

/// The expiry and the key of an entry of the index.
pub(crate) fn parse_expiry_key(stored: &[u8]) -> Option<(UnixMillis, &[u8])> {
    let (_, rest) = stored.split_at_checked(PREFIX)?;
    let (expiry, key) = rest.split_first_chunk()?;
    Some((u64::from_be_bytes(*expiry), key))
}

pub(crate) fn page_key(space: u32, id: PageId, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&prefixed(b'p', space));
    out.extend_from_slice(&id.generation.to_be_bytes());
    out.extend_from_slice(&id.number.to_be_bytes());
}

/// All pages of a generation.
pub(crate) fn pages(space: u32, generation: u64) -> Range<Vec<u8>> {
    let bound = |generation: u64| [&prefixed(b'p', space)[..], &generation.to_be_bytes()].concat();
    bound(generation)..bound(generation + 1)
}

/// Says that a generation's pages are to be deleted.
pub(crate) fn dead_generation_key(space: u32, generation: u64) -> Vec<u8> {
    [&prefixed(b'g', space)[..], &generation.to_be_bytes()].concat()
}

/// All generations whose pages are to be deleted.
pub(crate) fn dead_generations() -> Range<Vec<u8>> {
    vec![b'g']..vec![b'g' + 1]
}

pub(crate) fn parse_dead_generation(stored: &[u8]) -> Option<(u32, u64)> {
    let (space, generation) = stored.split_first()?.1.split_first_chunk()?;
    Some((u32::from_be_bytes(*space), u64::from_be_bytes(generation.try_into().ok()?)))
}

/// What the index of keys must say of one that expires: all that is known of what is stored.
pub(crate) fn expiry_value(stored: Stored) -> Vec<u8> {
    let (generation, field_expiry) = (stored.generation().to_le_bytes(), stored.field_expiry());
    match field_expiry {
        Some(at) => [generation, at.to_le_bytes()].concat(),
        None if stored.generation() != 0 => generation.to_vec(),
        None => Vec::new(),
    }
}

/// What an entry of the index of keys says is stored.
pub(crate) fn parse_expiry_value(expiry: UnixMillis, value: &[u8]) -> Option<Stored> {
    let (words, rest) = value.as_chunks();
    let word = |number: usize| words.get(number).map(|word| u64::from_le_bytes(*word));
    let (generation, field_expiry) = (word(0).unwrap_or(0), word(1));
    let stored = Stored::Present { expiry: Some(expiry), field_expiry, generation };
    (rest.is_empty() && words.len() <= 2).then_some(stored)
}

pub(crate) fn count_key(space: u32) -> [u8; PREFIX] {
    prefixed(b'c', space)
}

/// All records of a space from one position up to another.
pub(crate) fn records(space: u32, positions: Range<Position>) -> Range<Vec<u8>> {
    let bound = |position: Position| {
        let mut key = prefixed(b'k', space).to_vec();
        if position >= POSITION_END {
            key = after(key);
        } else {
            key.extend_from_slice(&slot_at(position).to_be_bytes());
            key.extend_from_slice(&(position << 16).to_be_bytes());
        }
        key
    };
    bound(positions.start)..bound(positions.end)
}

/// The index entries of a space that expire up to `now`.
pub(crate) fn expired(index: Index, space: u32, now: UnixMillis) -> Range<Vec<u8>> {
    let start = index.prefix(space).to_vec();
    let mut end = start.clone();
    end.extend_from_slice(&now.saturating_add(1).to_be_bytes());
    start..end
}

/// Everything that a space has in the store.
pub(crate) fn space(space: u32) -> [Range<Vec<u8>>; 6] {
    [b'c', b'f', b'g', b'k', b'p', b'x'].map(|kind| {
        let start = prefixed(kind, space).to_vec();
        let end = after(start.clone());
        start..end
    })
}

/// Every space's count.
pub(crate) fn counts() -> Range<Vec<u8>> {
    vec![b'c']..vec![b'c' + 1]
}

pub(crate) fn parse_count(key: &[u8], value: &[u8]) -> Option<(u32, i64)> {
    let space = u32::from_be_bytes(*key.split_first()?.1.first_chunk()?);
    Some((space, i64::from_le_bytes(value.try_into().ok()?)))
}

fn prefixed(kind: u8, space: u32) -> [u8; PREFIX] {
    let [a, b, c, d] = space.to_be_bytes();
    [kind, a, b, c, d]
}

/// The first key after all that start with `prefix`.
fn after(mut prefix: Vec<u8>) -> Vec<u8> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            break;
        }
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_keys_read_back_and_lie_in_their_ranges() {
        let place = Place { slot: 16_383, hash: u64::MAX - 5 };
        let mut key = Vec::new();
        record_key(u32::MAX, place, b"name", &mut key);
        assert_eq!(parse_record_key(&key), Some((place, &b"name"[..])));
        let at = position(place);
        assert!(at < POSITION_END && slot_at(at) == 16_383);
        for range in [0..POSITION_END, at..at + 1] {
            assert!(records(u32::MAX, range).contains(&key));
        }
        assert!(!records(u32::MAX, 0..at).contains(&key));
        assert!(space(u32::MAX).iter().any(|range| range.contains(&key)));
        for index in Index::ALL {
            expiry_key(index, 7, 1_000, b"name", &mut key);
            assert_eq!(parse_expiry_key(&key), Some((1_000, &b"name"[..])));
            assert!(expired(index, 7, 1_000).contains(&key));
            assert!(!expired(index, 7, 999).contains(&key));
            assert!(!expired(index, 8, 1_000).contains(&key));
            assert!(space(7).iter().any(|range| range.contains(&key)));
            let others = Index::ALL.into_iter().filter(|other| *other != index);
            assert!(others.map(|other| expired(other, 7, 1_000)).all(|it| !it.contains(&key)));
        }
        let id = PageId { generation: 1 << 40, number: 255 };
        page_key(7, id, &mut key);
        assert!(pages(7, 1 << 40).contains(&key));
        assert!(!pages(7, (1 << 40) - 1).contains(&key));
        assert!(space(7).iter().any(|range| range.contains(&key)));
        let dead = dead_generation_key(7, 1 << 40);
        assert!(dead_generations().contains(&dead));
        assert_eq!(parse_dead_generation(&dead), Some((7, 1 << 40)));
    }
}
