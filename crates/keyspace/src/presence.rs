//! Which keys the store may hold: a filter in memory, so that absent keys cost no look at the
//! store and blind writes know at once that they create.
//!
//! A blocked Bloom filter (Putze, Sanders, Singler, "Cache-, hash- and space-efficient Bloom
//! filters", 2007): one cache line and ten bits per key, about 2 % of absent keys pass. It grows
//! by layers, each as large as all before it. Keys are only ever added: deleted ones go on
//! passing until the next start.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::Place;

const BLOCK_WORDS: usize = 8;
const KEYS_PER_BLOCK: usize = 51;
const BITS_PER_KEY: usize = 7;
const LAYER_KEYS_MIN: usize = 1 << 18;
/// As many as fit the memory of any machine.
const LAYERS_MAX: usize = 24;

type Block = [AtomicU64; BLOCK_WORDS];

/// Keys that were ever stored.
#[derive(Debug)]
pub struct Presence {
    layers: [OnceLock<Box<[Block]>>; LAYERS_MAX],
    /// The layer that keys are added to.
    current: AtomicUsize,
    growth: Mutex<Growth>,
    bytes_max: AtomicUsize,
    complete: AtomicBool,
}

#[derive(Debug, Default)]
struct Growth {
    /// Keys that the current layer still takes.
    room: usize,
    /// Keys in all layers.
    total: usize,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self {
            layers: [const { OnceLock::new() }; LAYERS_MAX],
            current: AtomicUsize::new(0),
            growth: Mutex::default(),
            bytes_max: AtomicUsize::new(usize::MAX),
            complete: AtomicBool::new(false),
        }
    }

    /// Takes no more memory than this. Beyond it, the filter takes keys all the same and lets more
    /// absent ones pass.
    pub fn set_bytes_max(&self, bytes: usize) {
        self.bytes_max.store(bytes, Ordering::Relaxed);
    }

    /// Makes room for about `count` more keys at once.
    pub fn reserve(&self, count: usize) {
        self.start_layer(count, &mut self.growth.lock());
    }

    /// Every key that is stored has been added, and every key will be before it is stored.
    pub fn complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Whether [`complete`](Self::complete) has been said.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Adds a key that is about to be stored.
    pub fn add(&self, space: u32, place: Place) {
        let hash = hash(space, place);
        let mut growth = self.growth.lock();
        if self.contains(hash, self.current.load(Ordering::Relaxed)) {
            return;
        }
        if growth.room == 0 {
            self.start_layer(0, &mut growth);
        }
        if let Some(layer) = self.layers[self.current.load(Ordering::Relaxed)].get() {
            let block = block(layer, hash);
            bits(hash).for_each(|(word, bit)| _ = block[word].fetch_or(bit, Ordering::Relaxed));
        }
        growth.room -= 1;
        growth.total += 1;
    }

    /// Whether there is certainly nothing at the key in the store.
    pub fn is_absent(&self, space: u32, place: Place) -> bool {
        self.is_complete()
            && !self.contains(hash(space, place), self.current.load(Ordering::Acquire))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        let layers = self.layers.iter().filter_map(OnceLock::get);
        layers.map(|layer| layer.len() * size_of::<Block>()).sum()
    }

    fn contains(&self, hash: u64, current: usize) -> bool {
        self.layers[..=current].iter().filter_map(OnceLock::get).any(|layer| {
            let block = block(layer, hash);
            bits(hash).all(|(word, bit)| block[word].load(Ordering::Relaxed) & bit != 0)
        })
    }

    fn start_layer(&self, count: usize, growth: &mut Growth) {
        let current = self.current.load(Ordering::Relaxed);
        let is_started = self.layers[current].get().is_some();
        // The last layer takes all that come: it only gets less exact.
        let number = (current + usize::from(is_started)).min(LAYERS_MAX - 1);
        let keys = count.max(growth.total).max(LAYER_KEYS_MIN);
        let left = self.bytes_max.load(Ordering::Relaxed).saturating_sub(self.bytes());
        let blocks_max = left / size_of::<Block>();
        if blocks_max == 0 && is_started {
            growth.room = usize::MAX;
            return;
        }
        let blocks = keys.div_ceil(KEYS_PER_BLOCK).min(blocks_max.max(1));
        self.layers[number].get_or_init(|| (0..blocks).map(|_| Block::default()).collect());
        growth.room = keys;
        self.current.store(number, Ordering::Release);
    }
}

fn hash(space: u32, place: Place) -> u64 {
    (place.hash ^ u64::from(space)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// By the high bits, so that the low ones are left to choose bits.
fn block(layer: &[Block], hash: u64) -> &Block {
    &layer[((u128::from(hash) * layer.len() as u128) >> 64) as usize]
}

fn bits(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    let mixed = (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (0..BITS_PER_KEY).map(move |number| {
        let bit = (mixed >> (number * 9)) as usize % (BLOCK_WORDS * 64);
        (bit / 64, 1 << (bit % 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u64) -> Place {
        Place::of(&number.to_le_bytes(), 9)
    }

    #[test]
    fn keys_that_were_added_are_never_called_absent_and_few_others_pass() {
        let presence = Presence::new();
        assert!(!presence.is_absent(0, place(0)), "nothing is known yet");
        presence.complete();
        assert!(presence.is_absent(0, place(0)));
        let count = 1_000_000;
        for number in 0..count {
            presence.add(0, place(number));
        }
        assert!((0..count).all(|number| !presence.is_absent(0, place(number))));
        let passed = (count..2 * count).filter(|number| !presence.is_absent(0, place(*number)));
        let passed = passed.count();
        assert!(passed < 60_000, "{passed} of a million absent keys pass");
        assert!(presence.is_absent(7, place(5)), "another space's keys are others");
        assert!(presence.bytes() < 3 * 1_000_000);
    }

    #[test]
    fn a_filter_never_outgrows_its_bound_and_still_forgets_no_key() {
        let presence = Presence::new();
        presence.set_bytes_max(1 << 20);
        presence.complete();
        let count = 2_000_000;
        (0..count).for_each(|number| presence.add(0, place(number)));
        assert!(presence.bytes() <= 1 << 20);
        assert!((0..count).all(|number| !presence.is_absent(0, place(number))));
    }
}
