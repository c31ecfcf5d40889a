//! `CLIENT PAUSE`: commands wait until it is over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hadal_keyspace::Millis;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Which commands a pause holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paused {
    /// Those that change data.
    Writes,
    /// All.
    All,
}

/// The pause that is in force, if any.
#[derive(Debug, Default)]
pub struct Pause {
    /// When it is over; 0: there is none. A copy of what is under the lock, to look at cheaply.
    until: AtomicU64,
    order: Mutex<Option<(Millis, Paused)>>,
    over: Notify,
}

impl Pause {
    /// Holds commands back until `until`. A pause in force at `now` is never shortened or weakened.
    pub fn start(&self, until: Millis, what: Paused, now: Millis) {
        let mut order = self.order.lock();
        let old = order.filter(|(old_until, _)| *old_until > now);
        let new = old.map_or((until, what), |(old_until, old_what)| {
            (until.max(old_until), what.max(old_what))
        });
        *order = Some(new);
        self.until.store(new.0, Ordering::Release);
    }

    /// Ends a pause.
    pub fn end(&self) {
        *self.order.lock() = None;
        self.until.store(0, Ordering::Release);
        self.over.notify_waiters();
    }

    /// What is held back at `now`.
    pub fn paused(&self, now: Millis) -> Option<Paused> {
        if self.until.load(Ordering::Relaxed) <= now {
            return None;
        }
        let order = *self.order.lock();
        order.filter(|(until, _)| *until > now).map(|(_, what)| what)
    }

    /// Waits for the end of the pause, or a little: look again afterwards.
    pub(crate) async fn wait(&self, now: Millis) {
        let over = self.over.notified();
        let left = self.until.load(Ordering::Acquire).saturating_sub(now);
        // Nothing to do if the time passes: whoever waits looks again.
        drop(tokio::time::timeout(Duration::from_millis(left.min(1_000)), over).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_over_when_its_time_has_come() {
        let pause = Pause::default();
        pause.start(100, Paused::All, 0);
        assert_eq!(pause.paused(99), Some(Paused::All));
        assert_eq!(pause.paused(100), None);
    }

    #[test]
    fn a_second_pause_neither_shortens_nor_weakens_the_first() {
        let pause = Pause::default();
        pause.start(100, Paused::All, 0);
        pause.start(50, Paused::Writes, 0);
        assert_eq!(pause.paused(99), Some(Paused::All));
        pause.end();
        assert_eq!(pause.paused(1), None);
        pause.start(50, Paused::Writes, 0);
        assert_eq!(pause.paused(49), Some(Paused::Writes));
    }

    #[test]
    fn a_pause_that_ran_out_does_not_strengthen_the_next() {
        let pause = Pause::default();
        pause.start(100, Paused::All, 0);
        assert_eq!(pause.paused(100), None);
        pause.start(200, Paused::Writes, 100);
        assert_eq!(pause.paused(150), Some(Paused::Writes));
    }
}
