//! How long commands took: counts per range of nanoseconds, about one percent wide each.
//!
//! The ranges are those of Redis: exact below 256 ns, then 128 of equal width per power of two,
//! up to a second. Percentiles and bounds come out as Redis reports them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Anything longer counts as this.
const NANOS_MAX: u64 = 1_000_000_000;
/// Ranges per power of two.
const HALF: u64 = 128;
/// Values below this have a range of their own.
const EXACT: u64 = 2 * HALF;
const RANGES: usize = range_of(NANOS_MAX) + 1;

/// Counts that many threads may add to.
#[derive(Debug)]
pub struct Histogram(Box<[AtomicU64]>);

/// The counts at one moment, added up over several histograms.
#[derive(Debug)]
pub struct Distribution {
    counts: Vec<u64>,
    total: u64,
}

/// The range that `nanos` falls into.
const fn range_of(nanos: u64) -> usize {
    if nanos < EXACT {
        return nanos as usize;
    }
    // 7 bits below the leading one choose the range.
    let shift = nanos.ilog2() - HALF.ilog2();
    (EXACT + (shift as u64 - 1) * HALF + ((nanos >> shift) - HALF)) as usize
}

/// The largest value of a range.
const fn last_of(range: usize) -> u64 {
    let range = range as u64;
    if range < EXACT {
        return range;
    }
    let shift = (range - EXACT) / HALF + 1;
    let step = (range - EXACT) % HALF + HALF;
    ((step + 1) << shift) - 1
}

impl Default for Histogram {
    fn default() -> Self {
        Self((0..RANGES).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Histogram {
    pub fn add(&self, nanos: u64) {
        self.add_many(nanos, 1);
    }

    pub fn add_many(&self, nanos: u64, count: u64) {
        let range = range_of(nanos.clamp(1, NANOS_MAX));
        self.0[range].fetch_add(count, Relaxed);
    }

    pub fn reset(&self) {
        for count in &self.0 {
            count.store(0, Relaxed);
        }
    }
}

impl Distribution {
    /// Adds up histograms; `None` if nothing was counted.
    pub fn of<'a>(histograms: impl Iterator<Item = &'a Histogram>) -> Option<Self> {
        let mut counts = vec![0; RANGES];
        for histogram in histograms {
            for (sum, count) in counts.iter_mut().zip(&histogram.0) {
                *sum += count.load(Relaxed);
            }
        }
        let total = counts.iter().sum();
        (total != 0).then_some(Self { counts, total })
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value that `percent` of all values do not exceed, in nanoseconds.
    pub fn percentile_nanos(&self, percent: f64) -> u64 {
        #[expect(clippy::cast_sign_loss, reason = "percentiles are clamped to 0 and more")]
        let rank = (percent.clamp(0.0, 100.0) / 100.0 * self.total as f64 + 0.5) as u64;
        let rank = rank.clamp(1, self.total);
        let mut seen = 0;
        for (range, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return last_of(range);
            }
        }
        NANOS_MAX
    }

    /// For about each power of two microseconds, how many values do not exceed it; only where
    /// there are more than at the one before.
    pub fn cumulative_micros(&self) -> Vec<(u64, u64)> {
        let mut rows = Vec::new();
        let (mut seen, mut start) = (0, 0);
        for power in 10.. {
            let range = range_of(1 << power).min(RANGES - 1);
            let here: u64 = self.counts[start..=range].iter().sum();
            if here != 0 {
                seen += here;
                rows.push((last_of(range) / 1000, seen));
            }
            start = range + 1;
            if seen == self.total || start >= RANGES {
                break;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(values: &[u64]) -> Distribution {
        let histogram = Histogram::default();
        for nanos in values {
            histogram.add(*nanos);
        }
        Distribution::of([&histogram].into_iter()).expect("something was added")
    }

    #[test]
    fn every_value_is_in_the_range_that_ends_at_or_above_it() {
        let mut previous = 0;
        for nanos in (0..5000).chain([1 << 20, (1 << 20) + 1, NANOS_MAX - 1, NANOS_MAX]) {
            let range = range_of(nanos);
            assert!(range >= previous);
            assert!(last_of(range) >= nanos, "{nanos}");
            assert!(range == 0 || last_of(range - 1) < nanos, "{nanos}");
            assert!((last_of(range) - nanos) * HALF <= nanos, "{nanos}");
            previous = range;
        }
    }

    #[test]
    fn percentiles_are_those_redis_reports() {
        // Redis 7.0.15 reports p50=9.023 for a single call of 9 µs.
        assert_eq!(distribution(&[9_000]).percentile_nanos(50.0), 9_023);
        assert_eq!(distribution(&[28_000]).percentile_nanos(99.9), 28_031);
        let mut values = vec![1_000; 99];
        values.push(1_000_000);
        let values = distribution(&values);
        assert_eq!(values.percentile_nanos(99.0), 1_003);
        assert_eq!(values.percentile_nanos(100.0), 1_003_519);
    }

    #[test]
    fn bounds_double_and_empty_ones_are_left_out() {
        let values = distribution(&[500, 900, 3_000, 30_000, 30_000]);
        assert_eq!(values.cumulative_micros(), [(1, 2), (4, 3), (33, 5)]);
        assert_eq!(distribution(&[u64::MAX]).cumulative_micros().len(), 1);
    }
}
