//! A session's place in line.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use hadal_keyspace::Committed;
use hadal_resp::Writer;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};

use super::{Blocked, State, Unblock, Woken};
use crate::driver::calls::{
    Missed, NOTHING, Pinned, Unmet, Waiting, failure_text, missed, refusal_text,
};
use crate::driver::{Driver, Pins, Scratch};

const UNBLOCKED: &str = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

/// A call's place in the lines that it stands in. Dropping it leaves them.
#[derive(Debug)]
pub struct Place<'a> {
    driver: &'a Driver,
    blocked: Arc<Blocked>,
    woken: oneshot::Receiver<Woken>,
}

impl<'a> Place<'a> {
    pub(super) fn new(
        driver: &'a Driver,
        blocked: Arc<Blocked>,
        woken: oneshot::Receiver<Woken>,
    ) -> Self {
        Self { driver, blocked, woken }
    }

    /// The call that stands there.
    pub fn blocked(&self) -> &Arc<Blocked> {
        &self.blocked
    }

    /// Waits until the call has its answer: what it asked for, or that its time is up.
    pub async fn wait(mut self, scratch: &mut Scratch, out: &mut Writer) -> Committed {
        let mut time = self.blocked.timeout.map(|timeout| Box::pin(sleep(timeout)));
        loop {
            let woken = tokio::select! {
                biased;
                woken = &mut self.woken => woken,
                () = elapsed(&mut time) => {
                    // Unless it has just been answered, or called.
                    self.blocked.end(Woken::TimedOut);
                    (&mut self.woken).await
                }
            };
            match woken.expect("whoever ends a wait says how") {
                Woken::Answered { reply, committed } => {
                    out.raw(&reply);
                    return committed;
                }
                Woken::TimedOut | Woken::Unblocked(Unblock::TimedOut) => {
                    out.null_array();
                    return NOTHING;
                }
                Woken::Unblocked(Unblock::Error) => {
                    out.error(UNBLOCKED);
                    return NOTHING;
                }
                Woken::Called(missed) => {
                    if let Some(committed) = self.take_turn(missed, scratch, out).await {
                        return committed;
                    }
                }
            }
        }
    }

    /// Loads what the call lacks and runs it. `None` if it has to wait on: there was something,
    /// but someone has been faster.
    async fn take_turn(
        &mut self,
        mut lacks: Missed,
        scratch: &mut Scratch,
        out: &mut Writer,
    ) -> Option<Committed> {
        let driver = self.driver;
        let blocked = Arc::clone(&self.blocked);
        let slices = blocked.slices();
        let call = blocked.call(&slices);
        let mut pinned = Pinned { driver, pins: Pins::default() };
        let _waiting = Waiting::new(&driver.counters.waiting);
        loop {
            if let Err(failed) = driver.load_all(&lacks, &mut pinned.pins).await {
                out.error(failure_text(failed));
                return Some(NOTHING);
            }
            if call.command.spec.writes()
                && let Err(refusal) = driver.room(call.command.spec.grows()).await
            {
                out.error(refusal_text(refusal));
                return Some(NOTHING);
            }
            let keys = call.keys();
            let keys = keys.iter().copied();
            let mut txn = driver.begin(call.db, &keys, driver.moment(), &mut scratch.effects);
            txn.let_block();
            match call.answer(&mut txn, out) {
                Ok(()) => return Some(driver.commit(txn)),
                Err(Unmet::Miss) => {
                    lacks = missed(&mut txn);
                    driver.commit(txn);
                }
                // It blocks: nothing lets it do anything else.
                Err(Unmet::Held(_)) => {
                    // Before the locks go: who comes with something for it must find it waiting.
                    let (task, woken) = oneshot::channel();
                    *blocked.state.lock() = State::Waiting(task);
                    self.woken = woken;
                    driver.commit(txn);
                    self.let_others_pass();
                    return None;
                }
            }
        }
    }

    /// Lets those have their turn that were held up while this one had its own.
    fn let_others_pass(&self) {
        let Blocked { db, waiter, .. } = *self.blocked;
        let slices = self.blocked.slices();
        let keyspace = self.driver.dataset.keyspace();
        self.blocked.keys(&slices).for_each(|key| keyspace.call_after(db, key, waiter));
        if keyspace.has_ready() {
            self.driver.serve();
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *self.blocked.state.lock(), State::Over);
        if !self.driver.lines.forget(&self.blocked) {
            // Whoever served it took it out of the lines.
            return;
        }
        let Blocked { db, waiter, .. } = *self.blocked;
        let slices = self.blocked.slices();
        let keyspace = self.driver.dataset.keyspace();
        self.blocked.keys(&slices).for_each(|key| keyspace.leave_line(db, key, waiter));
        if matches!(state, State::Called) {
            self.let_others_pass();
        }
    }
}

/// Waits until the time is up; for ever if there is none.
async fn elapsed(time: &mut Option<Pin<Box<Sleep>>>) {
    match time {
        Some(time) => time.as_mut().await,
        None => pending().await,
    }
}
