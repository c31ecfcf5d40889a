//! An answer in parts is, byte for byte, the one that would be made at once.

use hadal_resp::{Proto, Writer};

use super::{LOOKED_AT_BYTES_MAX, PART_BYTES};
use crate::testing::Dataset;

const NOW: u64 = 1_700_000_000_000;
const COUNT: u32 = 1_200;

fn answer(dataset: &mut Dataset, call: &str, proto: Proto) -> Vec<u8> {
    let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    let mut reply = Writer::new(proto);
    dataset.run_on(0, &words, &mut reply);
    reply.take()
}

/// A collection of each kind, each of more than two megabytes.
fn large() -> Dataset {
    let mut dataset = Dataset::new(NOW);
    for number in 0..COUNT {
        // What tells names apart comes first: the tree keeps no more of them on its way down.
        let (name, value) = (format!("{number:04}{:x<1996}", ""), format!("{number}"));
        let (name, value) = (name.as_bytes(), value.as_bytes());
        dataset.run(&[b"SADD", b"set", name]);
        dataset.run(&[b"HSET", b"hash", value, name]);
        dataset.run(&[b"RPUSH", b"list", name]);
        dataset.run(&[b"ZADD", b"sorted", value, name]);
        dataset.run(&[b"ZADD", b"same", b"1", name]);
    }
    dataset
}

/// The answers in both protocols, with room for all of each.
fn at_once(dataset: &mut Dataset, calls: &[&str]) -> Vec<[Vec<u8>; 2]> {
    dataset.set_memory(1 << 30);
    let mut both = |call| [Proto::Resp2, Proto::Resp3].map(|proto| answer(dataset, call, proto));
    calls.iter().map(|call| both(call)).collect()
}

/// Asks for the same answers with room for little.
fn check(dataset: &mut Dataset, calls: &[&str], expected: &[[Vec<u8>; 2]]) {
    dataset.set_memory(4 << 20);
    for (call, at_once) in calls.iter().zip(expected) {
        for (proto, at_once) in [Proto::Resp2, Proto::Resp3].into_iter().zip(at_once) {
            let streamed = answer(dataset, call, proto);
            assert!(*at_once == streamed, "{call}: {} bytes", at_once.len());
            let parts = dataset.parts();
            assert_eq!(parts.iter().sum::<usize>(), streamed.len(), "{call}");
            assert!(parts.len() > 2, "{call}: {parts:?}");
            assert!(parts.iter().all(|part| *part < PART_BYTES + 4_096), "{call}: {parts:?}");
        }
    }
}

const CALLS: &[&str] = &[
    "SMEMBERS set",
    "HGETALL hash",
    "HKEYS hash",
    "HVALS hash",
    "LRANGE list 0 -1",
    "LRANGE list 10 -10",
    "ZRANGE sorted 0 -1",
    "ZRANGE sorted 3 -3 WITHSCORES",
    "ZRANGE sorted 3 -3 REV WITHSCORES",
    "ZRANGE sorted (5 +inf BYSCORE WITHSCORES",
    "ZRANGE sorted 1100 (5 BYSCORE REV LIMIT 3 1000",
    "ZREVRANGE sorted 0 -1",
    "ZRANGEBYSCORE sorted -inf 1100 WITHSCORES",
    "ZREVRANGEBYSCORE sorted +inf 5",
    "ZRANGE same - + BYLEX",
    "ZRANGEBYLEX same (0 + LIMIT 1 -1",
    "ZREVRANGEBYLEX same + -",
];

#[test]
fn an_answer_in_parts_is_the_one_that_is_made_at_once() {
    let mut dataset = large();
    dataset.let_stream();
    let expected = at_once(&mut dataset, CALLS);
    // All of it is still to be saved: it is read from what was copied.
    check(&mut dataset, CALLS, &expected);
    dataset.cool();
    // Nothing is: it is read from the store.
    check(&mut dataset, CALLS, &expected);
    dataset.set_memory(1 << 30);
    for number in 0..100 {
        let name = format!("{}", number * 12);
        dataset.run(&[b"HSET", b"hash", name.as_bytes(), b"changed"]);
    }
    let expected = at_once(&mut dataset, &["HGETALL hash"]);
    check(&mut dataset, &["HGETALL hash"], &expected);
}

#[test]
fn fields_whose_time_has_come_are_neither_counted_nor_shown_in_parts() {
    let mut dataset = large();
    dataset.let_stream();
    for number in 0..COUNT {
        if number % 3 != 0 {
            let call = format!("HPEXPIRE hash {} FIELDS 1 {number}", 10 + number);
            answer(&mut dataset, &call, Proto::Resp2);
        }
    }
    for millis in [500, COUNT.into()] {
        dataset.pass(millis);
        let calls = ["HGETALL hash", "HVALS hash", "HKEYS hash"];
        let expected = at_once(&mut dataset, &calls);
        dataset.cool();
        check(&mut dataset, &calls, &expected);
    }
    let reply = answer(&mut dataset, "HKEYS hash", Proto::Resp2);
    assert!(reply.starts_with(format!("*{}\r\n", COUNT / 3).as_bytes()));
}

#[test]
fn a_part_is_a_bounded_piece_of_work_even_where_little_is_shown() {
    let mut dataset = large();
    dataset.let_stream();
    dataset.set_memory(4 << 20);
    answer(&mut dataset, "HKEYS hash", Proto::Resp2);
    let bytes = COUNT as usize * 2_000;
    assert_eq!(dataset.parts().len(), bytes / LOOKED_AT_BYTES_MAX + 1);
}

#[test]
fn what_is_no_answer_of_one_collection_is_refused_all_the_same() {
    let mut dataset = large();
    dataset.let_stream();
    dataset.set_memory(4 << 20);
    let refused = b"-OOM The value is too large for this command and the memory limit.\r\n";
    for call in ["SUNION set other", "ZRANGESTORE to sorted 0 -1", "ZPOPMIN sorted 1100"] {
        assert_eq!(answer(&mut dataset, call, Proto::Resp2), refused, "{call}");
    }
}
