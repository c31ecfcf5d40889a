//! Floats from text.

use std::ops::RangeInclusive;

use super::{Big, Float, Size, round};

/// Redis's buffer for the text of a float, less the byte that ends it.
const TEXT_LEN_MAX: usize = 5 * 1024 - 1;
/// Powers of ten that digits within that length may need to be a float.
const EXPONENTS: RangeInclusive<i32> = -10_100..=5_000;
/// Past this an exponent decides alone, whatever the digits.
const EXPONENT_BOUND: i32 = 100_000;

/// See [`Float::parse`].
pub(super) fn parse(text: &[u8]) -> Option<Float> {
    if text.len() > TEXT_LEN_MAX {
        return None;
    }
    let (negative, text) = match text {
        [b'-', text @ ..] => (true, text),
        [b'+', text @ ..] | text => (false, text),
    };
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        return Some(Float { negative, size: Size::Infinite });
    }
    let size = match text {
        [b'0', b'x' | b'X', text @ ..] => hexadecimal(text)?,
        text => decimal(text)?,
    };
    Some(Float { negative, size })
}

fn decimal(text: &[u8]) -> Option<Size> {
    let number = Number::read(text, 10, b'e')?;
    let (digits, exponent) = (number.digits, number.exponent - number.after_point);
    if digits.len() == 0 {
        return Some(ZERO);
    }
    // What is surely out of range, however many digits there are, is not worth the work.
    if !EXPONENTS.contains(&exponent) {
        return None;
    }
    finite_not_zero(if exponent >= 0 {
        let mut whole = digits;
        whole.scale(exponent.unsigned_abs());
        let (bits, shift, sticky) = whole.top(100);
        round(bits, shift.cast_signed(), sticky)
    } else {
        let divisor = Big::power_of_ten(exponent.unsigned_abs());
        let mut whole = digits;
        let shift = (divisor.len() + 70).saturating_sub(whole.len());
        whole.shift_left(shift);
        // A quotient longer than 128 bits is a fraction of many digits: take from its top.
        let over = whole.len().saturating_sub(divisor.len() + 100);
        let mut divisor = divisor;
        divisor.shift_left(over);
        let (bits, sticky) = whole.divide(&divisor);
        round(bits, over.cast_signed() - shift.cast_signed(), sticky)
    })
}

fn hexadecimal(text: &[u8]) -> Option<Size> {
    let number = Number::read(text, 16, b'p')?;
    if number.digits.len() == 0 {
        return Some(ZERO);
    }
    let (bits, shift, sticky) = number.digits.top(100);
    let exponent = shift.cast_signed() + number.exponent - 4 * number.after_point;
    finite_not_zero(round(bits, exponent, sticky))
}

const ZERO: Size = Size::Finite { mantissa: 0, exponent: 0 };

/// What is too large or too small is refused, not rounded.
fn finite_not_zero(size: Size) -> Option<Size> {
    match size {
        Size::Infinite | Size::Finite { mantissa: 0, .. } => None,
        size @ Size::Finite { .. } => Some(size),
    }
}

/// A number's parts as written.
struct Number {
    digits: Big,
    after_point: i32,
    exponent: i32,
}

impl Number {
    /// Digits with at most one point, then perhaps an exponent in decimal.
    fn read(text: &[u8], radix: u32, mark: u8) -> Option<Self> {
        let mut digits = Big::default();
        let (mut count, mut point, mut rest) = (0, None, text);
        while let [byte, after @ ..] = rest {
            if let Some(digit) = char::from(*byte).to_digit(radix) {
                digits.multiply_add(radix, digit);
                count += 1;
            } else if *byte == b'.' && point.is_none() {
                point = Some(count);
            } else {
                break;
            }
            rest = after;
        }
        if count == 0 {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [byte, exponent @ ..] if byte.eq_ignore_ascii_case(&mark) => read_exponent(exponent)?,
            _ => return None,
        };
        Some(Self { digits, after_point: point.map_or(0, |point| count - point), exponent })
    }
}

fn read_exponent(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent = digits.iter().fold(0_i32, |exponent, digit| {
        (exponent * 10 + i32::from(digit - b'0')).min(EXPONENT_BOUND)
    });
    Some(if negative { -exponent } else { exponent })
}
