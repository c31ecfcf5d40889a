//! Reads arguments, with Redis's error for each kind.

use hadal_value::str;

use crate::fault::Fault;

/// A 64-bit integer.
pub fn int(word: &[u8]) -> Result<i64, Fault> {
    str::parse_int(word).ok_or(Fault::NotAnInteger)
}

/// A number, with or without a fraction.
pub fn double(word: &[u8]) -> Result<f64, Fault> {
    str::parse_double(word).ok_or(Fault::NotAFloat)
}

/// Whether `word` is this option; `option` is in capitals.
pub fn is(word: &[u8], option: &str) -> bool {
    word.eq_ignore_ascii_case(option.as_bytes())
}
