//! A frozen collection is what it was at its instant, whatever happens since.

use hadal_dataset::Frozen;
use hadal_keyspace::{Before, LoadFailed, Miss, SaveBatch, ShardId};
use hadal_storage::faulty::Call;
use hadal_storage::{Batch, Store, StoreError};
use hadal_value::Kind;
use hadal_value::tree::{Absent, Direction};

use crate::pages::world;
use crate::world::World;

/// `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27) % bound
    }
}

/// A list that is being read.
struct Reading {
    frozen: Frozen,
    items: Vec<String>,
}

impl Reading {
    /// Reads the items of one more leaf. Whether there were any.
    fn step(&mut self) -> Result<bool, LoadFailed> {
        loop {
            let mut part = Vec::new();
            let opened = self.frozen.opened();
            let (at, list) = (self.items.len() as u64, opened.sequence());
            let read = list.stretch(at, u64::MAX, Direction::Forward, &mut |item| {
                part.push(String::from_utf8_lossy(item).into_owned());
            });
            match read {
                Ok(count) => {
                    self.items.extend(part);
                    return Ok(count > 0);
                }
                Err(Absent) => self.frozen.load_wanted()?,
            }
        }
    }
}

impl World {
    fn freeze(&self, key: &str) -> Reading {
        let frozen = self.call(0, key, |txn, key| {
            txn.open(key, Kind::List).map_err(|_| Miss)?;
            Ok::<_, Miss>(self.dataset().freeze(txn, key))
        });
        Reading { frozen, items: Vec::new() }
    }

    /// Something that clients or threads do.
    fn disturb(&mut self, chance: &mut Chance) {
        let len = self.items("list").len() as u64;
        match chance.below(12) {
            0..6 => {
                let at = chance.below(len + 1);
                self.insert("list", at, &format!("new{}", chance.below(1_000)));
            }
            6..8 if len > 0 => self.cut("list", chance.below(len), 1 + chance.below(10)),
            8 => self.settle(),
            9 => _ = self.save().expect("nothing fails"),
            10 => self.dataset().keyspace().evict_all(),
            _ => {}
        }
    }

    /// Begins a save that will fail.
    fn start_save(&self) -> SaveBatch {
        let mut batch = SaveBatch::new(usize::MAX);
        for shard in ShardId::all() {
            self.dataset().keyspace().poll_save(shard, Before::ALL, &mut batch);
        }
        batch
    }
}

#[test]
fn a_frozen_list_is_of_one_instant_whatever_changes_while_it_is_read() {
    let mut longest = 0;
    for seed in 0..60 {
        let (mut world, mut chance) = (world(), Chance(seed));
        world.put_list("list");
        (0..chance.below(30)).for_each(|_| world.disturb(&mut chance));
        // Pages that are being saved, and some that change meanwhile.
        let batch = (seed % 2 == 0).then(|| {
            let batch = world.start_save();
            world.insert("list", 0, "overtaking");
            batch
        });
        let expected = world.items("list");
        let mut reading = world.freeze("list");
        if let Some(batch) = batch {
            world.dataset().keyspace().saved(&batch, false, 0);
        }
        let mut steps = 0;
        while reading.step().expect("nothing fails") {
            (0..chance.below(4)).for_each(|_| world.disturb(&mut chance));
            if chance.below(3) == 0 {
                reading.frozen.forget_loaded();
            }
            if steps == 3 {
                end_of_list(&mut world, chance.below(3));
            }
            steps += 1;
        }
        assert_eq!(reading.items, expected, "seed {seed}");
        longest = longest.max(steps);
    }
    assert!(longest > 10, "{longest}");
}

fn delete(world: &World) {
    world.call(0, "list", |txn, key| txn.delete(key).map(drop));
}

/// The list goes, one way or another, and so do its pages in the store.
fn end_of_list(world: &mut World, way: u64) {
    match way {
        0 => delete(world),
        1 => world.whole(|txn| txn.flush(0)),
        _ => {
            world.set(0, "list", "a string");
            delete(world);
        }
    }
    world.settle();
    world.dataset().reclaim().expect("nothing fails");
}

#[test]
fn what_is_read_is_not_kept_and_not_in_the_cache() {
    let mut world = world();
    world.put_list("list");
    let mut reading = world.freeze("list");
    world.dataset().keyspace().evict_all();
    let before = world.dataset().keyspace().bytes();
    while reading.step().expect("nothing fails") {
        // The way down to a leaf, that leaf, and the one before.
        let (copied, loaded) = reading.frozen.pages();
        assert!((copied, loaded > 5) == (0, false), "{copied} copied, {loaded} loaded");
    }
    reading.frozen.forget_loaded();
    assert_eq!(reading.frozen.pages(), (0, 0));
    assert_eq!(reading.items.len(), 100);
    assert_eq!(world.dataset().keyspace().bytes(), before);
}

#[test]
fn a_page_that_cannot_be_read_is_told_and_can_be_tried_again() {
    let mut world = world();
    world.put_list("list");
    let mut reading = world.freeze("list");
    let mut failures = 0;
    for nth in 0..3 {
        world.store.fail_nth(
            Call::SnapshotGet,
            nth,
            StoreError::Unavailable { reason: String::new() },
        );
        match reading.step() {
            Ok(_) => {}
            Err(failed) => {
                assert_eq!(failed, LoadFailed::Unavailable);
                failures += 1;
            }
        }
        world.store.heal();
    }
    assert!(failures > 0);
    while reading.step().expect("healed") {}
    assert_eq!(reading.items.len(), 100);
}

#[test]
fn a_page_that_is_missing_from_the_store_is_damage() {
    let mut world = world();
    world.put_list("list");
    let pages = world.store.inner().snapshot();
    let mut batch = Batch::new();
    for entry in pages.scan(&b"p"[..]..&b"q"[..]) {
        batch.delete(&entry.expect("nothing fails").0);
    }
    let mut reading = world.freeze("list");
    assert!(reading.step().is_ok());
    world.store.inner().apply(&batch).expect("nothing fails");
    let mut late = world.freeze("list");
    assert_eq!(late.step(), Err(LoadFailed::Corrupt));
    while reading.step().expect("its snapshot is older") {}
    assert_eq!(reading.items.len(), 100);
}
