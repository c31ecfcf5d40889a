//! What the dataset keeps of itself: its format, its seed, its databases, its counts.

use std::collections::BTreeMap;

use hadal_storage::{Batch, Store};
use hadal_value::Lsn;

use crate::DatasetError;
use crate::layout::{
    self, FLOOR, FORMAT, FORMAT_NUMBER, FORMAT_NUMBER_MIN, GENERATION, LSN, SEED, SPACES,
};

/// Read when the dataset is opened.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    pub(crate) seed: u64,
    /// The last effect that any save carried.
    pub(crate) lsn: Lsn,
    /// Every effect before this one is in the store.
    pub(crate) floor: Lsn,
    pub(crate) spaces: SpacesRecord,
    /// Keys by space.
    pub(crate) counts: BTreeMap<u32, i64>,
    /// The first number that no collection with pages has had.
    pub(crate) generation: u64,
    /// Collections whose pages are still to be deleted.
    pub(crate) dead_generations: Vec<(u32, u64)>,
}

/// The databases as the store has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpacesRecord {
    /// Databases that are not at their first space, and where they are.
    pub(crate) mapping: Vec<(u32, u32)>,
    /// Spaces whose keys are still to be deleted.
    pub(crate) dead: Vec<u32>,
}

/// Effects on databases on their way to the store; [`Lsn::NONE`] where there is none.
#[derive(Debug, Default)]
pub(crate) struct SpacesOwed {
    /// The first that no save under way carries.
    first: Lsn,
    /// The first that the save under way carries.
    saving: Lsn,
}

impl SpacesOwed {
    pub(crate) fn owe(&mut self, lsn: Lsn) {
        if self.first == Lsn::NONE || lsn < self.first {
            self.first = lsn;
        }
    }

    /// The first effect that the store does not have, if there is one.
    pub(crate) fn oldest(&self) -> Option<Lsn> {
        [self.saving, self.first].into_iter().find(|lsn| *lsn > Lsn::NONE)
    }

    /// A save begins. What happens to databases from now on may be in it or not.
    pub(crate) fn start_save(&mut self) {
        self.saving = std::mem::take(&mut self.first);
    }

    /// The save has ended. If it failed, its effects are owed again.
    pub(crate) fn saved(&mut self, ok: bool) {
        let saving = std::mem::take(&mut self.saving);
        if !ok && saving > Lsn::NONE {
            self.first = saving;
        }
    }
}

impl Meta {
    /// Reads the meta of a store, or makes that of a new one with `seed`.
    pub(crate) fn open(store: &dyn Store, seed: u64) -> Result<Self, DatasetError> {
        let Some(format) = store.get(FORMAT)? else { return Self::create(store, seed) };
        let found = number(&format, "the format").map(u32::from_le_bytes)?;
        if !(FORMAT_NUMBER_MIN..=FORMAT_NUMBER).contains(&found) {
            return Err(DatasetError::Format { found, known: FORMAT_NUMBER });
        }
        if found < FORMAT_NUMBER {
            Self::upgrade(store)?;
        }
        let seed = store.get(SEED)?.ok_or(DatasetError::Malformed { what: "the seed" })?;
        let lsn = Lsn(u64_at(store, LSN, "the last save")?);
        let floor = Lsn(u64_at(store, FLOOR, "the oldest change not saved")?);
        let spaces = match store.get(SPACES)? {
            Some(bytes) => SpacesRecord::decode(&bytes)?,
            None => SpacesRecord::default(),
        };
        let seed = u64::from_le_bytes(number(&seed, "the seed")?);
        let generation = u64_at(store, GENERATION, "the collections with pages")?;
        let (counts, dead_generations) = (counts(store)?, dead_generations(store)?);
        Ok(Self { seed, lsn, floor, spaces, counts, generation, dead_generations })
    }

    /// Lets no former version take what will be saved from now on for damage.
    fn upgrade(store: &dyn Store) -> Result<(), DatasetError> {
        let mut batch = Batch::new();
        batch.put(FORMAT, &FORMAT_NUMBER.to_le_bytes());
        store.apply(&batch)?;
        store.sync()?;
        Ok(())
    }

    fn create(store: &dyn Store, seed: u64) -> Result<Self, DatasetError> {
        let mut batch = Batch::new();
        batch.put(FORMAT, &FORMAT_NUMBER.to_le_bytes());
        batch.put(SEED, &seed.to_le_bytes());
        store.apply(&batch)?;
        store.sync()?;
        Ok(Self { seed, ..Self::default() })
    }
}

impl SpacesRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mapping = self.mapping.iter().flat_map(|(db, space)| [*db, *space]);
        let count = u32::try_from(self.mapping.len()).expect("at most 65,536 databases");
        let numbers = [count].into_iter().chain(mapping).chain(self.dead.iter().copied());
        numbers.flat_map(u32::to_le_bytes).collect()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DatasetError> {
        let malformed = || DatasetError::Malformed { what: "the databases" };
        let (chunks, rest) = bytes.as_chunks();
        let mut numbers = chunks.iter().map(|chunk| u32::from_le_bytes(*chunk));
        let count = numbers.next().filter(|_| rest.is_empty()).ok_or_else(malformed)?;
        let mut mapping = Vec::new();
        for _ in 0..count {
            let db = numbers.next().ok_or_else(malformed)?;
            mapping.push((db, numbers.next().ok_or_else(malformed)?));
        }
        Ok(Self { mapping, dead: numbers.collect() })
    }
}

fn u64_at(store: &dyn Store, key: &[u8], what: &'static str) -> Result<u64, DatasetError> {
    let Some(bytes) = store.get(key)? else { return Ok(0) };
    Ok(u64::from_le_bytes(number(&bytes, what)?))
}

fn counts(store: &dyn Store) -> Result<BTreeMap<u32, i64>, DatasetError> {
    let range = layout::counts();
    let snapshot = store.snapshot();
    let mut counts = BTreeMap::new();
    for entry in snapshot.scan(&range.start..&range.end) {
        let (key, value) = entry?;
        let malformed = DatasetError::Malformed { what: "a count of keys" };
        let (space, count) = layout::parse_count(&key, &value).ok_or(malformed)?;
        counts.insert(space, count);
    }
    Ok(counts)
}

fn dead_generations(store: &dyn Store) -> Result<Vec<(u32, u64)>, DatasetError> {
    let range = layout::dead_generations();
    let snapshot = store.snapshot();
    let dead = snapshot.scan(&range.start..&range.end).map(|entry| {
        let malformed = DatasetError::Malformed { what: "a deleted collection" };
        layout::parse_dead_generation(&entry?.0).ok_or(malformed)
    });
    dead.collect()
}

fn number<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], DatasetError> {
    bytes.try_into().map_err(|_| DatasetError::Malformed { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_read_back_and_cut_ones_do_not() {
        let record = SpacesRecord { mapping: vec![(0, 70_000), (3, 2)], dead: vec![5, 6] };
        let bytes = record.encode();
        assert_eq!(SpacesRecord::decode(&bytes).expect("just encoded"), record);
        assert!(SpacesRecord::decode(&bytes[..bytes.len() - 1]).is_err());
        assert!(SpacesRecord::decode(&bytes[..8]).is_err());
    }
}
