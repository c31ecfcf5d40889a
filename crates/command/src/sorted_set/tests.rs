//! What transcripts cannot show: RESP3, size, waiting.

mod large;

use hadal_keyspace::{Keyspace, Moment, Options, Want};
use hadal_resp::{Proto, Writer};
use hadal_value::Kind;

use super::COMMANDS;
use crate::{Block, Stop, testing::Dataset};

const NOW: u64 = 1_700_000_000_000;

fn words(call: &str) -> Vec<&[u8]> {
    call.split(' ').map(str::as_bytes).collect()
}

fn run(dataset: &mut Dataset, call: &str) -> String {
    String::from_utf8(dataset.run(&words(call))).expect("these replies are text")
}

/// What each call answers in RESP3, line ends shown as blanks.
fn answers<const N: usize>(calls: [&str; N]) -> [String; N] {
    let mut dataset = Dataset::new(NOW);
    calls.map(|call| {
        let mut reply = Writer::new(Proto::Resp3);
        dataset.run_on(0, &words(call), &mut reply);
        String::from_utf8_lossy(reply.as_slice()).replace("\r\n", " ").trim_end().to_owned()
    })
}

#[test]
fn scores_are_doubles_in_resp3_and_members_are_paired_with_them() {
    let [_, score, scores, increment, range, plain, rank, union, random] = answers([
        "zadd k 1 a 2.5 b",
        "zscore k b",
        "zmscore k a x",
        "zadd k incr 1 a",
        "zrange k 0 -1 withscores",
        "zrange k 0 -1",
        "zrank k b withscore",
        "zunion 1 k withscores",
        "zrandmember k 2 withscores",
    ]);
    assert_eq!(score, ",2.5");
    assert_eq!(scores, "*2 ,1 _");
    assert_eq!(increment, ",2");
    assert_eq!(range, "*2 *2 $1 a ,2 *2 $1 b ,2.5");
    assert_eq!(plain, "*2 $1 a $1 b");
    assert_eq!(rank, "*2 :1 ,2.5");
    assert_eq!(union, range);
    assert!(random.starts_with("*2 *2 $1 "), "{random}");
}

#[test]
fn what_is_popped_without_a_count_stands_alone_in_resp3() {
    let [_, alone, counted, several, waited, none] = answers([
        "zadd k 1 a 2 b 3 c 4 d",
        "zpopmin k",
        "zpopmax k 1",
        "zmpop 1 k min",
        "bzpopmin k 0",
        "zpopmin k",
    ]);
    assert_eq!(alone, "*2 $1 a ,1");
    assert_eq!(counted, "*1 *2 $1 d ,4");
    assert_eq!(several, "*2 $1 k *1 *2 $1 b ,2");
    assert_eq!(waited, "*3 $1 k $1 c ,3");
    assert_eq!(none, "*0");
}

#[test]
fn a_scan_tells_scores_as_text_in_resp3_as_well() {
    let [_, scan] = answers(["zadd k 1.5 a", "zscan k 0"]);
    assert_eq!(scan, "*2 $1 0 *2 $1 a $3 1.5");
}

#[test]
fn what_is_not_there_is_null_in_resp3() {
    let calls = ["zscore k a", "zrank k a", "zrank k a withscore", "zadd k xx incr 1 a"];
    assert_eq!(answers(calls), ["_"; 4]);
    assert_eq!(answers(["zmpop 1 k min", "zrandmember k", "bzpopmax k 0"]), ["_"; 3]);
}

#[test]
fn who_finds_nothing_to_pop_waits_where_that_is_allowed() {
    let options = Options {
        databases: 1,
        seed: 1,
        save_delay_ms: 0,
        bytes_max: usize::MAX,
        owed_bytes_max: usize::MAX,
    };
    let keyspace = Keyspace::new(&options);
    let now = Moment { unix: NOW, monotonic: 1 };
    let Want::Lead(pin, ticket, _) = keyspace.want(0, b"k", None, now) else {
        panic!("nobody has asked for the key yet");
    };
    keyspace.loaded(&ticket, Ok(None), now);
    for (call, timeout_ms) in
        [("bzpopmin k 0", None), ("bzpopmax k 1.5", Some(1_500)), ("bzmpop 2 1 k max", Some(2_000))]
    {
        let words = words(call);
        let mut effects = Vec::new();
        let mut txn = keyspace.begin_whole(0, now, &mut effects);
        txn.let_block();
        let command = COMMANDS.iter().find(|it| it.spec.name.as_bytes() == words[0]);
        let run = command.expect("it is a command").run;
        let result = run(&mut txn, &words, &mut Writer::default());
        let block = Block { awaits: Kind::SortedSet, timeout_ms };
        assert_eq!(result, Err(Stop::Block(block)), "{call}");
    }
    keyspace.unpin(&pin);
}

#[test]
fn what_does_not_fit_in_memory_at_once_is_refused() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..300 {
        let member = format!("{number:010000}");
        dataset.run(&[b"zadd", b"k", b"1", member.as_bytes()]);
    }
    run(&mut dataset, "zadd few 1 1 2 2");
    dataset.set_memory(8 << 20);
    let refused = "-OOM The value is too large for this command and the memory limit.\r\n";
    for call in [
        "zrange k 0 -1",
        "zrangebyscore k -inf inf",
        "zrangestore d k 0 -1",
        "zremrangebyrank k 0 -2",
        "zpopmin k 299",
        "zmpop 1 k min count 299",
        "zunion 2 few k",
        "zinter 2 k k",
        "zdiffstore d 2 k few",
        "zrandmember k 300",
        "zrandmember few -9000000000000000000",
    ] {
        dataset.cool();
        assert_eq!(run(&mut dataset, call), refused, "{call}");
    }
    assert_eq!(run(&mut dataset, "zinter 2 k few"), "*0\r\n");
    assert_eq!(run(&mut dataset, "zremrangebyrank k 0 -1"), ":300\r\n");
    assert_eq!(run(&mut dataset, "exists k"), ":0\r\n");
}
