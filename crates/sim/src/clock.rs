//! The simulated clock: it stands still while something happens, but asking it may take long.

use std::sync::{Arc, OnceLock, Weak};

use hadal_storage::env::{Clock, ManualClock};
use parking_lot::Mutex;

use crate::play::Play;

/// A clock that gives clients a turn whenever it is asked. The journal asks between writing and
/// syncing, loads ask before and after they read: so these are turns at points where nobody waits
/// for the store.
#[derive(Debug)]
pub(crate) struct SimClock {
    inner: ManualClock,
    play: OnceLock<Weak<Mutex<Play>>>,
}

impl SimClock {
    pub(crate) fn new(unix_millis: u64) -> Self {
        Self { inner: ManualClock::new(unix_millis), play: OnceLock::new() }
    }

    /// Who gets a turn.
    pub(crate) fn attach(&self, play: &Arc<Mutex<Play>>) {
        self.play.set(Arc::downgrade(play)).expect("attached once");
    }

    pub(crate) fn advance_millis(&self, millis: u64) {
        self.inner.advance_millis(millis);
    }
}

impl Clock for SimClock {
    fn unix_micros(&self) -> u64 {
        self.inner.unix_micros()
    }

    fn monotonic_micros(&self) -> u64 {
        let play = self.play.get().and_then(Weak::upgrade);
        if let Some(mut play) = play.as_ref().and_then(|play| play.try_lock()) {
            play.meanwhile_clients();
        }
        self.inner.monotonic_micros()
    }
}
