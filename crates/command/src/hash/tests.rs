//! What transcripts cannot show: chance, time, RESP3, and hashes that are large.

use std::collections::HashMap;

use hadal_resp::{Proto, Writer};

use crate::draw::chi_square;
use crate::testing::Dataset;

const NOW: u64 = 1_700_000_000_000;

fn run(dataset: &mut Dataset, call: &str) -> String {
    let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    String::from_utf8(dataset.run(&words)).expect("text")
}

fn run3(dataset: &mut Dataset, call: &str) -> String {
    let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    let mut reply = Writer::new(Proto::Resp3);
    dataset.run_on(0, &words, &mut reply);
    String::from_utf8(reply.take()).expect("text")
}

/// A hash with fields `0` up to `count`.
fn numbered(count: u32) -> Dataset {
    let mut dataset = Dataset::new(NOW);
    for field in 0..count {
        run(&mut dataset, &format!("HSET h {field} v{field}"));
    }
    dataset
}

/// How often each field came; 30 degrees of freedom at most: 59.7 is passed by one fair series in
/// a thousand.
fn check_even(drawn: &[String], kinds: usize) {
    let mut counts = HashMap::new();
    for field in drawn {
        *counts.entry(field).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), kinds);
    let counts: Vec<_> = counts.into_values().collect();
    assert!(kinds <= 31 && chi_square(&counts) < 59.7, "{counts:?}");
}

fn bulks(reply: &str) -> Vec<String> {
    let lines = reply.split("\r\n").filter(|line| !line.starts_with(['*', '$', '%', '~']));
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn fields_come_equally_often() {
    let mut dataset = numbered(30);
    let one: Vec<_> = (0..6_000).flat_map(|_| bulks(&run(&mut dataset, "HRANDFIELD h"))).collect();
    check_even(&one, 30);
    let some: Vec<_> =
        (0..2_000).flat_map(|_| bulks(&run(&mut dataset, "HRANDFIELD h 3"))).collect();
    check_even(&some, 30);
    check_even(&bulks(&run(&mut dataset, "HRANDFIELD h -6000")), 30);
}

#[test]
fn fields_come_equally_often_where_others_have_expired() {
    let mut dataset = numbered(40);
    for field in 0..10 {
        run(&mut dataset, &format!("HPEXPIRE h 10 FIELDS 1 {field}"));
    }
    dataset.pass(20);
    check_even(&bulks(&run(&mut dataset, "HRANDFIELD h -6000")), 30);
    assert_eq!(bulks(&run(&mut dataset, "HRANDFIELD h 100")).len(), 30);
}

#[test]
fn a_hash_whose_fields_have_all_expired_is_empty_to_everyone() {
    let mut dataset = numbered(2);
    run(&mut dataset, "HPEXPIRE h 10 FIELDS 2 0 1");
    dataset.pass(10);
    for (call, empty) in [
        ("HGETALL h", "*0\r\n"),
        ("HLEN h", ":0\r\n"),
        ("HRANDFIELD h", "$-1\r\n"),
        ("HRANDFIELD h -3", "*0\r\n"),
        ("HSCAN h 0", "*2\r\n$1\r\n0\r\n*0\r\n"),
        ("HGET h 0", "$-1\r\n"),
    ] {
        dataset.cool();
        assert_eq!(run(&mut dataset, call), empty, "{call}");
    }
    // What is given an expired field finds it gone, and with the last one goes the key.
    assert_eq!(run(&mut dataset, "HDEL h 0 1"), ":0\r\n");
    assert_eq!(run(&mut dataset, "EXISTS h"), ":0\r\n");
}

#[test]
fn an_expired_field_is_new_when_it_is_set_again() {
    for (call, reply) in [
        ("HSET h 0 x", ":1\r\n"),
        ("HSETNX h 0 x", ":1\r\n"),
        ("HSETEX h FNX KEEPTTL FIELDS 1 0 x", ":1\r\n"),
        ("HINCRBY h 0 7", ":7\r\n"),
        ("HINCRBYFLOAT h 0 7", "$1\r\n7\r\n"),
    ] {
        let mut dataset = numbered(1);
        run(&mut dataset, "HPEXPIRE h 10 FIELDS 1 0");
        dataset.pass(10);
        dataset.cool();
        assert_eq!(run(&mut dataset, call), reply, "{call}");
        assert_eq!(run(&mut dataset, "HTTL h FIELDS 1 0"), "*1\r\n:-1\r\n", "{call}");
    }
}

#[test]
fn maps_and_pairs_have_their_own_shapes_in_resp3() {
    let mut dataset = numbered(1);
    assert_eq!(run3(&mut dataset, "HGETALL h"), "%1\r\n$1\r\n0\r\n$2\r\nv0\r\n");
    assert_eq!(run3(&mut dataset, "HGETALL missing"), "%0\r\n");
    assert_eq!(run3(&mut dataset, "HKEYS h"), "*1\r\n$1\r\n0\r\n");
    let pair = "*2\r\n$1\r\n0\r\n$2\r\nv0\r\n";
    assert_eq!(run3(&mut dataset, "HRANDFIELD h 1 WITHVALUES"), format!("*1\r\n{pair}"));
    assert_eq!(run3(&mut dataset, "HSCAN h 0"), format!("*2\r\n$1\r\n0\r\n{pair}"));
    assert_eq!(run3(&mut dataset, "HGET h missing"), "_\r\n");
}

#[test]
fn a_scan_of_a_large_hash_sees_every_field_once() {
    let mut dataset = numbered(1_000);
    let (mut cursor, mut seen) = ("0".to_owned(), Vec::new());
    loop {
        dataset.cool();
        let reply = bulks(&run(&mut dataset, &format!("HSCAN h {cursor} COUNT 30 NOVALUES")));
        let (next, fields) = reply.split_first().expect("a cursor");
        assert!(fields.len() <= 40, "{}", fields.len());
        seen.extend_from_slice(fields);
        next.clone_into(&mut cursor);
        if cursor == "0" {
            break;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 1_000);
}

#[test]
fn what_does_not_fit_in_memory_at_once_is_refused() {
    let mut dataset = Dataset::new(NOW);
    let value = vec![b'v'; 10_000];
    for field in 0..300 {
        dataset.run(&[b"HSET", b"h", format!("{field}").as_bytes(), &value]);
    }
    dataset.set_memory(8 << 20);
    let refused = "-OOM The value is too large for this command and the memory limit.\r\n";
    for call in ["HGETALL h", "HKEYS h", "HVALS h", "HRANDFIELD h -1000000000", "HRANDFIELD h 250"]
    {
        assert_eq!(run(&mut dataset, call), refused, "{call}");
    }
    assert_eq!(run(&mut dataset, "HLEN h"), ":300\r\n");
    assert_eq!(bulks(&run(&mut dataset, "HRANDFIELD h 5")).len(), 5);
}
