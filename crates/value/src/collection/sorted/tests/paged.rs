use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::super::super::testing::Trial;
use super::super::cell::{ByMember, ByScore};
use super::super::*;
use crate::tree::{Direction, Which};

const SEED: u64 = 7;
const BY_MEMBER: ByMember = ByMember { seed: SEED };

type Model = BTreeMap<Vec<u8>, i64>;

/// What it should look like: scores are small whole numbers.
fn in_order(model: &Model) -> Vec<(i64, Vec<u8>)> {
    let mut all: Vec<_> = model.iter().map(|(member, score)| (*score, member.clone())).collect();
    all.sort();
    all
}

fn all(trial: &mut Trial, start: u64, count: u64, direction: Direction) -> Vec<(i64, Vec<u8>)> {
    trial.insist(|payload, memory, _| {
        let mut all = Vec::new();
        let sorted = SortedRef::new(payload, memory, SEED);
        sorted.range(start, count, direction, &mut |member, score| {
            all.push((score as i64, member.to_vec()));
            ControlFlow::Continue(())
        })?;
        Ok(all)
    })
}

fn put(trial: &mut Trial, model: &mut Model, member: Vec<u8>, score: i64) {
    let put = trial.insist(|payload, memory, limits| {
        SortedMut::new(payload, memory, SEED, limits).put(&member, score as f64)
    });
    let expected = match model.insert(member, score) {
        None => PutScore::Added,
        Some(old) if old == score => PutScore::Same,
        Some(old) => PutScore::Replaced(old as f64),
    };
    assert_eq!(put, expected);
}

fn look(trial: &mut Trial, model: &Model) {
    let expected = in_order(model);
    let len = expected.len() as u64;
    let (start, count) = (trial.below(len + 1), trial.below(20));
    let forward = all(trial, start, count, Direction::Forward);
    let from = (start as usize).min(expected.len());
    let to = (start + count).min(len) as usize;
    assert_eq!(forward, expected[from..to]);
    let backward = all(trial, start, count, Direction::Backward);
    let behind = expected.iter().take(start as usize + 1).rev().take(count as usize);
    assert!(start >= len && backward.is_empty() || behind.eq(&backward));
    let score = trial.below(30).cast_signed();
    let counts = trial.insist(|payload, memory, _| {
        let sorted = SortedRef::new(payload, memory, SEED);
        let below = sorted.count_below(Below::Score(score as f64));
        Ok((below?, sorted.count_below(Below::After(score as f64))?))
    });
    let below = |bound| expected.iter().filter(|(score, _)| *score < bound).count() as u64;
    assert_eq!(counts, (below(score), below(score + 1)));
}

fn step(trial: &mut Trial, model: &mut Model, growing: bool) {
    trial.forget();
    let member = format!("{}", trial.below(200)).into_bytes();
    match trial.below(16) {
        0 => look(trial, model),
        1 => {
            let rank = trial
                .insist(|payload, memory, _| SortedRef::new(payload, memory, SEED).rank(&member));
            let expected = in_order(model).iter().position(|(_, it)| *it == member);
            assert_eq!(rank, expected.map(|rank| rank as u64));
        }
        2 if !growing => {
            let (start, count) = (trial.below(100), trial.below(15));
            let told = trial.insist(|payload, memory, limits| {
                let mut told = Vec::new();
                SortedMut::new(payload, memory, SEED, limits).remove_range(
                    start,
                    count,
                    &mut |member, _| told.push(member.to_vec()),
                )?;
                Ok(told)
            });
            let expected: Vec<_> = in_order(model).into_iter().map(|(_, member)| member).collect();
            let expected = expected.into_iter().skip(start as usize).take(count as usize);
            assert_eq!(told, expected.collect::<Vec<_>>());
            for member in &told {
                model.remove(member);
            }
        }
        kind if (kind < 11) == growing => {
            let score = trial.below(30).cast_signed();
            put(trial, model, member, score);
        }
        _ => {
            let removed = trial.insist(|payload, memory, limits| {
                SortedMut::new(payload, memory, SEED, limits).remove(&member)
            });
            assert_eq!(removed, model.remove(&member).map(|score| score as f64));
        }
    }
}

fn check(trial: &mut Trial) {
    trial.check(&[(Which::First, &ByScore), (Which::Second, &BY_MEMBER)]);
}

#[test]
fn large_sorted_members_agree_with_a_model_whatever_leaves_memory() {
    let (mut absences, mut height) = (0, 0);
    for seed in 0..40 {
        let mut trial = Trial::new(seed, 140 + seed as usize * 7, 60 + seed as usize * 3);
        let mut model = Model::new();
        for round in 0..1000 {
            step(&mut trial, &mut model, round / 250 % 2 == 0);
            check(&mut trial);
        }
        assert_eq!(all(&mut trial, 0, u64::MAX, Direction::Forward), in_order(&model));
        let mut rest = model.len();
        while rest > 0 {
            rest -= 1;
            let member = in_order(&model)[trial.below(rest as u64 + 1) as usize].1.clone();
            model.remove(&member);
            trial.insist(|payload, memory, limits| {
                SortedMut::new(payload, memory, SEED, limits).remove(&member)
            });
            check(&mut trial);
        }
        assert!(trial.payload.is_empty());
        absences += trial.absences;
        height = height.max(trial.height_max);
    }
    assert!(absences > 1000 && height > 3, "{absences} absences, height {height}");
}

#[test]
fn members_with_a_long_common_beginning_are_told_apart() {
    let mut trial = Trial::new(3, 400, 200);
    let mut model = Model::new();
    for round in 0..200 {
        let member = format!("{}{}", "x".repeat(300), trial.below(100)).into_bytes();
        put(&mut trial, &mut model, member, round % 2);
        check(&mut trial);
    }
    assert_eq!(all(&mut trial, 0, u64::MAX, Direction::Forward), in_order(&model));
    assert!(trial.height_max > 3);
}

#[test]
fn a_scan_of_many_members_sees_each_once() {
    let mut trial = Trial::new(5, 400, 200);
    let mut model = Model::new();
    for member in 0..100 {
        put(&mut trial, &mut model, format!("{member}").into_bytes(), member);
    }
    let (mut seen, mut at) = (Vec::new(), 0);
    loop {
        trial.forget();
        at = trial.insist(|payload, memory, _| {
            let mut batch = Vec::new();
            let sorted = SortedRef::new(payload, memory, SEED);
            let at = sorted.scan(at, 7, &mut |member, _| batch.push(member.to_vec()))?;
            seen.extend(batch);
            Ok(at)
        });
        if at == 0 {
            break;
        }
    }
    seen.sort();
    assert!(seen.iter().eq(model.keys()));
}

#[test]
fn filled_members_are_the_same_and_have_full_pages() {
    for count in [0, 1, 50, 20_000_i64] {
        let mut trial = Trial::new(1, 8192, 2048);
        let member = |it: i64| format!("{it}").into_bytes();
        let first = (0..count).map(|it| (member(it), 0.0));
        let members = first.chain((0..count).map(|it| (member(it), (it % 10) as f64)));
        let Trial { payload, memory, limits, .. } = &mut trial;
        let mut sorted = SortedMut::new(payload, memory, SEED, limits);
        sorted.fill(members.collect()).expect("nothing is absent");
        check(&mut trial);
        let model = (0..count).map(|it| (member(it), it % 10)).collect();
        assert_eq!(all(&mut trial, 0, u64::MAX, Direction::Forward), in_order(&model));
        let pages = trial.memory.snapshot().len();
        assert!(trial.memory.room().0 >= pages * 2048 / 100 * 96, "{pages} pages");
        step(&mut trial, &mut model.clone(), true);
        check(&mut trial);
    }
}

#[test]
fn what_was_wanted_is_enough() {
    for seed in 0..100 {
        let mut trial = Trial::new(seed, 300, 100);
        trial.forgets = 0;
        let mut model = Model::new();
        for member in 0..150 {
            put(&mut trial, &mut model, format!("{member}").into_bytes(), member % 20);
        }
        trial.memory.evict(|| true);
        let members: Vec<_> = (0..20).map(|_| format!("{}", trial.below(180))).collect();
        let (start, count) = (trial.below(100), 1 + trial.below(30));
        let Trial { payload, memory, limits, .. } = &mut trial;
        loop {
            let sorted = SortedMut::new(payload, memory, SEED, limits);
            members
                .iter()
                .enumerate()
                .for_each(|(score, it)| sorted.want(it.as_bytes(), score as f64));
            sorted.want_removed(start, count);
            if memory.load() == 0 {
                break;
            }
        }
        let mut sorted = SortedMut::new(payload, memory, SEED, limits);
        sorted.remove_range(start, count, &mut |_, _| {}).expect("it was wanted");
        for (score, member) in members.iter().enumerate() {
            sorted.put(member.as_bytes(), score as f64).expect("it was wanted");
            if score % 3 == 0 {
                sorted.remove(member.as_bytes()).expect("it was wanted");
            }
        }
        trial.memory.unwant();
        check(&mut trial);
    }
}
