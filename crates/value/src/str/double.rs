//! 64-bit floats from text: scores, coordinates, lengths.

use super::Float;

/// The number nearest to `text`, in any spelling C takes: decimal or hexadecimal, with or without
/// exponent, `inf`. `None` for anything else, for too large ones, for those that would become
/// zero, and for `nan`.
pub fn parse_double(text: &[u8]) -> Option<f64> {
    let unsigned = match text {
        [b'-' | b'+', unsigned @ ..] | unsigned => unsigned,
    };
    let (number, digits, exponent_mark) = match unsigned {
        [b'0', b'x' | b'X', digits @ ..] => (Float::parse(text)?.to_double(), digits, b'p'),
        digits => (std::str::from_utf8(text).ok()?.parse().ok()?, digits, b'e'),
    };
    let is_as_written = if number.is_infinite() {
        matches!(digits, [b'i' | b'I', ..])
    } else if number == 0.0 {
        let mut digits =
            digits.iter().take_while(|byte| !byte.eq_ignore_ascii_case(&exponent_mark));
        digits.all(|byte| matches!(byte, b'0' | b'.'))
    } else {
        !number.is_nan()
    };
    is_as_written.then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_of_c_is_a_number() {
        let cases: [(&str, f64); 16] = [
            ("0", 0.0),
            ("-0.0e5", 0.0),
            ("1", 1.0),
            ("+1.", 1.0),
            ("-.5", -0.5),
            ("01.50", 1.5),
            ("1e3", 1000.0),
            ("1.5E-3", 0.0015),
            ("4.9e-324", 5e-324),
            ("1.7976931348623157e308", f64::MAX),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("0x10", 16.0),
            ("-0X.8p1", -1.0),
            ("0x0p9", 0.0),
            ("0x1p-1074", 5e-324),
        ];
        for (text, number) in cases {
            assert_eq!(parse_double(text.as_bytes()), Some(number), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_and_neither_is_what_cannot_be_held() {
        let not = [
            "",
            "-",
            "+",
            ".",
            " 1",
            "1 ",
            "1x",
            "1e",
            "1e+",
            "e5",
            "--1",
            "1_000",
            "nan",
            "-nan",
            "infin",
            "1e309",
            "-1e309",
            "1e-400",
            "0x",
            "0xg",
            "0x1p",
            "0x1p1024",
            "0x1p-1100",
            "0x1p99999",
            "1,5",
            "1.5.0",
        ];
        for text in not {
            assert_eq!(parse_double(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_double(b"1\0"), None);
        assert_eq!(parse_double(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(number in any::<f64>().prop_filter("a number", |it| !it.is_nan())) {
            prop_assert_eq!(parse_double(format!("{number:e}").as_bytes()), Some(number));
        }

        #[test]
        fn any_bytes_are_a_number_or_not(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            prop_assert!(parse_double(&bytes).is_none_or(|number| !number.is_nan()));
        }
    }
}
