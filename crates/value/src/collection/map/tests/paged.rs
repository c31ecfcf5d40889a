use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::super::super::mark::Container;
use super::super::super::testing::Trial;
use super::super::super::{Put, generation};
use super::super::cell::ByHash;
use super::super::*;
use crate::tree::Which;

const SEED: u64 = 7;
const ORDER: ByHash = ByHash { seed: SEED, container: Container::Hash };

fn put(trial: &mut Trial, key: &[u8], value: &[u8]) -> Put {
    trial.insist(|payload, memory, limits| {
        MapMut::hash(payload, memory, SEED, limits).put(key, value, None)
    })
}

fn remove(trial: &mut Trial, key: &[u8]) -> bool {
    trial.insist(|payload, memory, limits| MapMut::hash(payload, memory, SEED, limits).remove(key))
}

fn all(trial: &mut Trial) -> BTreeMap<Vec<u8>, Vec<u8>> {
    trial.insist(|payload, memory, _| {
        let mut all = BTreeMap::new();
        MapRef::new(payload, memory, SEED).walk(&mut |entry| {
            all.insert(entry.key.to_vec(), entry.value.to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(all)
    })
}

fn step(trial: &mut Trial, model: &mut BTreeMap<Vec<u8>, Vec<u8>>, growing: bool) {
    trial.forget();
    let key = format!("{}", trial.below(250)).into_bytes();
    match trial.below(8) {
        0 => {
            let found = trial.insist(|payload, memory, _| {
                let found = MapRef::new(payload, memory, SEED).get(&key)?;
                Ok(found.map(|entry| entry.value.to_vec()))
            });
            assert_eq!(found.as_ref(), model.get(&key));
        }
        kind if (kind < 6) == growing => {
            let size = if trial.below(50) == 0 { 200 } else { 12 };
            let value = vec![b'v'; trial.below(size) as usize];
            let expected = if model.contains_key(&key) { Put::Replaced } else { Put::Added };
            assert_eq!(put(trial, &key, &value), expected);
            model.insert(key, value);
        }
        _ => {
            let expected = model.remove(&key).is_some();
            assert_eq!(remove(trial, &key), expected);
        }
    }
}

#[test]
fn a_paged_map_agrees_with_a_model_whatever_leaves_memory() {
    let (mut absences, mut height) = (0, 0);
    for seed in 0..40 {
        let mut trial = Trial::new(seed, 60 + seed as usize * 5, 40 + seed as usize * 3);
        let mut model = BTreeMap::new();
        for round in 0..1500 {
            step(&mut trial, &mut model, round / 300 % 2 == 0);
            trial.check(&[(Which::First, &ORDER)]);
            if round % 50 == 0 {
                assert_eq!(all(&mut trial), model);
            }
        }
        for key in model.keys().cloned().collect::<Vec<_>>() {
            assert!(remove(&mut trial, &key));
            trial.check(&[(Which::First, &ORDER)]);
        }
        assert!(trial.payload.is_empty());
        absences += trial.absences;
        height = height.max(trial.height_max);
    }
    assert!(absences > 1000 && height > 3, "{absences} absences, height {height}");
}

#[test]
fn what_was_wanted_for_several_changes_is_enough_for_all_of_them() {
    for seed in 0..200 {
        let mut trial = Trial::new(seed, 100, 60);
        trial.forgets = 0;
        for key in 0..150 {
            put(&mut trial, format!("{key}").as_bytes(), b"value");
        }
        trial.memory.evict(|| true);
        let count = 1 + trial.below(40);
        let keys: Vec<_> = (0..count).map(|_| format!("{}", trial.below(180))).collect();
        let Trial { payload, memory, limits, .. } = &mut trial;
        loop {
            let map = MapMut::hash(payload, memory, SEED, limits);
            for key in &keys {
                map.want(key.as_bytes());
            }
            if memory.load() == 0 {
                break;
            }
        }
        let mut map = MapMut::hash(payload, memory, SEED, limits);
        for key in keys.iter().chain(keys.iter()) {
            if map.remove(key.as_bytes()).expect("it was wanted") {
                continue;
            }
            map.put(key.as_bytes(), b"other", None).expect("it was wanted");
        }
        trial.memory.unwant();
        trial.check(&[(Which::First, &ORDER)]);
    }
}

#[test]
fn a_scan_sees_what_is_there_all_the_time_however_the_map_changes() {
    let mut trial = Trial::new(1, 120, 80);
    for key in 0..200 {
        put(&mut trial, format!("stays {key}").as_bytes(), b"");
    }
    let (mut seen, mut at, mut round) = (BTreeMap::<_, u32>::new(), 0, 0);
    loop {
        at = trial.insist(|payload, memory, _| {
            let mut batch = Vec::new();
            let map = MapRef::new(payload, memory, SEED);
            let at = map.scan(at, 5, &mut |entry| batch.push(entry.key.to_vec()))?;
            for key in batch {
                *seen.entry(key).or_default() += 1;
            }
            Ok(at)
        });
        if at == 0 {
            break;
        }
        for key in 0..10 {
            let key = format!("passes {key}");
            if round % 2 == 0 {
                put(&mut trial, key.as_bytes(), &[b'x'; 20]);
            } else {
                remove(&mut trial, key.as_bytes());
            }
        }
        trial.forget();
        round += 1;
    }
    for key in 0..200 {
        assert_eq!(seen.get(format!("stays {key}").as_bytes()), Some(&1));
    }
}

#[test]
fn a_large_map_has_a_generation_until_it_is_small_again() {
    let mut trial = Trial::new(1, 200, 100);
    trial.forgets = 0;
    let mut generations = Vec::new();
    for _ in 0..2 {
        assert_eq!(generation(&trial.payload), None);
        for key in 0..50 {
            put(&mut trial, format!("{key}").as_bytes(), b"value");
        }
        generations.push(generation(&trial.payload));
        for key in 0..50 {
            remove(&mut trial, format!("{key}").as_bytes());
        }
    }
    assert_eq!(generations, [Some(1), Some(2)]);
    assert!(trial.payload.is_empty() && trial.memory.snapshot().is_empty());
}

#[test]
fn values_of_megabytes_lie_beside_small_ones() {
    let mut trial = Trial::new(1, 8192, 2048);
    let mut model = BTreeMap::new();
    for round in 0..60_u32 {
        let key = format!("{}", trial.below(30)).into_bytes();
        let value = vec![b'v'; if round % 3 == 0 { 1 << 20 } else { 10 }];
        put(&mut trial, &key, &value);
        model.insert(key, value);
        trial.check(&[(Which::First, &ORDER)]);
    }
    assert_eq!(all(&mut trial), model);
}

#[test]
fn a_map_that_is_filled_is_the_same_and_has_full_pages() {
    for count in [0, 1, 50, 20_000_u32] {
        let mut trial = Trial::new(1, 8192, 2048);
        let keys: Vec<_> = (0..count).map(|key| format!("{key}").into_bytes()).collect();
        let values = [b"first".as_slice(), b"second"];
        let entries = values
            .into_iter()
            .flat_map(|value| keys.iter().map(move |key| Entry { key, value, expiry: None }));
        let Trial { payload, memory, limits, .. } = &mut trial;
        MapMut::hash(payload, memory, SEED, limits).fill(entries).expect("nothing is absent");
        trial.check(&[(Which::First, &ORDER)]);
        let expected = keys.iter().map(|key| (key.clone(), b"second".to_vec()));
        assert_eq!(all(&mut trial), expected.collect());
        let pages = trial.memory.snapshot().len();
        assert!(trial.memory.room().0 >= pages * 2048 / 100 * 96, "{pages} pages");
    }
}

#[test]
fn nobody_is_called_before_all_is_there_and_all_of_a_level_is_wanted_at_once() {
    let mut trial = Trial::new(1, 100, 100);
    trial.forgets = 0;
    for key in 0..300 {
        put(&mut trial, format!("{key}").as_bytes(), b"value");
    }
    trial.check(&[(Which::First, &ORDER)]);
    let height = u32::from(trial.height_max);
    let Trial { payload, memory, .. } = &mut trial;
    for is_scan in [false, true] {
        memory.evict(|| true);
        let (mut calls, mut rounds) = (0_u32, 0);
        loop {
            let map = MapRef::new(payload, memory, SEED);
            let result = if is_scan {
                map.scan(0, 200, &mut |_| calls += 1).map(drop)
            } else {
                map.walk(&mut |_| {
                    calls += 1;
                    ControlFlow::Continue(())
                })
            };
            if result.is_ok() {
                break;
            }
            assert_eq!(calls, 0, "called, and yet something was absent");
            memory.load();
            rounds += 1;
        }
        assert_eq!(calls, if is_scan { 200 } else { 300 });
        // A scan goes down to its start before it knows how far it reaches.
        assert!(rounds <= if is_scan { 2 * height } else { height }, "{rounds} rounds");
    }
}

#[test]
fn values_that_become_short_make_a_map_small_again() {
    let mut trial = Trial::new(1, 400, 200);
    trial.forgets = 0;
    for value in [&[b'v'; 60][..], b""] {
        for key in 0..20 {
            put(&mut trial, format!("{key}").as_bytes(), value);
            trial.check(&[(Which::First, &ORDER)]);
        }
        assert_eq!(generation(&trial.payload).is_some(), !value.is_empty());
    }
}
