use hadal_resp::{Proto, Writer};

use crate::testing::Dataset;

const NOW: u64 = 1_700_000_000_000;

/// What each call answers in RESP3, line ends shown as blanks.
fn answers<const N: usize>(calls: [&str; N]) -> [String; N] {
    let mut dataset = Dataset::new(NOW);
    calls.map(|call| {
        let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
        let mut reply = Writer::new(Proto::Resp3);
        dataset.run_on(0, &words, &mut reply);
        String::from_utf8_lossy(reply.as_slice()).replace("\r\n", " ").trim_end().to_owned()
    })
}

#[test]
fn scores_are_doubles_in_resp3_and_members_are_paired_with_them() {
    let [_, score, scores, increment, range, plain, rank] = answers([
        "zadd k 1 a 2.5 b",
        "zscore k b",
        "zmscore k a x",
        "zadd k incr 1 a",
        "zrange k 0 -1 withscores",
        "zrange k 0 -1",
        "zrank k b withscore",
    ]);
    assert_eq!(score, ",2.5");
    assert_eq!(scores, "*2 ,1 _");
    assert_eq!(increment, ",2");
    assert_eq!(range, "*2 *2 $1 a ,2 *2 $1 b ,2.5");
    assert_eq!(plain, "*2 $1 a $1 b");
    assert_eq!(rank, "*2 :1 ,2.5");
}

#[test]
fn what_is_not_there_is_null_in_resp3() {
    let answers = answers(["zscore k a", "zrank k a", "zrank k a withscore", "zadd k xx incr 1 a"]);
    assert_eq!(answers, ["_"; 4]);
}
