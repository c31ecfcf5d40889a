//! What is counted about commands and errors: `INFO commandstats`, `errorstats` and
//! `latencystats`, and `LATENCY HISTOGRAM`.
//!
//! Each thread counts in a place of its own, so that counting costs two additions without a
//! shared cache line; whoever asks adds the places up.

mod histogram;

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use parking_lot::Mutex;

pub use histogram::{Distribution, Histogram};

/// Places to count in. More threads than that share.
const PLACES: usize = 16;
/// Kinds of errors that are told apart; a script can make up any number.
const ERRORS_MAX: usize = 128;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// It ran and replied with an error.
    Failed,
}

/// Counts per command. Commands are numbered by their place in the table.
#[derive(Debug)]
pub struct CommandStats {
    places: Box<[Box<[Tally]>]>,
}

#[derive(Debug, Default)]
struct Tally {
    calls: AtomicU64,
    nanos: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
    histogram: OnceLock<Histogram>,
}

/// What is known about one command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub calls: u64,
    pub micros: u64,
    /// Not run: wrong number of words, not allowed, no memory.
    pub rejected: u64,
    pub failed: u64,
}

impl CommandStats {
    pub fn new(commands: usize) -> Self {
        let place = |_| (0..commands).map(|_| Tally::default()).collect();
        Self { places: (0..PLACES).map(place).collect() }
    }

    /// Counts a call that ran. `latency`: also into its histogram.
    pub fn ran(&self, command: usize, nanos: u64, outcome: Outcome, latency: bool) {
        let tally = self.tally(command);
        tally.calls.fetch_add(1, Relaxed);
        tally.nanos.fetch_add(nanos, Relaxed);
        if outcome == Outcome::Failed {
            tally.failed.fetch_add(1, Relaxed);
        }
        if latency {
            tally.histogram.get_or_init(Histogram::default).add(nanos);
        }
    }

    /// Counts `calls` calls that succeeded and took `nanos` together: in a pipeline the clock is
    /// not looked at after every one. Each is taken to have been as long as the others.
    pub fn ran_many(&self, command: usize, calls: u64, nanos: u64, latency: bool) {
        if calls == 0 {
            return;
        }
        let tally = self.tally(command);
        tally.calls.fetch_add(calls, Relaxed);
        tally.nanos.fetch_add(nanos, Relaxed);
        if latency {
            tally.histogram.get_or_init(Histogram::default).add_many(nanos / calls, calls);
        }
    }

    /// Counts a call that failed and is counted as run already.
    pub fn failed(&self, command: usize) {
        self.tally(command).failed.fetch_add(1, Relaxed);
    }

    /// Counts a call that was refused before it ran.
    pub fn rejected(&self, command: usize) {
        self.tally(command).rejected.fetch_add(1, Relaxed);
    }

    pub fn totals(&self, command: usize) -> Totals {
        let sum = |field: fn(&Tally) -> &AtomicU64| -> u64 {
            self.tallies(command).map(|tally| field(tally).load(Relaxed)).sum()
        };
        Totals {
            calls: sum(|tally| &tally.calls),
            micros: sum(|tally| &tally.nanos) / 1000,
            rejected: sum(|tally| &tally.rejected),
            failed: sum(|tally| &tally.failed),
        }
    }

    /// `None` if it was never called with latency tracking on.
    pub fn distribution(&self, command: usize) -> Option<Distribution> {
        Distribution::of(self.tallies(command).filter_map(|tally| tally.histogram.get()))
    }

    /// Sets everything to zero.
    pub fn reset(&self) {
        for tally in self.places.iter().flatten() {
            for count in [&tally.calls, &tally.nanos, &tally.rejected, &tally.failed] {
                count.store(0, Relaxed);
            }
            if let Some(histogram) = tally.histogram.get() {
                histogram.reset();
            }
        }
    }

    /// Calls of all commands.
    pub fn calls(&self) -> u64 {
        self.places.iter().flatten().map(|tally| tally.calls.load(Relaxed)).sum()
    }

    fn tally(&self, command: usize) -> &Tally {
        &self.places[my_place()][command]
    }

    fn tallies(&self, command: usize) -> impl Iterator<Item = &Tally> {
        self.places.iter().map(move |place| &place[command])
    }
}

/// Where this thread counts.
fn my_place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = NEXT.fetch_add(1, Relaxed) % PLACES;
    }
    PLACE.with(|place| *place)
}

/// How often each kind of error was replied.
#[derive(Debug, Default)]
pub struct ErrorStats {
    counts: Mutex<BTreeMap<Vec<u8>, u64>>,
    total: AtomicU64,
}

impl ErrorStats {
    /// Counts an error reply: `text` begins with its code.
    pub fn add(&self, text: &[u8]) {
        self.total.fetch_add(1, Relaxed);
        let code = text.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).next();
        let code = code.unwrap_or_default();
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(code) {
            *count += 1;
        } else if counts.len() < ERRORS_MAX {
            counts.insert(code.to_vec(), 1);
        }
    }

    pub fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    /// Every code and its count, in the order of the codes.
    pub fn counts(&self) -> Vec<(String, u64)> {
        let counts = self.counts.lock();
        let text = |code: &Vec<u8>| String::from_utf8_lossy(code).into_owned();
        counts.iter().map(|(code, count)| (text(code), *count)).collect()
    }

    pub fn reset(&self) {
        self.counts.lock().clear();
        self.total.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_several_threads_add_up() {
        let stats = CommandStats::new(3);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        stats.ran(1, 2_000, Outcome::Succeeded, true);
                    }
                    stats.ran(1, 2_000, Outcome::Failed, false);
                    stats.rejected(1);
                });
            }
        });
        let expected = Totals { calls: 404, micros: 808, rejected: 4, failed: 4 };
        assert_eq!(stats.totals(1), expected);
        assert_eq!(stats.distribution(1).map(|latency| latency.total()), Some(400));
        assert_eq!(stats.totals(0), Totals::default());
        assert!(stats.distribution(0).is_none());
    }

    #[test]
    fn many_calls_share_their_time() {
        let stats = CommandStats::new(1);
        stats.ran_many(0, 10, 20_000, true);
        stats.ran_many(0, 0, 0, true);
        stats.failed(0);
        let expected = Totals { calls: 10, micros: 20, rejected: 0, failed: 1 };
        assert_eq!(stats.totals(0), expected);
        let latency = stats.distribution(0).expect("it was tracked");
        assert_eq!(latency.cumulative_micros(), [(2, 10)]);
    }

    #[test]
    fn reset_forgets_calls_and_latencies() {
        let stats = CommandStats::new(1);
        stats.ran(0, 1_000, Outcome::Succeeded, true);
        stats.reset();
        assert_eq!(stats.totals(0), Totals::default());
        assert!(stats.distribution(0).is_none());
    }

    #[test]
    fn errors_are_counted_by_their_code() {
        let stats = ErrorStats::default();
        stats.add(b"ERR no such key");
        stats.add(b"ERR syntax error");
        stats.add(b"NOAUTH Authentication required.\r\n");
        assert_eq!(stats.counts(), [("ERR".into(), 2), ("NOAUTH".into(), 1)]);
        assert_eq!(stats.total(), 3);
    }

    #[test]
    fn made_up_codes_do_not_grow_the_list_for_ever() {
        let stats = ErrorStats::default();
        for code in 0..1000 {
            stats.add(format!("CODE{code} x").as_bytes());
        }
        assert_eq!(stats.counts().len(), ERRORS_MAX);
        assert_eq!(stats.total(), 1000);
    }
}
