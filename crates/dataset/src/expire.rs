//! Expiry on time, of what is in memory and of what is cold, and the space of databases that are
//! gone.

use hadal_keyspace::{
    LoadFailed, Pin, SaveBatch, ShardId, Swept, SweptHash, Ticket, UnixMillis, Want,
};

use hadal_storage::Batch;

use crate::dataset::Load;
use crate::layout::{self, Index};
use crate::{Dataset, DatasetError};

/// When an expired key that could not be deleted yet is looked at again.
const RETRY_DELAY_MS: u64 = 500;
/// Entries of the index passed over in one go for each that may be deleted: those whose keys are
/// in memory, many of them deleted already, but not yet from the store.
const PASSED_PER_DELETED: usize = 10;
/// Steps through a large hash in one go, and pages wanted beside: whoever expires goes on after a
/// pause, so that clients have the medium and the shard's lock most of the time.
const SWEEP_STEPS: usize = 64;

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
    /// What is cold is found by the store's indexes: no value of a key is read, and of hashes with
    /// fields that are due the record. Large hashes are gone through step by step, call by call.
    pub fn expire(&self, count_max: usize) -> Result<Expired, DatasetError> {
        let mut pins = Vec::new();
        let expired = self.expire_and_pin(count_max, &mut pins);
        self.unpin_all(pins);
        expired
    }

    fn expire_and_pin(
        &self,
        count_max: usize,
        pins: &mut Vec<Pin>,
    ) -> Result<Expired, DatasetError> {
        let mut deleted = Expired::default();
        for (_, space) in self.keyspace.spaces().mapping() {
            // What is loaded now is gone through below, before it may leave.
            self.expire_cold(Index::Fields, space, count_max, pins)?;
        }
        let now = self.moment();
        let mut effects = Vec::new();
        if self.keyspace.next_expiry().is_some_and(|at| at <= now.unix) {
            for shard in ShardId::all() {
                let append = |effects: &[u8]| self.append(effects);
                deleted.keys += self.keyspace.expire(shard, count_max, now, &mut effects, append);
                deleted.fields +=
                    self.keyspace.expire_fields(shard, count_max, now, &mut effects, append);
                deleted.fields += self.sweep(shard, &mut effects);
            }
        }
        for (_, space) in self.keyspace.spaces().mapping() {
            if deleted.keys >= count_max {
                break;
            }
            let count_max = count_max - deleted.keys;
            deleted.keys += self.expire_cold(Index::Keys, space, count_max, pins)?;
        }
        Ok(deleted)
    }

    /// Goes on through a large hash with fields that are due, if there is one. Returns how many it
    /// deleted.
    fn sweep(&self, shard: ShardId, effects: &mut Vec<u8>) -> usize {
        let (mut count, mut pins) = (0, Vec::new());
        for _ in 0..SWEEP_STEPS {
            let append = |effects: &[u8]| self.append(effects);
            match self.keyspace.sweep(shard, self.moment(), effects, append) {
                Swept::Nothing => break,
                Swept::Fields(deleted) => {
                    count += deleted;
                    self.unpin_all(std::mem::take(&mut pins));
                }
                Swept::Wants(hash) => self.load_swept(shard, &hash, &mut pins),
            }
        }
        self.unpin_all(pins);
        count
    }

    /// Has pages of a hash in memory, as long as they are pinned. Those that somebody else is
    /// loading will be there another time.
    fn load_swept(&self, shard: ShardId, hash: &SweptHash, pins: &mut Vec<Pin>) {
        let SweptHash { space, ref key, ref pages } = *hash;
        for page in pages {
            match self.keyspace.want_page_in_space(space, key, *page, self.moment()) {
                Want::Ready => {}
                Want::Loading(pin) => pins.push(pin),
                Want::Lead(pin, ticket, _) => {
                    pins.push(pin);
                    let load = Load { ticket, space, key: key.clone(), page: Some(*page) };
                    // A failure has been logged.
                    if self.load(&load).is_err() {
                        self.keyspace.sweep_failed(shard, *page, self.moment());
                    }
                }
            }
        }
    }

    fn unpin_all(&self, pins: Vec<Pin>) {
        for pin in pins {
            self.keyspace.unpin(&pin);
        }
    }

    /// When there may next be something to expire.
    pub fn next_expiry(&self) -> Option<UnixMillis> {
        let expiries = self.expiries.lock();
        let spaces = self.keyspace.spaces().mapping();
        let indexes = spaces.iter().flat_map(|(_, space)| Index::ALL.map(|index| (index, *space)));
        let stored = indexes.map(|index| expiries.get(&index).copied().unwrap_or(0));
        self.keyspace.next_expiry().into_iter().chain(stored).min()
    }

    /// Deletes keys that an index says are due; of hashes with fields that are due it has the
    /// record in memory, pinned. Returns how many.
    fn expire_cold(
        &self,
        index: Index,
        space: u32,
        count_max: usize,
        pins: &mut Vec<Pin>,
    ) -> Result<usize, DatasetError> {
        let now = self.moment();
        if self.expiries.lock().get(&(index, space)).is_some_and(|at| *at > now.unix) {
            return Ok(0);
        }
        // From here on, saves lower it again.
        self.expiries.lock().insert((index, space), UnixMillis::MAX);
        let result = self.expire_indexed(index, space, count_max, pins);
        if result.is_err() {
            self.note_expiry(index, space, now.unix);
        }
        result
    }

    fn expire_indexed(
        &self,
        index: Index,
        space: u32,
        count_max: usize,
        pins: &mut Vec<Pin>,
    ) -> Result<usize, DatasetError> {
        let now = self.moment();
        let range = layout::expired(index, space, UnixMillis::MAX - 1);
        let resumed = self.expired_until.lock().remove(&(index, space));
        if resumed.is_some() {
            // What came to the index behind this place meanwhile is for the next walk.
            self.note_expiry(index, space, now.unix + RETRY_DELAY_MS);
        }
        let start = resumed.unwrap_or(range.start);
        let snapshot = self.store.snapshot();
        let (mut deleted, mut passed) = (0, 0);
        for entry in snapshot.scan(&start..&range.end) {
            let (stored, _) = entry?;
            let malformed = DatasetError::Malformed { what: "an entry of the expiry index" };
            let (expiry, key) = layout::parse_expiry_key(&stored).ok_or(malformed)?;
            if expiry > now.unix {
                self.note_expiry(index, space, expiry);
                break;
            }
            if deleted == count_max || passed == count_max * PASSED_PER_DELETED {
                self.note_expiry(index, space, expiry);
                self.expired_until.lock().insert((index, space), stored);
                break;
            }
            let Some((pin, ticket)) = self.lead(index, space, key) else {
                passed += 1;
                continue;
            };
            pins.push(pin);
            let done = match index {
                Index::Keys => self.expire_key(space, expiry, key, &stored, ticket)?,
                Index::Fields => self.load_due(space, key, ticket)?,
            };
            if done {
                deleted += 1;
            } else {
                passed += 1;
            }
        }
        Ok(deleted)
    }

    /// The right to say what becomes of a key that is not in memory. `None`: it is in memory, or
    /// about to be.
    fn lead(&self, index: Index, space: u32, key: &[u8]) -> Option<(Pin, Ticket)> {
        let now = self.moment();
        match self.keyspace.want_in_space(space, key, now) {
            Want::Lead(pin, ticket, _) => return Some((pin, ticket)),
            Want::Loading(pin) => self.keyspace.unpin(&pin),
            Want::Ready => {}
        }
        // What is in memory expires there; if it leaves before, it is looked at again.
        self.note_expiry(index, space, now.unix + RETRY_DELAY_MS);
        None
    }

    /// Has the record of a hash in memory that an index says has a field which is due.
    fn load_due(&self, space: u32, key: &[u8], ticket: Ticket) -> Result<bool, DatasetError> {
        match self.load(&Load { ticket, space, key: key.into(), page: None }) {
            Ok(()) => {
                // It may leave before it has been gone through to the end.
                self.note_expiry(Index::Fields, space, self.moment().unix + RETRY_DELAY_MS);
                Ok(true)
            }
            // Nobody will find out what is due of a damaged hash. It has been logged.
            Err(LoadFailed::Corrupt) => Ok(true),
            Err(failed) => Err(DatasetError::Load(failed)),
        }
    }

    /// Deletes a key that is not in memory, if the index still says that it has expired.
    fn expire_key(
        &self,
        space: u32,
        expiry: UnixMillis,
        key: &[u8],
        stored: &[u8],
        ticket: Ticket,
    ) -> Result<bool, DatasetError> {
        let now = self.moment();
        if self.keyspace.has_replay(&ticket) {
            // The index does not know what became of the key since.
            let loaded = self.load(&Load { ticket, space, key: key.into(), page: None });
            self.note_expiry(Index::Keys, space, now.unix + RETRY_DELAY_MS);
            return loaded.map(|()| false).map_err(DatasetError::Load);
        }
        // While the entry is loading nobody saves the key, so the index cannot change under us.
        let current = self.store.get(stored);
        let indexed = match &current {
            Ok(Some(value)) => layout::parse_expiry_value(expiry, value),
            Ok(None) | Err(_) => None,
        };
        if let Some(indexed) = indexed {
            let append = |effects: &[u8]| self.append(effects);
            self.keyspace.loaded_expired(&ticket, indexed, now, append);
        } else {
            // Whoever else wants the key hears of a failure.
            _ = self.load(&Load { ticket, space, key: key.into(), page: None });
        }
        Ok(current?.is_some())
    }

    pub(crate) fn note_expiries(&self, saves: &SaveBatch) {
        for save in saves.iter() {
            if let Some(at) = save.saving.expiry() {
                self.note_expiry(Index::Keys, save.space, at);
            }
            if let Some(at) = save.saving.field_expiry() {
                self.note_expiry(Index::Fields, save.space, at);
            }
        }
    }

    fn note_expiry(&self, index: Index, space: u32, at: UnixMillis) {
        let mut expiries = self.expiries.lock();
        // Of a space never looked at nothing is known: looking comes first.
        if let Some(next) = expiries.get_mut(&(index, space)) {
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
            generation != 0 && generation != save.saving.generation()
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
