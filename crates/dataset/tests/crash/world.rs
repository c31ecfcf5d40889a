//! A dataset over a medium that survives it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use hadal_dataset::{Dataset, DatasetError, Load, Options, Saver};
use hadal_keyspace::{Before, Expiry, Missing, Pin, Txn, Want};
use hadal_storage::env::{Env, ManualClock, SeededRandom};
use hadal_storage::memfiles::MemFiles;
use hadal_storage::{FaultyStore, MemoryStore, Store, journal};
use hadal_value::collection::Limits;

pub(crate) const START: u64 = 1_700_000_000_000;

/// A dataset over a medium that survives it.
pub(crate) struct World {
    pub(crate) store: FaultyStore<MemoryStore>,
    pub(crate) files: MemFiles,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) options: Options,
    pub(crate) dataset: Option<(Dataset, Saver)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            store: FaultyStore::new(MemoryStore::new()),
            files: MemFiles::new(1),
            clock: Arc::new(ManualClock::new(START)),
            options: Options {
                journal_dir: PathBuf::from("/journal"),
                journal: journal::Options { segment_bytes: 600, ..journal::Options::default() },
                databases: 4,
                save_delay_ms: 0,
                bytes_max: usize::MAX,
                owed_bytes_max: usize::MAX,
                lookup_threads: 1,
                collections: Limits::default(),
            },
            dataset: None,
        };
        world.open();
        world
    }

    pub(crate) fn open(&mut self) {
        let env = Env {
            files: Arc::new(self.files.clone()),
            clock: self.clock.clone(),
            random: Arc::new(SeededRandom::new(1)),
        };
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        let (dataset, _) = Dataset::open(env, store, &self.options).expect("nothing fails");
        let saver = dataset.saver().expect("nothing fails");
        self.dataset = Some((dataset, saver));
    }

    /// The power goes, after everything written has been synced.
    pub(crate) fn crash(&mut self) {
        self.dataset().journal().write(true).expect("nothing fails");
        self.lose_power();
    }

    /// The power goes, and with it what was not synced.
    pub(crate) fn lose_power(&mut self) {
        self.dataset = None;
        self.files.crash();
        self.store.inner().crash(0);
        self.open();
    }

    pub(crate) fn dataset(&self) -> &Dataset {
        &self.dataset.as_ref().expect("open").0
    }

    pub(crate) fn save(&mut self) -> Result<usize, DatasetError> {
        let (dataset, saver) = self.dataset.as_mut().expect("open");
        dataset.save(saver, Before::ALL).map(|saved| saved.count)
    }

    /// Everything owed is in the store, for good.
    pub(crate) fn settle(&mut self) {
        while self.save().expect("nothing fails") > 0 {}
        self.store.sync().expect("nothing fails");
    }

    /// Runs a call on database `db`; what it misses is loaded.
    pub(crate) fn call<T, E: std::fmt::Debug>(
        &self,
        db: u32,
        key: &str,
        call: impl Fn(&mut Txn<'_>, &[u8]) -> Result<T, E>,
    ) -> T {
        let (dataset, key) = (self.dataset(), key.as_bytes());
        let mut pins = Vec::new();
        loop {
            let mut effects = Vec::new();
            let mut txn =
                dataset.keyspace().begin(db, std::iter::once(key), dataset.moment(), &mut effects);
            let result = call(&mut txn, key);
            let missed = txn.take_missed();
            dataset.commit(txn);
            if let Ok(result) = result {
                for pin in &pins {
                    dataset.keyspace().unpin(pin);
                }
                return result;
            }
            for load in self.want(missed, &mut pins) {
                dataset.load(&load).expect("nothing fails");
            }
        }
    }

    /// The loads that will bring what is missing.
    pub(crate) fn want(&self, missed: Vec<Missing>, pins: &mut Vec<Pin>) -> Vec<Load> {
        let (keyspace, now) = (self.dataset().keyspace(), self.dataset().moment());
        let mut loads = Vec::new();
        for Missing { db, key, page } in missed {
            let want = match page {
                None => keyspace.want(db, &key, None, now),
                Some(page) => keyspace.want_page(db, &key, page, None, now),
            };
            if let Want::Lead(pin, ticket, space) = want {
                pins.push(pin);
                loads.push(Load { ticket, space, key, page });
            }
        }
        loads
    }

    pub(crate) fn set(&self, db: u32, key: &str, value: &str) {
        self.call(db, key, |txn, key| txn.set(key, value.as_bytes(), Expiry::None));
    }

    pub(crate) fn set_until(&self, db: u32, key: &str, at: u64) {
        self.call(db, key, |txn, key| txn.set(key, b"value", Expiry::At(at)));
    }

    pub(crate) fn get(&self, db: u32, key: &str) -> Option<String> {
        let value =
            self.call(db, key, |txn, key| txn.get(key).map(|value| value.map(Cow::into_owned)));
        value.map(|value| String::from_utf8(value).expect("text"))
    }

    pub(crate) fn whole(&self, run: impl FnOnce(&mut Txn<'_>)) {
        let mut effects = Vec::new();
        let dataset = self.dataset();
        let mut txn = dataset.keyspace().begin_whole(0, dataset.moment(), &mut effects);
        run(&mut txn);
        dataset.commit_whole(txn);
    }

    pub(crate) fn count(&self, db: u32) -> u64 {
        self.dataset().count(db).expect("nothing fails")
    }

    /// Entries of the store of this kind: `p` pages, `g` collections that are gone.
    pub(crate) fn stored(&self, kind: u8) -> usize {
        self.store.inner().snapshot().scan(&[kind][..]..&[kind + 1][..]).count()
    }
}
