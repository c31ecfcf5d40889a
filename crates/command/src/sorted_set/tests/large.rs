//! Sorted sets of many pages, none of them in memory before a call.

use std::{collections::BTreeMap, fmt::Write as _};

use super::*;

/// What a sorted set of whole scores must hold.
#[derive(Default)]
struct Model {
    scores: BTreeMap<String, i64>,
}

impl Model {
    fn in_order(&self) -> Vec<(i64, String)> {
        let mut all: Vec<_> =
            self.scores.iter().map(|(member, score)| (*score, member.clone())).collect();
        all.sort();
        all
    }

    fn within(&self, min: i64, max: i64) -> Vec<(i64, String)> {
        let all = self.in_order().into_iter();
        all.filter(|(score, _)| (min..=max).contains(score)).collect()
    }

    fn remove(&mut self, members: &[(i64, String)]) {
        for (_, member) in members {
            self.scores.remove(member);
        }
    }
}

/// A flat array of members and scores.
fn flat(members: &[(i64, String)]) -> String {
    let mut text = format!("*{}\r\n", members.len() * 2);
    for (score, member) in members {
        let score = score.to_string();
        let (lengths, rest) = ((member.len(), score.len()), (member, &score));
        _ = write!(text, "${}\r\n{}\r\n${}\r\n{}\r\n", lengths.0, rest.0, lengths.1, rest.1);
    }
    text
}

/// `SplitMix64`.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 1).cast_signed() % bound
    }
}

/// A call that changes or reads, and what it must answer.
fn step(model: &mut Model, numbers: &mut Numbers) -> (String, String) {
    let (low, score) = (numbers.below(40), numbers.below(50));
    let member = format!("member:{:04}", numbers.below(3_000));
    let all = model.in_order();
    match numbers.below(9) {
        0..3 => {
            let mut call = "zadd k".to_owned();
            let mut added = 0;
            for _ in 0..20 {
                let member = format!("member:{:04}", numbers.below(3_000));
                let score = numbers.below(50);
                added += u32::from(model.scores.insert(member.clone(), score).is_none());
                _ = write!(call, " {score} {member}");
            }
            (call, format!(":{added}\r\n"))
        }
        3 => {
            let new = model.scores.get(&member).unwrap_or(&0) + score;
            model.scores.insert(member.clone(), new);
            let text = new.to_string();
            (format!("zincrby k {score} {member}"), format!("${}\r\n{text}\r\n", text.len()))
        }
        4 => {
            let removed = u32::from(model.scores.remove(&member).is_some());
            (format!("zrem k {member}"), format!(":{removed}\r\n"))
        }
        5 => {
            let found = model.within(low, low + 2);
            (format!("zrangebyscore k {low} {} withscores", low + 2), flat(&found))
        }
        6 => {
            let rank = all.iter().position(|(_, it)| *it == member);
            let answer = rank.map_or("$-1\r\n".to_owned(), |rank| format!(":{rank}\r\n"));
            (format!("zrank k {member}"), answer)
        }
        7 => {
            let popped: Vec<_> = all.into_iter().rev().take(7).collect();
            model.remove(&popped);
            (String::from("zpopmax k 7"), flat(&popped))
        }
        _ => {
            let cut = &all[all.len() / 2..][..all.len().min(12) / 2];
            model.remove(cut);
            let (start, count) = (all.len() / 2, cut.len());
            let stop = (start + count) - 1;
            (format!("zremrangebyrank k {start} {stop}"), format!(":{count}\r\n"))
        }
    }
}

#[test]
fn many_pages_answer_as_a_model_does_when_nothing_is_in_memory() {
    let mut dataset = Dataset::new(NOW);
    let (mut model, mut numbers) = (Model::default(), Numbers(1));
    for member in (0..3_000).step_by(2) {
        let (member, score) = (format!("member:{member:04}"), numbers.below(50));
        run(&mut dataset, &format!("zadd k {score} {member}"));
        model.scores.insert(member, score);
    }
    for _ in 0..300 {
        dataset.cool();
        let (call, answer) = step(&mut model, &mut numbers);
        assert_eq!(run(&mut dataset, &call), answer, "{call}");
    }
    dataset.cool();
    assert_eq!(run(&mut dataset, "zrange k 0 -1 withscores"), flat(&model.in_order()));
}

#[test]
fn an_intersection_looks_up_the_members_of_the_smallest_and_loads_no_more() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..20_000 {
        run(&mut dataset, &format!("zadd large {number} member:{number}"));
    }
    run(&mut dataset, "zadd small 1 member:7 1 member:19000 1 x");
    for call in ["zinterstore d 2 large small", "zintercard 2 large small"] {
        dataset.cool();
        let before = dataset.loads();
        assert_eq!(run(&mut dataset, call), ":2\r\n");
        let loads = dataset.loads() - before;
        assert!(loads < 20, "{call} loaded {loads}");
    }
}

#[test]
fn all_are_removed_without_being_loaded() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..3_000 {
        run(&mut dataset, &format!("zadd k {number} member:{number}"));
    }
    dataset.cool();
    let before = dataset.loads();
    assert_eq!(run(&mut dataset, "zremrangebyrank k 0 -1"), ":3000\r\n");
    assert_eq!(dataset.loads() - before, 1);
    assert_eq!(run(&mut dataset, "exists k"), ":0\r\n");
}

#[test]
fn a_scan_of_many_pages_tells_every_member_once() {
    let mut dataset = Dataset::new(NOW);
    for number in 0..3_000 {
        run(&mut dataset, &format!("zadd k {number} member:{number}"));
    }
    let (mut cursor, mut found) = ("0".to_owned(), Vec::new());
    loop {
        dataset.cool();
        let reply = run(&mut dataset, &format!("zscan k {cursor} count 100"));
        let lines: Vec<_> = reply.split("\r\n").map(str::to_owned).collect();
        found.extend(lines.iter().filter(|line| line.starts_with("member:")).cloned());
        cursor.clone_from(&lines[2]);
        if cursor == "0" {
            break;
        }
    }
    found.sort();
    assert_eq!(found.len(), 3_000);
    found.dedup();
    assert_eq!(found.len(), 3_000);
}
