//! Real time, for tests of a real process: the only file here that reads a clock or sleeps.
//!
//! Nothing waits for a fixed time and then hopes: [`until`] asks again until the answer is right or
//! the limit has passed.

#![expect(
    clippy::disallowed_methods,
    reason = "the process under test has a clock of its own that no test can step"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time.
pub fn now() -> Instant {
    Instant::now()
}

/// Wall clock, as `EXPIREAT` and `TIME` mean it.
pub fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    since.as_millis() as u64
}

/// Lets the process under test run for a while.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Asks `done` every 2 ms until it says yes.
///
/// # Panics
/// When `limit` has passed without it, naming `what`.
pub fn until(limit: Duration, what: &str, mut done: impl FnMut() -> bool) {
    let deadline = now() + limit;
    while !done() {
        assert!(now() < deadline, "not within {limit:?}: {what}");
        pause(Duration::from_millis(2));
    }
}
