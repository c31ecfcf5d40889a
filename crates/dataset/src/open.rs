//! Opening a dataset: what the store has, and then the journal's tail on top of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hadal_keyspace::{Before, Effect, Effects, Keyspace, ShardId};
use hadal_storage::Store;
use hadal_storage::env::Env;
use hadal_storage::journal::{self, Cut, Journal};
use hadal_value::Lsn;
use hadal_value::collection::Limits;
use parking_lot::Mutex;

use crate::meta::Meta;
use crate::save::Saver;
use crate::{Dataset, DatasetError, Loads};

/// What a dataset is opened with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the journal lives.
    pub journal_dir: PathBuf,
    /// The journal's own options; `after` and `needed` are overwritten.
    pub journal: journal::Options,
    /// Databases that can be selected.
    pub databases: u32,
    /// How long a change may wait, so that later changes to its key share one save.
    pub save_delay_ms: u64,
    /// Bytes that the cache may take.
    pub bytes_max: usize,
    /// Bytes that changes may owe the store before writers must wait.
    pub owed_bytes_max: usize,
    /// Threads that look up what blind writes have replaced.
    pub lookup_threads: usize,
    /// How large pages of collections become, and which encodings are shown.
    pub collections: Limits,
}

/// What was found when a dataset was opened, for the log.
#[derive(Debug)]
pub struct Opened {
    /// Journal records applied.
    pub records: u64,
    /// Where a loss of power cut the journal.
    pub torn_tail: Option<Cut>,
    /// Where damage cut it, if that was allowed.
    pub corruption: Option<Cut>,
}

impl Dataset {
    /// Opens the dataset in `store` and brings it to the end of its journal.
    ///
    /// Reads the journal's tail, not the store: the time it takes does not depend on how many
    /// keys there are. What the tail changed in part (an `APPEND`) is loaded when it is needed.
    pub fn open(
        env: Env,
        store: Arc<dyn Store>,
        options: &Options,
    ) -> Result<(Self, Opened), DatasetError> {
        let meta = Meta::open(&*store, env.random.next_u64())?;
        // The journal gives up what the store calls superfluous: no loss of power may unsay it.
        store.sync()?;
        let floor = meta.floor;
        let needed = journal::Lsn(floor.0);
        // What comes before the floor is not replayed, so no number before it is given out again.
        let after = journal::Lsn(meta.lsn.0.max(floor.0.saturating_sub(1)));
        let journal_options = journal::Options { after, needed, ..options.journal.clone() };
        let (journal, recovered) = Journal::open(&env, &options.journal_dir, &journal_options)?;
        tracing::debug!(records = recovered.count(), "journal verified");
        let keyspace = Keyspace::new(&hadal_keyspace::Options {
            databases: options.databases,
            seed: meta.seed,
            save_delay_ms: options.save_delay_ms,
            bytes_max: options.bytes_max,
            // A replay has room for more, for memory holds little else yet: whoever had to save
            // first would start late.
            owed_bytes_max: options.owed_bytes_max.saturating_mul(4),
        });
        keyspace.set_collection_limits(options.collections);
        keyspace.spaces().restore(&meta.spaces.mapping, &meta.spaces.dead);
        keyspace.restore_generations(meta.generation);
        let dataset = Self {
            keyspace,
            store,
            journal,
            env,
            counts_opened: meta.counts.clone(),
            spaces_saved: Mutex::new(meta.spaces),
            spaces_owed: Mutex::default(),
            expiries: Mutex::new(BTreeMap::new()),
            expired_until: Mutex::new(BTreeMap::new()),
            loads: Loads::default(),
            save_counts: Mutex::default(),
            store_full: AtomicBool::new(false),
            store_damaged: AtomicBool::new(false),
            lookup_threads: options.lookup_threads.max(1),
            truncating: Mutex::new(()),
            dead_generations: Mutex::new(meta.dead_generations),
        };
        let mut saver = Saver::for_replay(meta.counts, meta.lsn);
        for record in recovered.records() {
            let (lsn, bytes) = record?;
            dataset.replay(lsn, &bytes, floor)?;
            if dataset.keyspace.is_backlogged() {
                dataset.make_room(&mut saver)?;
            }
        }
        dataset.keyspace.replayed();
        // What waits in a database that is gone may have lost what it is to be made of.
        dataset.purge_dead();
        dataset.keyspace.set_limits(options.bytes_max, options.owed_bytes_max);
        if let Some(first) = recovered.first() {
            dataset.owe_dead(Lsn(first.0));
        }
        let opened = Opened {
            records: recovered.count(),
            torn_tail: recovered.torn_tail().cloned(),
            corruption: recovered.corruption().cloned(),
        };
        Ok((dataset, opened))
    }

    fn replay(&self, lsn: journal::Lsn, record: &[u8], floor: Lsn) -> Result<(), DatasetError> {
        let now = self.moment();
        for effect in Effects::of(record) {
            let effect = effect.map_err(|_| DatasetError::Effect { lsn })?;
            if let Effect::Map { .. } = effect {
                self.spaces_owed.lock().owe(Lsn(lsn.0));
            }
            if Lsn(lsn.0) < floor {
                self.keyspace.replay_saved(Lsn(lsn.0), effect);
            } else {
                self.keyspace.replay(Lsn(lsn.0), effect, now);
            }
        }
        Ok(())
    }

    /// What the journal's tail has left to be reclaimed is known from the tail only, until the
    /// store knows it too.
    fn owe_dead(&self, first: Lsn) {
        if self.keyspace.spaces().dead() != self.spaces_saved.lock().dead {
            self.spaces_owed.lock().owe(first);
        }
    }

    /// Saves what has been replayed so far: there is more of it than may be owed.
    fn make_room(&self, saver: &mut Saver) -> Result<(), DatasetError> {
        for shard in ShardId::all() {
            self.load_replayed(shard)?;
        }
        while self.save(saver, Before::ALL)?.count > 0 {}
        // A record may include what comes later in the tail. Only a load looks at its number, and
        // skips that: an item is not put in a list twice.
        self.keyspace.evict_all();
        Ok(())
    }
}
