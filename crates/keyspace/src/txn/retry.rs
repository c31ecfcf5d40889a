//! What the tries of one call have in common.
//!
//! A handler that misses something runs again from the start, later. What it draws at random must
//! be the same by then, or it would want other pages each time and never have all of them. And a
//! key that it only comes to know while it runs (`SORT … BY`) is in a shard that nobody has locked
//! for it: the next try locks that one, too.

use smallvec::SmallVec;

use super::{Missing, Txn};
use crate::ShardId;

/// Kept by whoever runs a call, from its first try to its last.
#[derive(Debug, Default)]
pub struct Retry {
    seed: Option<u64>,
    /// Where keys are that the call does not name.
    pub(super) shards: SmallVec<[ShardId; 4]>,
}

/// The random numbers of a call: a sequence (`SplitMix64`), which begins when it is first asked.
#[derive(Debug, Default)]
pub(super) struct Random {
    seed: Option<u64>,
    drawn: u64,
}

impl Random {
    pub(super) fn again(retry: &Retry) -> Self {
        Self { seed: retry.seed, drawn: 0 }
    }
}

impl Txn<'_> {
    /// The next number of a sequence of the call's own.
    pub fn random(&mut self) -> u64 {
        let seed = *self.random.seed.get_or_insert_with(|| self.keyspace.random_seed(self.now));
        self.random.drawn += 1;
        mix(seed.wrapping_add(self.random.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// As [`take_missed`](Self::take_missed), for a call that will
    /// [begin again](crate::Keyspace::begin_again).
    pub fn suspend(&mut self, retry: &mut Retry) -> Vec<Missing> {
        retry.seed = self.random.seed;
        let missed = self.take_missed();
        for Missing { key, .. } in &missed {
            let shard = self.keyspace.place(key).shard();
            let is_locked = self.guards.binary_search_by_key(&shard, |(id, _)| *id).is_ok();
            if !is_locked && !retry.shards.contains(&shard) {
                retry.shards.push(shard);
            }
        }
        missed
    }
}

pub(crate) fn mix(bits: u64) -> u64 {
    let mixed = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keyspace, Moment, Options};

    fn keyspace() -> Keyspace {
        Keyspace::new(&Options {
            databases: 1,
            seed: 1,
            save_delay_ms: 0,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
        })
    }

    const NOW: Moment = Moment { unix: 1_000_000, monotonic: 5_000 };

    #[test]
    fn the_tries_of_a_call_draw_the_same_and_calls_of_one_moment_do_not() {
        let (keyspace, mut effects, mut retry) = (keyspace(), Vec::new(), Retry::default());
        let mut draw = |retry: &mut Retry, now| {
            let keys = std::iter::once(&b"k"[..]);
            let mut txn = keyspace.begin_again(0, keys, retry, now, &mut effects);
            let drawn = (txn.random(), txn.random());
            txn.suspend(retry);
            drawn
        };
        let first = draw(&mut retry, NOW);
        assert_ne!(first.0, first.1);
        let later = Moment { unix: 2_000_000, monotonic: 1_005_000 };
        assert_eq!(draw(&mut retry, later), first);
        assert_ne!(draw(&mut Retry::default(), NOW), first);
    }

    #[test]
    fn a_key_that_was_found_on_the_way_is_locked_at_the_next_try() {
        let (keyspace, mut effects, mut retry) = (keyspace(), Vec::new(), Retry::default());
        let shard = |number: u32| keyspace.place(&number.to_le_bytes()).shard();
        let other =
            (1..1_000).find(|number| shard(*number) != shard(0)).expect("there are many shards");
        let (named, found) = (0_u32.to_le_bytes(), other.to_le_bytes());
        // An empty store: everything is known to be absent, once its shard is locked.
        keyspace.presence().complete();
        let mut exists = |retry: &mut Retry| {
            let keys = std::iter::once(&named[..]);
            let mut txn = keyspace.begin_again(0, keys, retry, NOW, &mut effects);
            let found = txn.exists(&found);
            (found, txn.suspend(retry))
        };
        let (first, missed) = exists(&mut retry);
        assert!(first.is_err());
        assert_eq!(missed[0].key[..], found[..]);
        assert_eq!(exists(&mut retry), (Ok(false), Vec::new()));
    }
}
