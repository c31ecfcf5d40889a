//! 64-bit integers as text.

/// Digits of `i64::MIN`.
const DIGITS_MAX: usize = 19;
/// Its length with the sign.
const TEXT_LEN_MAX: usize = DIGITS_MAX + 1;

/// The integer that `text` is the one canonical spelling of: no plus, no space, no leading zero,
/// no `-0`, within 64 bits. Only such text may be stored as an integer and come back unchanged.
pub fn parse_int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= DIGITS_MAX => {}
        _ => return None,
    }
    // This many digits fit in 64 bits without a sign, whatever they are.
    let mut magnitude = 0_u64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// An integer's decimal text, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct IntText {
    bytes: [u8; TEXT_LEN_MAX],
    start: u8,
}

impl IntText {
    /// Spells `value`.
    pub fn new(value: i64) -> Self {
        let mut bytes = [0; TEXT_LEN_MAX];
        let mut start = TEXT_LEN_MAX;
        let mut rest = value.unsigned_abs();
        for byte in bytes.iter_mut().rev() {
            *byte = b'0' + (rest % 10) as u8;
            rest /= 10;
            start -= 1;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            start -= 1;
            bytes[start] = b'-';
        }
        Self { bytes, start: start as u8 }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_an_integer() {
        assert_eq!(parse_int(b"0"), Some(0));
        assert_eq!(parse_int(b"-1"), Some(-1));
        assert_eq!(parse_int(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_int(b"-9223372036854775808"), Some(i64::MIN));
        let not: [&[u8]; 17] = [
            b"",
            b"-",
            b"-0",
            b"00",
            b"01",
            b"-01",
            b"+1",
            b" 1",
            b"1 ",
            b"1.0",
            b"1e3",
            b"9223372036854775808",
            b"-9223372036854775809",
            b"9999999999999999999",
            b"-9999999999999999999",
            b"18446744073709551617",
            b"111111111111111111111",
        ];
        for text in not {
            assert_eq!(parse_int(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn an_integer_is_spelled_as_the_standard_library_does() {
        for value in [0, 9, 10, -1, 100, i64::MAX, i64::MIN] {
            assert_eq!(IntText::new(value).as_bytes(), value.to_string().as_bytes());
        }
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_read_back(value: i64) {
            prop_assert_eq!(parse_int(IntText::new(value).as_bytes()), Some(value));
        }

        #[test]
        fn what_is_read_is_spelled_the_same(text in "-?[0-9]{0,21}") {
            if let Some(value) = parse_int(text.as_bytes()) {
                let spelled = IntText::new(value);
                prop_assert_eq!(spelled.as_bytes(), text.as_bytes());
            }
        }
    }
}
