use proptest::prelude::*;

use super::*;

/// What `write` writes in RESP2 and in RESP3.
fn both(write: impl Fn(&mut Writer)) -> (String, String) {
    let text = |proto| {
        let mut writer = Writer::new(proto);
        write(&mut writer);
        String::from_utf8(writer.take()).expect("the tests write text only")
    };
    (text(Proto::Resp2), text(Proto::Resp3))
}

#[track_caller]
fn assert_wire(write: impl Fn(&mut Writer), resp2: &str, resp3: &str) {
    assert_eq!(both(write), (resp2.to_owned(), resp3.to_owned()));
}

#[test]
fn what_both_protocols_have_is_written_alike() {
    assert_wire(|w| w.simple("PONG"), "+PONG\r\n", "+PONG\r\n");
    assert_wire(Writer::ok, "+OK\r\n", "+OK\r\n");
    assert_wire(|w| w.error("ERR no"), "-ERR no\r\n", "-ERR no\r\n");
    assert_wire(|w| w.int(-42), ":-42\r\n", ":-42\r\n");
    assert_wire(|w| w.bulk(b"a\r\nb"), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n");
    assert_wire(|w| w.bulk(b""), "$0\r\n\r\n", "$0\r\n\r\n");
    assert_wire(|w| w.bulk_int(-1234), "$5\r\n-1234\r\n", "$5\r\n-1234\r\n");
    assert_wire(|w| w.array(0), "*0\r\n", "*0\r\n");
    assert_wire(|w| w.array(1_000_000), "*1000000\r\n", "*1000000\r\n");
    assert_wire(|w| w.raw(b":1\r\n"), ":1\r\n", ":1\r\n");
}

#[test]
fn what_resp2_has_no_type_for_is_written_as_redis_does() {
    assert_wire(Writer::null, "$-1\r\n", "_\r\n");
    assert_wire(Writer::null_array, "*-1\r\n", "_\r\n");
    assert_wire(|w| w.map(2), "*4\r\n", "%2\r\n");
    assert_wire(|w| w.set(2), "*2\r\n", "~2\r\n");
    assert_wire(|w| w.push(3), "*3\r\n", ">3\r\n");
    assert_wire(|w| w.double(2.5), "$3\r\n2.5\r\n", ",2.5\r\n");
    assert_wire(|w| w.double_text("2.50"), "$4\r\n2.50\r\n", ",2.50\r\n");
    assert_wire(|w| w.bulk_double(2.5), "$3\r\n2.5\r\n", "$3\r\n2.5\r\n");
    assert_wire(|w| w.boolean(true), ":1\r\n", "#t\r\n");
    assert_wire(|w| w.boolean(false), ":0\r\n", "#f\r\n");
    assert_wire(|w| w.big_number("-12345"), "$6\r\n-12345\r\n", "(-12345\r\n");
    assert_wire(|w| w.verbatim("txt", b"a\nb"), "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n");
    assert_wire(|w| w.verbatim("m", b""), "$0\r\n\r\n", "=4\r\nm  :\r\n");
}

#[test]
fn an_attribute_is_written_in_resp3() {
    let mut writer = Writer::new(Proto::Resp3);
    writer.attribute(1);
    assert_eq!(writer.as_slice(), b"|1\r\n");
}

#[test]
#[should_panic(expected = "attributes exist only in RESP3")]
fn an_attribute_in_resp2_is_our_mistake() {
    Writer::new(Proto::Resp2).attribute(1);
}

#[test]
fn an_error_or_status_cannot_end_its_line_early() {
    let mut writer = Writer::new(Proto::Resp2);
    writer.error(b"ERR unknown command 'a\r\n+OK'\r\n\n");
    assert_eq!(writer.as_slice(), b"-ERR unknown command 'a  +OK'\r\n");
    writer.clear();
    writer.error(b"\r\n");
    writer.error(b"ERR \xff");
    writer.simple("a\nb\r");
    assert_eq!(writer.as_slice(), b"-\r\n-ERR \xff\r\n+a b \r\n");
}

#[test]
fn what_was_written_since_a_mark_can_be_taken_back() {
    let mut writer = Writer::new(Proto::Resp2);
    assert!(writer.is_empty());
    writer.ok();
    let mark = writer.mark();
    writer.array(2);
    writer.int(1);
    writer.truncate(mark);
    assert_eq!((writer.as_slice(), writer.len()), (&b"+OK\r\n"[..], 5));
}

#[test]
fn the_protocol_may_change_between_replies() {
    let mut writer = Writer::with_buffer(Proto::Resp2, b"+OK\r\n".to_vec());
    writer.null();
    writer.set_proto(Proto::Resp3);
    assert_eq!(writer.proto(), Proto::Resp3);
    writer.null();
    assert_eq!(writer.take(), b"+OK\r\n$-1\r\n_\r\n");
    assert!(writer.is_empty());
}

#[test]
fn doubles_are_written_in_the_text_of_redis() {
    let cases = [
        (0.0, "0"),
        (-0.0, "-0"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "nan"),
        (3.0, "3"),
        (-17.0, "-17"),
        (3.1, "3.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1_234.567_890_1, "1234.5678901"),
        (12_345.678_901_2, "1.23456789012e+4"),
        (166_274.151_6, "166274.1516"),
        (1e17, "100000000000000000"),
        (4_611_686_018_427_387_904.0, "4611686018427387904"),
        (9_223_372_036_854_775_808.0, "9223372036854776000"),
        (1e19, "1e+19"),
        (1.234_567_890_123e19, "12345678901230000000"),
        (1.234_567_890_123e20, "1.234567890123e+20"),
        (1.5e300, "1.5e+300"),
        (-f64::MAX, "-1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (5e-324, "5e-324"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (0.001_234_5, "0.0012345"),
        (0.000_123_45, "1.2345e-4"),
        (-1.5e-10, "-1.5e-10"),
    ];
    for (number, text) in cases {
        let resp2 = format!("${}\r\n{text}\r\n", text.len());
        assert_wire(|w| w.double(number), &resp2, &format!(",{text}\r\n"));
    }
}

#[test]
fn integers_at_every_edge_are_written() {
    let powers = (0..19).map(|exponent| 10i64.pow(exponent));
    for edge in powers.chain([0, 100, i64::MAX, i64::MIN + 1]) {
        for number in [edge - 1, edge, edge.saturating_add(1), -edge] {
            assert_wire(|w| w.int(number), &format!(":{number}\r\n"), &format!(":{number}\r\n"));
        }
    }
}

proptest! {
    #[test]
    fn any_integer_is_written(number in any::<i64>(), shift in 0..64u32) {
        let number = number >> shift;
        let (resp2, _) = both(|w| { w.int(number); w.bulk_int(number); });
        let text = number.to_string();
        prop_assert_eq!(resp2, format!(":{text}\r\n${}\r\n{text}\r\n", text.len()));
    }

    #[test]
    fn any_double_can_be_read_back_exactly(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        prop_assume!(!number.is_nan());
        let text = double::text(number);
        let read: f64 = text.parse().expect("Rust reads what Redis writes");
        prop_assert_eq!(read.to_bits(), bits, "{}", text);
    }

    #[test]
    fn everyday_doubles_can_be_read_back_exactly(units in any::<i64>(), scale in 0..25i32, shift in 0..64u32) {
        let number = (units >> shift) as f64 / 10f64.powi(scale);
        let text = double::text(number);
        prop_assert!(text.len() <= 32, "{}", text);
        let read: f64 = text.parse().expect("Rust reads what Redis writes");
        prop_assert_eq!(read.to_bits(), number.to_bits(), "{}", text);
    }

    #[test]
    fn a_line_is_a_line_whatever_the_error_quotes(text in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut writer = Writer::new(Proto::Resp2);
        writer.error(&text);
        let wire = writer.as_slice();
        prop_assert!(wire.starts_with(b"-") && wire.ends_with(b"\r\n"));
        let inside = &wire[1..wire.len() - 2];
        prop_assert!(!inside.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
    }

    #[test]
    fn a_bulk_written_is_a_word_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let mut writer = Writer::new(Proto::Resp2);
        writer.array(1);
        writer.bulk(&bytes);
        let mut wire = writer.take();
        let mut words = Vec::new();
        let parsed = crate::Decoder::new().decode(&mut wire, &mut words, &crate::Limits::default());
        prop_assert_eq!(parsed, Ok(crate::Parsed::Command { consumed: wire.len() }));
        prop_assert_eq!(&wire[words[0].clone()], &bytes[..]);
    }
}
