//! What transcripts cannot show: chance, RESP3, and sets that are large.

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

/// A set with members `0` up to 20.
fn numbered() -> Dataset {
    let mut dataset = Dataset::new(NOW);
    let members: Vec<_> = (0..20).map(|member| member.to_string()).collect();
    run(&mut dataset, &format!("SADD s {}", members.join(" ")));
    dataset
}

/// Counts the members in a reply.
fn count(reply: &str, counts: &mut [u64; 20]) {
    let lines = reply.split("\r\n").filter(|line| !line.starts_with(['*', '$', '~']));
    lines.filter_map(|line| line.parse::<usize>().ok()).for_each(|member| counts[member] += 1);
}

/// 19 degrees of freedom: 43.8 is passed by one fair series in a thousand.
fn check_even(counts: &[u64; 20], sum: u64) {
    assert_eq!(counts.iter().sum::<u64>(), sum);
    assert!(chi_square(counts) < 43.8, "{counts:?}");
}

#[test]
fn members_come_equally_often() {
    let (mut dataset, mut counts) = (numbered(), [0; 20]);
    (0..4_000).for_each(|_| count(&run(&mut dataset, "SRANDMEMBER s"), &mut counts));
    check_even(&counts, 4_000);
    counts = [0; 20];
    (0..1_000).for_each(|_| count(&run(&mut dataset, "SRANDMEMBER s 4"), &mut counts));
    check_even(&counts, 4_000);
    counts = [0; 20];
    count(&run(&mut dataset, "SRANDMEMBER s -4000"), &mut counts);
    check_even(&counts, 4_000);
}

#[test]
fn members_are_popped_equally_often() {
    for (call, each) in [("SPOP s", 1), ("SPOP s 3", 3)] {
        let mut counts = [0; 20];
        let mut dataset = numbered();
        for _ in 0..2_000 {
            let popped = run(&mut dataset, call);
            count(&popped, &mut counts);
            for line in popped.split("\r\n").filter(|line| line.parse::<u32>().is_ok()) {
                run(&mut dataset, &format!("SADD s {line}"));
            }
        }
        check_even(&counts, 2_000 * each);
    }
}

#[test]
fn sets_have_their_own_shape_in_resp3() {
    let mut dataset = Dataset::new(NOW);
    run(&mut dataset, "SADD s a");
    let one = "$1\r\na\r\n";
    for call in ["SMEMBERS s", "SINTER s", "SUNION s", "SDIFF s"] {
        assert_eq!(run3(&mut dataset, call), format!("~1\r\n{one}"), "{call}");
    }
    assert_eq!(run3(&mut dataset, "SMEMBERS missing"), "~0\r\n");
    assert_eq!(run3(&mut dataset, "SRANDMEMBER s 1"), format!("*1\r\n{one}"));
    assert_eq!(run3(&mut dataset, "SRANDMEMBER missing"), "_\r\n");
    assert_eq!(run3(&mut dataset, "SRANDMEMBER missing 1"), "*0\r\n");
    assert_eq!(run3(&mut dataset, "SPOP missing 1"), "~0\r\n");
    assert_eq!(run3(&mut dataset, "SPOP s 1"), format!("~1\r\n{one}"));
}

#[test]
fn large_sets_are_combined_from_the_store() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..1_500 {
        run(&mut dataset, &format!("SADD all member:{number}"));
        if number % 3 == 0 {
            run(&mut dataset, &format!("SADD third member:{number}"));
        }
    }
    for (call, count) in [
        ("SINTERCARD 2 all third", 500),
        ("SINTERCARD 2 all third LIMIT 7", 7),
        ("SDIFFSTORE rest all third", 1_000),
        ("SUNIONSTORE both rest third", 1_500),
        ("SINTERSTORE none rest third", 0),
    ] {
        dataset.cool();
        assert_eq!(run(&mut dataset, call), format!(":{count}\r\n"), "{call}");
    }
    dataset.cool();
    assert!(run(&mut dataset, "SPOP all 1499").starts_with("*1499\r\n"));
    assert_eq!(run(&mut dataset, "SCARD all"), ":1\r\n");
}

#[test]
fn what_does_not_fit_in_memory_at_once_is_refused() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..300 {
        let member = format!("{number:010000}");
        dataset.run(&[b"SADD", b"s", member.as_bytes()]);
    }
    run(&mut dataset, "SADD few 1 2 3");
    dataset.set_memory(8 << 20);
    let refused = "-OOM The value is too large for this command and the memory limit.\r\n";
    for call in [
        "SMEMBERS s",
        "SUNION few s",
        "SDIFF s few",
        "SUNIONSTORE d s",
        "SPOP s 250",
        "SRANDMEMBER s -1000000000",
    ] {
        assert_eq!(run(&mut dataset, call), refused, "{call}");
    }
    assert_eq!(run(&mut dataset, "SINTERCARD 2 s few"), ":0\r\n");
    assert_eq!(run(&mut dataset, "SDIFFSTORE d few s"), ":3\r\n");
    assert_eq!(run(&mut dataset, "SCARD s"), ":300\r\n");
}
