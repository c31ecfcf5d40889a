//! Calls that are blocked: in line until a key that they wait for has something for them.
//!
//! ```text
//!   the task of the session                       whoever made a key ready
//!   ───────────────────────                       ────────────────────────
//!   the handler ends in Block: into the line,
//!   before the locks of its keys go
//!   Place::wait                                   commit, and the locks go
//!        ·                                        serve: those in line, in order
//!        ·  ◀───────────── Answered ────────────    it has run: out of the line
//!        ·  ◀───────────── Called ──────────────    it lacks what is not in memory: the line
//!   load, run; if nothing is left, wait on          stops here
//! ```
//!
//! Serving comes before the next command of anyone: [`Driver::begin`](super::Driver::begin) sees to
//! it. Only behind one that had to be called can others get what the key holds. A load takes a
//! disk's time, and nobody waits for it but the client that asked.

mod place;
mod serve;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hadal_command::{Block, Command, Data, Words};
use hadal_keyspace::{Committed, Txn, Waiter};
use hadal_resp::{Proto, Writer};
use parking_lot::Mutex;
use smallvec::SmallVec;
use tokio::sync::oneshot;

pub use place::Place;

use super::calls::Missed;
use super::{Call, Driver, Scratch};

/// What a blocked call takes besides its words, about.
const BLOCKED_BYTES: usize = 512;
/// What a place in one line takes besides the key, about.
const PLACE_BYTES: usize = 128;

/// The words of a blocked call, as slices.
type Slices<'a> = SmallVec<[&'a [u8]; 8]>;

/// A call in line. It owns its words, so that anyone can run it.
#[derive(Debug)]
pub struct Blocked {
    waiter: Waiter,
    command: &'static Command,
    db: u32,
    words: Box<[Box<[u8]>]>,
    proto: Proto,
    timeout: Option<Duration>,
    state: Mutex<State>,
}

/// How a blocked call stands.
#[derive(Debug)]
enum State {
    /// Anyone may run it, and says here how that ended.
    Waiting(oneshot::Sender<Woken>),
    /// Its own task loads what it lacks and runs it. Those behind it in line wait for that.
    Called,
    /// It has its answer, or has given up.
    Over,
}

/// Why a task that waited goes on.
#[derive(Debug)]
enum Woken {
    Answered { reply: Vec<u8>, committed: Committed },
    Called(Missed),
    TimedOut,
    Unblocked(Unblock),
}

/// How a call is answered that `CLIENT UNBLOCK` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unblock {
    /// As if its time were up.
    TimedOut,
    /// With an error.
    Error,
}

/// Everyone in line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Held by the one thread that serves.
    serving: Mutex<Scratch>,
    blocked: Mutex<HashMap<Waiter, Arc<Blocked>>>,
}

impl Lines {
    fn get(&self, waiter: Waiter) -> Option<Arc<Blocked>> {
        self.blocked.lock().get(&waiter).map(Arc::clone)
    }

    /// Whether it was still there.
    fn forget(&self, blocked: &Blocked) -> bool {
        self.blocked.lock().remove(&blocked.waiter).is_some()
    }
}

impl Blocked {
    /// Ends the wait of another client. Whether it was waiting.
    pub fn unblock(&self, how: Unblock) -> bool {
        self.end(Woken::Unblocked(how))
    }

    /// Whether it gives up some day.
    pub fn has_timeout(&self) -> bool {
        self.timeout.is_some()
    }

    /// Bytes of memory that it takes, about.
    pub fn bytes(&self) -> usize {
        let words = self.words.iter().map(|word| 16 + word.len());
        let slices = self.slices();
        let places = self.keys(&slices).map(|key| PLACE_BYTES + key.len());
        BLOCKED_BYTES + words.chain(places).sum::<usize>()
    }

    /// Wakes its task, unless it is not in line any more.
    fn end(&self, woken: Woken) -> bool {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::Waiting(task) => {
                // A task that has gone needs no answer.
                _ = task.send(woken);
                true
            }
            other => {
                *state = other;
                false
            }
        }
    }

    fn slices(&self) -> Slices<'_> {
        self.words.iter().map(AsRef::as_ref).collect()
    }

    fn call<'a>(&self, words: Words<'a>) -> Call<'a> {
        Call { command: self.command, db: self.db, words }
    }

    /// The keys that it waits for.
    fn keys<'a>(&self, words: Words<'a>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        waited_for(self.command, words).into_iter()
    }
}

impl Driver {
    /// Puts a call in line whose handler has just ended in `block`.
    pub(super) fn join_line(
        &self,
        txn: &mut Txn<'_>,
        call: &Call<'_>,
        block: Block,
        out: &Writer,
    ) -> Place<'_> {
        let keys = waited_for(call.command, call.words);
        let waiter = txn.join_line(keys.into_iter(), block.awaits);
        let (task, woken) = oneshot::channel();
        let blocked = Arc::new(Blocked {
            waiter,
            command: call.command,
            db: call.db,
            words: call.words.iter().map(|word| Box::from(*word)).collect(),
            proto: out.proto(),
            timeout: block.timeout_ms.map(Duration::from_millis),
            state: Mutex::new(State::Waiting(task)),
        });
        self.lines.blocked.lock().insert(waiter, Arc::clone(&blocked));
        Place::new(self, blocked, woken)
    }
}

/// The keys of a call that it takes something from: others (where `BLMOVE` puts what it takes)
/// have nothing that it waits for.
fn waited_for<'a>(command: &Command, words: Words<'a>) -> Slices<'a> {
    let mut keys = Slices::new();
    command.spec.find_keys(words, &mut |key| {
        if key.flags.data.contains(&Data::Access)
            && let Some(word) = words.get(key.word)
        {
            keys.push(word);
        }
    });
    keys
}
