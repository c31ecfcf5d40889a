//! The hit ratio that S3-FIFO would have: what a cache of so many objects is held against.
//!
//! Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023: a small queue of a
//! tenth, a main queue, and the names of what left the small one. Objects have equal size here.

use std::collections::VecDeque;

use crate::keys::{Chooser, Pattern};
use crate::options::{Known, Options};

pub(crate) const OPTIONS: &[Known] = &[
    Known { name: "keys", default: "2000000", help: "size of the key space" },
    Known { name: "theta", default: "0.99", help: "skew of zipf; 0 is uniform" },
    Known { name: "capacity", default: "200000", help: "objects that fit" },
    Known { name: "warm", default: "4000000", help: "requests before counting" },
    Known { name: "requests", default: "4000000", help: "requests that count" },
    Known { name: "seed", default: "2", help: "of the random choices" },
];

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Nowhere,
    Small,
    Main,
    Ghost,
}

#[derive(Debug)]
struct Cache {
    place: Vec<Place>,
    uses: Vec<u8>,
    small: VecDeque<u32>,
    main: VecDeque<u32>,
    ghost: VecDeque<u32>,
    small_max: usize,
    main_max: usize,
}

impl Cache {
    fn new(keys: usize, capacity: usize) -> Self {
        let small_max = (capacity / 10).max(1);
        Self {
            place: vec![Place::Nowhere; keys],
            uses: vec![0; keys],
            small: VecDeque::new(),
            main: VecDeque::new(),
            ghost: VecDeque::new(),
            small_max,
            main_max: capacity.saturating_sub(small_max).max(1),
        }
    }

    /// True if `key` was in the cache.
    fn access(&mut self, key: u32) -> bool {
        let index = key as usize;
        match self.place[index] {
            Place::Small | Place::Main => {
                self.uses[index] = (self.uses[index] + 1).min(3);
                return true;
            }
            Place::Ghost => {
                self.place[index] = Place::Main;
                self.main.push_back(key);
            }
            Place::Nowhere => {
                self.place[index] = Place::Small;
                self.small.push_back(key);
            }
        }
        self.uses[index] = 0;
        self.make_room();
        false
    }

    fn make_room(&mut self) {
        while self.small.len() + self.main.len() > self.small_max + self.main_max {
            if self.small.len() > self.small_max || self.main.is_empty() {
                self.evict_small();
            } else {
                self.evict_main();
            }
        }
    }

    fn evict_small(&mut self) {
        let Some(key) = self.small.pop_front() else { return };
        let index = key as usize;
        if self.uses[index] > 1 {
            self.place[index] = Place::Main;
            self.uses[index] = 0;
            self.main.push_back(key);
            return;
        }
        self.place[index] = Place::Ghost;
        self.ghost.push_back(key);
        while self.ghost.len() > self.main_max {
            let Some(old) = self.ghost.pop_front() else { return };
            if self.place[old as usize] == Place::Ghost {
                self.place[old as usize] = Place::Nowhere;
            }
        }
    }

    fn evict_main(&mut self) {
        while let Some(key) = self.main.pop_front() {
            let index = key as usize;
            if self.uses[index] == 0 {
                self.place[index] = Place::Nowhere;
                return;
            }
            self.uses[index] -= 1;
            self.main.push_back(key);
        }
    }
}

/// Simulates and prints one line of JSON.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let (keys, theta): (u64, f64) = (options.get("keys")?, options.get("theta")?);
    let pattern = if theta > 0.0 { Pattern::Zipf { theta } } else { Pattern::Uniform };
    let mut chooser = Chooser::new(pattern, keys, options.get("seed")?);
    let mut cache = Cache::new(keys as usize, options.get("capacity")?);
    let (warm, requests): (u64, u64) = (options.get("warm")?, options.get("requests")?);
    for _ in 0..warm {
        cache.access(chooser.next_key() as u32);
    }
    let hits = (0..requests).filter(|_| cache.access(chooser.next_key() as u32)).count();
    println!("{{\"hit_ratio\":{:.4}}}", hits as f64 / requests.max(1) as f64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_never_holds_more_than_fits_and_keeps_what_is_used() {
        let mut cache = Cache::new(1000, 50);
        let mut hot_hits = 0;
        for round in 0..10_000_u32 {
            hot_hits += u32::from(cache.access(round % 10));
            cache.access(10 + round % 990);
            assert!(cache.small.len() + cache.main.len() <= 50);
        }
        assert!(hot_hits > 9_900, "{hot_hits}");
    }
}
