//! EXEC: several commands under one set of locks, as one record of the journal; and WATCH.
//!
//! Keys that the table names are in memory before the first command runs. One that is missed all
//! the same, because another database holds it or it is known only then that it is needed, costs
//! another round: all is undone, the key loaded, and all runs again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hadal_command::Access;
use hadal_keyspace::{
    Committed, Flag, LoadFailed, Missing, Moment, Retry, ShardId, Txn, UnixMillis,
};
use hadal_resp::Writer;
use hadal_storage::journal::Refusal;

use super::calls::{Missed, NOTHING, Pinned, Waiting, failure_text, refusal_text};
use super::{Call, Driver, Pins, Scratch};

/// One command of an EXEC.
pub enum Step<'a> {
    /// A data command.
    Call(Call<'a>),
    /// Empties a database.
    Flush(u32),
    /// Exchanges two databases.
    Swap(u32, u32),
    /// Notes where the reply of the next step begins.
    Note(&'a mut Option<usize>),
}

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Call(call) => call.command.spec.name,
            Self::Flush(_) => "flush",
            Self::Swap(..) => "swap",
            Self::Note(_) => "note",
        })
    }
}

/// What a session watches.
#[derive(Debug, Default)]
pub struct Watching {
    flag: Option<Flag>,
    shards: Vec<ShardId>,
    /// When the first of the watched keys expires: that is a change, too.
    expires: Option<UnixMillis>,
    keys: usize,
}

impl Watching {
    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// How many keys are watched.
    pub fn len(&self) -> usize {
        self.keys
    }

    fn has_changed(&self, now: Moment) -> bool {
        let changed = self.flag.as_ref().is_some_and(|flag| flag.load(Ordering::Acquire));
        changed || self.expires.is_some_and(|at| at <= now.unix)
    }
}

/// Why an attempt did not come to its end.
enum Undone {
    /// Keys must be loaded first.
    Missed(Missed),
    /// A watched key has changed.
    Changed,
}

impl Driver {
    /// Runs `steps` as one: nobody sees anything in between. Writes an array of their replies, or
    /// an error if nothing ran. `None` if a watched key has changed: nothing ran and nothing is
    /// written.
    pub async fn exec(
        &self,
        steps: &mut [Step<'_>],
        watching: &Watching,
        scratch: &mut Scratch,
        out: &mut Writer,
    ) -> Option<Committed> {
        let mut pinned = Pinned { driver: self, pins: Pins::default() };
        let _waiting = Waiting::new(&self.counters.waiting);
        let writes = steps.iter().any(|step| match step {
            Step::Call(call) => call.command.spec.writes(),
            Step::Flush(_) | Step::Swap(..) => true,
            Step::Note(_) => false,
        });
        let grows =
            steps.iter().any(|step| matches!(step, Step::Call(call) if call.command.spec.grows()));
        let (mut lacked, mut retry) = (Missed::new(), Retry::default());
        loop {
            if writes && let Err(refusal) = self.room(grows).await {
                out.error(refusal_text(refusal));
                return Some(NOTHING);
            }
            let missed = match self.attempt_all(steps, &lacked, &mut retry, watching, scratch, out)
            {
                Ok(committed) => return Some(committed),
                Err(Undone::Changed) => return None,
                Err(Undone::Missed(missed)) => missed,
            };
            if let Err(failed) = self.load_all(&missed, &mut pinned.pins).await {
                out.error(failure_text(failed));
                return Some(NOTHING);
            }
            lacked.extend(missed);
        }
    }

    /// `lacked` are keys that earlier attempts have missed.
    fn attempt_all(
        &self,
        steps: &mut [Step<'_>],
        lacked: &[Missing],
        retry: &mut Retry,
        watching: &Watching,
        scratch: &mut Scratch,
        out: &mut Writer,
    ) -> Result<Committed, Undone> {
        let now = self.moment();
        let mut keys: Vec<(u32, &[u8], Access)> = Vec::new();
        keys.extend(lacked.iter().map(|lack| (lack.db, &*lack.key, Access::Read)));
        for step in steps.iter() {
            let Step::Call(call) = step else { continue };
            let db = call.db;
            call.command.spec.each_key(call.words, &mut |key, access| keys.push((db, key, access)));
        }
        let asked = (keys.len() - lacked.len()) as u64;
        let whole = steps.iter().any(|step| matches!(step, Step::Flush(_) | Step::Swap(..)));
        let mut txn = if whole {
            self.begin_whole(0, now, &mut scratch.effects)
        } else {
            let keys = keys.iter().map(|(_, key, _)| *key);
            self.begin_again(0, &keys, retry, now, &mut scratch.effects)
        };
        if watching.has_changed(now) {
            return Err(Undone::Changed);
        }
        for (db, key, access) in keys {
            if access != Access::Replace {
                _ = txn.with_db(db, |txn| txn.exists(key));
            }
        }
        if !txn.has_missed() {
            txn.savepoint();
            let start = out.mark();
            out.array(steps.len());
            for step in steps {
                run_step(step, &mut txn, out);
            }
            if !txn.has_missed() {
                self.counters.asked.fetch_add(asked, Ordering::Relaxed);
                return Ok(self.commit_whole(txn));
            }
            out.truncate(start);
            txn.roll_back();
        }
        let missed = txn.suspend(retry);
        self.commit_whole(txn);
        Err(Undone::Missed(missed))
    }

    /// Watches a key for the session.
    ///
    /// # Errors
    /// The text for the client: the key could not be loaded.
    pub async fn watch(
        &self,
        db: u32,
        key: &[u8],
        watching: &mut Watching,
        scratch: &mut Scratch,
    ) -> Result<(), &'static str> {
        let mut pinned = Pinned { driver: self, pins: Pins::default() };
        loop {
            let flag = watching.flag.get_or_insert_with(|| Arc::new(AtomicBool::new(false)));
            let now = self.moment();
            let keyspace = self.dataset.keyspace();
            let (missed, expires) = {
                let keys = std::iter::once(key);
                let mut txn = self.begin(db, &keys, now, &mut scratch.effects);
                let expires = txn.watch(key, flag);
                let missed = txn.take_missed();
                self.commit(txn);
                (missed, expires)
            };
            if let Ok(expires) = expires {
                watching.shards.push(keyspace.place(key).shard());
                watching.expires = [watching.expires, expires].into_iter().flatten().min();
                watching.keys += 1;
                return Ok(());
            }
            let loaded: Result<(), LoadFailed> = self.load_all(&missed, &mut pinned.pins).await;
            loaded.map_err(failure_text)?;
        }
    }

    /// Stops watching.
    pub fn unwatch(&self, watching: &mut Watching) {
        if let Some(flag) = watching.flag.take() {
            watching.shards.sort_unstable();
            watching.shards.dedup();
            for shard in watching.shards.drain(..) {
                self.dataset.keyspace().unwatch(shard, &flag);
            }
        }
        *watching = Watching::default();
    }

    /// Empties databases.
    pub fn flush(&self, databases: impl Iterator<Item = u32>) -> Result<Committed, Refusal> {
        self.dataset.accepts_write(false)?;
        let mut effects = Vec::new();
        let mut txn = self.begin_whole(0, self.moment(), &mut effects);
        databases.for_each(|db| txn.flush(db));
        let committed = self.commit_whole(txn);
        self.saves.hurry();
        Ok(committed)
    }

    /// Exchanges two databases.
    pub fn swap(&self, one: u32, other: u32) -> Result<Committed, Refusal> {
        self.dataset.accepts_write(false)?;
        let mut effects = Vec::new();
        let mut txn = self.begin_whole(0, self.moment(), &mut effects);
        txn.swap(one, other);
        Ok(self.commit_whole(txn))
    }
}

fn run_step(step: &mut Step<'_>, txn: &mut Txn<'_>, out: &mut Writer) {
    match step {
        Step::Call(call) => {
            // Whether one missed a key is asked after all of them: others may miss more.
            _ = txn.with_db(call.db, |txn| call.answer(txn, out));
        }
        Step::Flush(db) => {
            txn.flush(*db);
            out.ok();
        }
        Step::Swap(one, other) => {
            txn.swap(*one, *other);
            out.ok();
        }
        Step::Note(place) => **place = Some(out.mark()),
    }
}

#[cfg(test)]
mod tests;
