//! What transcripts cannot show: many keys that are found on the way, and results that are large.

use crate::testing::Dataset;

const NOW: u64 = 1_700_000_000_000;

fn run(dataset: &mut Dataset, call: &str) -> String {
    let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    String::from_utf8(dataset.run(&words)).expect("text")
}

#[test]
fn keys_of_very_many_elements_are_found_in_several_tries() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..12_000 {
        run(&mut dataset, &format!("SADD s {number}"));
        run(&mut dataset, &format!("SET w:{number} {}", 12_000 - number));
    }
    dataset.cool();
    let first = "*2\r\n$5\r\n11999\r\n$1\r\n1\r\n";
    assert_eq!(run(&mut dataset, "SORT s BY w:* LIMIT 0 1 GET # GET w:*"), first);
}

#[test]
fn what_expired_is_not_found() {
    let mut dataset = Dataset::new(NOW);
    run(&mut dataset, "SADD s a");
    run(&mut dataset, "HSET h:a f 1 g 2");
    run(&mut dataset, "HPEXPIRE h:a 10 FIELDS 1 f");
    run(&mut dataset, "SET k:a v PX 10");
    dataset.pass(10);
    dataset.cool();
    let found = "*3\r\n$-1\r\n$1\r\n2\r\n$-1\r\n";
    assert_eq!(run(&mut dataset, "SORT_RO s ALPHA GET h:*->f GET h:*->g GET k:*"), found);
}

#[test]
fn what_does_not_fit_in_memory_at_once_is_refused() {
    let mut dataset = Dataset::new(NOW);
    let value = vec![b'v'; 100_000];
    for number in 0..30 {
        run(&mut dataset, &format!("SADD s {number}"));
        dataset.run(&[b"SET", format!("v:{number}").as_bytes(), &value]);
    }
    dataset.set_memory(8 << 20);
    let refused = "-OOM The value is too large for this command and the memory limit.\r\n";
    assert_eq!(run(&mut dataset, "SORT s GET v:*"), refused);
    assert_eq!(run(&mut dataset, "SORT s GET v:* STORE d"), refused);
    assert!(run(&mut dataset, "SORT s GET v:* LIMIT 0 10").starts_with("*10\r\n$100000\r\nv"));
}
