//! The threads behind the commands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hadal_dataset::{Dataset, DatasetError, Expired};
use hadal_keyspace::ShardId;
use hadal_storage::journal::{JournalError, Wake};
use hadal_value::Lsn;
use parking_lot::{Condvar, Mutex};

use super::{Driver, FsyncPolicy};

/// How often the journal is written when replies do not wait for it.
const JOURNAL_PAUSE: Duration = Duration::from_millis(5);
/// How often it is then synced.
const SYNC_INTERVAL_MICROS: u64 = 1_000_000;
/// Or sooner, when so much has been written: else the system has to write it out, for whoever
/// happens to need memory.
const UNSYNCED_BYTES_MAX: u64 = 8 << 20;
const EXPIRE_INTERVAL: Duration = Duration::from_millis(100);
const EXPIRE_COUNT: usize = 1_000;
/// Stored keys learned between two pauses.
const LEARNED_AT_ONCE: usize = 1_000;
const LEARN_PAUSE: Duration = Duration::from_millis(2);
const TRUNCATE_INTERVAL: Duration = Duration::from_secs(1);

/// Tells threads to end.
#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Sleeps for `time`, or less if told to end. Whether to go on.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.changed.wait_for(&mut stopped, time);
        }
        !*stopped
    }

    pub(super) fn stop(&self) {
        *self.stopped.lock() = true;
        self.changed.notify_all();
    }
}

impl Driver {
    pub(super) fn start_threads(self: &Arc<Self>, io_threads: usize) -> Result<(), DatasetError> {
        let saver = self.dataset.saver()?;
        let mut threads = Vec::new();
        let mut start = |name: String, run: Box<dyn FnOnce(&Driver) + Send>| {
            let driver = Arc::clone(self);
            let started = thread::Builder::new().name(name).spawn(move || run(&driver));
            threads.push(started.expect("the system lets a process start its threads"));
        };
        start("journal".into(), Box::new(Driver::append));
        start("save".into(), Box::new(move |driver| driver.save(saver)));
        start("truncate".into(), Box::new(Driver::truncate));
        start("expire".into(), Box::new(Driver::expire));
        start("memory".into(), Box::new(Driver::govern));
        start("settle".into(), Box::new(Driver::settle));
        for number in 0..io_threads {
            start(format!("load-{number}"), Box::new(|driver| driver.io.run(&driver.dataset)));
        }
        self.threads.lock().extend(threads);
        Ok(())
    }

    /// Writes and syncs the journal until it is closed.
    fn append(&self) {
        let journal = self.dataset.journal();
        let clock = || self.dataset.now_micros();
        let (mut synced_at, mut synced_bytes, mut complained) = (clock(), 0, false);
        loop {
            let wake = journal.wait_pending(Duration::from_millis(500));
            let policy = self.commits.policy();
            let written_bytes = journal.stats().bytes_written;
            let due = clock() >= synced_at + SYNC_INTERVAL_MICROS
                || written_bytes - synced_bytes >= UNSYNCED_BYTES_MAX;
            let sync = match policy {
                _ if wake == Wake::Closed || self.commits.take_hurry() => true,
                FsyncPolicy::Always => true,
                FsyncPolicy::EverySecond => due,
                FsyncPolicy::No => false,
            };
            match journal.write(sync) {
                Ok(progress) => {
                    if sync {
                        (synced_at, synced_bytes) = (clock(), written_bytes);
                    }
                    complained = false;
                    self.commits.note(Lsn(progress.durable.0), false);
                }
                Err(JournalError::Failed) => {}
                Err(error) => {
                    let failed = journal.accepts() == Err(hadal_storage::journal::Refusal::Failed);
                    if !complained {
                        tracing::error!(%error, failed, "journal could not be written");
                        complained = true;
                    }
                    self.commits.note(self.dataset.durable(), failed);
                }
            }
            if wake == Wake::Closed {
                return;
            }
            if policy != FsyncPolicy::Always {
                // Told to end or not: the journal is closed after everyone else has stopped.
                _ = self.stop.sleep(JOURNAL_PAUSE);
            }
        }
    }

    fn truncate(&self) {
        while self.stop.sleep(TRUNCATE_INTERVAL) {
            match self.dataset.truncate() {
                Ok(0) => {}
                Ok(segments) => tracing::debug!(segments, "journal truncated"),
                Err(error) => tracing::warn!(%error, "journal could not be truncated"),
            }
        }
    }

    fn expire(&self) {
        while self.stop.sleep(EXPIRE_INTERVAL) {
            if !self.counters.active_expire.load(Ordering::Relaxed) {
                continue;
            }
            while self.dataset.next_expiry().is_some_and(|at| at <= self.moment().unix) {
                match self.dataset.expire(EXPIRE_COUNT) {
                    Ok(Expired::NOTHING) => break,
                    Ok(Expired { keys, fields }) => {
                        self.counters.expired.fetch_add(keys as u64, Ordering::Relaxed);
                        self.counters.expired_fields.fetch_add(fields as u64, Ordering::Relaxed);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "keys could not be expired; trying again");
                        break;
                    }
                }
                if self.dataset.keyspace().is_backlogged() {
                    break;
                }
            }
        }
    }

    fn govern(&self) {
        let mut pause = Duration::ZERO;
        while self.stop.sleep(pause) {
            pause = self.memory.look(self.dataset.keyspace());
        }
    }

    /// What is left to do after a start, once, behind the clients: loads what the journal's tail
    /// changed in part, and learns which keys there are.
    fn settle(&self) {
        for shard in ShardId::all() {
            if let Err(error) = self.dataset.load_replayed(shard) {
                tracing::warn!(%error, "changed keys will be loaded when they are needed");
            }
        }
        let learned = std::cell::Cell::new(0_usize);
        let go_on = || {
            learned.set(learned.get() + 1);
            // Clients come first: the store is read at some hundred megabytes per second.
            !learned.get().is_multiple_of(LEARNED_AT_ONCE) || self.stop.sleep(LEARN_PAUSE)
        };
        if let Err(error) = self.dataset.learn_presence(&go_on) {
            tracing::warn!(%error, "absent keys will be looked up in the store");
        }
    }

    /// Saves everything, syncs store and journal, and ends all threads.
    pub async fn shutdown(&self, save: bool) -> Result<(), String> {
        let saved = if save { self.save_all().await } else { Ok(()) };
        self.stop.stop();
        self.saves.stop();
        self.io.close();
        self.dataset.journal().close();
        let threads: Vec<JoinHandle<()>> = self.threads.lock().drain(..).collect();
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                // One that panicked has aborted the process.
                _ = thread.join();
            }
        });
        joined.await.map_err(|error| error.to_string())?;
        saved
    }
}

impl Driver {
    /// The dataset, for threads that outlive a call.
    pub(super) fn share(&self) -> Arc<Dataset> {
        Arc::clone(&self.dataset)
    }
}
