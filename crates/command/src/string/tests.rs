//! Long strings: what calls on them cost, and what is refused.

use crate::testing::Dataset;

const NOW: u64 = 1_700_000_000_000;
const MIB: usize = 1 << 20;
const OOM: &[u8] = b"-OOM The value is too large for this command and the memory limit.\r\n";
const WRONG_TYPE: &[u8] = b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

/// A dataset of one string, of which nothing is in memory.
fn with(value: &[u8]) -> Dataset {
    let mut dataset = Dataset::new(NOW);
    assert_eq!(dataset.run(&[b"SET", b"k", value]), b"+OK\r\n");
    dataset.cool();
    dataset
}

fn words(call: &str) -> Vec<&[u8]> {
    call.split(' ').map(str::as_bytes).collect()
}

/// The reply, and how many records and blocks were loaded for it.
fn cost(dataset: &mut Dataset, call: &str) -> (String, usize) {
    dataset.cool();
    let before = dataset.loads();
    let reply = dataset.run(&words(call));
    (String::from_utf8_lossy(&reply).into_owned(), dataset.loads() - before)
}

#[test]
fn a_part_of_a_long_string_costs_its_root_and_the_blocks_it_lies_in() {
    let mut dataset = with(&b"x".repeat(4 * MIB));
    for (call, reply, loads) in [
        ("STRLEN k", ":4194304\r\n", 1),
        ("GETRANGE k 8191 8192", "$2\r\nxx\r\n", 3),
        ("SUBSTR k -1 -1", "$1\r\nx\r\n", 2),
        ("GETBIT k 100", ":1\r\n", 2),
        ("SETBIT k 100 0", ":1\r\n", 2),
        ("SETRANGE k 100000 yyy", ":4194304\r\n", 2),
        ("APPEND k z", ":4194305\r\n", 1),
        ("APPEND k z", ":4194306\r\n", 2),
        ("SETRANGE k 5000000 z", ":5000001\r\n", 1),
        ("GETRANGE k 4999999 -1", "$2\r\n\0z\r\n", 2),
        ("BITFIELD k SET u8 80000 97 GET u8 33554432", "*2\r\n:120\r\n:122\r\n", 3),
        ("BITFIELD_RO k GET u8 80000", "*1\r\n:97\r\n", 2),
        ("BITCOUNT k 16384 16385", ":8\r\n", 2),
        ("BITPOS k 1 0", ":1\r\n", 129),
        ("BITPOS k 0 4194310", ":33554480\r\n", 3),
        ("INCR k", "-ERR value is not an integer or out of range\r\n", 1),
        ("INCRBYFLOAT k 1", "-ERR value is not a valid float\r\n", 1),
        ("PFADD k a", "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n", 2),
        ("PFCOUNT k", "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n", 2),
        ("LPUSH k a", str::from_utf8(WRONG_TYPE).unwrap_or_default(), 1),
        ("TYPE k", "+string\r\n", 1),
        ("OBJECT ENCODING k", "$3\r\nraw\r\n", 1),
        ("EXPIRE k 100", ":1\r\n", 1),
        ("TTL k", ":100\r\n", 1),
        ("DEL k", ":1\r\n", 1),
    ] {
        assert_eq!(cost(&mut dataset, call), (reply.to_owned(), loads), "{call}");
    }
}

#[test]
fn a_bit_at_the_end_of_the_longest_string_takes_one_block() {
    let mut dataset = Dataset::new(NOW);
    assert_eq!(cost(&mut dataset, "SETBIT k 4294967295 1").0, ":0\r\n");
    for (call, reply, loads) in [
        ("STRLEN k", ":536870912\r\n", 1),
        ("GETBIT k 4294967295", ":1\r\n", 2),
        ("GETBIT k 77", ":0\r\n", 1),
        ("BITCOUNT k", ":1\r\n", 2),
        ("BITPOS k 1", ":4294967295\r\n", 2),
        ("BITPOS k 0", ":0\r\n", 1),
        ("SETBIT k 77 0", ":0\r\n", 1),
        ("BITFIELD k SET u8 800 0", "*1\r\n:0\r\n", 1),
    ] {
        assert_eq!(cost(&mut dataset, call), (reply.to_owned(), loads), "{call}");
    }
    let stored: usize = dataset.stored().values().map(Vec::len).sum();
    assert!(stored < 10_000, "{stored} bytes in the record");
}

#[test]
fn what_needs_more_of_a_string_than_fits_is_refused_and_changes_nothing() {
    let mut dataset = with(&b"\xff".repeat(3 * MIB));
    dataset.set_memory(8 * MIB);
    dataset.run(&words("SET l 1"));
    dataset.run(&words("LPUSH list k"));
    for call in [
        "GET k",
        "GETRANGE k 0 -1",
        "GETSET k v",
        "SET k v GET",
        "GETDEL k",
        "GETEX k PX 1",
        "MGET l k",
        "DUMP k",
        "COPY k m",
        "RENAME k m",
        "RENAMENX k m",
        "MOVE k 1",
        "BITOP NOT m k",
        "BITOP OR m l k",
        "BITCOUNT k",
        "BITPOS k 0",
        "SORT list BY nosort GET *",
    ] {
        let (reply, loads) = cost(&mut dataset, call);
        assert_eq!((call, reply.as_bytes()), (call, OOM));
        assert!(loads < 400, "{call} loads {loads}");
    }
    assert_eq!(dataset.run(&words("EXISTS m")), b":0\r\n");
    assert_eq!(dataset.run(&words("PTTL k")), b":-1\r\n");
    assert_eq!(cost(&mut dataset, "BITCOUNT k -3 -1"), (":24\r\n".to_owned(), 2));
    dataset.set_memory(16 * MIB);
    assert_eq!(cost(&mut dataset, "RENAME k m").0, "+OK\r\n");
    assert_eq!(cost(&mut dataset, "BITCOUNT m").0, ":25165824\r\n");
}

#[test]
fn several_long_strings_are_had_at_one_try_if_all_of_them_fit() {
    let mut dataset = Dataset::new(NOW);
    let keys: Vec<String> = (0..12).map(|n| format!("k{n}")).collect();
    for key in &keys {
        dataset.run(&[b"SET", key.as_bytes(), &vec![b'x'; MIB + 1]]);
    }
    let call = |first: &str| format!("{first} {}", keys.join(" "));
    assert_eq!(cost(&mut dataset, &call("MGET")).0.len(), 12 * (MIB + 13) + 5);
    assert_eq!(cost(&mut dataset, &call("BITOP XOR to")).0, ":1048577\r\n");
    dataset.set_memory(40 * MIB);
    for call in [call("MGET"), call("BITOP XOR to")] {
        let (reply, loads) = cost(&mut dataset, &call);
        assert_eq!(reply.as_bytes(), OOM);
        assert_eq!(loads, 12, "nothing but the roots");
    }
}

#[test]
fn a_string_has_blocks_as_long_as_it_is_long() {
    let mut dataset = Dataset::new(NOW);
    let is_whole = |dataset: &mut Dataset, len: usize| {
        dataset.cool();
        let record = dataset.stored().values().next().map_or(0, Vec::len);
        (record >= len) == (len <= MIB)
    };
    let long = b"y".repeat(MIB);
    dataset.run(&[b"SET", b"k", &long]);
    assert!(is_whole(&mut dataset, MIB));
    dataset.run(&words("EXPIRE k 100"));
    assert_eq!(cost(&mut dataset, "APPEND k z").0, ":1048577\r\n");
    assert!(is_whole(&mut dataset, MIB + 1));
    assert_eq!(cost(&mut dataset, "TTL k").0, ":100\r\n");
    let expected = [b"$1048577\r\n", &long[..], b"z\r\n"].concat();
    assert_eq!(dataset.run(&words("GET k")), expected);
    dataset.run(&words("SET k short"));
    assert!(is_whole(&mut dataset, 5));
    assert_eq!(cost(&mut dataset, "SETRANGE k 1048576 z").0, ":1048577\r\n");
    assert!(is_whole(&mut dataset, MIB + 1));
    assert_eq!(cost(&mut dataset, "GETRANGE k 0 6").0, "$7\r\nshort\0\0\r\n");
    dataset.run(&words("DEL k"));
    dataset.cool();
    assert!(dataset.stored().is_empty());
}
