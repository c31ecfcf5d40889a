//! Latency events: for each, the worst latency of each of the last 160 seconds that had one.

use std::collections::{BTreeMap, VecDeque};

/// Seconds kept per event.
const SAMPLES_MAX: usize = 160;

/// The worst latency within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) unix_seconds: i64,
    pub(super) millis: u32,
}

/// The samples of one event, oldest first; never empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    samples: VecDeque<Sample>,
    all_time_high_millis: u32,
}

/// All events that have been seen.
#[derive(Debug, Default)]
pub struct Monitor {
    events: BTreeMap<&'static str, Series>,
}

/// What `LATENCY DOCTOR` says about an event.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Summary {
    pub(super) samples: usize,
    pub(super) average_millis: u32,
    pub(super) mean_deviation_millis: u32,
    /// Seconds from one sample to the next.
    pub(super) period_seconds: f64,
}

impl Monitor {
    pub fn add(&mut self, event: &'static str, millis: u32, unix_seconds: i64) {
        self.events.entry(event).or_default().add(Sample { unix_seconds, millis });
    }

    /// Forgets `event`, in any case; true if there was one.
    pub(super) fn reset(&mut self, event: &[u8]) -> bool {
        let before = self.events.len();
        self.events.retain(|name, _| !name.as_bytes().eq_ignore_ascii_case(event));
        self.events.len() != before
    }

    /// Forgets every event and says how many there were.
    pub(super) fn reset_all(&mut self) -> usize {
        std::mem::take(&mut self.events).len()
    }

    pub(super) fn get(&self, event: &[u8]) -> Option<&Series> {
        self.events.iter().find(|(name, _)| name.as_bytes() == event).map(|(_, series)| series)
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Series)> {
        self.events.iter().map(|(name, series)| (*name, series))
    }
}

impl Series {
    fn add(&mut self, sample: Sample) {
        self.all_time_high_millis = self.all_time_high_millis.max(sample.millis);
        match self.samples.back_mut() {
            Some(last) if last.unix_seconds == sample.unix_seconds => {
                last.millis = last.millis.max(sample.millis);
            }
            _ => {
                if self.samples.len() == SAMPLES_MAX {
                    self.samples.pop_front();
                }
                self.samples.push_back(sample);
            }
        }
    }

    pub(super) fn samples(&self) -> impl ExactSizeIterator<Item = Sample> {
        self.samples.iter().copied()
    }

    pub(super) fn last(&self) -> Sample {
        *self.samples.back().expect("a series begins with its first sample")
    }

    pub(super) fn all_time_high_millis(&self) -> u32 {
        self.all_time_high_millis
    }

    pub(super) fn summary(&self, now_unix_seconds: i64) -> Summary {
        let count = self.samples.len();
        let millis = || self.samples.iter().map(|sample| u64::from(sample.millis));
        let average = |sum: u64| sum / count.max(1) as u64;
        let mean = average(millis().sum());
        let deviation = average(millis().map(|millis| millis.abs_diff(mean)).sum());
        let oldest = self.samples.front().map_or(now_unix_seconds, |sample| sample.unix_seconds);
        let seconds = (now_unix_seconds - oldest).max(1);
        Summary {
            samples: count,
            average_millis: u32::try_from(mean).unwrap_or(u32::MAX),
            mean_deviation_millis: u32::try_from(deviation).unwrap_or(u32::MAX),
            period_seconds: seconds as f64 / count.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_latency_of_a_second_is_its_sample() {
        let mut monitor = Monitor::default();
        for millis in [5, 9, 7] {
            monitor.add("command", millis, 100);
        }
        monitor.add("command", 3, 101);
        let series = monitor.get(b"command").expect("it was added");
        let samples: Vec<_> = series.samples().map(|s| (s.unix_seconds, s.millis)).collect();
        assert_eq!(samples, [(100, 9), (101, 3)]);
        assert_eq!(series.all_time_high_millis(), 9);
    }

    #[test]
    fn the_oldest_second_makes_room_and_its_worst_is_remembered() {
        let mut monitor = Monitor::default();
        monitor.add("command", 1000, 0);
        for second in 1..=160 {
            monitor.add("command", 1, second);
        }
        let series = monitor.get(b"command").expect("it was added");
        assert_eq!(series.samples().len(), 160);
        assert_eq!(series.samples().map(|sample| sample.millis).max(), Some(1));
        assert_eq!(series.all_time_high_millis(), 1000);
    }

    #[test]
    fn reset_takes_any_case_and_history_does_not() {
        let mut monitor = Monitor::default();
        monitor.add("command", 1, 1);
        assert!(monitor.get(b"COMMAND").is_none());
        assert!(monitor.reset(b"COMMAND"));
        assert!(!monitor.reset(b"command"));
    }

    #[test]
    fn a_summary_averages_samples_and_their_distance() {
        let mut monitor = Monitor::default();
        monitor.add("command", 10, 100);
        monitor.add("command", 30, 104);
        let series = monitor.get(b"command").expect("it was added");
        let expected = Summary {
            samples: 2,
            average_millis: 20,
            mean_deviation_millis: 10,
            period_seconds: 5.0,
        };
        assert_eq!(series.summary(110), expected);
    }
}
