//! Numbers as `INCRBYFLOAT` counts them: with the 80-bit floats of x86, whose results clients
//! see digit by digit and which no type of Rust has.

mod big;
mod parse;

#[cfg(test)]
mod tests;

use big::Big;

/// Exponent of the lowest bit of the smallest number.
const EXPONENT_MIN: i32 = -16445;
/// Exponent of the lowest bit of the largest number.
const EXPONENT_MAX: i32 = 16320;
/// Digits printed after the point, before zeros are cut off.
const DECIMALS: u128 = 10_u128.pow(17);

/// A float with 64 bits of precision and 15 of exponent. Zero has a sign, as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    negative: bool,
    size: Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// `mantissa * 2^exponent`.
    Finite {
        mantissa: u64,
        exponent: i32,
    },
    Infinite,
}

impl Float {
    /// Nothing.
    pub const ZERO: Self =
        Self { negative: false, size: Size::Finite { mantissa: 0, exponent: 0 } };

    /// The number nearest to `text`, in any spelling C takes: decimal or hexadecimal, with or
    /// without exponent, `inf`. `None` for anything else, for too large ones, for those that
    /// would become zero, and for `nan`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        parse::parse(text)
    }

    /// The sum, rounded to the nearest number, to the even one of two. `None` if it is not a
    /// finite number.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.size == Size::Infinite || other.size == Size::Infinite {
            return None;
        }
        let (negative, Wide { bits, exponent, sticky }) = match (self.normal(), other.normal()) {
            (None, None) => return Some(Self::finite(self.negative && other.negative, 0, 0)),
            (Some(_), None) => return Some(self),
            (None, Some(_)) => return Some(other),
            (Some(a), Some(b)) if (a.1, a.0) >= (b.1, b.0) => {
                (self.negative, sum(a, b, self.negative == other.negative))
            }
            (Some(a), Some(b)) => (other.negative, sum(b, a, self.negative == other.negative)),
        };
        let negative = negative && (bits != 0 || sticky);
        let sum = Self { negative, size: round(bits, exponent, sticky) };
        (sum.size != Size::Infinite).then_some(sum)
    }

    /// In decimal, with 17 digits after the point less the zeros at the end.
    pub fn to_text(self) -> String {
        let Size::Finite { mantissa, exponent } = self.size else {
            return if self.negative { "-inf" } else { "inf" }.to_owned();
        };
        let digits = if exponent >= 0 {
            let mut whole = Big::from(u128::from(mantissa));
            whole.shift_left(exponent.unsigned_abs());
            whole.into_decimal()
        } else {
            decimals(mantissa, exponent.unsigned_abs())
        };
        if self.negative && digits != "0" { format!("-{digits}") } else { digits }
    }

    /// The nearest 64-bit float; infinite if it is too large for one, zero if it is too small.
    pub fn to_double(self) -> f64 {
        // The powers of two that a 64-bit float holds are fewer than those here.
        const STEP: i32 = 1000;
        let size = match self.size {
            Size::Infinite => f64::INFINITY,
            Size::Finite { mantissa, mut exponent } => {
                let mut size = mantissa as f64;
                while exponent != 0 {
                    let step = exponent.clamp(-STEP, STEP);
                    size *= 2.0_f64.powi(step);
                    exponent -= step;
                }
                size
            }
        };
        if self.negative { -size } else { size }
    }

    fn finite(negative: bool, mantissa: u64, exponent: i32) -> Self {
        Self { negative, size: Size::Finite { mantissa, exponent } }
    }

    /// Mantissa with its top bit set, and exponent. `None` for zero and infinity.
    fn normal(self) -> Option<(u64, i32)> {
        let Size::Finite { mantissa, exponent } = self.size else { return None };
        let shift = mantissa.leading_zeros();
        (mantissa != 0).then(|| (mantissa << shift, exponent - shift.cast_signed()))
    }
}

/// A number before rounding: `bits * 2^exponent`, and a bit more if `sticky`.
struct Wide {
    bits: u128,
    exponent: i32,
    sticky: bool,
}

/// The sum (or, of unlike signs, the difference) of two normal numbers, `a` not the smaller one.
fn sum(a: (u64, i32), b: (u64, i32), same_sign: bool) -> Wide {
    // With 62 bits below the mantissa, bits get lost only where they cannot decide more than the
    // direction of rounding.
    const GUARD: u32 = 62;
    let distance = a.1.abs_diff(b.1);
    let (high, low) = (u128::from(a.0) << GUARD, u128::from(b.0) << GUARD);
    let kept = low.checked_shr(distance).unwrap_or(0);
    let sticky = kept.checked_shl(distance) != Some(low);
    let bits = if same_sign { high + kept } else { high - kept - u128::from(sticky) };
    Wide { bits, exponent: a.1 - GUARD.cast_signed(), sticky }
}

/// The nearest float to `bits * 2^exponent` (and a bit more if `sticky`), the even one of two.
/// With `sticky`, `bits` must have at least two bits more than a mantissa.
fn round(bits: u128, exponent: i32, sticky: bool) -> Size {
    let len = (u128::BITS - bits.leading_zeros()).cast_signed();
    let drop = (len - 64).max(EXPONENT_MIN.saturating_sub(exponent));
    if drop <= 0 {
        let mantissa = u64::try_from(bits).expect("no longer than 64 bits");
        return in_range(mantissa, exponent);
    }
    let kept = bits.checked_shr(drop.unsigned_abs()).unwrap_or(0);
    let lost = bits - kept.checked_shl(drop.unsigned_abs()).unwrap_or(0);
    let half = 1_u128.checked_shl(drop.unsigned_abs() - 1);
    let up = half.is_some_and(|half| lost > half || lost == half && (sticky || kept & 1 == 1));
    let kept = kept + u128::from(up);
    match u64::try_from(kept) {
        Ok(mantissa) => in_range(mantissa, exponent + drop),
        Err(_) => in_range(1 << 63, exponent + drop + 1),
    }
}

fn in_range(mantissa: u64, exponent: i32) -> Size {
    let top = exponent - mantissa.leading_zeros().cast_signed();
    if mantissa != 0 && top > EXPONENT_MAX {
        Size::Infinite
    } else {
        Size::Finite { mantissa, exponent }
    }
}

/// `mantissa / 2^shift`, rounded to 17 decimals.
fn decimals(mantissa: u64, shift: u32) -> String {
    // 64 bits times 57 bits: a shift past 128 leaves less than half of the last digit.
    let scaled = u128::from(mantissa) * DECIMALS;
    let kept = scaled.checked_shr(shift).unwrap_or(0);
    let lost = scaled - kept.checked_shl(shift).unwrap_or(0);
    let half = 1_u128.checked_shl(shift - 1).unwrap_or(u128::MAX);
    let up = lost > half || lost == half && kept & 1 == 1;
    let rounded = kept + u128::from(up);
    let text = format!("{}.{:017}", rounded / DECIMALS, rounded % DECIMALS);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
