//! A clock and a source of numbers that a test decides.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Clock, Random};

/// Stands still until it is told to move.
#[derive(Debug, Default)]
pub struct ManualClock {
    unix_micros: AtomicU64,
    monotonic_micros: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `unix_millis`, and a monotonic time of zero.
    #[must_use]
    pub fn new(unix_millis: u64) -> ManualClock {
        ManualClock {
            unix_micros: AtomicU64::new(unix_millis * 1000),
            monotonic_micros: AtomicU64::new(0),
        }
    }

    /// Lets `micros` pass.
    pub fn advance_micros(&self, micros: u64) {
        self.unix_micros.fetch_add(micros, Ordering::Relaxed);
        self.monotonic_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Lets `millis` pass.
    pub fn advance_millis(&self, millis: u64) {
        self.advance_micros(millis * 1000);
    }

    /// Sets the wall clock, as an operator would: monotonic time goes on undisturbed.
    pub fn set_unix_millis(&self, millis: u64) {
        self.unix_micros.store(millis * 1000, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn unix_micros(&self) -> u64 {
        self.unix_micros.load(Ordering::Relaxed)
    }

    fn monotonic_micros(&self) -> u64 {
        self.monotonic_micros.load(Ordering::Relaxed)
    }
}

/// The same numbers for the same seed.
///
/// # Source
/// The mixing of `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Debug)]
pub struct SeededRandom {
    state: AtomicU64,
}

impl SeededRandom {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> SeededRandom {
        SeededRandom { state: AtomicU64::new(seed) }
    }

    /// Uniform (nearly) over `0..bound`; 0 if `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        self.next_u64().checked_rem(bound).unwrap_or(0)
    }
}

impl Random for SeededRandom {
    fn next_u64(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_published_sequence() {
        let random = SeededRandom::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        let known =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(first, known);
    }

    #[test]
    fn setting_the_wall_clock_leaves_monotonic_time_alone() {
        let clock = ManualClock::new(5000);
        clock.advance_millis(3);
        clock.set_unix_millis(10);
        assert_eq!((clock.unix_millis(), clock.monotonic_micros()), (10, 3000));
    }
}
