//! Numbers as `redis.conf` writes them.

const KB: u64 = 1024;
const MB: u64 = KB * 1024;
const GB: u64 = MB * 1024;

/// Reads a decimal integer in its one canonical form: no blank, no `+`, no leading zero.
pub(super) fn parse_int(text: &[u8]) -> Option<i64> {
    let value: i64 = str::from_utf8(text).ok()?.parse().ok()?;
    (value.to_string().as_bytes() == text).then_some(value)
}

/// Reads a number of bytes: digits and, in any case, one of `b k kb m mb g gb` (`k` is 1000, `kb`
/// is 1024). Refuses what does not fit in 64 bits, and a unit without digits.
pub(super) fn parse_bytes(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, unit) = text.split_at(digits);
    let unit = match unit.to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => KB,
        b"m" => 1_000_000,
        b"mb" => MB,
        b"g" => 1_000_000_000,
        b"gb" => GB,
        _ => return None,
    };
    str::from_utf8(digits).ok()?.parse::<u64>().ok()?.checked_mul(unit)
}

/// Writes a number of bytes in the largest unit that divides it, so that people can read it.
pub(super) fn format_bytes(bytes: u64) -> String {
    for (unit, name) in [(GB, "gb"), (MB, "mb"), (KB, "kb")] {
        if bytes != 0 && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    bytes.to_string()
}

/// Reads seconds with up to three decimals into milliseconds.
pub(super) fn parse_seconds(text: &[u8]) -> Option<u64> {
    let text = str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || fraction.len() > 3 {
        return None;
    }
    let millis: u64 = format!("{fraction:0<3}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(millis)
}

/// Writes milliseconds as seconds, without zeros that say nothing.
pub(super) fn format_seconds(millis: u64) -> String {
    trim_decimals(&format!("{}.{:03}", millis / 1000, millis % 1000))
}

/// Takes the zeros off the end of a number with decimals, and its point if nothing is left.
pub(super) fn trim_decimals(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_spelling() {
        assert_eq!(parse_int(b"-12"), Some(-12));
        for refused in ["", "+1", "01", " 1", "1 ", "-0", "9223372036854775808", "1e3"] {
            assert_eq!(parse_int(refused.as_bytes()), None, "{refused}");
        }
    }

    #[test]
    fn byte_units_are_decimal_without_b_and_binary_with_it() {
        for (text, bytes) in [
            ("0", 0),
            ("10b", 10),
            ("1k", 1000),
            ("1kb", 1024),
            ("2M", 2_000_000),
            ("2Mb", 2 << 20),
            ("1g", 1_000_000_000),
            ("1GB", 1 << 30),
        ] {
            assert_eq!(parse_bytes(text.as_bytes()), Some(bytes), "{text}");
        }
        for refused in
            ["", "kb", "-1", "1tb", "1 kb", "1.5gb", "18446744073709551616", "99999999999gb"]
        {
            assert_eq!(parse_bytes(refused.as_bytes()), None, "{refused}");
        }
    }

    #[test]
    fn written_bytes_read_back() {
        for bytes in [0, 1, 1023, 1024, 5 << 20, (5 << 20) + 1, 3 << 30, u64::MAX] {
            assert_eq!(parse_bytes(format_bytes(bytes).as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn seconds_take_milliseconds_as_decimals() {
        for (text, millis) in [("0", 0), ("1", 1000), ("0.25", 250), ("1.005", 1005)] {
            assert_eq!(parse_seconds(text.as_bytes()), Some(millis));
            assert_eq!(format_seconds(millis), text);
        }
        for refused in ["", ".", "1.", ".5", "-1", "0.0001", "1e3", "+1"] {
            assert_eq!(parse_seconds(refused.as_bytes()), None, "{refused}");
        }
    }
}
