//! Calls through the real handlers, next to the same calls on the model.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use hadal_command::Stop;
use hadal_keyspace::{Miss, Moment, Txn};
use hadal_resp::{Proto, Writer};
use hadal_storage::journal::Refusal;

use crate::client::{Attempt, Tail, Task, Watched};
use crate::model::{Model, Reply};
use crate::op::{Key, Op, name};
use crate::play::Play;
use crate::settings::DATABASES;

impl Play {
    /// Tries to do what a client wants.
    pub(crate) fn attempt(&mut self, number: usize, task: &Task) -> Attempt {
        if let Task::Watch(key) = task {
            return self.watch(number, *key);
        }
        let dataset = self.dataset();
        if self.writes(task) {
            if let Err(refusal) = dataset.accepts() {
                self.trace.mark(match refusal {
                    Refusal::Full => "a write was refused: full",
                    Refusal::Failed => "a write was refused: the journal failed",
                });
                self.line(|line| write!(line, "client {number}: refused, {refusal:?}"));
                return Attempt::Refused;
            }
            if dataset.keyspace().is_backlogged() {
                self.trace.mark("a writer waited for saves");
                return Attempt::Later;
            }
        }
        match task {
            Task::Call(op) => self.call(number, std::slice::from_ref(op), &[], false),
            Task::Exec(ops, tail) => self.call(number, ops, tail, true),
            Task::Watch(_) => unreachable!("handled above"),
        }
    }

    fn writes(&self, task: &Task) -> bool {
        let writes = |op: &Op| {
            let words = op.words();
            let name = str::from_utf8(&words[0]).expect("commands have plain names");
            self.commands[name].spec.writes()
        };
        match task {
            Task::Call(op) => writes(op),
            Task::Exec(ops, tail) => !tail.is_empty() || ops.iter().any(writes),
            Task::Watch(_) => false,
        }
    }

    fn call(&mut self, number: usize, ops: &[Op], tail: &[Tail], is_exec: bool) -> Attempt {
        let dataset = self.dataset();
        let (now, db) = (dataset.moment(), self.clients[number].db);
        let names = needed(db, ops, tail);
        let keys = names.iter().map(|(_, key)| &key[..]);
        let mut effects = Vec::new();
        let mut txn = if tail.is_empty() {
            dataset.keyspace().begin(db, keys, now, &mut effects)
        } else {
            dataset.keyspace().begin_whole(db, now, &mut effects)
        };
        if self.dice.one_in(2) {
            txn.look_up(|_| {});
        }
        // Nothing may be missing in the middle of an EXEC, unless it can be undone.
        let can_undo = is_exec && self.dice.one_in(2);
        if is_exec && !(can_undo && self.dice.one_in(2)) {
            for (db, key) in &names {
                _ = txn.with_db(*db, |txn| txn.exists(key));
            }
        }
        let mut model = self.history.model.clone();
        let is_aborted = is_exec && !txn.has_missed() && self.is_aborted(number, now);
        let mut replies = Vec::new();
        let ran = match (txn.has_missed(), is_aborted) {
            (true, _) => Err(Miss),
            (false, true) => Ok(()),
            (false, false) if can_undo => {
                self.try_all(&mut txn, &mut model, (ops, tail), &mut replies, now)
            }
            (false, false) => self.run_all(&mut txn, &mut model, (ops, tail), &mut replies, now),
        };
        let missed = txn.take_missed();
        let committed =
            if tail.is_empty() { dataset.commit(txn) } else { dataset.commit_whole(txn) };
        if ran.is_ok() {
            self.history.model = model;
        }
        self.record(committed, &effects, now.unix);
        let said =
            |replies: &[Reply]| String::from_utf8_lossy(&replies.concat()).replace("\r\n", " ");
        let reply = shorten(&said(&replies));
        self.line(|line| {
            write!(line, "client {number} db {db} {committed:?} ")?;
            match ran {
                Ok(()) if is_aborted => write!(line, "aborted"),
                Ok(()) => write!(line, "{} {tail:?} -> {reply}", show(ops)),
                Err(Miss) => write!(line, "missed {}", show(ops)),
            }
        });
        if ran.is_err() {
            assert!(can_undo || !missed.is_empty(), "a handler missed nothing");
            return Attempt::Missed(missed);
        }
        if is_exec {
            self.trace.mark(if is_aborted { "EXEC was aborted" } else { "EXEC ran" });
            self.unwatch(number);
        }
        let spaces = dataset.keyspace().spaces();
        let reads = ops.iter().flat_map(|op| op.reads(db));
        let keys = reads.map(|(db, key)| (spaces.of(db), name(key)));
        let depends = self.history.depends(keys).max(committed.lsn.0);
        if !is_aborted {
            self.reply(number, committed.seen.0, depends);
        }
        Attempt::Done
    }

    /// As [`run_all`](Self::run_all), undone if something is missing, and sometimes without need.
    fn try_all(
        &mut self,
        txn: &mut Txn<'_>,
        model: &mut Model,
        steps: (&[Op], &[Tail]),
        replies: &mut Vec<Reply>,
        now: Moment,
    ) -> Result<(), Miss> {
        txn.savepoint();
        let ran = self.run_all(txn, model, steps, replies, now);
        if ran.is_ok() && !self.dice.one_in(4) {
            return Ok(());
        }
        self.trace.mark("an EXEC was undone");
        txn.roll_back();
        Err(Miss)
    }

    fn run_all(
        &mut self,
        txn: &mut Txn<'_>,
        model: &mut Model,
        (ops, tail): (&[Op], &[Tail]),
        replies: &mut Vec<Reply>,
        now: Moment,
    ) -> Result<(), Miss> {
        for op in ops {
            self.run_one(txn, model, op, replies, now)?;
        }
        for step in tail {
            match step {
                Tail::Flush(db) => {
                    txn.flush(*db);
                    model.flush(*db);
                    self.trace.mark("a database was flushed");
                }
                Tail::Swap(one, other) => {
                    txn.swap(*one, *other);
                    model.swap(*one, *other);
                    self.trace.mark("databases were swapped");
                }
                Tail::Call(op) => self.run_one(txn, model, op, replies, now)?,
            }
        }
        Ok(())
    }

    fn run_one(
        &mut self,
        txn: &mut Txn<'_>,
        model: &mut Model,
        op: &Op,
        replies: &mut Vec<Reply>,
        now: Moment,
    ) -> Result<(), Miss> {
        let words = op.words();
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let called = str::from_utf8(words[0]).expect("commands have plain names");
        let mut out = Writer::new(Proto::Resp2);
        match (self.commands[called].run)(txn, &words, &mut out) {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => {
                out.clear();
                fault.write(&mut out);
            }
            Err(Stop::Miss) => return Err(Miss),
            Err(Stop::Block(_)) => unreachable!("nothing lets a call of the simulator block"),
        }
        let reply = out.take();
        let expected = model.apply(txn.db(), op, now.unix);
        assert_eq!(
            shorten(&String::from_utf8_lossy(&reply)),
            shorten(&String::from_utf8_lossy(&expected)),
            "the reply to {op:?} on database {}",
            txn.db()
        );
        assert_eq!(reply, expected, "the reply to {op:?}");
        replies.push(reply);
        Ok(())
    }

    /// Whether a client's EXEC must not run. The model has its own opinion.
    fn is_aborted(&mut self, number: usize, now: Moment) -> bool {
        let client = &self.clients[number];
        let is_raised = client.flag.load(Ordering::Acquire);
        let has_expired = |watched: &Watched| watched.expiry.is_some_and(|at| at <= now.unix);
        let expired = client.watching.iter().any(has_expired);
        let has_changed = client.watching.iter().any(|watched| watched.has_changed);
        let has_moved = client.watching.iter().any(|watched| watched.has_moved);
        assert!(is_raised || !has_changed, "client {number} was not told of a change it watches");
        assert!(
            !is_raised || has_changed || has_moved || expired,
            "client {number} was told of a change that did not happen"
        );
        is_raised || expired
    }

    fn watch(&mut self, number: usize, key: Key) -> Attempt {
        let dataset = self.dataset();
        let (now, db) = (dataset.moment(), self.clients[number].db);
        let flag = self.clients[number].flag.clone();
        let mut effects = Vec::new();
        let key_name = name(key);
        let keys = std::iter::once(&key_name[..]);
        let mut txn = dataset.keyspace().begin(db, keys, now, &mut effects);
        let watched = txn.watch(&key_name, &flag);
        let missed = txn.take_missed();
        let committed = dataset.commit(txn);
        self.record(committed, &effects, now.unix);
        self.line(|line| write!(line, "client {number} db {db} watches {key}: {watched:?}"));
        let Ok(expiry) = watched else { return Attempt::Missed(missed) };
        let value = self.history.model.get(db, key, now.unix);
        assert_eq!(value.and_then(|value| value.expiry), expiry, "the expiry of a watched key");
        let (existed, space) = (value.is_some(), dataset.keyspace().spaces().of(db));
        let (has_changed, has_moved) = (false, false);
        let watched = Watched { db, space, key, expiry, existed, has_changed, has_moved };
        self.clients[number].watching.push(watched);
        Attempt::Done
    }
}

/// The keys that must be in memory before any of this runs, by database as it is before: what a
/// database holds after a swap is in another one now, and after a flush it holds nothing.
fn needed(db: u32, ops: &[Op], tail: &[Tail]) -> Vec<(u32, Vec<u8>)> {
    let mut origins: Vec<Option<u32>> = (0..DATABASES).map(Some).collect();
    let mut names = Vec::new();
    let mut need = |origins: &[Option<u32>], op: &Op| {
        let keys = op.keys(db).into_iter();
        names.extend(keys.filter_map(|(db, key)| Some((origins[db as usize]?, name(key)))));
    };
    for op in ops {
        need(&origins, op);
    }
    for step in tail {
        match step {
            Tail::Flush(db) => origins[*db as usize] = None,
            Tail::Swap(one, other) => origins.swap(*one as usize, *other as usize),
            Tail::Call(op) => need(&origins, op),
        }
    }
    names
}

fn show(ops: &[Op]) -> String {
    shorten(&format!("{ops:?}"))
}

/// A line need not show every byte of a long value.
fn shorten(text: &str) -> String {
    if text.len() <= 300 {
        return text.to_owned();
    }
    format!("{}… {} bytes", text.chars().take(200).collect::<String>(), text.len())
}
