//! The exact model of a store: a sorted map, with a power switch.
//!
//! It is what engines are compared with and what the simulator runs on. It remembers which batches
//! were synced; [`MemoryStore::crash`] forgets the others but for a prefix, which is all that a
//! loss of power may do to a real engine.

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::{Bound, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::batch::Op;
use crate::{Batch, Entries, Snapshot, Stats, Store, StoreError};

type Map = BTreeMap<Arc<[u8]>, Arc<[u8]>>;

/// A store in memory. Clones share their content, like two handles on one disk.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What gets see. Shared with snapshots, copied by the first write after one was taken.
    now: Arc<Map>,
    /// What the last sync made safe.
    synced: Map,
    /// What has been applied since, in order.
    unsynced: Vec<Change>,
    /// Copies by the folder they were asked for.
    checkpoints: BTreeMap<PathBuf, Arc<Map>>,
    stats: Stats,
}

#[derive(Clone)]
enum Change {
    Batch(Batch),
    DeleteRange(Vec<u8>, Vec<u8>),
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many batches and range deletions have been applied since the last sync.
    pub fn unsynced(&self) -> usize {
        self.state.lock().unsynced.len()
    }

    /// Cuts the power: of what was not synced only the first `keep` batches survive.
    ///
    /// The survivors are on the medium and do not get lost in the next crash. A `keep` of
    /// [`MemoryStore::unsynced`] or more loses nothing.
    pub fn crash(&self, keep: usize) {
        let mut state = self.state.lock();
        let survivors = std::mem::take(&mut state.unsynced);
        for change in survivors.iter().take(keep) {
            change.make(&mut state.synced);
        }
        state.now = Arc::new(state.synced.clone());
    }

    /// The copy that [`Store::checkpoint`] wrote into `dir`, opened as a store of its own.
    pub fn open_checkpoint(&self, dir: &Path) -> Option<MemoryStore> {
        let now = Arc::clone(self.state.lock().checkpoints.get(dir)?);
        let state = State { synced: (*now).clone(), now, ..State::default() };
        Some(MemoryStore { state: Arc::new(Mutex::new(state)) })
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.state.lock().now.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let mut state = self.state.lock();
        state.stats.reads += 1;
        Ok(state.now.get(key).map(|value| value.to_vec()))
    }

    fn may_contain(&self, key: &[u8]) -> bool {
        self.state.lock().now.contains_key(key)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        state.stats.applied_bytes += batch.bytes() as u64;
        state.stats.unsynced_bytes += batch.bytes() as u64;
        state.change(Change::Batch(batch.clone()));
        Ok(())
    }

    fn delete_range(&self, range: Range<&[u8]>) -> Result<(), StoreError> {
        let change = Change::DeleteRange(range.start.to_vec(), range.end.to_vec());
        self.state.lock().change(change);
        Ok(())
    }

    fn snapshot(&self) -> Box<dyn Snapshot> {
        Box::new(MemorySnapshot(Arc::clone(&self.state.lock().now)))
    }

    fn sync(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        for change in std::mem::take(&mut state.unsynced) {
            change.make(&mut state.synced);
        }
        state.stats.written_bytes += std::mem::take(&mut state.stats.unsynced_bytes);
        Ok(())
    }

    fn checkpoint(&self, dir: &Path) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if state.checkpoints.contains_key(dir) {
            let reason = format!("the folder exists already: dir={}", dir.display());
            return Err(StoreError::Unavailable { reason });
        }
        let now = Arc::clone(&state.now);
        state.checkpoints.insert(dir.to_path_buf(), now);
        Ok(())
    }

    fn stats(&self) -> Stats {
        let state = self.state.lock();
        let held = state.now.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        Stats {
            memory_bytes: held as u64,
            disk_bytes: held as u64,
            keys_estimate: state.now.len() as u64,
            ..state.stats
        }
    }
}

impl State {
    fn change(&mut self, change: Change) {
        change.make(Arc::make_mut(&mut self.now));
        self.unsynced.push(change);
    }
}

impl Change {
    fn make(&self, map: &mut Map) {
        match self {
            Change::Batch(batch) => {
                for op in batch.iter() {
                    match op {
                        Op::Put { key, value } => _ = map.insert(key.into(), value.into()),
                        Op::Delete { key } => _ = map.remove(key),
                    }
                }
            }
            Change::DeleteRange(start, end) => {
                let keys: Vec<_> =
                    within(map, start..end).map(|(key, _)| Arc::clone(key)).collect();
                for key in keys {
                    map.remove(&key);
                }
            }
        }
    }
}

struct MemorySnapshot(Arc<Map>);

impl Snapshot for MemorySnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key).map(|value| value.to_vec()))
    }

    fn scan(&self, range: Range<&[u8]>) -> Entries<'_> {
        Box::new(within(&self.0, range).map(|(key, value)| Ok((key.to_vec(), value.to_vec()))))
    }
}

/// The entries of `range`, none if it is reversed (where the map's own method would panic).
fn within<'a>(map: &'a Map, range: Range<&[u8]>) -> btree_map::Range<'a, Arc<[u8]>, Arc<[u8]>> {
    let end = range.end.max(range.start);
    map.range::<[u8], _>((Bound::Included(range.start), Bound::Excluded(end)))
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("MemoryStore")
            .field("keys", &state.now.len())
            .field("unsynced", &state.unsynced.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &MemoryStore, key: &[u8], value: &[u8]) {
        let mut batch = Batch::new();
        batch.put(key, value);
        store.apply(&batch).expect("memory does not fail");
    }

    #[test]
    fn a_crash_keeps_what_was_synced_and_a_prefix_of_the_rest() {
        let store = MemoryStore::new();
        put(&store, b"a", b"1");
        store.sync().expect("memory does not fail");
        put(&store, b"a", b"2");
        put(&store, b"b", b"2");
        put(&store, b"c", b"2");
        assert_eq!(store.unsynced(), 3);
        store.crash(2);
        assert_eq!(store.get(b"a"), Ok(Some(b"2".to_vec())));
        assert_eq!(store.get(b"b"), Ok(Some(b"2".to_vec())));
        assert_eq!(store.get(b"c"), Ok(None));
        put(&store, b"b", b"3");
        store.crash(0);
        assert_eq!(store.get(b"b"), Ok(Some(b"2".to_vec())), "survivors are on the medium");
    }

    #[test]
    fn a_crash_may_lose_a_range_deletion() {
        let store = MemoryStore::new();
        put(&store, b"a", b"1");
        store.sync().expect("memory does not fail");
        store.delete_range(b"a"..b"b").expect("memory does not fail");
        assert_eq!(store.get(b"a"), Ok(None));
        store.crash(0);
        assert_eq!(store.get(b"a"), Ok(Some(b"1".to_vec())));
    }

    #[test]
    fn the_model_conforms() {
        let stores: Mutex<BTreeMap<PathBuf, MemoryStore>> = Mutex::default();
        crate::conformance::run(Path::new("model"), &|dir| {
            let mut stores = stores.lock();
            let copied = stores.values().find_map(|store| store.open_checkpoint(dir));
            let store =
                stores.entry(dir.to_path_buf()).or_insert_with(|| copied.unwrap_or_default());
            Ok(Box::new(store.clone()))
        });
    }

    #[test]
    fn clones_are_handles_on_one_store() {
        let store = MemoryStore::new();
        let other = store.clone();
        put(&store, b"a", b"1");
        assert_eq!(other.get(b"a"), Ok(Some(b"1".to_vec())));
    }
}
