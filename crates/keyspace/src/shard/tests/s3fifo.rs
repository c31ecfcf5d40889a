//! The hit ratio, against S3-FIFO as its paper describes it.

use std::collections::{HashMap, VecDeque};

use super::Cache;
use crate::Want;

const KEYS: usize = 200_000;
const REQUESTS: usize = 1_000_000;
/// Requests before hits count.
const WARM: usize = 400_000;
/// Entries that fit, of the size that all have here.
const CAPACITY: usize = 20_000;

#[test]
fn hits_in_one_shard_are_those_of_s3_fifo_on_skewed_keys() {
    compare("{tag}");
}

#[test]
fn hits_over_all_shards_are_those_of_s3_fifo_on_skewed_keys() {
    compare("");
}

/// Names of the same length, which start with `prefix`.
fn compare(prefix: &str) {
    let keys = zipf(0.99);
    let mut reference = Reference::default();
    let expected = ratio(&keys, |key| reference.access(key));

    let mut cache = Cache::new(0);
    let empty = {
        cache.keyspace.evict_all();
        cache.keyspace.bytes()
    };
    access(&mut cache, prefix, 0);
    let bytes = cache.keyspace.bytes() - empty;
    cache.keyspace.set_limits(empty + bytes * CAPACITY, usize::MAX);
    let found = ratio(&keys, |key| access(&mut cache, prefix, key));
    let held = cache.entries();
    assert!(held <= CAPACITY + CAPACITY / 10, "{held} entries");
    assert!((found - expected).abs() < 0.02, "{found} of {expected}, {held} entries");
}

fn access(cache: &mut Cache, prefix: &str, key: u32) -> bool {
    let key = format!("{prefix}{key:08}").into_bytes();
    let (is_hit, pin) = match cache.keyspace.want(0, &key, None, super::NOW) {
        Want::Ready => (true, None),
        Want::Loading(_) => panic!("nobody else loads"),
        Want::Lead(pin, ticket, _) => {
            cache.loaded(&ticket, Some(b"value"));
            (false, Some(pin))
        }
    };
    assert!(cache.get(&key).is_some(), "wanted, so in memory");
    if let Some(pin) = pin {
        cache.keyspace.unpin(&pin);
    }
    is_hit
}

fn ratio(keys: &[u32], mut access: impl FnMut(u32) -> bool) -> f64 {
    let hits: Vec<bool> = keys.iter().map(|key| access(*key)).collect();
    hits[WARM..].iter().filter(|hit| **hit).count() as f64 / (REQUESTS - WARM) as f64
}

/// Requests for keys by rank, the frequency of each falling with its rank to the power of `theta`.
fn zipf(theta: f64) -> Vec<u32> {
    let mut total = 0.0;
    let weights = (1..=KEYS).map(|rank| {
        total += (rank as f64).powf(-theta);
        total
    });
    let sums: Vec<f64> = weights.collect();
    let mut state = 1_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut draw = || {
        let at = random() * total;
        sums.partition_point(|sum| *sum < at) as u32
    };
    (0..REQUESTS).map(|_| draw()).collect()
}

/// S3-FIFO over keys of equal size.
#[derive(Default)]
struct Reference {
    places: HashMap<u32, (Place, u8)>,
    small: VecDeque<u32>,
    main: VecDeque<u32>,
    ghost: VecDeque<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Small,
    Main,
    Ghost,
}

impl Reference {
    fn access(&mut self, key: u32) -> bool {
        let queue = match self.places.get_mut(&key) {
            Some((Place::Small | Place::Main, uses)) => {
                *uses = (*uses + 1).min(3);
                return true;
            }
            Some((Place::Ghost, _)) => Place::Main,
            None => Place::Small,
        };
        while self.small.len() + self.main.len() >= CAPACITY {
            if self.small.len() >= CAPACITY / 10 { self.evict_small() } else { self.evict_main() }
        }
        self.places.insert(key, (queue, 0));
        if queue == Place::Small {
            self.small.push_back(key);
        } else {
            self.main.push_back(key);
        }
        false
    }

    fn evict_small(&mut self) {
        let key = self.small.pop_front().expect("it is over its share");
        if self.places[&key].1 > 1 {
            self.places.insert(key, (Place::Main, 0));
            return self.main.push_back(key);
        }
        self.places.insert(key, (Place::Ghost, 0));
        self.ghost.push_back(key);
        while self.ghost.len() > CAPACITY * 9 / 10 {
            let old = self.ghost.pop_front().expect("it is too long");
            if self.places.get(&old).is_some_and(|(place, _)| *place == Place::Ghost) {
                self.places.remove(&old);
            }
        }
    }

    fn evict_main(&mut self) {
        while let Some(key) = self.main.pop_front() {
            let uses = self.places[&key].1;
            if uses == 0 {
                self.places.remove(&key);
                return;
            }
            self.places.insert(key, (Place::Main, uses - 1));
            self.main.push_back(key);
        }
    }
}
