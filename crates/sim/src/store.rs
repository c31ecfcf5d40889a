//! The simulated store: it fails, and the world goes on while a call is under way.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use hadal_storage::faulty::{Attempt, Call};
use hadal_storage::{Batch, FaultyStore, MemoryStore, Snapshot, Stats, Store, StoreError};
use parking_lot::{Mutex, MutexGuard};

use crate::dice::Dice;
use crate::play::Play;
use crate::witness::Witness;

/// A store in memory that fails as the dice say. Before and after each call that would wait for
/// the medium, others get their turn.
#[derive(Debug)]
pub(crate) struct SimStore {
    inner: FaultyStore<MemoryStore>,
    fails_one_in: Arc<AtomicU64>,
    witness: Mutex<Witness>,
    play: OnceLock<Weak<Mutex<Play>>>,
}

impl SimStore {
    pub(crate) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, 3);
        let inner = FaultyStore::new(MemoryStore::new());
        let fails_one_in = Arc::new(AtomicU64::new(0));
        let rate = Arc::clone(&fails_one_in);
        inner.fail_when(move |attempt: Attempt<'_>| {
            let one_in = match (rate.load(Ordering::Relaxed), attempt.call) {
                (0, _) => return None,
                (rate, Call::Scan | Call::MayContain) => rate * 10,
                (rate, _) => rate,
            };
            let reason = String::new();
            dice.one_in(one_in).then(|| match dice.below(10) {
                0 if attempt.call == Call::Get => StoreError::Corrupt { reason },
                _ => StoreError::Unavailable { reason },
            })
        });
        Self { inner, fails_one_in, witness: Mutex::default(), play: OnceLock::new() }
    }

    /// Who gets a turn during calls.
    pub(crate) fn attach(&self, play: &Arc<Mutex<Play>>) {
        self.play.set(Arc::downgrade(play)).expect("attached once");
    }

    /// Lets calls fail once in so many; 0 is never.
    pub(crate) fn fail_one_in(&self, count: u64) {
        self.fails_one_in.store(count, Ordering::Relaxed);
    }

    pub(crate) fn set_full(&self, full: bool) {
        self.inner.set_full(full);
    }

    /// What the medium holds.
    pub(crate) fn medium(&self) -> &MemoryStore {
        self.inner.inner()
    }

    pub(crate) fn witness(&self) -> MutexGuard<'_, Witness> {
        self.witness.lock()
    }

    /// Others run. Not if the call comes from one who has the turn already.
    fn meanwhile(&self) {
        let Some(play) = self.play.get().and_then(Weak::upgrade) else { return };
        if let Some(mut play) = play.try_lock() {
            play.meanwhile();
        }
    }

    fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        self.meanwhile();
        let result = call();
        self.meanwhile();
        result
    }
}

impl Store for SimStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.during(|| self.inner.get(key)) {
            Err(StoreError::Corrupt { reason }) => match self.medium().get(key)? {
                Some(value) => {
                    self.witness().damaged(key, &value);
                    Err(StoreError::Corrupt { reason })
                }
                // Nothing cannot be damaged: that would leave it open whether there is a key.
                None => Err(StoreError::Unavailable { reason }),
            },
            found => {
                if let Ok(Some(value)) = &found {
                    self.witness().read(key, value);
                }
                found
            }
        }
    }

    fn may_contain(&self, key: &[u8]) -> bool {
        self.inner.may_contain(key)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        self.witness().applies(batch);
        let applied = self.during(|| self.inner.apply(batch));
        self.witness().applied();
        applied
    }

    fn delete_range(&self, range: Range<&[u8]>) -> Result<(), StoreError> {
        self.during(|| self.inner.delete_range(range))
    }

    fn snapshot(&self) -> Box<dyn Snapshot> {
        self.during(|| self.inner.snapshot())
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.during(|| self.inner.sync())
    }

    fn checkpoint(&self, dir: &Path) -> Result<(), StoreError> {
        self.inner.checkpoint(dir)
    }

    fn stats(&self) -> Stats {
        self.inner.stats()
    }
}
