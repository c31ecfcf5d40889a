//! What has to be watched over time to be known: rates per second, the peak of memory, and how
//! the last snapshot went.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use parking_lot::Mutex;

use super::{memory::Allocator, saving::Saving};
use crate::server::Server;

/// Time from one sample to the next.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(400);
/// Samples from one look at memory to the next: the allocator has to add up all its parts.
const LOOK_EVERY: u64 = 3;
/// Samples that a rate is taken over: 1.6 seconds, as in Redis.
const SAMPLES: usize = 4;

/// Filled by [`watch`], read by INFO.
#[derive(Debug, Default)]
pub struct Gauges {
    samples: Mutex<VecDeque<Sample>>,
    peak_bytes: AtomicU64,
    startup_bytes: AtomicU64,
    /// Shared with the task that writes a snapshot.
    pub(super) saving: Arc<Saving>,
}

/// Counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sample {
    micros: u64,
    calls: u64,
    read_bytes: u64,
    written_bytes: u64,
}

/// Per second, over the last moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    pub(super) calls: f64,
    pub(super) read_bytes: f64,
    pub(super) written_bytes: f64,
}

impl Gauges {
    fn add(&self, sample: Sample) {
        let mut samples = self.samples.lock();
        // CONFIG RESETSTAT sets counters back: what was before says nothing any more.
        if samples.back().is_some_and(|last| last.calls > sample.calls) {
            samples.clear();
        }
        if samples.len() > SAMPLES {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    pub(super) fn rates(&self) -> Rates {
        let samples = self.samples.lock();
        let (Some(first), Some(last)) = (samples.front(), samples.back()) else {
            return Rates::default();
        };
        let seconds = (last.micros - first.micros) as f64 / 1e6;
        let rate = |field: fn(&Sample) -> u64| {
            if seconds == 0.0 {
                0.0
            } else {
                field(last).saturating_sub(field(first)) as f64 / seconds
            }
        };
        Rates {
            calls: rate(|sample| sample.calls),
            read_bytes: rate(|sample| sample.read_bytes),
            written_bytes: rate(|sample| sample.written_bytes),
        }
    }

    /// The most memory ever allocated, as far as was seen; `bytes` is what is allocated now.
    pub(super) fn peak_bytes(&self, bytes: u64) -> u64 {
        self.peak_bytes.fetch_max(bytes, Relaxed).max(bytes)
    }

    /// What was allocated when the server had just started.
    pub(super) fn startup_bytes(&self) -> u64 {
        self.startup_bytes.load(Relaxed)
    }
}

/// Takes samples for ever.
pub async fn watch(server: Arc<Server>) {
    server.gauges.startup_bytes.store(Allocator::now().allocated_bytes, Relaxed);
    let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for tick in 0_u64.. {
        ticks.tick().await;
        if tick.is_multiple_of(LOOK_EVERY) {
            server.gauges.peak_bytes(Allocator::now().allocated_bytes);
        }
        let sums = server.traffic.sums();
        server.gauges.add(Sample {
            micros: server.clock.monotonic_micros(),
            calls: server.stats.calls(),
            read_bytes: sums.read_bytes,
            written_bytes: sums.written_bytes,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(micros: u64, calls: u64) -> Sample {
        Sample { micros, calls, ..Sample::default() }
    }

    #[test]
    fn a_rate_is_taken_over_the_last_samples_only() {
        let gauges = Gauges::default();
        assert_eq!(gauges.rates(), Rates::default());
        for tick in 0..100 {
            gauges.add(sample(tick * 400_000, 0));
        }
        for tick in 100..=104 {
            gauges.add(sample(tick * 400_000, (tick - 100) * 200));
        }
        assert!((gauges.rates().calls - 500.0).abs() < 1e-6);
    }

    #[test]
    fn counters_that_go_back_to_zero_give_no_rate() {
        let gauges = Gauges::default();
        gauges.add(sample(0, 1_000));
        gauges.add(sample(100_000, 10));
        assert_eq!(gauges.rates(), Rates::default());
    }

    #[test]
    fn the_peak_never_falls() {
        let gauges = Gauges::default();
        assert_eq!(gauges.peak_bytes(10), 10);
        assert_eq!(gauges.peak_bytes(5), 10);
    }
}
