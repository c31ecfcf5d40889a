//! Floating point numbers to text, as Redis 7.2 writes them in replies.

use std::fmt::Write;

/// Beyond half the range of `i64`, whole numbers are written with an exponent.
const WHOLE_MAX: f64 = (i64::MAX / 2) as f64;

/// The text of `number`: digits alone if it is whole and not too large, otherwise the fewest
/// digits that mean exactly this number, with an exponent if it is far from 1.
pub(super) fn text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    if number.abs() <= WHOLE_MAX && number.fract() == 0.0 {
        return (number as i64).to_string();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) =
        scientific.split_once('e').expect("the format `e` always writes an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent of an f64 has three digits at most");
    let digits = mantissa.replace('.', "");
    format!("{sign}{}", place_point(&digits, exponent))
}

/// Places the point in `digits`, whose first one stands for that many times ten to the
/// `exponent`.
fn place_point(digits: &str, exponent: i32) -> String {
    let len = i32::try_from(digits.len()).expect("an f64 has 17 digits at most");
    // Zeros to add after the last digit; below zero, how many digits follow the point.
    let zeros = exponent - (len - 1);
    let mut text = String::with_capacity(32);
    if zeros >= 0 && exponent < len + 7 {
        text.push_str(digits);
        text.extend((0..zeros).map(|_| '0'));
    } else if zeros < 0 && (zeros > -7 || exponent.abs() < 4) {
        if exponent < 0 {
            text.push_str("0.");
            text.extend((exponent + 1..0).map(|_| '0'));
            text.push_str(digits);
        } else {
            let (whole, fraction) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
            text.push_str(whole);
            text.push('.');
            text.push_str(fraction);
        }
    } else {
        let (first, others) = digits.split_at(1);
        text.push_str(first);
        if !others.is_empty() {
            text.push('.');
            text.push_str(others);
        }
        write!(text, "e{exponent:+}").expect("a string takes any text");
    }
    text
}
