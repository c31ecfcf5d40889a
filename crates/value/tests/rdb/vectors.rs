//! Values byte by byte: what Redis 7.0 answered to `DUMP`, and what others would have.

use hadal_value::rdb::{Error, Value, dump, read, verify};

use crate::samples::{
    EXPANDED_BYTES_MAX, expiring_hash, hash, in_order, list, set, sorted_set, string,
};

const X70: &[u8] = &[b'x'; 70];
/// Version and checksum.
const ENVELOPE_BYTES: usize = 10;

/// Whole dumps by Redis 7.0.15, in hexadecimal.
fn dumps() -> Vec<(&'static str, Value<'static>)> {
    vec![
        ("00000a005d9b5c400f7fa2da", string(b"")),
        ("00c0fb0a0049c4c6f4d7263f68", string(b"-5")),
        ("00c1e8030a0089d1478ebac4b764", string(b"1000")),
        ("00c290eefeff0a002875de7b13eb2800", string(b"-70000")),
        ("000a343239343936373239360a00a5a389c81a8c4656", string(b"4294967296")),
        ("00c30a2802616261e01a010161620a00f727ec340732c3b6", string(&b"ab".repeat(20))),
        (
            "120102c319405911590000000400816102dfff02c12c02e04678e03c000148ff0a00df042a1b8c1ca5c2",
            list(&[b"a", b"-1", b"300", X70]),
        ),
        (
            "1203020a0a0000000100816102ff01046c6f6e67020a0a0000000100816202ff0a000fc4a595fe5e659f",
            list(&[b"a", b"long", b"b"]),
        ),
        ("0b0e0200000003000000ffff020003000a00c87a922a3d7de78c", set(&[b"-1", b"2", b"3"])),
        ("0b100400000002000000ffffffff701101000a00bab1c665be29f9b6", set(&[b"-1", b"70000"])),
        (
            "0b180800000002000000ffffffffffffffff00000000000100000a00198b74b37c138b2a",
            set(&[b"-1", b"1099511627776"]),
        ),
        ("02020161c0010a00ce387e029ce13e72", set(&[b"a", b"1"])),
        (
            "11212100000008000c01dc180281620283302e3504816102010181630283696e6604ff0a0073a4489300b1\
             1db6",
            sorted_set(&[(b"12", -1000.0), (b"b", 0.5), (b"a", 1.0), (b"c", f64::INFINITY)]),
        ),
        (
            "05030161000000000000f03f0162000000000000e03f0163000000000000f0ff0a00271d8d13d6a4ae5a",
            sorted_set(&[(b"c", f64::NEG_INFINITY), (b"b", 0.5), (b"a", 1.0)]),
        ),
        (
            "101616000000040081660201018167028576616c756506ff0a0095ce779fe975e577",
            hash(&[(b"f", b"1"), (b"g", b"value")]),
        ),
        (
            "040201670576616c75650166c0010a00d041a3732dc9f8d8",
            hash(&[(b"g", b"value"), (b"f", b"1")]),
        ),
    ]
}

/// Values without an envelope, in forms that Redis 7.0 only reads.
pub(crate) fn older() -> Vec<(&'static str, Value<'static>)> {
    let scores: [(&[u8], f64); 4] =
        [(b"d", f64::NEG_INFINITY), (b"b", 0.5), (b"a", 1.0), (b"c", f64::INFINITY)];
    vec![
        ("01020161c0ff", list(&[b"a", b"-1"])),
        ("030401610131016203302e350163fe0164ff", sorted_set(&scores)),
        ("09120203666f6f03026261723f3f0161010031ff", hash(&[(b"foo", b"bar"), (b"a", b"1")])),
        ("0a12120000000f0000000200000361626305f8ff", list(&[b"abc", b"7"])),
        (
            "0c18180000001500000004000001620303302e3505016103f2ff",
            sorted_set(&[(b"b", 0.5), (b"a", 1.0)]),
        ),
        ("0d13130000000f0000000200000361626305fe80ff", hash(&[(b"abc", b"-128")])),
        (
            "0e030e0e0000000a0000000100000161ff0b0b0000000a0000000000ff0d0d0000000a000000010000f4ff",
            list(&[b"a", b"3"]),
        ),
    ]
}

/// Values without an envelope, in forms that came after Redis 7.0.
fn newer() -> Vec<(&'static str, Value<'static>)> {
    let first = 1_700_000_000_000;
    let fields: [(&[u8], &[u8], u64); 3] =
        [(b"f", b"v", first), (b"g", b"1", first + 5), (b"h", b"w", 0)];
    vec![
        ("140c0c00000002008161020701ff", set(&[b"a", b"7"])),
        (
            "1602810000018bcfe56800016601760001670177",
            expiring_hash(&[(b"f", b"v", first), (b"g", b"w", 0)]),
        ),
        (
            "172e2e0000000900816602817602f40068e5cf8b010000098167020101f40568e5cf8b01000009816802817\
             7020001ff",
            expiring_hash(&fields),
        ),
        (
            "180068e5cf8b0100000300016801770101660176060167c001",
            expiring_hash(&[fields[2], fields[0], fields[1]]),
        ),
        (
            "190068e5cf8b0100002e2e0000000900816602817602f40068e5cf8b010000098167020101f40568e5cf8b0\
             10000098168028177020001ff",
            expiring_hash(&fields),
        ),
    ]
}

/// Every value in these tests, without its envelope.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let dumped = dumps().into_iter().map(|(dump, _)| {
        let dump = bytes(dump);
        verify(&dump).expect("Redis made it").to_vec()
    });
    let others = older().into_iter().chain(newer()).map(|(value, _)| bytes(value));
    dumped.chain(others).collect()
}

pub(crate) fn bytes(hexadecimal: &str) -> Vec<u8> {
    let (pairs, rest) = hexadecimal.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "{hexadecimal}");
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("it is hexadecimal") as u8;
    pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}

#[test]
fn dumps_of_redis_are_read() {
    for (hexadecimal, expected) in dumps() {
        let dump = bytes(hexadecimal);
        let value = verify(&dump).expect("Redis made it");
        assert_eq!(read(value, EXPANDED_BYTES_MAX), Ok(expected), "{hexadecimal}");
    }
}

/// Too short to hold anything that would be compressed: other copies than Redis's are as good.
const UNCOMPRESSED_LEN_MAX: usize = 24;

#[test]
fn small_values_are_written_as_redis_writes_them() {
    let mut same = 0;
    for (hexadecimal, value) in dumps() {
        // Redis was made to use these forms for what is small; the last one is compressed.
        let forced = ["1203", "0503", "0402", "00c3"].iter().any(|it| hexadecimal.starts_with(it));
        let expected = bytes(hexadecimal);
        if !forced && expected.len() - ENVELOPE_BYTES <= UNCOMPRESSED_LEN_MAX {
            assert_eq!(dump(&value), expected, "{hexadecimal}");
            same += 1;
        }
    }
    assert_eq!(same, 9);
}

#[test]
fn older_and_newer_forms_are_read() {
    for (hexadecimal, expected) in older().into_iter().chain(newer()) {
        assert_eq!(read(&bytes(hexadecimal), 0), Ok(expected), "{hexadecimal}");
    }
}

#[test]
fn hashes_with_expiries_are_written_as_redis_7_4_writes_them() {
    let value = expiring_hash(&[(b"f", b"v", 1_700_000_000_000)]);
    let dump = dump(&value);
    let expected = "190068e5cf8b01000017170000000300816602817602f40068e5cf8b01000009ff";
    assert_eq!(verify(&dump), Ok(&bytes(expected)[..]));
    assert_eq!(dump[dump.len() - ENVELOPE_BYTES..][..2], [12, 0]);
}

#[test]
fn streams_and_modules_are_told_from_nonsense() {
    for (kind, name) in
        [(6, "module"), (7, "module"), (15, "stream"), (19, "stream"), (21, "stream")]
    {
        assert_eq!(read(&[kind, 1, 2, 3], 0), Err(Error::Unsupported(name)));
    }
    for kind in [8, 26, 255] {
        assert_eq!(read(&[kind, 1, 2, 3], 0), Err(Error::Malformed));
    }
    assert_eq!(read(b"", 0), Err(Error::Malformed));
}

#[test]
fn what_redis_refuses_is_malformed() {
    let refused = [
        ("a list of none", "0100"),
        ("a set of none", "0200"),
        ("a hash of none", "0400"),
        ("a sorted set of none", "0500"),
        ("a listpack of none", "110707000000000 0ff"),
        ("a quicklist of empty nodes", "0e010b0b0000000a0000000000ff"),
        ("a plain node of nothing", "12010100"),
        ("a node of no kind", "1201030161"),
        ("a member twice", "020201610161"),
        ("a member twice, once as an integer", "02020131c001"),
        ("a member twice in a listpack", "140b0b000000020007010701ff"),
        ("a field twice", "0402016101620161 0163"),
        ("a field without a value", "1009090000000100 0701ff"),
        ("a sorted member twice", "050201610000000000000000016100000000000000 40"),
        ("a score that is no number", "05010161000000000000f87f"),
        ("a score in text that is no number", "03010161fd"),
        ("a score in text that is none", "03010161023178"),
        ("integers out of order", "0b0c02000000020000000200 0100"),
        ("an integer twice", "0b0c020000000200000001000100"),
        ("an encoding of no string", "00c4"),
        ("a length of no form", "0082"),
        ("a length where an encoding is", "01c00161"),
        ("a string that is longer than what is left", "0081ffffffffffffffff61"),
        ("more members than bytes", "0281ffffffffffffffff0161"),
        ("something behind the value", "00016161"),
        ("an expiry past 48 bits", "16018100010000000000000166 0176"),
        ("an expiry past 64 bits", "18ffffffffffffffff0102016601 76"),
        (
            "expiries out of order",
            "190000000000000000171700000006008166020101020181 67020101010 1ff",
        ),
        ("an expiry that is text", "1900000000000000000f0f000000030081660201018178 02ff"),
    ];
    for (what, hexadecimal) in refused {
        let value = bytes(&hexadecimal.replace(' ', ""));
        assert_eq!(read(&value, EXPANDED_BYTES_MAX), Err(Error::Malformed), "{what}");
    }
}

#[test]
fn compressed_strings_may_not_expand_without_bound() {
    let mut value = vec![0xc3, 4, 0x40, 100, 0, b'a', 0xe0, 90];
    value.splice(0..0, [0]);
    value.push(0);
    value[2] = 5;
    assert_eq!(read(&value, 100), Ok(string(&[b'a'; 100])));
    assert_eq!(read(&value, 99), Err(Error::TooLong));
    // More than any compression could have made so short is not even tried.
    assert_eq!(read(b"\x00\xc3\x02\x80\x40\x00\x00\x00\x00a", usize::MAX), Err(Error::Malformed));
}

#[test]
fn elements_of_long_lists_share_nodes() {
    let elements: Vec<Vec<u8>> = (0..5_000).map(|number| format!("no {number}").into()).collect();
    let elements: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    let value = list(&elements);
    let dump = dump(&value);
    let body = verify(&dump).expect("it was just made");
    assert!((5..20).contains(&body[1]), "{} nodes", body[1]);
    assert_eq!(read(body, EXPANDED_BYTES_MAX).map(in_order), Ok(value));
}
