//! Drawing at random, evenly: every number below a bound, or every choice of some of them, is as
//! likely as any other.

use std::collections::HashSet;

use hadal_keyspace::Txn;

use crate::{Fault, parse};

/// The random numbers of one call.
#[derive(Debug)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    /// Numbers that are the same at every try of the call.
    pub(crate) fn new(txn: &mut Txn<'_>) -> Self {
        Self { state: txn.random() }
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // What the last, incomplete round of `bound` numbers would make more likely is drawn again.
        let incomplete = bound.wrapping_neg() % bound;
        loop {
            let drawn = self.next();
            if drawn >= incomplete {
                return drawn % bound;
            }
        }
    }

    /// `count` different numbers below `bound`, in no order; all of them if there are not so many.
    pub(crate) fn distinct(&mut self, bound: u64, count: u64) -> Vec<u64> {
        if count >= bound {
            return (0..bound).collect();
        }
        // Floyd's way: one draw for each number, however close `count` is to `bound`.
        let mut chosen = HashSet::with_capacity(count as usize);
        let mut numbers = Vec::with_capacity(count as usize);
        for last in bound - count..bound {
            let drawn = self.below(last + 1);
            let number = if chosen.insert(drawn) { drawn } else { last };
            chosen.insert(number);
            numbers.push(number);
        }
        numbers
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// How many elements a call wants: `count`, which says by its sign whether one may come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// So many different ones, or all.
    Distinct(u64),
    /// So many, each drawn from all.
    Any(u64),
}

impl Wanted {
    pub(crate) fn parse(word: &[u8]) -> Result<Self, Fault> {
        match parse::int(word)? {
            i64::MIN => Err(Fault::Text(
                "ERR value is out of range, value must between -9223372036854775807 and \
                 9223372036854775807",
            )),
            count @ 0.. => Ok(Self::Distinct(count.unsigned_abs())),
            count => Ok(Self::Any(count.unsigned_abs())),
        }
    }

    /// Whether more are wanted than this.
    pub(crate) fn is_beyond(self, count: i64) -> bool {
        let (Self::Distinct(wanted) | Self::Any(wanted)) = self;
        wanted > count.unsigned_abs()
    }

    /// How many there will be, if there are `len` to choose from.
    pub(crate) fn of(self, len: u64) -> u64 {
        match self {
            Self::Distinct(count) => count.min(len),
            Self::Any(_) if len == 0 => 0,
            Self::Any(count) => count,
        }
    }

    /// So many numbers below `len`. Whoever asks has made sure that this fits in memory.
    pub(crate) fn draw(self, draw: &mut Draw, len: u64) -> Vec<u64> {
        match self {
            Self::Distinct(count) => draw.distinct(len, count),
            Self::Any(_) => (0..self.of(len)).map(|_| draw.below(len)).collect(),
        }
    }
}

/// Pearson's measure of how far counts are from all being the same.
#[cfg(test)]
pub(crate) fn chi_square(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let square = |count: &u64| (*count as f64 - expected).powi(2) / expected;
    counts.iter().map(square).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_a_bound_are_equally_likely() {
        let mut draw = Draw { state: 1 };
        let mut counts = [0; 10];
        (0..100_000).for_each(|_| counts[draw.below(10) as usize] += 1);
        // 9 degrees of freedom: 27.9 is passed by one fair series in a thousand.
        assert!(chi_square(&counts) < 27.9, "{counts:?}");
    }

    #[test]
    fn a_bound_near_the_largest_number_favors_nobody() {
        // Without drawing again, the lower half would be twice as likely.
        let bound = (1 << 63) + (1 << 62);
        let mut draw = Draw { state: 2 };
        let low = (0..10_000).filter(|_| draw.below(bound) < bound / 2).count();
        assert!(low.abs_diff(5_000) < 200, "{low}");
    }

    #[test]
    fn every_choice_is_equally_likely() {
        let mut draw = Draw { state: 3 };
        let mut counts = [0; 10];
        for _ in 0..50_000 {
            let [a, b] = draw.distinct(5, 2)[..] else { panic!("two numbers") };
            let (low, high) = (a.min(b), a.max(b));
            assert!(low < high && high < 5);
            // Pairs of five in a row: 01 02 12 03 …
            counts[(high * (high - 1) / 2 + low) as usize] += 1;
        }
        assert!(chi_square(&counts) < 27.9, "{counts:?}");
    }

    #[test]
    fn as_many_as_there_are_or_more_are_all_of_them() {
        let mut draw = Draw { state: 4 };
        assert_eq!(draw.distinct(3, 3), [0, 1, 2]);
        assert_eq!(draw.distinct(3, 100), [0, 1, 2]);
        assert!(draw.distinct(3, 0).is_empty());
        assert!(draw.distinct(0, 5).is_empty());
        assert_eq!(draw.distinct(1000, 999).iter().collect::<HashSet<_>>().len(), 999);
    }
}
