//! Counting the keys of a database.

use hadal_keyspace::ShardId;
use hadal_storage::{Snapshot, StoreError};

use crate::parallel::in_parts;
use crate::{Dataset, DatasetError, layout};

/// Threads that look keys up: each read is a wait for the medium.
const THREADS: usize = 32;

/// What memory knows of a count, and the keys that it does not know enough of.
struct Census {
    created: i64,
    blindly_owed: Vec<Box<[u8]>>,
    /// The store as it is when all of them are still owed.
    snapshot: Box<dyn Snapshot>,
}

impl Dataset {
    /// How many keys a database has. Exact: looks up what blind writes have replaced, filters
    /// first. Each shard is counted as it is at one moment of the call.
    pub fn count(&self, db: u32) -> Result<u64, DatasetError> {
        for shard in ShardId::all() {
            self.load_replayed(shard)?;
        }
        loop {
            let space = self.keyspace.spaces().of(db);
            let census = self.take_census(space);
            // Of a space that has died meanwhile, entries may be gone uncounted.
            if self.keyspace.spaces().of(db) == space {
                let replaced = self.count_stored(space, &census)?;
                return Ok(self.total(space, census.created) - replaced as u64);
            }
        }
    }

    /// As far as it is known without looking anything up: right but for blind writes of the last
    /// moments, which count as new keys.
    pub fn count_estimate(&self, db: u32) -> u64 {
        let space = self.keyspace.spaces().of(db);
        self.total(space, self.keyspace.created(space))
    }

    fn total(&self, space: u32, created: i64) -> u64 {
        let opened = self.counts_opened.get(&space).copied().unwrap_or(0);
        u64::try_from(opened + created).unwrap_or(0)
    }

    fn take_census(&self, space: u32) -> Census {
        // What is owed and looked up must not get into the store before the snapshot.
        let _still = self.applying.lock();
        let (mut created, mut blindly_owed) = (0, Vec::new());
        for shard in ShardId::all() {
            let (more, keys) = self.keyspace.census(shard, space);
            created += more;
            blindly_owed.extend(keys);
        }
        Census { created, blindly_owed, snapshot: self.store.snapshot() }
    }

    /// At how many of the census's keys the store had something.
    fn count_stored(&self, space: u32, census: &Census) -> Result<usize, StoreError> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        for key in census.blindly_owed.iter().filter(|key| self.may_be_stored(space, key)) {
            let mut stored = Vec::new();
            layout::record_key(space, self.keyspace.place(key), key, &mut stored);
            keys.push(stored);
        }
        // Neighbours lie in the same block.
        keys.sort_unstable();
        let count = |keys: &[Vec<u8>]| -> Result<usize, StoreError> {
            keys.iter()
                .try_fold(0, |sum, key| Ok(sum + usize::from(census.snapshot.get(key)?.is_some())))
        };
        in_parts(&keys, THREADS, count).into_iter().sum()
    }
}
