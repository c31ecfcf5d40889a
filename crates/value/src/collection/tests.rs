use std::ops::ControlFlow;

use super::map::{Entry, MapMut, MapRef};
use super::sequence::{SequenceMut, SequenceRef};
use super::sorted::{Below, SortedMut, SortedRef};
use super::testing::Trial;
use super::*;
use crate::tree::Direction;

const SEED: u64 = 7;

/// A collection of the container with many pages.
fn filled(container: Container, seed: u64) -> Trial {
    let mut trial = Trial::new(seed, 200, 80);
    trial.memory.tolerates_disorder = true;
    let count = trial.below(120);
    let Trial { payload, memory, limits, .. } = &mut trial;
    for at in 0..count {
        let key = format!("{}", at * 7 % 100).into_bytes();
        match container {
            Container::Hash => {
                let expiry = (at % 5 == 0).then_some(at);
                _ = MapMut::hash(payload, memory, SEED, limits).put(&key, b"value", expiry);
            }
            Container::Set => _ = MapMut::set(payload, memory, SEED, limits).put(&key, b"", None),
            Container::Sorted => {
                _ = SortedMut::new(payload, memory, SEED, limits).put(&key, at as f64);
            }
            Container::Sequence => _ = SequenceMut::new(payload, memory, limits).push_back(&key),
        }
    }
    trial
}

/// Does everything that can be done, with a payload and pages that are not what they were.
fn use_all(container: Container, trial: &mut Trial) {
    let (a, b) = (trial.below(130), trial.below(130));
    let key = format!("{}", a % 100).into_bytes();
    let value = vec![b'v'; b as usize];
    let Trial { payload, memory, limits, .. } = trial;
    let go_on = ControlFlow::Continue(());
    match container {
        Container::Hash | Container::Set => {
            let map = MapRef::new(payload, memory, SEED);
            _ = (map.get(&key), map.at(a), map.scan(a << 50, b, &mut |_| {}));
            _ = map.walk(&mut |_| go_on);
            let mut map = match container {
                Container::Hash => MapMut::hash(payload, memory, SEED, limits),
                _ => MapMut::set(payload, memory, SEED, limits),
            };
            _ = (map.put(&key, &value, Some(a)), map.remove(&value), map.remove(&key));
        }
        Container::Sorted => {
            let sorted = SortedRef::new(payload, memory, SEED);
            _ = (sorted.rank(&key), sorted.at(a), sorted.count_below(Below::Score(a as f64)));
            _ = sorted.range(a, b, Direction::Backward, &mut |_, _| go_on);
            _ = sorted.scan(a << 50, b, &mut |_, _| {});
            let mut sorted = SortedMut::new(payload, memory, SEED, limits);
            _ = (sorted.put(&key, b as f64), sorted.put(&value, a as f64), sorted.remove(&key));
            _ = sorted.remove_range(a, b, &mut |_, _| {});
        }
        Container::Sequence => {
            let list = SequenceRef::new(payload, memory);
            _ = (list.at(a), list.range(a, b, Direction::Forward, &mut |_| go_on));
            let mut list = SequenceMut::new(payload, memory, limits);
            _ = (list.insert(a, &value), list.replace(b, &value), list.remove(a));
            _ = (list.push_front(&key), list.push_back(&value), list.remove_range(a, b));
        }
    }
}

#[test]
fn bytes_that_pass_the_checks_never_cause_a_panic() {
    let containers = [Container::Hash, Container::Set, Container::Sorted, Container::Sequence];
    let mut passed = 0;
    for seed in 0..8000 {
        let container = containers[seed as usize % 4];
        let mut trial = filled(container, seed);
        for _ in 0..=trial.below(4) {
            let (at, to) = (trial.below(u64::MAX >> 12), trial.below(256) as u8);
            match trial.below(6) {
                4 | 5 => trial.memory.relink(at, to.into()),
                0 => scribble(&mut trial.payload, at, to),
                1 => trial.memory.swap(at, to.into()),
                _ => trial.memory.change_one(at, |page| scribble(page, at >> 8, to)),
            }
        }
        let sound = check_payload(container, &trial.payload).is_ok();
        if !sound || !trial.memory.all().all(|page| check_page(page).is_ok()) {
            continue;
        }
        passed += 1;
        for _ in 0..4 {
            use_all(container, &mut trial);
            assert_eq!(check_payload(container, &trial.payload), Ok(()), "seed {seed}");
            let sound = trial.memory.all().all(|page| check_page(page).is_ok());
            assert!(sound, "a change has made a page malformed, seed {seed}");
            trial.memory.load();
        }
    }
    assert!(passed > 2000, "{passed} passed the checks");
}

/// Mostly small numbers: counts, lengths and levels that could be true.
fn scribble(bytes: &mut [u8], at: u64, to: u8) {
    let len = bytes.len() as u64;
    if let Some(byte) = bytes.get_mut((at % len.max(1)) as usize) {
        *byte = if to < 128 { to % 8 } else { to };
    }
}

#[test]
fn bytes_that_are_no_collection_are_refused() {
    let trial = filled(Container::Sorted, 3);
    assert_eq!(check_payload(Container::Sorted, &trial.payload), Ok(()));
    assert_eq!(check_payload(Container::Hash, &trial.payload), Err(Malformed));
    // As many trees as a sorted set has make no hash, nor the other way round.
    let mut other = trial.payload.clone();
    other[0] = mark::byte(Container::Hash, Shape::Hashtable);
    assert_eq!(check_payload(Container::Hash, &other), Err(Malformed));
    let mut other = filled(Container::Hash, 3).payload;
    assert!(generation(&trial.payload).is_some() && generation(&other).is_some());
    other[0] = mark::byte(Container::Sorted, Shape::Skiplist);
    assert_eq!(check_payload(Container::Sorted, &other), Err(Malformed));
    for len in 1..trial.payload.len() {
        assert_eq!(check_payload(Container::Sorted, &trial.payload[..len]), Err(Malformed));
    }
    for page in trial.memory.all() {
        assert_eq!(check_page(page), Ok(()));
    }
    assert_eq!(check_page(b""), Err(Malformed));
    assert_eq!(check_page(&[0, 1, 0]), Err(Malformed));
    assert_eq!(check_page(&[0, 1, 0, 1, 0, b'x']), Err(Malformed));
    assert_eq!(check_page(&[1, 0, 0]), Err(Malformed));
    let child = [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    let inner = |level| [&[level, 1, 0, 0, 0], &child[..]].concat();
    assert_eq!(check_page(&inner(1)), Ok(()));
    assert_eq!(check_page(&inner(0xff)), Err(Malformed));
    assert_eq!(check_page(&[1, 1, 0, 0, 0, b'x']), Err(Malformed));
}

#[test]
fn no_bytes_are_checked_with_a_panic() {
    let mut trial = Trial::new(1, 100, 100);
    for _ in 0..200_000 {
        let bytes: Vec<_> = (0..trial.below(40)).map(|_| trial.below(12) as u8).collect();
        _ = check_page(&bytes);
        for container in [Container::Hash, Container::Sorted] {
            _ = check_payload(container, &bytes);
        }
    }
}

#[test]
fn an_entry_is_what_was_put() {
    let mut trial = Trial::new(1, 100, 100);
    let Trial { payload, memory, limits, .. } = &mut trial;
    let entry = Entry { key: b"", value: b"", expiry: Some(u64::MAX) };
    let mut map = MapMut::hash(payload, memory, SEED, limits);
    assert_eq!(map.put(entry.key, entry.value, entry.expiry), Ok(Put::Added));
    assert_eq!(map.as_ref().get(b""), Ok(Some(entry)));
    assert_eq!(shape(payload), Some(Shape::Listpack));
}
