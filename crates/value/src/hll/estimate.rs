//! How many elements the registers speak for: the improved raw estimator of Otmar Ertl, "New
//! cardinality estimation algorithms for HyperLogLog sketches" (arXiv 1702.01284), section 4,
//! which Redis has used since 5.0. Every step is in the order that gives Redis's bits.

use super::{REGISTER_INDEX_BITS, REGISTERS};

/// Six bits can say that much, although a hash cannot: its values end at [`RANK_MAX`].
const VALUES: usize = 1 << super::REGISTER_BITS;
/// The rank of a hash with nothing but zeros after the register's bits.
const RANK_MAX: usize = (u64::BITS - REGISTER_INDEX_BITS) as usize + 1;
/// `1 / (2 ln 2)`.
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// How many registers have each value.
#[derive(Clone, Debug)]
pub(super) struct Histogram([u32; VALUES]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; VALUES])
    }
}

impl Histogram {
    pub(super) fn add(&mut self, value: u8, count: usize) {
        self.0[usize::from(value) % VALUES] += count as u32;
    }

    /// The number of elements; all registers must have been added.
    pub(super) fn estimate(&self) -> i64 {
        let m = REGISTERS as f64;
        let fraction = |value: usize| f64::from(self.0[value]) / m;
        let saturated = (m - f64::from(self.0[RANK_MAX])) / m;
        let mut z = m * tau(saturated);
        for count in self.0[1..RANK_MAX].iter().rev() {
            z = (z + f64::from(*count)) * 0.5;
        }
        z += m * sigma(fraction(0));
        to_int(ALPHA * m * m / z)
    }
}

/// The part of the registers that have seen nothing.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if settled(before, z) {
            return z;
        }
    }
}

/// The part of the registers that cannot be raised any more.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if settled(before, z) {
            return z / 3.0;
        }
    }
}

#[expect(clippy::float_cmp, reason = "both series end when a float has no bit for their next term")]
fn settled(before: f64, after: f64) -> bool {
    before == after
}

/// Rounded to the nearest integer. Registers that no elements can make may ask for more than there
/// are: on the processors that Redis runs on, that is the smallest one.
fn to_int(estimate: f64) -> i64 {
    const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    if estimate < TOO_LARGE { estimate.round() as i64 } else { i64::MIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[(u8, usize)]) -> i64 {
        let mut histogram = Histogram::default();
        for (value, count) in counts {
            histogram.add(*value, *count);
        }
        histogram.estimate()
    }

    #[test]
    fn nothing_added_counts_as_nothing() {
        assert_eq!(of(&[(0, REGISTERS)]), 0);
    }

    #[test]
    fn few_elements_in_registers_of_their_own_are_counted_exactly() {
        for count in [1, 2, 10, 100] {
            assert_eq!(of(&[(0, REGISTERS - count), (1, count)]), count.cast_signed() as i64);
        }
    }

    #[test]
    fn registers_beyond_what_hashes_can_say_are_a_number_too_large() {
        assert_eq!(of(&[(63, REGISTERS)]), i64::MIN);
        assert_eq!(of(&[(51, REGISTERS)]), i64::MIN);
        assert_eq!(of(&[(50, REGISTERS)]), i64::MIN);
        assert!(of(&[(48, REGISTERS)]) > 1 << 61);
    }
}
