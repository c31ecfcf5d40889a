use std::ops::ControlFlow;

use super::super::super::generation;
use super::super::super::testing::Trial;
use super::super::*;
use crate::tree::{ByPosition, Direction, Which};

fn range(trial: &mut Trial, start: u64, count: u64, direction: Direction) -> Vec<Vec<u8>> {
    trial.insist(|payload, memory, _| {
        let mut all = Vec::new();
        SequenceRef::new(payload, memory).range(start, count, direction, &mut |element| {
            all.push(element.to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(all)
    })
}

fn insert(trial: &mut Trial, index: u64, value: &[u8]) {
    trial.insist(|payload, memory, limits| {
        SequenceMut::new(payload, memory, limits).insert(index, value)
    });
}

fn step(trial: &mut Trial, model: &mut Vec<Vec<u8>>, growing: bool) {
    trial.forget();
    let len = model.len() as u64;
    let size = if trial.below(60) == 0 { 300 } else { 10 };
    let value = vec![b'a' + trial.below(26) as u8; trial.below(size) as usize];
    match trial.below(16) {
        0 => {
            let (start, count) = (trial.below(len + 1), trial.below(30));
            let forward = range(trial, start, count, Direction::Forward);
            assert!(model.iter().skip(start as usize).take(count as usize).eq(&forward));
        }
        1 if len > 0 => {
            let index = trial.below(len);
            let replaced = trial.insist(|payload, memory, limits| {
                SequenceMut::new(payload, memory, limits).replace(index, &value)
            });
            assert!(replaced);
            model[index as usize] = value;
        }
        2 if !growing => {
            let (start, count) = (trial.below(len + 1), trial.below(25));
            trial.insist(|payload, memory, limits| {
                SequenceMut::new(payload, memory, limits).remove_range(start, count)
            });
            let end = (start + count).min(len);
            model.drain(start as usize..end as usize);
        }
        kind if (kind < 10) == growing => {
            let index = [0, len, trial.below(len + 1)][trial.below(3) as usize];
            insert(trial, index, &value);
            model.insert(index as usize, value);
        }
        _ if len > 0 => {
            let index = [0, len - 1, trial.below(len)][trial.below(3) as usize];
            let removed = trial.insist(|payload, memory, limits| {
                SequenceMut::new(payload, memory, limits).remove(index)
            });
            assert!(removed);
            model.remove(index as usize);
        }
        _ => {}
    }
}

fn check(trial: &mut Trial) {
    trial.check(&[(Which::First, &ByPosition)]);
}

#[test]
fn a_long_sequence_agrees_with_a_model_whatever_leaves_memory() {
    let (mut absences, mut height) = (0, 0);
    for seed in 0..40 {
        let mut trial = Trial::new(seed, 60 + seed as usize * 5, 50 + seed as usize * 3);
        let mut model = Vec::new();
        for round in 0..2000 {
            step(&mut trial, &mut model, round / 500 % 2 == 0);
            check(&mut trial);
        }
        assert_eq!(range(&mut trial, 0, u64::MAX, Direction::Forward), model);
        absences += trial.absences;
        height = height.max(trial.height_max);
    }
    assert!(absences > 1000 && height > 3, "{absences} absences, height {height}");
}

#[test]
fn what_is_pushed_at_either_end_leaves_full_pages_behind() {
    for front in [false, true] {
        let mut trial = Trial::new(1, 8192, 2048);
        trial.forgets = 0;
        for _ in 0..100_000 {
            let index = if front { 0 } else { u64::MAX };
            insert(&mut trial, index, b"an element");
        }
        check(&mut trial);
        let (used, _) = trial.memory.room();
        let pages = trial.memory.snapshot().len();
        assert!(used * 100 > pages * 2048 * 98, "{pages} pages with {used} bytes");
    }
}

#[test]
fn a_queue_that_is_used_up_leaves_nothing_behind() {
    let mut trial = Trial::new(1, 200, 100);
    for round in 0..3000 {
        insert(&mut trial, u64::MAX, b"an element");
        if round >= 500 {
            trial.forget();
            trial.insist(|payload, memory, limits| {
                SequenceMut::new(payload, memory, limits).remove(0)
            });
        }
        check(&mut trial);
    }
    let pages = trial.memory.snapshot().len();
    assert!(pages < 120, "{pages} pages for 500 elements");
}

#[test]
fn pages_that_go_as_a_whole_are_not_loaded() {
    let mut trial = Trial::new(1, 200, 100);
    trial.forgets = 0;
    for _ in 0..1000 {
        insert(&mut trial, u64::MAX, b"an element");
    }
    trial.memory.evict(|| true);
    let mut loads = 0;
    let Trial { payload, memory, limits, .. } = &mut trial;
    while SequenceMut::new(payload, memory, limits).remove_range(10, 980).is_err() {
        loads += memory.load();
    }
    check(&mut trial);
    assert!(loads < 60, "{loads} pages loaded to remove about 120 leaves");
    assert_eq!(range(&mut trial, 0, u64::MAX, Direction::Forward), vec![b"an element"; 20]);
    assert!(generation(&trial.payload).is_some());
}

#[test]
fn a_walk_in_steps_sees_what_a_range_sees_and_needs_one_leaf_at_a_time() {
    for seed in 0..20 {
        let mut trial = Trial::new(seed, 60, 80);
        trial.forgets = 0;
        let model: Vec<_> = (0..300).map(|number| format!("{number}").into_bytes()).collect();
        for (index, element) in model.iter().enumerate() {
            insert(&mut trial, index as u64, element);
        }
        for direction in [Direction::Forward, Direction::Backward] {
            let start = trial.below(300);
            let (mut at, mut left, mut steps) = (start, trial.below(300), 0);
            let expected = range(&mut trial, start, left, direction);
            let mut seen = Vec::new();
            while left > 0 && seen.len() < expected.len() {
                trial.memory.evict(|| true);
                let (count, part) = trial.insist(|payload, memory, _| {
                    let mut part = Vec::new();
                    let sequence = SequenceRef::new(payload, memory);
                    let count =
                        sequence.stretch(at, left, direction, &mut |it| part.push(it.to_vec()))?;
                    Ok((count, part))
                });
                assert_eq!(count, part.len() as u64);
                assert!((1..=40).contains(&count), "{count} elements in a page of 80 bytes");
                seen.extend(part);
                left -= count;
                at = match direction {
                    Direction::Forward => at + count,
                    Direction::Backward => at.saturating_sub(count),
                };
                steps += 1;
            }
            assert_eq!(seen, expected);
            assert!(steps >= expected.len() / 40);
        }
        let none = trial.insist(|payload, memory, _| {
            SequenceRef::new(payload, memory).stretch(300, 1, Direction::Forward, &mut |_| ())
        });
        assert_eq!(none, 0);
    }
}
