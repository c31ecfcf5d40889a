//! A simulated client: sends one call at a time, and waits as a session of the server would.

use std::fmt::Write as _;
use std::sync::Arc;

use hadal_dataset::Load;
use hadal_keyspace::{Flag, LoadFailed, Missing, Moment, Pin, Spaces, UnixMillis, Wait, Want};

use crate::model::Model;
use crate::op::{Key, Op, name};
use crate::play::Play;
use crate::settings::DATABASES;

/// A client and what it waits for.
#[derive(Debug)]
pub(crate) struct Client {
    number: usize,
    pub(crate) db: u32,
    pub(crate) task: Option<Task>,
    wait: Option<Arc<Wait>>,
    pins: Vec<Pin>,
    pub(crate) watching: Vec<Watched>,
    pub(crate) flag: Flag,
    /// Replies not yet sent: which record they wait for, and which one they should.
    replies: Vec<(u64, u64)>,
}

/// What a client wants done.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    Call(Op),
    /// Calls that happen together, and then something to whole databases.
    Exec(Vec<Op>, Vec<Tail>),
    Watch(Key),
}

/// What happens to whole databases, and what follows it in the same EXEC.
#[derive(Clone, Debug)]
pub(crate) enum Tail {
    Flush(u32),
    Swap(u32, u32),
    Call(Op),
}

/// A watched key, and what the model says of it.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) db: u32,
    pub(crate) space: u32,
    pub(crate) key: Key,
    pub(crate) expiry: Option<UnixMillis>,
    /// When its first field expires: fields that go are a change.
    pub(crate) field_expiry: Option<UnixMillis>,
    pub(crate) existed: bool,
    /// It has changed: EXEC must not run.
    pub(crate) has_changed: bool,
    /// Its database has moved: EXEC need not run.
    pub(crate) has_moved: bool,
}

impl Client {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            number,
            db: number as u32 % DATABASES,
            task: None,
            wait: None,
            pins: Vec::new(),
            watching: Vec::new(),
            flag: Flag::default(),
            replies: Vec::new(),
        }
    }

    /// Whether it has nothing to do and to wait for.
    pub(crate) fn is_idle(&self) -> bool {
        self.task.is_none()
    }

    /// Hears of changed keys, by space, as the judge of WATCH.
    pub(crate) fn note(
        &mut self,
        changed: &[(u32, Vec<u8>)],
        spaces: &Spaces,
        model: &Model,
        now: u64,
    ) {
        for watched in &mut self.watching {
            let space = spaces.of(watched.db);
            let is_it = |(of, key): &(u32, Vec<u8>)| {
                (*of == space || *of == watched.space) && *key == name(watched.key)
            };
            watched.has_changed |= changed.iter().any(is_it);
            if space != watched.space {
                let exists = model.get(watched.db, watched.key, now).is_some()
                    && !model.is_in_doubt(watched.db, watched.key, now);
                watched.has_changed |= watched.existed || exists;
                watched.space = space;
            }
        }
    }
}

impl Play {
    /// Some client goes on with what it does, or begins something.
    pub(crate) fn client_turn(&mut self) {
        let number = self.dice.index(self.clients.len());
        self.run_client(number);
        self.settle();
    }

    /// Lets a client go on, if it can.
    pub(crate) fn run_client(&mut self, number: usize) {
        match self.clients[number].wait.as_ref().map(|wait| wait.result()) {
            Some(None) => {
                if self.dice.one_in(20) && !self.is_quiet {
                    self.trace.mark("a client left while it waited");
                    self.disconnect(number);
                }
                return;
            }
            Some(Some(Err(failed))) => return self.fail(number, failed),
            Some(Some(Ok(()))) => self.clients[number].wait = None,
            None => {}
        }
        let task = match self.clients[number].task.take() {
            Some(task) => task,
            None if self.is_quiet => return,
            None => self.draw_task(number),
        };
        self.clients[number].task = Some(task.clone());
        match self.attempt(number, &task) {
            Attempt::Done | Attempt::Refused => self.finish(number),
            Attempt::Later => {}
            Attempt::Missed(missed) => {
                let wait = Arc::new(Wait::default());
                self.line(|line| write!(line, "client {number} waits for {} keys", missed.len()));
                let now = self.dataset().moment();
                for missing in missed {
                    self.want(number, missing, Some(&wait), now);
                }
                self.clients[number].wait = Some(wait);
            }
        }
    }

    fn draw_task(&mut self, number: usize) -> Task {
        let db = self.clients[number].db;
        if self.dice.one_in(40) {
            self.clients[number].db = (db + 1) % DATABASES;
        }
        let now = self.dataset().moment().unix;
        let found = |key| self.history.model.get(db, key, now).map(|value| &value.content);
        let draw = || Op::draw(&self.dice, &self.settings.workload, found);
        let some_db = || self.dice.below(DATABASES.into()) as u32;
        let task = match self.dice.below(60) {
            0 => Task::Exec(Vec::new(), vec![Tail::Flush(some_db())]),
            1 => Task::Exec(Vec::new(), vec![Tail::Swap(some_db(), some_db())]),
            2..=6 => Task::Exec((0..=self.dice.below(4)).map(|_| draw()).collect(), Vec::new()),
            7 => {
                let ops = (0..self.dice.below(3)).map(|_| draw()).collect();
                let step = || match self.dice.below(4) {
                    0 => Tail::Flush(some_db()),
                    1 => Tail::Swap(some_db(), some_db()),
                    _ => Tail::Call(draw()),
                };
                let whole = [Tail::Flush(some_db()), Tail::Swap(some_db(), some_db())];
                let whole = whole[self.dice.index(2)].clone();
                let tail = (0..self.dice.below(5)).map(|_| step());
                Task::Exec(ops, [whole].into_iter().chain(tail).collect())
            }
            8..=11 => Task::Watch(self.dice.below(self.settings.workload.keys.into()) as Key),
            _ => Task::Call(draw()),
        };
        if let (Task::Call(op), true) = (&task, self.dice.one_in(4)) {
            // Look-ahead: loads start before anyone waits.
            let now = self.dataset().moment();
            for (db, key) in op.keys(db) {
                let missing = Missing { db, key: name(key).into(), page: None };
                self.want(number, missing, None, now);
            }
        }
        task
    }

    /// Has a key or a page loaded, unless it is in memory.
    fn want(&mut self, number: usize, missing: Missing, wait: Option<&Arc<Wait>>, now: Moment) {
        let dataset = self.dataset();
        let Missing { db, key, page } = missing;
        let wanted = match page {
            None => dataset.keyspace().want(db, &key, wait, now),
            Some(page) => dataset.keyspace().want_page(db, &key, page, wait, now),
        };
        match wanted {
            Want::Ready => {}
            Want::Loading(pin) => self.clients[number].pins.push(pin),
            Want::Lead(pin, ticket, space) => {
                self.clients[number].pins.push(pin);
                if page.is_none() && self.dice.one_in(2) && !dataset.may_be_stored(space, &key) {
                    self.trace.mark("a filter knew that a key is absent");
                    dataset.loaded_absent(&ticket, now);
                } else {
                    self.loads.push(Load { ticket, space, key, page });
                }
            }
        }
    }

    fn fail(&mut self, number: usize, failed: LoadFailed) {
        self.trace.mark("a client heard of a failed load");
        self.line(|line| write!(line, "client {number}: load failed: {failed:?}"));
        self.finish(number);
    }

    fn finish(&mut self, number: usize) {
        let dataset = self.dataset();
        let client = &mut self.clients[number];
        client.task = None;
        client.wait = None;
        client.pins.drain(..).for_each(|pin| dataset.keyspace().unpin(&pin));
    }

    fn disconnect(&mut self, number: usize) {
        self.line(|line| write!(line, "client {number} leaves"));
        self.finish(number);
        self.unwatch(number);
        self.clients[number] = Client::new(number);
    }

    /// Forgets what a client watches.
    pub(crate) fn unwatch(&mut self, number: usize) {
        let dataset = self.dataset();
        let client = &mut self.clients[number];
        for watched in client.watching.drain(..) {
            let shard = dataset.keyspace().place(&name(watched.key)).shard();
            dataset.keyspace().unwatch(shard, &client.flag);
        }
        client.flag = Flag::default();
    }

    /// A reply is ready to be sent once the record `seen` is durable. By then `depends` must be.
    pub(crate) fn reply(&mut self, number: usize, seen: u64, depends: u64) {
        self.clients[number].replies.push((seen, depends));
    }

    /// Sends the replies that may be sent.
    pub(crate) fn deliver(&mut self, number: usize, durable: u64) {
        let always = self.settings.always;
        self.clients[number].replies.retain(|(seen, depends)| {
            let is_sent = !always || *seen <= durable;
            assert!(
                !is_sent || !always || *depends <= durable,
                "client {number} heard of record {depends}, durable is {durable}, seen {seen}"
            );
            !is_sent
        });
    }
}

/// How far an attempt came.
pub(crate) enum Attempt {
    Done,
    Refused,
    /// Writers must wait.
    Later,
    Missed(Vec<Missing>),
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "client {}", self.number)
    }
}
