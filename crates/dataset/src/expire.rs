//! Expiry on time, of keys in memory and of cold ones, and the space of databases that are gone.

use hadal_keyspace::{SaveBatch, ShardId, UnixMillis, Want};

use hadal_storage::Batch;

use crate::dataset::Load;
use crate::layout;
use crate::{Dataset, DatasetError};

/// When an expired key that could not be deleted yet is looked at again.
const RETRY_DELAY_MS: u64 = 500;
/// Entries of the index passed over in one go for each that may be deleted: those whose keys are
/// in memory, many of them deleted already, but not yet from the store.
const PASSED_PER_DELETED: usize = 10;

/// What has been deleted because its time had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Keys as a whole.
    pub keys: usize,
    /// Fields of hashes.
    pub fields: usize,
}

impl Expired {
    /// Nothing that can be found is due now.
    pub const NOTHING: Self = Self { keys: 0, fields: 0 };
}

impl Dataset {
    /// Deletes keys whose time has come, and fields of hashes: up to about `count_max` of each.
    ///
    /// Cold keys are found by the store's index: none of their values is read. Fields are only
    /// found of hashes that are in memory and have no pages: nobody sees the others, and whoever
    /// changes them removes them.
    pub fn expire(&self, count_max: usize) -> Result<Expired, DatasetError> {
        let now = self.moment();
        let mut deleted = Expired::default();
        let mut effects = Vec::new();
        if self.keyspace.next_expiry().is_some_and(|at| at <= now.unix) {
            for shard in ShardId::all() {
                let append = |effects: &[u8]| self.append(effects);
                deleted.keys += self.keyspace.expire(shard, count_max, now, &mut effects, append);
                deleted.fields +=
                    self.keyspace.expire_fields(shard, count_max, now, &mut effects, append);
            }
        }
        for (_, space) in self.keyspace.spaces().mapping() {
            if deleted.keys >= count_max {
                break;
            }
            deleted.keys += self.expire_cold(space, count_max - deleted.keys)?;
        }
        Ok(deleted)
    }

    /// When there may next be something to expire.
    pub fn next_expiry(&self) -> Option<UnixMillis> {
        let expiries = self.expiries.lock();
        let spaces = self.keyspace.spaces().mapping();
        let stored = spaces.iter().map(|(_, space)| expiries.get(space).copied().unwrap_or(0));
        self.keyspace.next_expiry().into_iter().chain(stored).min()
    }

    fn expire_cold(&self, space: u32, count_max: usize) -> Result<usize, DatasetError> {
        let now = self.moment();
        if self.expiries.lock().get(&space).is_some_and(|at| *at > now.unix) {
            return Ok(0);
        }
        // From here on, saves lower it again.
        self.expiries.lock().insert(space, UnixMillis::MAX);
        let result = self.expire_indexed(space, count_max);
        if result.is_err() {
            self.note_expiry(space, now.unix);
        }
        result
    }

    fn expire_indexed(&self, space: u32, count_max: usize) -> Result<usize, DatasetError> {
        let now = self.moment();
        let range = layout::expired(space, UnixMillis::MAX - 1);
        let resumed = self.expired_until.lock().remove(&space);
        if resumed.is_some() {
            // What came to the index behind this place meanwhile is for the next walk.
            self.note_expiry(space, now.unix + RETRY_DELAY_MS);
        }
        let start = resumed.unwrap_or(range.start);
        let snapshot = self.store.snapshot();
        let (mut deleted, mut passed) = (0, 0);
        for entry in snapshot.scan(&start..&range.end) {
            let (stored, _) = entry?;
            let malformed = DatasetError::Malformed { what: "an entry of the expiry index" };
            let (expiry, key) = layout::parse_expiry_key(&stored).ok_or(malformed)?;
            if expiry > now.unix {
                self.note_expiry(space, expiry);
                break;
            }
            if deleted == count_max || passed == count_max * PASSED_PER_DELETED {
                self.note_expiry(space, expiry);
                self.expired_until.lock().insert(space, stored);
                break;
            }
            if self.expire_key(space, expiry, key, &stored)? {
                deleted += 1;
            } else {
                passed += 1;
            }
        }
        Ok(deleted)
    }

    /// Deletes a key that is not in memory, if the index still says that it has expired.
    fn expire_key(
        &self,
        space: u32,
        expiry: UnixMillis,
        key: &[u8],
        stored: &[u8],
    ) -> Result<bool, DatasetError> {
        let now = self.moment();
        // A key in memory is deleted from there; if it leaves before, it is looked at again.
        let again = now.unix + RETRY_DELAY_MS;
        let (pin, ticket) = match self.keyspace.want_in_space(space, key, now) {
            Want::Ready => {
                self.note_expiry(space, again);
                return Ok(false);
            }
            Want::Loading(pin) => {
                self.keyspace.unpin(&pin);
                self.note_expiry(space, again);
                return Ok(false);
            }
            Want::Lead(pin, ticket, _) => (pin, ticket),
        };
        if self.keyspace.has_replay(&ticket) {
            // The index does not know what became of the key since.
            let loaded = self.load(&Load { ticket, space, key: key.into(), page: None });
            self.keyspace.unpin(&pin);
            self.note_expiry(space, again);
            return loaded.map(|()| false).map_err(DatasetError::Load);
        }
        // While the entry is loading nobody saves the key, so the index cannot change under us.
        let current = self.store.get(stored);
        let generation = match &current {
            Ok(Some(value)) => layout::indexed_generation(value),
            Ok(None) | Err(_) => None,
        };
        if let Some(generation) = generation {
            let append = |effects: &[u8]| self.append(effects);
            self.keyspace.loaded_expired(&ticket, (expiry, generation), now, append);
        } else {
            // Whoever else wants the key hears of a failure.
            _ = self.load(&Load { ticket, space, key: key.into(), page: None });
        }
        self.keyspace.unpin(&pin);
        Ok(current?.is_some())
    }

    pub(crate) fn note_expiries(&self, saves: &SaveBatch) {
        for save in saves.iter() {
            if let Some(at) = save.expiry {
                self.note_expiry(save.space, at);
            }
        }
    }

    fn note_expiry(&self, space: u32, at: UnixMillis) {
        let mut expiries = self.expiries.lock();
        // Of a space never looked at nothing is known: looking comes first.
        if let Some(next) = expiries.get_mut(&space) {
            *next = at.min(*next);
        }
    }

    /// Gives back what dead spaces hold in memory and in the store. Returns how many it cleared.
    /// Not while a save is under way: it could put back what this takes out.
    pub fn reclaim(&self) -> Result<usize, DatasetError> {
        let spaces = self.keyspace.spaces();
        spaces.retire_durable(self.durable());
        self.reclaim_pages()?;
        let dead = spaces.dead();
        if dead.is_empty() {
            return Ok(0);
        }
        self.purge_dead();
        let saved = self.spaces_saved.lock().dead.clone();
        let mut cleared = Vec::new();
        // Only what the store knows to be dead: a crash in between must find the rest again.
        for space in dead.into_iter().filter(|space| saved.contains(space)) {
            for range in layout::space(space) {
                self.store.delete_range(&range.start..&range.end)?;
            }
            if !self.keyspace.is_busy(space) {
                cleared.push(space);
            }
        }
        if !cleared.is_empty() {
            // Loads that ended since the first time may have found what is deleted now. If it
            // stayed, it could still expire, and its deletion would be counted in the store.
            self.purge_dead();
        }
        for space in &cleared {
            spaces.reclaimed(*space);
        }
        Ok(cleared.len())
    }

    pub(crate) fn purge_dead(&self) {
        ShardId::all().for_each(|shard| self.keyspace.purge_dead(shard));
    }

    /// Remembers the collections that a batch has left without a record.
    pub(crate) fn note_dead_generations(&self, saves: &SaveBatch) {
        let dead = saves.iter().filter(|save| {
            let generation = save.stored.generation();
            generation != 0 && generation != save.generation
        });
        let dead = dead.map(|save| (save.space, save.stored.generation()));
        self.dead_generations.lock().extend(dead);
    }

    /// Deletes the pages of collections that are gone from the store, in time that does not depend
    /// on how many there are.
    fn reclaim_pages(&self) -> Result<(), DatasetError> {
        let dead = std::mem::take(&mut *self.dead_generations.lock());
        let result = self.delete_pages(&dead);
        if result.is_err() {
            // What has been deleted once can be deleted again.
            self.dead_generations.lock().extend(dead);
        }
        result
    }

    fn delete_pages(&self, dead: &[(u32, u64)]) -> Result<(), DatasetError> {
        let mut batch = Batch::new();
        for (space, generation) in dead {
            let range = layout::pages(*space, *generation);
            self.store.delete_range(&range.start..&range.end)?;
            batch.delete(&layout::dead_generation_key(*space, *generation));
        }
        if !batch.is_empty() {
            self.store.apply(&batch)?;
        }
        Ok(())
    }

    /// Collections whose pages are still to be deleted from the store.
    pub fn reclaimable(&self) -> usize {
        self.dead_generations.lock().len()
    }
}
