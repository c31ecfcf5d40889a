//! Integers of any width at any bit: how they lie in bytes, and what happens when they overflow.

use std::ops::Range;

/// The most bytes an integer can lie in: 64 bits that begin anywhere but at a byte.
const SPAN_MAX: usize = 9;

/// `u8`, `i16`: one to 64 bits with a sign, one to 63 without, so that all fit a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    signed: bool,
    bits: usize,
}

/// What becomes of a number that does not fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Overflow {
    /// Its highest bits are dropped.
    Wrap,
    /// It becomes the number next to it that fits.
    Saturate,
    /// Nothing is written.
    Fail,
}

/// The bytes an integer lies in, with its neighbors' bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Which byte of the string comes first.
    pub(super) start: usize,
    bytes: [u8; SPAN_MAX],
    /// The bit of the first byte where the integer begins.
    lead: usize,
    shape: Shape,
}

impl Shape {
    /// A letter and a number of bits.
    pub(super) fn parse(word: &[u8]) -> Option<Self> {
        let (letter, bits) = word.split_first()?;
        let signed = match letter {
            b'i' => true,
            b'u' => false,
            _ => return None,
        };
        let bits = usize::try_from(hadal_value::str::parse_int(bits)?).ok()?;
        let bits_max = if signed { 64 } else { 63 };
        (1..=bits_max).contains(&bits).then_some(Self { signed, bits })
    }

    pub(super) fn bits(self) -> usize {
        self.bits
    }

    /// The number to store for `exact`, or `None` if none shall be.
    pub(super) fn fit(self, exact: i128, overflow: Overflow) -> Option<i64> {
        let (min, max) = if self.signed {
            (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1)
        } else {
            (0, (1 << self.bits) - 1)
        };
        if (min..=max).contains(&exact) {
            return Some(exact as i64);
        }
        match overflow {
            Overflow::Wrap => Some(self.number(exact.cast_unsigned())),
            Overflow::Saturate => Some(exact.clamp(min, max) as i64),
            Overflow::Fail => None,
        }
    }

    /// A number as the exact value to store. To integers without a sign a negative one is a very
    /// large one.
    pub(super) fn exact(self, number: i64) -> i128 {
        if self.signed { i128::from(number) } else { i128::from(number.cast_unsigned()) }
    }

    /// What the lowest bits mean.
    fn number(self, raw: u128) -> i64 {
        let high = (raw as u64) << (64 - self.bits);
        if self.signed {
            high.cast_signed() >> (64 - self.bits)
        } else {
            (high >> (64 - self.bits)).cast_signed()
        }
    }
}

impl Span {
    /// Which bytes an integer lies in that begins at bit `offset`.
    pub(super) fn bytes_of(offset: usize, shape: Shape) -> Range<usize> {
        offset / 8..(offset + shape.bits).div_ceil(8)
    }

    /// Looks at the integer that begins at bit `offset`, given [its bytes](Self::bytes_of); what
    /// they lack is zeros.
    pub(super) fn at(there: &[u8], offset: usize, shape: Shape) -> Self {
        let (start, lead) = (offset / 8, offset % 8);
        let mut bytes = [0; SPAN_MAX];
        let len = there.len().min(SPAN_MAX);
        bytes[..len].copy_from_slice(&there[..len]);
        Self { start, bytes, lead, shape }
    }

    pub(super) fn read(&self) -> i64 {
        self.shape.number(self.joined() >> self.below())
    }

    /// The bytes with this number in place of the old one.
    pub(super) fn write(&mut self, number: i64) -> &[u8] {
        let mask = ((1_u128 << self.shape.bits) - 1) << self.below();
        let number = (u128::from(number.cast_unsigned()) << self.below()) & mask;
        let joined = self.joined() & !mask | number;
        let bytes = joined.to_be_bytes();
        self.bytes.copy_from_slice(&bytes[bytes.len() - SPAN_MAX..]);
        &self.bytes[..(self.lead + self.shape.bits).div_ceil(8)]
    }

    /// How many bits follow the integer.
    fn below(&self) -> usize {
        SPAN_MAX * 8 - self.lead - self.shape.bits
    }

    fn joined(&self) -> u128 {
        self.bytes.iter().fold(0, |joined, byte| joined << 8 | u128::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape() -> impl Strategy<Value = Shape> {
        (any::<bool>(), 1_usize..=64).prop_map(|(signed, bits)| Shape {
            signed,
            bits: if signed { bits } else { bits.min(63) },
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_no_other_bit_changes(
            shape in shape(),
            offset in 0_usize..64,
            number in any::<i64>(),
            mut value in proptest::collection::vec(any::<u8>(), 17),
        ) {
            let number = shape.fit(shape.exact(number), Overflow::Wrap).expect("wraps");
            let old = value.clone();
            let there = |value: &[u8]| value[Span::bytes_of(offset, shape)].to_vec();
            let mut span = Span::at(&there(&value), offset, shape);
            let start = span.start;
            let bytes = span.write(number);
            value[start..start + bytes.len()].copy_from_slice(bytes);
            prop_assert_eq!(Span::at(&there(&value), offset, shape).read(), number);
            for bit in (0..value.len() * 8).filter(|bit| !(offset..offset + shape.bits).contains(bit)) {
                let mask = 0x80 >> (bit % 8);
                prop_assert_eq!(value[bit / 8] & mask, old[bit / 8] & mask, "bit {}", bit);
            }
        }

        #[test]
        fn what_fits_is_kept_and_what_does_not_is_handled(shape in shape(), number in any::<i64>()) {
            let exact = shape.exact(number);
            let wrapped = shape.fit(exact, Overflow::Wrap).expect("wraps");
            let modulus = 1_i128 << shape.bits;
            prop_assert_eq!((exact - i128::from(wrapped)).rem_euclid(modulus), 0);
            let saturated = shape.fit(exact, Overflow::Saturate).expect("saturates");
            prop_assert_eq!(shape.fit(exact, Overflow::Fail), (i128::from(saturated) == exact).then_some(saturated));
        }
    }

    #[test]
    fn only_widths_that_fit_a_reply_are_shapes() {
        for good in ["u1", "u63", "i1", "i64"] {
            assert!(Shape::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in ["", "u", "i", "u0", "u64", "i65", "U8", "x8", "8", "u08", "u-1", "i8x"] {
            assert_eq!(Shape::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
