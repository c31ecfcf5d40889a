//! Which key comes next, what it is called, and the value that must be at it.
//!
//! Keys are numbers below `--keys`. A key's name has 20 bytes; its value follows from its number
//! alone, looks random to any compressor, and so can be checked by whoever reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes in the name of a key.
pub(crate) const KEY_LEN: usize = 20;

/// Numbers from here on are never loaded: their names lie between no others, yet meet the same
/// filters.
const ABSENT: u64 = 1 << 50;

/// The name of a key: `key:` and 16 digits.
pub(crate) fn name(mut index: u64) -> [u8; KEY_LEN] {
    let mut name = *b"key:0000000000000000";
    for digit in name[4..].iter_mut().rev() {
        *digit = b'0' + (index % 10) as u8;
        index /= 10;
    }
    name
}

/// The number in a key's name, or `None` if it is no name of ours.
pub(crate) fn number(name: &[u8]) -> Option<u64> {
    let digits = name.strip_prefix(b"key:").filter(|digits| digits.len() == KEY_LEN - 4)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Fills `value` with what belongs at key `index`.
pub(crate) fn fill_value(index: u64, value: &mut [u8]) {
    let mut state = mix(index ^ 0x005e_ed0f_4ada);
    let mut words = value.chunks_exact_mut(8);
    for word in &mut words {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        word.copy_from_slice(&(state ^ (state >> 31)).to_le_bytes());
    }
    for (byte, last) in words.into_remainder().iter_mut().zip(mix(state).to_le_bytes()) {
        *byte = last;
    }
}

/// Scatters the bits of a number.
pub(crate) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A seeded generator.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// From 0 to `bound` - 1, without a division.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// From 0 up to, not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// How keys are chosen, as the user says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pattern {
    /// 0, 1, 2 … over all connections together, each once.
    Sequential,
    /// Each once, in an order with no pattern that a store could use.
    Permuted,
    /// All equally likely.
    Uniform,
    /// The n-th most popular with a probability like 1 / n^theta; the popular ones are scattered.
    Zipf { theta: f64 },
    /// Keys that are not there.
    Absent,
}

/// Makes key numbers for one thread.
#[derive(Debug, Clone)]
pub(crate) struct Chooser {
    pattern: Pattern,
    keys: u64,
    random: Random,
    /// Shared by all threads, for the patterns that visit each key once.
    next: Arc<AtomicU64>,
    zipf: Option<Zipf>,
    permutation: Permutation,
}

impl Chooser {
    pub(crate) fn new(pattern: Pattern, keys: u64, seed: u64) -> Self {
        let zipf = match pattern {
            Pattern::Zipf { theta } => Some(Zipf::new(keys, theta)),
            _ => None,
        };
        let permutation = Permutation::new(keys);
        let next = Arc::new(AtomicU64::new(0));
        Self { pattern, keys, random: Random::new(seed), next, zipf, permutation }
    }

    /// The same pattern for another thread: its own random numbers, the same count of visited keys.
    pub(crate) fn fork(&self, thread: u64) -> Self {
        Self { random: Random::new(mix(self.random.0 ^ thread)), ..self.clone() }
    }

    /// The number of the next key.
    pub(crate) fn next_key(&mut self) -> u64 {
        match (self.pattern, &self.zipf) {
            (Pattern::Sequential, _) => self.visit(),
            (Pattern::Permuted, _) => self.permutation.at(self.visit()),
            (Pattern::Zipf { .. }, Some(zipf)) => {
                let rank = zipf.rank(self.random.unit());
                self.permutation.at(rank)
            }
            (Pattern::Absent, _) => ABSENT + self.random.below(self.keys),
            _ => self.random.below(self.keys),
        }
    }

    /// True with probability `ratio`.
    pub(crate) fn chance(&mut self, ratio: f64) -> bool {
        self.random.unit() < ratio
    }

    fn visit(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) % self.keys
    }
}

/// `i -> i * step mod keys`: each number below `keys` once, neighbors far apart.
#[derive(Debug, Clone)]
struct Permutation {
    keys: u64,
    step: u64,
}

impl Permutation {
    fn new(keys: u64) -> Self {
        let golden = (keys as f64 * 0.618_033_988_75) as u64;
        let step = (golden.max(1)..=keys).find(|&step| divisor(step, keys) == 1);
        Self { keys, step: step.unwrap_or(1) }
    }

    fn at(&self, index: u64) -> u64 {
        (u128::from(index) * u128::from(self.step) % u128::from(self.keys)) as u64
    }
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// Gray et al., "Quickly generating billion-record synthetic databases", 1994: what YCSB uses.
#[derive(Debug, Clone)]
struct Zipf {
    keys: f64,
    zeta: f64,
    alpha: f64,
    eta: f64,
    second: f64,
}

impl Zipf {
    fn new(keys: u64, theta: f64) -> Self {
        let zeta: f64 = (1..=keys).map(|n| (n as f64).powf(-theta)).sum();
        let second = 1.0 + 0.5_f64.powf(theta);
        let keys = keys as f64;
        let eta = (1.0 - (2.0 / keys).powf(1.0 - theta)) / (1.0 - second / zeta);
        Self { keys, zeta, alpha: 1.0 / (1.0 - theta), eta, second }
    }

    fn rank(&self, unit: f64) -> u64 {
        let scaled = unit * self.zeta;
        if scaled < 1.0 {
            0
        } else if scaled < self.second {
            1
        } else {
            let rank = self.keys * (self.eta * unit - self.eta + 1.0).powf(self.alpha);
            (rank as u64).min(self.keys as u64 - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_its_number_back() {
        for index in [0, 7, 9_999_999, ABSENT + 1] {
            assert_eq!(number(&name(index)), Some(index));
        }
        assert_eq!(number(b"other"), None);
    }

    #[test]
    fn patterns_that_visit_visit_each_key_once() {
        for pattern in [Pattern::Sequential, Pattern::Permuted] {
            for keys in [1, 2, 10, 1000, 99_991] {
                let mut chooser = Chooser::new(pattern, keys, 1);
                let mut seen: Vec<_> = (0..keys).map(|_| chooser.next_key()).collect();
                seen.sort_unstable();
                assert!(seen.into_iter().eq(0..keys), "{pattern:?} {keys}");
            }
        }
    }

    #[test]
    fn a_tenth_of_the_keys_gets_most_of_zipf() {
        let mut chooser = Chooser::new(Pattern::Zipf { theta: 0.99 }, 10_000, 3);
        let mut counts = vec![0_u32; 10_000];
        (0..100_000).for_each(|_| counts[chooser.next_key() as usize] += 1);
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let top: u32 = counts[..1000].iter().sum();
        assert!((70_000..85_000).contains(&top), "{top}");
    }

    #[test]
    fn values_differ_in_every_part() {
        let (mut a, mut b) = ([0; 100], [0; 100]);
        fill_value(1, &mut a);
        fill_value(2, &mut b);
        let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        assert!(same < 5, "{same}");
    }
}
