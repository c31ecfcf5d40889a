use proptest::prelude::*;

use super::Float;

fn parsed(text: &str) -> Option<String> {
    Float::parse(text.as_bytes()).map(Float::to_text)
}

fn sum(a: &str, b: &str) -> Option<String> {
    let parse = |text: &str| Float::parse(text.as_bytes()).expect("a float");
    parse(a).checked_add(parse(b)).map(Float::to_text)
}

#[test]
fn simple_sums_read_as_people_expect() {
    assert_eq!(sum("10.5", "0.1").as_deref(), Some("10.6"));
    assert_eq!(sum("0.1", "0.2").as_deref(), Some("0.3"));
    assert_eq!(sum("3", "1.1").as_deref(), Some("4.1"));
    assert_eq!(sum("1.5", "1.5").as_deref(), Some("3"));
    assert_eq!(sum("5.0e3", "2.0e2").as_deref(), Some("5200"));
    assert_eq!(sum("3.1", "-3.1").as_deref(), Some("0"));
    assert_eq!(sum("-1.5", "0.25").as_deref(), Some("-1.25"));
}

#[test]
fn a_mantissa_has_64_bits_and_no_more() {
    assert_eq!(sum("9223372036854775807", "1").as_deref(), Some("9223372036854775808"));
    assert_eq!(sum("18446744073709551615", "1").as_deref(), Some("18446744073709551616"));
    // Between two floats two apart: to the even one.
    assert_eq!(sum("18446744073709551616", "1").as_deref(), Some("18446744073709551616"));
    assert_eq!(sum("18446744073709551618", "1").as_deref(), Some("18446744073709551620"));
    assert_eq!(sum("1e17", "0.3").as_deref(), Some("100000000000000000.296875"));
    // Far below the last bit, but enough to leave the middle between two floats.
    let middle = "18446744073709551617.0000000000000000000000000000000000001";
    assert_eq!(parsed(middle).as_deref(), Some("18446744073709551618"));
    assert_eq!(sum("0x1p100", "-0x1p-100"), parsed("0x1p100"));
    assert_eq!(sum("0x1p64", "-0x1p-1").as_deref(), Some("18446744073709551616"));
    assert_eq!(sum("0x1p64", "-0x1").as_deref(), Some("18446744073709551615"));
}

#[test]
fn what_is_too_small_to_be_kept_still_decides_between_two_neighbors() {
    let (even, odd) = ("0xc000000000000000p64", "0xc000000000000001p64");
    assert_eq!(sum(even, "0x8000000000000000p0"), parsed(even));
    assert_eq!(sum(even, "0x8000000000000001p0"), parsed(odd));
    assert_eq!(sum(odd, "-0x7fffffffffffffffp0"), parsed(odd));
    assert_eq!(sum(odd, "-0x8000000000000001p0"), parsed(even));
}

#[test]
fn seventeen_decimals_are_printed_less_zeros_at_the_end() {
    assert_eq!(parsed("1e-17").as_deref(), Some("0.00000000000000001"));
    assert_eq!(parsed("1e-18").as_deref(), Some("0"));
    assert_eq!(parsed("-1e-18").as_deref(), Some("0"));
    assert_eq!(parsed("0x1p-18").as_deref(), Some("0.00000381469726562"));
    assert_eq!(parsed("0x3p-18").as_deref(), Some("0.00001144409179688"));
    assert_eq!(parsed("100").as_deref(), Some("100"));
    assert_eq!(parsed("-0").as_deref(), Some("0"));
}

#[test]
fn every_spelling_of_c_is_read() {
    for (text, value) in [
        ("0x10", "16"),
        ("0X1.8p+3", "12"),
        ("+1", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E2", "100"),
        ("12e-1", "1.2"),
        ("0e99999", "0"),
        ("000123.500", "123.5"),
        ("inf", "inf"),
        ("-Infinity", "-inf"),
    ] {
        assert_eq!(parsed(text).as_deref(), Some(value), "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "-",
        "+",
        ".",
        "e1",
        "1e",
        "1e+",
        "--1",
        "+-1",
        " 1",
        "1 ",
        "1x",
        "0x",
        "0x.p1",
        "nan",
        "-nan",
        "infx",
        "1e5000",
        "-1e5000",
        "1e-5000",
        "0x1p16384",
        "0x1p-16446",
        "1\0",
        "1e999999999999999999999",
        "1,5",
    ] {
        assert_eq!(parsed(text), None, "{text:?}");
    }
    assert_eq!(parsed(&"1".repeat(5120)), None);
}

#[test]
fn the_largest_and_the_smallest_are_read_and_the_next_is_not() {
    assert!(parsed("1.1897314953572317650e4932").is_some());
    assert_eq!(parsed("1.1897314953572317651e4932"), None);
    let smallest = Float::parse(b"0x1p-16445").expect("the smallest");
    assert_eq!(Float::parse(b"3.7e-4951"), Some(smallest));
    assert_eq!(Float::parse(b"1.9e-4951"), Some(smallest));
    assert_eq!(Float::parse(b"1.8e-4951"), None);
    let twice = smallest.checked_add(smallest).expect("finite");
    assert_eq!(twice.checked_add(smallest), Float::parse(b"0x3p-16445"));
}

#[test]
fn a_sum_that_is_not_finite_is_none() {
    assert_eq!(sum("0xffffffffffffffffp16320", "0xffffffffffffffffp16320"), None);
    assert_eq!(sum("0xffffffffffffffffp16320", "0x1p16319"), None);
    assert!(sum("0xffffffffffffffffp16320", "0x1p16318").is_some());
    assert_eq!(sum("inf", "1"), None);
    assert_eq!(sum("inf", "-inf"), None);
    assert!(sum("0xffffffffffffffffp16320", "-0xffffffffffffffffp16320").is_some());
}

proptest! {
    #[test]
    fn whole_numbers_of_64_bits_add_up_exactly(a: i64, b: i64) {
        let exact = i128::from(a) + i128::from(b);
        prop_assume!(exact.unsigned_abs() >> 64 == 0);
        prop_assert_eq!(sum(&a.to_string(), &b.to_string()), Some(exact.to_string()));
    }

    #[test]
    fn doubles_are_read_exactly(value in -1e15..1e15_f64) {
        // All digits, not the shortest text that leads back to the double.
        let exact = format!("{value:.60}");
        prop_assert_eq!(parsed(&exact), parsed(&hexadecimal(value)));
    }

    #[test]
    fn no_bytes_make_it_panic(text in "[-+0-9.eExXpPaAfFinty]{0,40}", other in "[0-9.e-]{0,12}") {
        let parse = |text: &str| Float::parse(text.as_bytes());
        if let (Some(a), Some(b)) = (parse(&text), parse(&other)) {
            prop_assert_eq!(a.checked_add(b), b.checked_add(a));
            let _ = a.to_text();
        }
    }
}

/// A double, bit by bit.
fn hexadecimal(value: f64) -> String {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff).cast_signed();
    let fraction = bits & ((1 << 52) - 1);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if exponent == 0 {
        format!("{sign}0x{fraction:x}p-1074")
    } else {
        format!("{sign}0x{:x}p{}", fraction | 1 << 52, exponent - 1075)
    }
}
