//! Saving: batches of changes on their way to the store, and the journal that shrinks behind them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use hadal_keyspace::{Before, Save, SaveBatch, ShardId, Stored, UnixMillis};
use hadal_storage::journal;
use hadal_storage::{Batch, StoreError};
use hadal_value::Lsn;

use crate::layout::{self, Index};
use crate::meta::SpacesRecord;
use crate::parallel::in_parts;
use crate::{Dataset, DatasetError};

/// Bytes of a save batch: large enough that its costs per batch vanish, small enough that a
/// copy of it is nothing beside the memory limit.
const BATCH_BYTES: usize = 1 << 20;
/// How long a failed batch waits for its next try.
const RETRY_DELAY_MS: u64 = 500;
/// How often the store is told from where on the journal counts: what is before that needs no
/// replay.
const FLOOR_INTERVAL_MS: u64 = 200;

type Found = Result<Option<Vec<u8>>, StoreError>;

/// The one who saves. There is one per dataset: it alone moves the counts that the store keeps.
pub struct Saver {
    /// Keys by space, as the store has them.
    counts: BTreeMap<u32, i64>,
    /// The last effect that any save carried.
    last: Lsn,
    /// The journal's tail is being replayed: only at its end is it known where databases are, and
    /// which spaces nobody is at any more. The store must learn both together.
    is_replaying: bool,
    /// When the store is next told from where on the journal counts.
    floor_due: u64,
    saves: SaveBatch,
    batch: Batch,
    next_shard: usize,
}

/// What one round of saving did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Entries saved.
    pub count: usize,
    /// Bytes handed to the store.
    pub bytes: usize,
    /// There is more that is due.
    pub more: bool,
}

/// What has been saved since the dataset was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaveCounts {
    /// Batches.
    pub batches: u64,
    /// Entries.
    pub entries: u64,
    /// Bytes handed to the store.
    pub bytes: u64,
    /// Batches that failed.
    pub failed: u64,
    /// Microseconds that batches took, together: journal, look-ups and store.
    pub micros: u64,
}

impl std::fmt::Debug for Saver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saver").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Saver {
    pub(crate) fn new(counts: BTreeMap<u32, i64>, last: Lsn) -> Self {
        Self {
            counts,
            last,
            is_replaying: false,
            floor_due: 0,
            saves: SaveBatch::new(BATCH_BYTES),
            batch: Batch::new(),
            next_shard: 0,
        }
    }

    /// The one who makes room while the journal's tail is replayed.
    pub(crate) fn for_replay(counts: BTreeMap<u32, i64>, last: Lsn) -> Self {
        Self { is_replaying: true, ..Self::new(counts, last) }
    }

    /// Forgets the last batch, and keeps as much room as another may need, if there is more to save.
    /// All pages of a collection come in one batch, which may be large.
    fn forget(&mut self, more: bool) {
        let kept = if more { BATCH_BYTES * 2 } else { 0 };
        self.saves.clear(kept);
        self.batch.clear();
        self.batch.shrink_to(kept);
    }
}

impl Dataset {
    /// The saver of a dataset just opened.
    pub fn saver(&self) -> Result<Saver, DatasetError> {
        let meta = crate::meta::Meta::open(&*self.store, 0)?;
        Ok(Saver::new(meta.counts, meta.lsn))
    }

    /// Saves one batch of what is due, if anything is.
    ///
    /// Waits until the journal is durable up to the batch's last effect, then until the store has
    /// taken it.
    ///
    /// # Errors
    /// Nothing was saved; all of it is due again half a second later.
    pub fn save(&self, saver: &mut Saver, before: Before) -> Result<Saved, DatasetError> {
        let result = self.save_batch(saver, before);
        saver.forget(self.keyspace.owed_bytes() > 0);
        result
    }

    fn save_batch(&self, saver: &mut Saver, before: Before) -> Result<Saved, DatasetError> {
        let Saver { saves, next_shard, .. } = saver;
        let shards: Vec<ShardId> = ShardId::all().collect();
        for step in 0..shards.len() {
            let shard = shards[(*next_shard + step) % shards.len()];
            self.keyspace.poll_save(shard, before, saves);
            if saves.is_full() {
                *next_shard = (*next_shard + step) % shards.len();
                break;
            }
        }
        if saves.is_empty() && self.spaces_owed.lock().oldest().is_none() {
            // What the store had no room for may have been dropped with its database.
            if self.store_full.load(Ordering::Relaxed) && self.keyspace.oldest_owed().is_none() {
                self.store_full.store(false, Ordering::Relaxed);
            }
            return Ok(Saved::default());
        }
        let start = self.now_micros();
        let result = self.write(saver);
        self.count_save(saver, result.is_ok(), start);
        let retry_at = self.moment().monotonic + RETRY_DELAY_MS;
        self.keyspace.saved(&saver.saves, result.is_ok(), retry_at);
        self.spaces_owed.lock().saved(result.is_ok());
        let (full, more) = (
            matches!(result, Err(DatasetError::Store(StoreError::Full { .. }))),
            saver.saves.is_full(),
        );
        self.store_full.store(full, Ordering::Relaxed);
        if matches!(result, Err(DatasetError::Store(StoreError::Corrupt { .. }))) {
            self.store_damaged.store(true, Ordering::Relaxed);
        }
        result?;
        self.note_expiries(&saver.saves);
        self.note_dead_generations(&saver.saves);
        Ok(Saved { count: saver.saves.len(), bytes: saver.batch.bytes(), more })
    }

    fn count_save(&self, saver: &Saver, ok: bool, start: u64) {
        let mut counts = self.save_counts.lock();
        counts.micros += self.now_micros().saturating_sub(start);
        if ok {
            counts.batches += 1;
            counts.entries += saver.saves.len() as u64;
            counts.bytes += saver.batch.bytes() as u64;
        } else {
            counts.failed += 1;
        }
    }

    fn write(&self, saver: &mut Saver) -> Result<(), DatasetError> {
        self.resolve(saver)?;
        self.sync_journal(saver.saves.last())?;
        let Saver { saves, batch, counts, last, is_replaying, floor_due, .. } = saver;
        let mut steps: BTreeMap<u32, i64> = BTreeMap::new();
        let mut key = Vec::new();
        for save in saves.iter() {
            let step = self.put(&save, batch, &mut key);
            if step != 0 {
                *steps.entry(save.space).or_default() += step;
            }
        }
        for (space, step) in &steps {
            let count = counts.get(space).copied().unwrap_or(0) + step;
            batch.put(&layout::count_key(*space), &count.to_le_bytes());
        }
        *last = saves.last().max(*last);
        if !saves.is_empty() {
            batch.put(layout::LSN, &last.0.to_le_bytes());
        }
        put_pages(saves, batch, &mut key);
        // A long string of zeros has a generation and no page.
        if saves.iter().any(|save| save.saving.generation() != 0) {
            batch.put(layout::GENERATION, &self.keyspace.next_generation().to_le_bytes());
        }
        let now = self.moment().monotonic;
        if !*is_replaying && now >= *floor_due && !batch.is_empty() {
            *floor_due = now + FLOOR_INTERVAL_MS;
            batch.put(layout::FLOOR, &self.floor().0.to_le_bytes());
        }
        let spaces = if *is_replaying { None } else { Some(self.put_spaces(batch)?) };
        if !batch.is_empty() {
            self.store.apply(batch)?;
        }
        for (space, step) in steps {
            *counts.entry(space).or_default() += step;
        }
        if let Some(spaces) = spaces {
            *self.spaces_saved.lock() = spaces;
        }
        Ok(())
    }

    /// Puts one save in the batch. Returns by how many keys it changes the space.
    fn put(&self, save: &Save<'_>, batch: &mut Batch, key: &mut Vec<u8>) -> i64 {
        let (old, new) = (save.stored, save.saving);
        assert_ne!(old, Stored::Unknown, "resolved before");
        let existed = old != Stored::Absent;
        if !existed && save.record.is_none() {
            return 0;
        }
        let place = self.keyspace.place(save.key);
        layout::record_key(save.space, place, save.key, key);
        match save.record {
            Some(record) => {
                // A key that the store has is in the filter, or is about to be learned.
                if !existed {
                    self.keyspace.presence().add(save.space, place);
                }
                batch.put(key, record);
            }
            None => batch.delete(key),
        }
        let mut index = |index, [old, new]: [Option<UnixMillis>; 2], value: &[u8]| {
            if let Some(at) = old {
                layout::expiry_key(index, save.space, at, save.key, key);
                batch.delete(key);
            }
            if let Some(at) = new {
                layout::expiry_key(index, save.space, at, save.key, key);
                batch.put(key, value);
            }
        };
        if new != old {
            index(Index::Keys, [old, new].map(Stored::expiry), &layout::expiry_value(new));
        }
        if new.field_expiry() != old.field_expiry() {
            index(Index::Fields, [old, new].map(Stored::field_expiry), &[]);
        }
        let (old_generation, generation) = (old.generation(), new.generation());
        if old_generation != 0 && old_generation != generation {
            batch.put(&layout::dead_generation_key(save.space, old_generation), &[]);
        }
        i64::from(save.record.is_some()) - i64::from(existed)
    }

    /// Learns what the store holds under blind writes: from filters where they know.
    fn resolve(&self, saver: &mut Saver) -> Result<(), DatasetError> {
        let mut unknown = Vec::new();
        let mut keys = Vec::new();
        let mut answers = Vec::new();
        for (number, save) in saver.saves.iter().enumerate() {
            if save.stored != Stored::Unknown {
                continue;
            }
            if self.may_be_stored(save.space, save.key) {
                let mut key = Vec::new();
                layout::record_key(save.space, self.keyspace.place(save.key), save.key, &mut key);
                unknown.push(number);
                keys.push(key);
            } else {
                answers.push((number, Stored::Absent));
            }
        }
        let found = self.look_up(&keys);
        for (number, found) in unknown.into_iter().zip(found) {
            let stored = match found {
                Ok(bytes) => Self::stored(bytes.as_deref()).ok(),
                Err(StoreError::Corrupt { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            // A damaged record is overwritten: it was there, and the index knows what else counts.
            let save = saver.saves.iter().nth(number).expect("a number of this batch");
            let stored = match stored {
                Some(stored) => stored,
                None => self.indexed(save.space, save.key)?,
            };
            answers.push((number, stored));
        }
        for (number, stored) in answers {
            saver.saves.set_stored(number, stored);
        }
        // Before any of them is in the store: a count may be looking there.
        self.keyspace.resolved(&saver.saves);
        Ok(())
    }

    /// What the index of keys that expire knows of a key that is stored. Reads all of the space's
    /// index. If the key never expires, pages that it may have stay in the store.
    fn indexed(&self, space: u32, key: &[u8]) -> Result<Stored, DatasetError> {
        let range = layout::expired(Index::Keys, space, UnixMillis::MAX - 1);
        for entry in self.store.snapshot().scan(&range.start..&range.end) {
            let (stored, value) = entry?;
            if let Some((expiry, indexed)) = layout::parse_expiry_key(&stored)
                && indexed == key
                && let Some(stored) = layout::parse_expiry_value(expiry, &value)
            {
                return Ok(stored);
            }
        }
        Ok(Stored::Present { expiry: None, field_expiry: None, generation: 0 })
    }

    /// Reads keys from the store, several at a time: each is a wait for the medium.
    fn look_up(&self, keys: &[Vec<u8>]) -> Vec<Found> {
        let found = in_parts(keys, self.lookup_threads, |keys| {
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            self.store.multi_get(&keys)
        });
        found.into_iter().flatten().collect()
    }

    /// Makes the journal durable up to `lsn`.
    pub fn sync_journal(&self, lsn: Lsn) -> Result<(), DatasetError> {
        while self.durable() < lsn {
            self.journal.write(true)?;
        }
        Ok(())
    }

    fn put_spaces(&self, batch: &mut Batch) -> Result<SpacesRecord, DatasetError> {
        let is_owed = {
            let mut owed = self.spaces_owed.lock();
            owed.start_save();
            owed.oldest().is_some()
        };
        let (mapping, last) = self.keyspace.mapping(|| Lsn(self.journal.last().0));
        let mapping: Vec<_> = mapping.into_iter().filter(|(db, space)| db != space).collect();
        if is_owed || mapping != self.spaces_saved.lock().mapping {
            self.sync_journal(last)?;
        }
        let spaces = self.keyspace.spaces();
        spaces.retire_durable(self.durable());
        let record = SpacesRecord { mapping, dead: spaces.dead() };
        if record != *self.spaces_saved.lock() {
            batch.put(layout::SPACES, &record.encode());
        }
        Ok(record)
    }

    /// The first effect that is neither in the store nor superseded by a durable one, or the next
    /// to come: before it, the journal is superfluous once the store is durable. Never past what
    /// is durable: effects on databases that are gone are owed by nobody, and the number of one
    /// that is lost is given out again.
    fn floor(&self) -> Lsn {
        // Everything after this is later than `last`, so it is not lost from the minimum.
        let (last, durable) = (self.journal.last(), self.durable());
        let owed = self.keyspace.oldest_kept(durable).unwrap_or(Lsn(last.0 + 1));
        let spaces = self.spaces_owed.lock().oldest().unwrap_or(owed);
        owed.min(spaces).min(Lsn(last.0 + 1)).min(Lsn(durable.0 + 1))
    }

    /// Deletes the journal's segments that the store makes superfluous, if there are any, after
    /// making the store durable. Returns how many.
    pub fn truncate(&self) -> Result<usize, DatasetError> {
        let _truncating = self.truncating.lock();
        let is_truncatable = |floor: Lsn| self.journal.is_truncatable(journal::Lsn(floor.0));
        // The floor costs a look at everything that is owed, and is never above this.
        if !is_truncatable(Lsn(self.durable().0 + 1)) || !is_truncatable(self.floor()) {
            return Ok(0);
        }
        self.sync_store()
    }

    /// Makes all that has been saved durable, and truncates the journal. Returns how many
    /// segments it deleted.
    pub fn sync(&self) -> Result<usize, DatasetError> {
        let _truncating = self.truncating.lock();
        self.sync_store()
    }

    fn sync_store(&self) -> Result<usize, DatasetError> {
        let floor = self.floor();
        let mut batch = Batch::new();
        batch.put(layout::FLOOR, &floor.0.to_le_bytes());
        self.store.apply(&batch)?;
        self.store.sync()?;
        Ok(self.journal.truncate(journal::Lsn(floor.0))?)
    }
}

fn put_pages(saves: &SaveBatch, batch: &mut Batch, key: &mut Vec<u8>) {
    for page in saves.pages() {
        layout::page_key(page.space, page.id, key);
        match page.bytes {
            Some(bytes) => batch.put(key, bytes),
            None => batch.delete(key),
        }
    }
}
