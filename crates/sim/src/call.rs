//! Calls through the real handlers, next to the same calls on the model.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use hadal_command::Stop;
use hadal_keyspace::{Change, Committed, Effect, Effects, Miss, Txn};
use hadal_resp::{Proto, Writer};
use hadal_storage::journal::Refusal;

use crate::act::Act;
use crate::client::{Attempt, Tail, Task, Watched};
use crate::model::{Model, Reply};
use crate::op::{Key, Op, name};
use crate::paged::pages_of;
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
        let mut replies = Vec::new();
        let ran = if is_exec {
            self.exec(number, &mut txn, &names, (ops, tail), &mut replies)
        } else {
            self.run_all(&mut txn, (ops, tail), &mut replies).map(|()| true)
        };
        let paged = match ran {
            Ok(true) if tail.is_empty() => pages_of(&mut txn, &names),
            _ => Vec::new(),
        };
        let missed = txn.take_missed();
        let committed =
            if tail.is_empty() { dataset.commit(txn) } else { dataset.commit_whole(txn) };
        self.record(committed, &effects, now.unix);
        self.say(number, committed, (ops, tail), (ran, &replies));
        if ran.is_err() {
            assert!(is_exec || !missed.is_empty(), "a handler missed nothing");
            assert!(are_deletions(&effects), "what missed something had changed something");
            return Attempt::Missed(missed);
        }
        self.note_pages(paged, committed.lsn);
        if is_exec {
            self.trace.mark(if ran == Ok(true) { "EXEC ran" } else { "EXEC was aborted" });
            self.unwatch(number);
        }
        let spaces = dataset.keyspace().spaces();
        let reads = ops.iter().flat_map(|op| op.reads(db));
        let keys = reads.map(|(db, key)| (spaces.of(db), name(key)));
        let depends = self.history.depends(keys).max(committed.lsn.0);
        if ran == Ok(true) {
            self.reply(number, committed.seen.0, depends);
        }
        Attempt::Done
    }

    /// Runs calls as one, unless a watched key has changed: then `false`. If something turns out
    /// to be missing in the middle, all of them are undone; sometimes without need.
    fn exec(
        &mut self,
        number: usize,
        txn: &mut Txn<'_>,
        names: &[(u32, Vec<u8>)],
        steps: (&[Op], &[Tail]),
        replies: &mut Vec<Reply>,
    ) -> Result<bool, Miss> {
        if !self.dice.one_in(4) {
            for (db, key) in names {
                _ = txn.with_db(*db, |txn| txn.exists(key));
            }
            if txn.has_missed() {
                return Err(Miss);
            }
        }
        if self.is_aborted(number) {
            return Ok(false);
        }
        txn.savepoint();
        let before = self.history.model.clone();
        let ran = self.run_all(txn, steps, replies);
        if ran.is_err() || self.dice.one_in(8) {
            self.trace.mark("an EXEC was undone");
            self.history.model = before;
            txn.roll_back();
            return Err(Miss);
        }
        Ok(true)
    }

    fn say(
        &mut self,
        number: usize,
        committed: Committed,
        (ops, tail): (&[Op], &[Tail]),
        (ran, replies): (Result<bool, Miss>, &[Reply]),
    ) {
        let db = self.clients[number].db;
        let reply = String::from_utf8_lossy(&replies.concat()).replace("\r\n", " ");
        let reply = shorten(&reply);
        self.line(|line| {
            write!(line, "client {number} db {db} {committed:?} ")?;
            match ran {
                Ok(true) => write!(line, "{} {tail:?} -> {reply}", show(ops)),
                Ok(false) => write!(line, "aborted"),
                Err(Miss) => write!(line, "missed {}", show(ops)),
            }
        });
    }

    /// Runs calls, and what follows them; on the model, too, if all of them come to their ends.
    fn run_all(
        &mut self,
        txn: &mut Txn<'_>,
        (ops, tail): (&[Op], &[Tail]),
        replies: &mut Vec<Reply>,
    ) -> Result<(), Miss> {
        let mut model = self.history.model.clone();
        for op in ops {
            self.run_one(txn, &mut model, op, replies)?;
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
                Tail::Call(op) => self.run_one(txn, &mut model, op, replies)?,
            }
        }
        self.history.model = model;
        Ok(())
    }

    fn run_one(
        &mut self,
        txn: &mut Txn<'_>,
        model: &mut Model,
        op: &Op,
        replies: &mut Vec<Reply>,
    ) -> Result<(), Miss> {
        let words = op.words();
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let called = str::from_utf8(words[0]).expect("commands have plain names");
        let mut out = Writer::new(Proto::Resp2);
        for at in op.keys(txn.db()) {
            self.settle_doubt(txn, model, at)?;
        }
        match (self.commands[called].run)(txn, &words, &mut out) {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => {
                out.clear();
                fault.write(&mut out);
            }
            Err(Stop::Miss) => return Err(Miss),
            Err(Stop::Block(_)) => unreachable!("nothing lets a call of the simulator block"),
            Err(Stop::Stream(_)) => unreachable!("nothing lets a call of the simulator stream"),
        }
        let reply = out.take();
        if let Op::Act(key, Act::Hlen) = op {
            let mut counts = model.field_counts(txn.db(), *key, txn.now());
            if counts.any(|count| reply == format!(":{count}\r\n").into_bytes()) {
                replies.push(reply);
                return Ok(());
            }
        }
        let expected = model.apply(txn.db(), op, txn.now());
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
    fn is_aborted(&self, number: usize) -> bool {
        let now = self.dataset().moment();
        let client = &self.clients[number];
        let is_raised = client.flag.load(Ordering::Acquire);
        let has_expired = |watched: &Watched| watched.expiry.is_some_and(|at| at <= now.unix);
        let expired = client.watching.iter().any(has_expired);
        let may_lose_fields =
            |watched: &Watched| watched.field_expiry.is_some_and(|at| at <= now.unix);
        let may_have_lost = client.watching.iter().any(may_lose_fields);
        let has_changed = client.watching.iter().any(|watched| watched.has_changed);
        let has_moved = client.watching.iter().any(|watched| watched.has_moved);
        assert!(is_raised || !has_changed, "client {number} was not told of a change it watches");
        assert!(
            !is_raised || has_changed || has_moved || expired || may_have_lost,
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
        let mut model = self.history.model.clone();
        let watched = txn.watch(&key_name, &flag);
        let watched = watched.and_then(|expiry| {
            self.settle_doubt(&mut txn, &mut model, (db, key))?;
            Ok(expiry)
        });
        let missed = txn.take_missed();
        let committed = dataset.commit(txn);
        self.record(committed, &effects, now.unix);
        self.line(|line| write!(line, "client {number} db {db} watches {key}: {watched:?}"));
        let Ok(expiry) = watched else { return Attempt::Missed(missed) };
        self.history.model = model;
        let value = self.history.model.get(db, key, now.unix);
        assert_eq!(value.and_then(|value| value.expiry), expiry, "the expiry of a watched key");
        let field_expiry = value.and_then(|value| value.content.field_expiry());
        let (existed, space) = (value.is_some(), dataset.keyspace().spaces().of(db));
        let (has_changed, has_moved) = (false, false);
        let watched =
            Watched { db, space, key, expiry, field_expiry, existed, has_changed, has_moved };
        self.clients[number].watching.push(watched);
        Attempt::Done
    }

    /// Lets the model know whether a hash with no field whose time has not come is still there.
    fn settle_doubt(
        &mut self,
        txn: &mut Txn<'_>,
        model: &mut Model,
        (db, key): (u32, Key),
    ) -> Result<(), Miss> {
        if !model.is_in_doubt(db, key, txn.now()) {
            return Ok(());
        }
        let is_there = txn.with_db(db, |txn| txn.peek(&name(key)).map(|found| found.is_some()))?;
        if !is_there {
            model.is_gone(db, key);
            // Nobody knows since when: perhaps since a look at many keys has begun.
            self.history.note_change(self.dataset().keyspace().spaces().of(db), key);
        }
        Ok(())
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

/// Whether these effects are such as a look at keys that have expired leaves.
fn are_deletions(effects: &[u8]) -> bool {
    let is_deletion = |effect| matches!(effect, Ok(Effect::Key { change: Change::Delete, .. }));
    Effects::of(effects).all(is_deletion)
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
