//! Numbers as C's `strtod` reads them: blanks before, hexadecimal, `inf`; and nothing is zero.

use hadal_value::str::Float;

/// The number that all of `text` is. `None` if it is none, or beyond what a double can hold.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let blanks = text.iter().take_while(|byte| b" \t\n\x0b\x0c\r".contains(byte)).count();
    let digits = &text[blanks..];
    let unsigned = digits.strip_prefix(b"-").or(digits.strip_prefix(b"+")).unwrap_or(digits);
    if unsigned.starts_with(b"0x") || unsigned.starts_with(b"0X") {
        return Float::parse(digits)?.to_text().parse().ok();
    }
    let number: f64 = str::from_utf8(digits).ok()?.parse().ok()?;
    let is_named = unsigned.first().is_some_and(u8::is_ascii_alphabetic);
    let is_zero =
        unsigned.iter().take_while(|byte| !b"eE".contains(byte)).all(|it| b"0.".contains(it));
    let is_beyond =
        number.is_infinite() && !is_named || number.is_subnormal() || number == 0.0 && !is_zero;
    (!number.is_nan() && !is_beyond).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, expected) in [
            ("", Some(0.0)),
            (" \t-1.5e3", Some(-1500.0)),
            ("+.5", Some(0.5)),
            ("5.", Some(5.0)),
            ("0x10", Some(16.0)),
            ("-0X1p-1", Some(-0.5)),
            ("inf", Some(f64::INFINITY)),
            ("-INFINITY", Some(f64::NEG_INFINITY)),
            ("0e999", Some(0.0)),
            ("-0", Some(-0.0)),
            (" ", None),
            ("5 ", None),
            ("nan", None),
            ("1e400", None),
            ("1e-400", None),
            ("1e-310", None),
            ("abc", None),
            ("0x", None),
            ("--1", None),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text:?}");
        }
    }
}
