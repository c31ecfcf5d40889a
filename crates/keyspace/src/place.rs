//! Where a key belongs: its hash slot, its hash, its shard.
//!
//! A shard is a contiguous range of hash slots, so that a page of a scan, which goes by hash slot,
//! meets the dirty entries of one shard only.

use crc::{CRC_16_XMODEM, Crc, Table};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Hash slots of a Redis cluster.
pub const SLOTS: u16 = 16_384;
/// Shards of a keyspace.
pub const SHARDS: usize = 256;

const SLOTS_PER_SHARD: u16 = SLOTS / SHARDS as u16;
const CRC16: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

/// The key's place in every ordering that the product has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Redis's hash slot: of the part in braces, if there is one.
    pub slot: u16,
    /// The whole key's hash under the dataset's seed; stable across restarts.
    pub hash: u64,
}

impl Place {
    /// Finds the place of `key` in a dataset whose hashes are seeded by `seed`.
    pub fn of(key: &[u8], seed: u64) -> Self {
        Self { slot: slot(key), hash: xxh3_64_with_seed(key, seed) }
    }

    /// The shard that holds the key.
    pub fn shard(self) -> ShardId {
        ShardId::of_slot(self.slot)
    }
}

/// A part of the keyspace behind one lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub(crate) u8);

impl ShardId {
    /// The shard that holds the keys of a hash slot.
    pub fn of_slot(slot: u16) -> Self {
        Self((slot / SLOTS_PER_SHARD) as u8)
    }

    /// Every shard, in locking order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self)
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The first hash slot after those of this shard.
    pub fn end_slot(self) -> u16 {
        (u16::from(self.0) + 1) * SLOTS_PER_SHARD
    }
}

/// The hash slot of a key: CRC-16 of the part between the first `{` and the next `}` if that is
/// not empty, else of the whole key.
pub fn slot(key: &[u8]) -> u16 {
    CRC16.checksum(hash_tag(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> &[u8] {
    let Some(open) = key.iter().position(|byte| *byte == b'{') else { return key };
    let after = &key[open + 1..];
    match after.iter().position(|byte| *byte == b'}') {
        None | Some(0) => key,
        Some(close) => &after[..close],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis_cluster() {
        assert_eq!(slot(b"123456789"), 12_739);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(slot(b"{foo}bar"), slot(b"foo"));
        assert_eq!(slot(b"a{foo}bar{x}"), slot(b"foo"));
        assert_ne!(slot(b"foo{}{bar}"), slot(b"bar"));
    }

    #[test]
    fn shards_cover_all_slots_in_order() {
        assert_eq!(ShardId::of_slot(0), ShardId(0));
        assert_eq!(ShardId::of_slot(SLOTS - 1), ShardId(255));
        assert_eq!(ShardId(255).end_slot(), SLOTS);
        for slot in 0..SLOTS {
            let shard = ShardId::of_slot(slot);
            assert!(slot < shard.end_slot() && shard.end_slot() - slot <= SLOTS_PER_SHARD);
        }
    }
}
