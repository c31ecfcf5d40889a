//! The dataset: cache, store and journal as one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hadal_keyspace::{
    Committed, Keyspace, LoadFailed, Moment, ShardId, Stored, Ticket, Txn, UnixMillis,
};
use hadal_storage::Store;
use hadal_storage::env::Env;
use hadal_storage::journal::{self, Journal};
use hadal_value::tree::PageId;
use hadal_value::{Lsn, Record};
use parking_lot::Mutex;

use crate::DatasetError;
use crate::layout::{self, Index};
use crate::meta::{SpacesOwed, SpacesRecord};
use crate::parallel::in_parts;
use crate::save::SaveCounts;

/// Loads handed out at once to whoever performs all that a shard needs.
const LOADS_COUNT: usize = 256;

/// An open dataset. All methods may be called from any thread.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) keyspace: Keyspace,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) journal: Journal,
    pub(crate) env: Env,
    /// Keys by space when the dataset was opened; the keyspace counts from there.
    pub(crate) counts_opened: BTreeMap<u32, i64>,
    /// The databases as the store has them.
    pub(crate) spaces_saved: Mutex<SpacesRecord>,
    /// What the store has not heard of the databases.
    pub(crate) spaces_owed: Mutex<SpacesOwed>,
    /// Earliest expiry in each of the store's indexes by space, as far as is known.
    pub(crate) expiries: Mutex<BTreeMap<(Index, u32), UnixMillis>>,
    /// Where in an index a walk that had enough goes on, by space.
    pub(crate) expired_until: Mutex<BTreeMap<(Index, u32), Vec<u8>>>,
    pub(crate) loads: Loads,
    pub(crate) save_counts: Mutex<SaveCounts>,
    /// The last save found the store full.
    pub(crate) store_full: AtomicBool,
    /// The store met damage and takes no more saves.
    pub(crate) store_damaged: AtomicBool,
    /// Keys that are looked up at a time.
    pub(crate) lookup_threads: usize,
    /// Held while segments are deleted or must not be.
    pub(crate) truncating: Mutex<()>,
    /// Collections whose pages are to be deleted from the store, as it knows itself.
    pub(crate) dead_generations: Mutex<Vec<(u32, u64)>>,
}

/// A load to perform: [`Dataset::load`] does.
#[derive(Debug)]
pub struct Load {
    /// The right to report its end.
    pub ticket: Ticket,
    /// The space that the key is in.
    pub space: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// Of its pages this one; `None`: the key itself.
    pub page: Option<PageId>,
}

/// Counters of loads since the dataset was opened.
#[derive(Debug, Default)]
pub struct Loads {
    /// Keys found in the store.
    pub found: AtomicU64,
    /// Keys looked for and not found.
    pub absent: AtomicU64,
    /// Of those, known without a read of the medium.
    pub filtered: AtomicU64,
    /// Loads that failed.
    pub failed: AtomicU64,
    /// Microseconds that loads which went to the store took, together.
    pub micros: AtomicU64,
}

impl Dataset {
    /// The cache.
    pub fn keyspace(&self) -> &Keyspace {
        &self.keyspace
    }

    /// The store below.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Counters of loads.
    pub fn loads(&self) -> &Loads {
        &self.loads
    }

    /// Counters of saves.
    pub fn save_counts(&self) -> SaveCounts {
        *self.save_counts.lock()
    }

    /// The time now.
    pub fn moment(&self) -> Moment {
        Moment {
            unix: self.env.clock.unix_millis(),
            monotonic: self.env.clock.monotonic_micros() / 1_000,
        }
    }

    /// Microseconds since some start; never goes back.
    pub fn now_micros(&self) -> u64 {
        self.env.clock.monotonic_micros()
    }

    /// Ends a call: its effects become a record of the journal's queue.
    pub fn commit(&self, txn: Txn<'_>) -> Committed {
        txn.commit(|effects| self.append(effects))
    }

    /// As [`commit`](Self::commit), for a call that may have changed which space a database is.
    pub fn commit_whole(&self, txn: Txn<'_>) -> Committed {
        txn.commit(|effects| {
            let lsn = self.append(effects);
            self.spaces_owed.lock().owe(lsn);
            lsn
        })
    }

    pub(crate) fn append(&self, effects: &[u8]) -> Lsn {
        Lsn(self.journal.append(effects).0)
    }

    /// Everything up to here survives a loss of power.
    pub fn durable(&self) -> Lsn {
        Lsn(self.journal.durable().0)
    }

    /// Why writes are refused now, if they are.
    pub fn accepts(&self) -> Result<(), journal::Refusal> {
        self.accepts_write(true)
    }

    /// As [`accepts`](Self::accepts), for a write that may make the dataset larger or not: those
    /// that do not are how clients make room in a full store.
    pub fn accepts_write(&self, grows: bool) -> Result<(), journal::Refusal> {
        self.journal.accepts()?;
        if self.store_damaged.load(Ordering::Relaxed) {
            return Err(journal::Refusal::Failed);
        }
        if grows && self.store_full.load(Ordering::Relaxed) {
            return Err(journal::Refusal::Full);
        }
        Ok(())
    }

    /// Says `false` only if there is certainly nothing at the key in the store. Never blocks.
    pub fn may_be_stored(&self, space: u32, key: &[u8]) -> bool {
        let place = self.keyspace.place(key);
        let presence = self.keyspace.presence();
        if presence.is_complete() {
            // What passes is stored in nearly all cases: to ask the store's filters, too, costs as
            // much as half the read that follows.
            return !presence.is_absent(space, place);
        }
        let mut stored = Vec::new();
        layout::record_key(space, place, key, &mut stored);
        self.store.may_contain(&stored)
    }

    /// Reports a load of a key that [`may_be_stored`](Self::may_be_stored) denied.
    pub fn loaded_absent(&self, ticket: &Ticket, now: Moment) {
        self.loads.absent.fetch_add(1, Ordering::Relaxed);
        self.loads.filtered.fetch_add(1, Ordering::Relaxed);
        self.keyspace.loaded(ticket, Ok(None), now);
    }

    /// Loads the keys of a shard whose replayed effects need what the store holds. None is left
    /// when this returns.
    pub fn load_replayed(&self, shard: ShardId) -> Result<(), DatasetError> {
        loop {
            let loads = self.keyspace.replaying(shard, LOADS_COUNT).into_iter();
            let loads: Vec<Load> =
                loads.map(|(ticket, space, key)| Load { ticket, space, key, page: None }).collect();
            if loads.is_empty() {
                return Ok(());
            }
            let done = in_parts(&loads, self.lookup_threads, |loads| self.perform(loads));
            done.into_iter().collect::<Result<(), _>>().map_err(DatasetError::Load)?;
        }
    }

    /// Performs all of the loads: every ticket must be reported. The last failure, if any.
    fn perform(&self, loads: &[Load]) -> Result<(), LoadFailed> {
        let mut result = Ok(());
        for load in loads {
            let is_stored = self.may_be_stored(load.space, &load.key);
            let done = if is_stored { self.load(load) } else { self.finish_load(load, Ok(None)) };
            result = done.and(result);
        }
        result
    }

    /// What the store holds at a key, from a record's head.
    pub(crate) fn stored(found: Option<&[u8]>) -> Result<Stored, LoadFailed> {
        let record = found.map(Record::decode).transpose().map_err(|_| LoadFailed::Corrupt)?;
        Ok(Stored::from(record))
    }
}
