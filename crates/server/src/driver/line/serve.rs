//! Serving: whoever makes a key ready runs the calls in its line.

use hadal_keyspace::{Committed, Moment, Retry, Txn};
use hadal_resp::Writer;

use super::{Blocked, State, Woken};
use crate::driver::calls::{NOTHING, Pinned, Unanswered, Unmet, missed};
use crate::driver::{Driver, Pins, Scratch};

/// What became of a call that was in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    /// It is out of the way, or has found nothing.
    Next,
    /// It needs what is not in memory: those behind it must wait for it.
    Stop,
}

impl Driver {
    /// Locks keys for a call. If a key is ready for those in its line, they come first: nobody
    /// may see what is theirs.
    pub(in crate::driver) fn begin<'a>(
        &'a self,
        db: u32,
        keys: &(impl Iterator<Item = &'a [u8]> + Clone),
        now: Moment,
        effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        self.begin_again(db, keys, &Retry::default(), now, effects)
    }

    /// As [`begin`](Self::begin), for a call that has been tried before.
    pub(in crate::driver) fn begin_again<'a>(
        &'a self,
        db: u32,
        keys: &(impl Iterator<Item = &'a [u8]> + Clone),
        retry: &Retry,
        now: Moment,
        mut effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        let keyspace = self.dataset.keyspace();
        loop {
            let txn = keyspace.begin_again(db, keys.clone(), retry, now, effects);
            // Only under the locks: what is seen there must not have been ready.
            if !keyspace.has_ready() {
                return txn;
            }
            effects = txn.release();
            self.serve();
        }
    }

    /// As [`begin`](Self::begin), with every shard.
    pub(in crate::driver) fn begin_whole<'a>(
        &'a self,
        db: u32,
        now: Moment,
        mut effects: &'a mut Vec<u8>,
    ) -> Txn<'a> {
        let keyspace = self.dataset.keyspace();
        loop {
            let txn = keyspace.begin_whole(db, now, effects);
            if !keyspace.has_ready() {
                return txn;
            }
            effects = txn.release();
            self.serve();
        }
    }

    /// Ends a call, and serves those whom it has made something for.
    pub(in crate::driver) fn commit(&self, txn: Txn<'_>) -> Committed {
        let committed = self.dataset.commit(txn);
        if self.dataset.keyspace().has_ready() {
            self.serve();
        }
        committed
    }

    /// As [`commit`](Self::commit), for a call that may have changed which space a database is.
    pub(in crate::driver) fn commit_whole(&self, txn: Txn<'_>) -> Committed {
        let committed = self.dataset.commit_whole(txn);
        if self.dataset.keyspace().has_ready() {
            self.serve();
        }
        committed
    }

    /// Calls those in the lines of ready keys until no key is ready: what they do may make others
    /// ready. The caller must hold no locks.
    #[cold]
    pub(super) fn serve(&self) {
        let mut scratch = self.lines.serving.lock();
        let keyspace = self.dataset.keyspace();
        let now = self.moment();
        while let Some(mut ready) = keyspace.next_ready() {
            while let Some(waiter) = keyspace.next_in_line(&mut ready, now) {
                let blocked = self.lines.get(waiter);
                let served = blocked.map(|blocked| self.serve_one(&blocked, now, &mut scratch));
                if served == Some(Served::Stop) {
                    break;
                }
            }
        }
    }

    fn serve_one(&self, blocked: &Blocked, now: Moment, scratch: &mut Scratch) -> Served {
        // Held while it runs: whoever gives up has either done so before, or has the answer.
        let mut state = blocked.state.lock();
        match *state {
            State::Waiting(_) => {}
            State::Called => return Served::Stop,
            State::Over => return Served::Next,
        }
        let mut out = Writer::new(blocked.proto);
        let (woken, served) = match self.run_blocked(blocked, now, scratch, &mut out) {
            Ok(committed) => (Woken::Answered { reply: out.take(), committed }, Served::Next),
            Err(Unanswered::Missed(missed)) => (Woken::Called(missed), Served::Stop),
            Err(Unanswered::Held((), _)) => return Served::Next,
        };
        let next = match served {
            Served::Next => State::Over,
            Served::Stop => State::Called,
        };
        if let State::Waiting(task) = std::mem::replace(&mut *state, next) {
            // A task that has gone needs no answer.
            _ = task.send(woken);
        }
        served
    }

    /// Runs a call on behalf of its client, if everything that it needs is in memory.
    fn run_blocked(
        &self,
        blocked: &Blocked,
        now: Moment,
        scratch: &mut Scratch,
        out: &mut Writer,
    ) -> Result<Committed, Unanswered<()>> {
        let slices = blocked.slices();
        let call = blocked.call(&slices);
        let mut pinned = Pinned { driver: self, pins: Pins::default() };
        loop {
            let keys = call.keys();
            let keys = keys.iter().copied();
            // Not `self.begin`: keys are ready, for this very call.
            let mut txn = self.dataset.keyspace().begin(call.db, keys, now, &mut scratch.effects);
            txn.let_block();
            let unanswered = match call.answer(&mut txn, out) {
                Ok(()) => {
                    txn.leave_line(blocked.keys(&slices), blocked.waiter);
                    self.lines.forget(blocked);
                    return Ok(self.dataset.commit(txn));
                }
                Err(Unmet::Miss) => Unanswered::Missed(missed(&mut txn)),
                Err(Unmet::Held(_)) => Unanswered::Held((), NOTHING),
            };
            self.dataset.commit(txn);
            match unanswered {
                Unanswered::Missed(missed) if self.start_loads(&missed, now, &mut pinned.pins) => {}
                other => return Err(other),
            }
        }
    }
}
