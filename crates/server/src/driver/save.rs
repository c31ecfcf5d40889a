//! The thread that saves: what is due, what there is no more room for, and what is asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hadal_dataset::{DatasetError, Saver};
use hadal_keyspace::{Before, ShardId};
use hadal_value::Lsn;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::Driver;

/// The longest sleep: a change may have become due that the thread was not told of.
const SAVE_INTERVAL: Duration = Duration::from_millis(250);
/// How much sooner than at the rate that the store can take batches may come, for what they took.
const PACE_SLACK_MICROS: u64 = 100_000;
/// How long those who want everything saved wait for what is being loaded, before they look again.
const LOADS_PAUSE: Duration = Duration::from_millis(1);
/// Of a longer journal, the changes in the older half are saved whatever their delay, so that it
/// can be truncated: it bounds the time that a start takes.
const JOURNAL_BYTES_MAX: u64 = 192 << 20;
/// In how many parts, the oldest first, all is saved that is owed, where that is too much.
const PARTS: u64 = 4;

/// What the saver is asked for.
#[derive(Debug, Default)]
pub(super) struct SaveRequests {
    asked: Mutex<Asked>,
    changed: Condvar,
    hurried: AtomicBool,
}

#[derive(Debug, Default)]
struct Asked {
    all: Vec<oneshot::Sender<Result<(), String>>>,
    stopped: bool,
}

impl SaveRequests {
    /// Something should be saved soon.
    pub(super) fn hurry(&self) {
        if !self.hurried.swap(true, Ordering::AcqRel) {
            self.changed.notify_all();
        }
    }

    /// Asks for everything that is owed now to be saved.
    pub(super) fn all(&self) -> oneshot::Receiver<Result<(), String>> {
        let (done, result) = oneshot::channel();
        self.asked.lock().all.push(done);
        self.changed.notify_all();
        result
    }

    pub(super) fn stop(&self) {
        self.asked.lock().stopped = true;
        self.changed.notify_all();
    }

    fn is_asked(&self) -> bool {
        let asked = self.asked.lock();
        asked.stopped || !asked.all.is_empty()
    }

    /// Sleeps until there is something to do. `None`: end.
    fn next(&self) -> Option<Vec<oneshot::Sender<Result<(), String>>>> {
        let mut asked = self.asked.lock();
        if asked.all.is_empty() && !asked.stopped && !self.hurried.load(Ordering::Acquire) {
            self.changed.wait_for(&mut asked, SAVE_INTERVAL);
        }
        self.hurried.store(false, Ordering::Release);
        if asked.stopped && asked.all.is_empty() {
            return None;
        }
        Some(std::mem::take(&mut asked.all))
    }
}

impl Driver {
    pub(super) fn save(&self, mut saver: Saver) {
        let mut thread = Saving { driver: self, free_at: 0, complained: false };
        while let Some(asked) = self.saves.next() {
            let result = if asked.is_empty() {
                thread.save_due(&mut saver)
            } else {
                thread.save_all(&mut saver)
            };
            thread.complain_once(&result);
            for done in asked {
                // Whoever asked may have gone.
                _ = done.send(result.clone());
            }
            match self.dataset.reclaim() {
                Ok(0) => {}
                Ok(spaces) => tracing::info!(spaces, "space of flushed databases given back"),
                Err(error) => tracing::warn!(%error, "space of flushed databases is still held"),
            }
        }
    }
}

/// How the thread is getting on.
struct Saving<'a> {
    driver: &'a Driver,
    /// When the store can take the next batch.
    free_at: u64,
    /// The log has been told that saves fail.
    complained: bool,
}

impl Saving<'_> {
    /// Saves what has waited for its delay, and more where too much is owed or the journal is too
    /// long.
    fn save_due(&mut self, saver: &mut Saver) -> Result<(), String> {
        let keyspace = self.driver.dataset.keyspace();
        let (mut pass, mut parts) = (Lsn::NONE, 1);
        loop {
            let at = self.driver.moment().monotonic;
            let first = self.older_half_of_journal().max(pass);
            if self.save(saver, Before { at, first, durable: self.driver.dataset.durable() })? {
                if self.driver.saves.is_asked() {
                    return Ok(());
                }
                continue;
            }
            if !keyspace.is_pressed() {
                return Ok(());
            }
            // In the journal's order, not shard by shard, so that it can be truncated meanwhile. In
            // a shard it is nearly that: if what is oldest stands behind others, they go first.
            let Some((oldest, last)) = self.span_owed() else { return Ok(()) };
            let end = |parts| Lsn(oldest + (last - oldest) * parts / PARTS + 1);
            parts = if end(1) > pass { 1 } else { parts + 1 };
            if parts > PARTS {
                return Ok(());
            }
            pass = end(parts);
        }
    }

    /// Saves everything that is owed now.
    fn save_all(&mut self, saver: &mut Saver) -> Result<(), String> {
        let dataset = &self.driver.dataset;
        let owed = Lsn(dataset.journal().last().0);
        while dataset.keyspace().oldest_owed().is_some_and(|oldest| oldest <= owed) {
            if self.save(saver, Before::ALL)? {
                continue;
            }
            self.finish_loads().map_err(|error| error.to_string())?;
            if !self.driver.stop.sleep(LOADS_PAUSE) {
                return Err("the server is shutting down".to_owned());
            }
        }
        // What databases have become is nobody's debt.
        self.save(saver, Before::ALL).map(|_| ())
    }

    /// Saves a batch. Whether there was anything to save.
    fn save(&mut self, saver: &mut Saver, before: Before) -> Result<bool, String> {
        let batch = self.driver.dataset.save(saver, before);
        self.driver.room.notify_waiters();
        let batch = batch.map_err(|error| error.to_string())?;
        if batch.count > 0 {
            self.complained = false;
            self.pace(batch.bytes);
        }
        Ok(batch.count > 0)
    }

    fn complain_once(&mut self, result: &Result<(), String>) {
        if let Err(error) = result
            && !self.complained
        {
            tracing::error!(%error, "changes could not be saved; trying again");
            self.complained = true;
        }
    }

    /// Waits until as many bytes as have just been saved may have been, so that the store's merges
    /// keep up.
    fn pace(&mut self, bytes: usize) {
        let Some(rate) = self.driver.dataset.store().rate_max() else { return };
        let now = self.driver.dataset.now_micros();
        let free_at = self.free_at.max(now.saturating_sub(PACE_SLACK_MICROS));
        self.free_at = free_at + bytes as u64 * 1_000_000 / rate.max(1);
        // Told to end or not: the next batch is saved.
        _ = self.driver.stop.sleep(Duration::from_micros(self.free_at.saturating_sub(now)));
    }

    /// Loads what effects of the journal's tail wait for: until then it cannot be saved.
    fn finish_loads(&self) -> Result<(), DatasetError> {
        ShardId::all().try_for_each(|shard| self.driver.dataset.load_replayed(shard))
    }

    /// From where to where the journal has what is owed.
    fn span_owed(&self) -> Option<(u64, u64)> {
        let dataset = &self.driver.dataset;
        let oldest = dataset.keyspace().oldest_kept(dataset.durable())?;
        Some((oldest.0, dataset.journal().last().0.max(oldest.0)))
    }

    /// Changes before this are saved to shorten the journal.
    fn older_half_of_journal(&self) -> Lsn {
        let stats = self.driver.dataset.journal().stats();
        if stats.disk_bytes < JOURNAL_BYTES_MAX {
            return Lsn::NONE;
        }
        Lsn(stats.first.0.midpoint(self.driver.dataset.journal().last().0))
    }
}
