//! Random operations, made on an engine and on the model: both must always answer the same.

use std::path::Path;

use super::{Open, entries, opened};
use crate::{Batch, MemoryStore, Snapshot, Store};

/// Makes a thousand random operations; `seed` decides all of them.
///
/// There are few keys, so that operations meet.
pub fn operations_in_any_order_agree_with_the_model(dir: &Path, open: Open<'_>, seed: u64) {
    let mut pair = Pair::new(dir, open, seed);
    for _ in 0..1000 {
        pair.step();
    }
    pair.open_again();
    pair.compare_all();
}

struct Pair<'a> {
    dir: &'a Path,
    open: Open<'a>,
    engine: Option<Box<dyn Store>>,
    model: MemoryStore,
    snapshots: Vec<(Box<dyn Snapshot>, Box<dyn Snapshot>)>,
    random: u64,
}

impl<'a> Pair<'a> {
    fn new(dir: &'a Path, open: Open<'a>, seed: u64) -> Self {
        let engine = Some(opened(dir, open));
        let random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Self { dir, open, engine, model: MemoryStore::new(), snapshots: Vec::new(), random }
    }

    fn step(&mut self) {
        match self.below(100) {
            0..45 => self.apply(),
            45..50 => self.delete_range(),
            50..54 => self.engine().sync().expect("a healthy store syncs"),
            54..58 => {
                let pair = (self.engine().snapshot(), self.model.snapshot());
                self.snapshots.push(pair);
            }
            58..62 if !self.snapshots.is_empty() => {
                let nth = self.below(self.snapshots.len() as u64) as usize;
                self.snapshots.swap_remove(nth);
            }
            62 => self.open_again(),
            63..66 => self.compare_all(),
            _ => {
                let key = self.key();
                let value = self.model.get(&key);
                assert_eq!(self.engine().get(&key), value, "{key:?}");
                assert!(value == Ok(None) || self.engine().may_contain(&key), "{key:?}");
            }
        }
    }

    fn apply(&mut self) {
        let mut batch = Batch::new();
        for _ in 0..=self.below(20) {
            let key = self.key();
            if self.below(3) == 0 {
                batch.delete(&key);
            } else {
                // Long ones are stored apart by some engines.
                let len = [10, 300, 5000].into_iter().nth(self.below(3) as usize).unwrap_or(0);
                batch.put(&key, &vec![self.below(256) as u8; len]);
            }
        }
        self.engine().apply(&batch).expect("a healthy store takes a batch");
        self.model.apply(&batch).expect("the model does not fail");
    }

    fn delete_range(&mut self) {
        let (start, end) = (self.key(), self.key());
        self.engine().delete_range(&start..&end).expect("a healthy store deletes");
        self.model.delete_range(&start..&end).expect("the model does not fail");
    }

    fn open_again(&mut self) {
        self.engine().sync().expect("a healthy store syncs");
        self.snapshots.clear();
        self.engine = None;
        self.engine = Some(opened(self.dir, self.open));
    }

    fn compare_all(&self) {
        let now = (self.engine().snapshot(), self.model.snapshot());
        for (engine, model) in self.snapshots.iter().chain([&now]) {
            assert_eq!(entries(&**engine, b"", b"\xFF"), entries(&**model, b"", b"\xFF"));
        }
    }

    fn engine(&self) -> &dyn Store {
        &**self.engine.as_ref().expect("a store is open between two steps")
    }

    fn key(&mut self) -> Vec<u8> {
        let id = self.below(60);
        format!("{}{}", id % 4, id / 4).into_bytes()
    }

    /// xorshift64*: nothing here needs better.
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}
