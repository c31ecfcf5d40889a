//! Counting the keys of a database.

use hadal_keyspace::{Census, ShardId};
use hadal_storage::{Snapshot, StoreError};

use crate::parallel::in_parts;
use crate::{Dataset, DatasetError, layout};

/// Threads that look keys up: each read is a wait for the medium.
const THREADS: usize = 32;

/// What a shard knows of a count, and the store to look up in what it does not know.
struct Part {
    census: Census,
    /// As it is while nothing of what was written blindly has been saved.
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
            let parts: Vec<Part> = ShardId::all().map(|id| self.count_part(id, space)).collect();
            // Of a space that has died meanwhile, entries may be gone uncounted.
            if self.keyspace.spaces().of(db) == space {
                let created: i64 = parts.iter().map(|part| part.census.created).sum();
                let replaced = self.count_replaced(space, &parts)?;
                return Ok(self.total(space, created - replaced));
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

    fn count_part(&self, shard: ShardId, space: u32) -> Part {
        loop {
            let census = self.keyspace.census(shard, space);
            let snapshot = self.store.snapshot();
            if census.blind.is_empty() || self.keyspace.is_fresh(shard, &census) {
                return Part { census, snapshot };
            }
        }
    }

    /// At how many of the keys that were written blindly the store had something.
    fn count_replaced(&self, space: u32, parts: &[Part]) -> Result<i64, StoreError> {
        let mut keys: Vec<(Vec<u8>, &dyn Snapshot)> = Vec::new();
        for Part { census, snapshot } in parts {
            for key in &census.blind {
                let place = self.keyspace.place(key);
                // Keys are never taken out of it. The store's own filter would not do: it may know
                // of saves after the snapshot.
                if self.keyspace.presence().is_absent(space, place) {
                    continue;
                }
                let mut stored = Vec::new();
                layout::record_key(space, place, key, &mut stored);
                keys.push((stored, &**snapshot));
            }
        }
        // Neighbours lie in the same block.
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let count = |keys: &[(Vec<u8>, &dyn Snapshot)]| -> Result<i64, StoreError> {
            let found = keys.iter().map(|(key, snapshot)| snapshot.get(key));
            found.map(|value| Ok(i64::from(value?.is_some()))).sum()
        };
        in_parts(&keys, THREADS, count).into_iter().sum()
    }
}
