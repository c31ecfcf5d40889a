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

/// What a time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 1,000 milliseconds.
    Seconds,
    /// As clocks here count.
    Millis,
}

/// Whether `word` is the option before a time; its unit, and whether it is a time to live rather
/// than a time of death.
pub fn time_option(word: &[u8]) -> Option<(Unit, bool)> {
    let options = [
        ("EX", Unit::Seconds, true),
        ("PX", Unit::Millis, true),
        ("EXAT", Unit::Seconds, false),
        ("PXAT", Unit::Millis, false),
    ];
    let found = options.into_iter().find(|(option, ..)| is(word, option));
    found.map(|(_, unit, from_now)| (unit, from_now))
}

/// Where a scan goes on, as `strtoul` reads it: a sign is allowed, blanks and what follows the
/// digits are not, and no digits at all mean 0.
pub fn cursor(word: &[u8]) -> Result<u64, Fault> {
    let (negative, digits) = match word {
        [] => return Ok(0),
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let digits = Some(digits).filter(|digits| digits.iter().all(u8::is_ascii_digit));
    let cursor = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
    match cursor {
        Some(cursor) if negative => Ok(cursor.wrapping_neg()),
        Some(cursor) => Ok(cursor),
        None => Err(Fault::Text("ERR invalid cursor")),
    }
}

/// Whether `word` is this option; `option` is in capitals.
pub fn is(word: &[u8], option: &str) -> bool {
    word.eq_ignore_ascii_case(option.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_c_reads_numbers() {
        for (word, number) in [
            ("0", Some(0)),
            ("", Some(0)),
            ("+7", Some(7)),
            ("-1", Some(u64::MAX)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            (" 1", None),
            ("1 ", None),
            ("-", None),
            ("x", None),
        ] {
            assert_eq!(cursor(word.as_bytes()).ok(), number, "{word:?}");
        }
    }
}
