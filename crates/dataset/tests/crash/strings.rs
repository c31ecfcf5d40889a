//! The same of long strings, and what becomes of datasets that have none yet.

use hadal_storage::faulty::Call;
use hadal_storage::{Batch, Store, StoreError};
use hadal_value::blocks::StringLimits;
use hadal_value::collection::Limits;
use hadal_value::{Kind, Record};

use crate::world::{START, World};

const LEN: usize = 200;

/// With blocks so small that a string of two hundred bytes has many, and a cache of nothing.
fn world() -> World {
    let mut world = World::new();
    let strings = StringLimits { record_bytes: 20, block_bytes: 8 };
    world.options.collections = Limits { strings, ..Limits::default() };
    world.options.bytes_max = 0;
    world.crash();
    world
}

impl World {
    /// Puts a long string in the store, and nothing of it in memory.
    fn put_string(&mut self, key: &str) -> String {
        let value = "abcdefghij".repeat(LEN / 10);
        self.set(0, key, &value);
        self.settle();
        self.dataset().keyspace().evict_all();
        value
    }

    fn write_at(&self, key: &str, offset: usize, bytes: &str) {
        self.call(0, key, |txn, key| txn.write_at(key, offset, bytes.as_bytes()));
    }

    /// What kind of record is stored at the only key.
    fn stored_kind(&self) -> Kind {
        let snapshot = self.store.inner().snapshot();
        let stored = snapshot.scan(&b"k"[..]..&b"l"[..]).next().expect("one key is stored");
        Record::decode(&stored.expect("nothing fails").1).expect("a record").kind
    }
}

#[test]
fn a_replay_reads_the_blocks_that_were_written_to_and_no_others() {
    let mut world = world();
    let mut value = world.put_string("s");
    // A later save says from where on the journal counts.
    world.clock.advance_millis(1_000);
    world.set(0, "other", "short");
    world.settle();
    world.write_at("s", 14, "XYZ");
    world.write_at("s", LEN, "more");
    world.crash();
    for shard in hadal_keyspace::ShardId::all() {
        world.dataset().load_replayed(shard).expect("nothing fails");
    }
    let resident = world.dataset().keyspace().totals().entries;
    assert_eq!(resident, 5, "the string, two blocks written to, one that is new, and the other");
    value.replace_range(14..17, "XYZ");
    assert_eq!(world.get(0, "s"), Some(value + "more"));
}

#[test]
fn a_string_grows_into_blocks_and_out_of_them_whatever_the_store_has_seen_of_it() {
    for settled in 0..16 {
        let mut world = world();
        let settle = |world: &mut World, step: u32| {
            if settled & 1 << step > 0 {
                world.settle();
                world.dataset().keyspace().evict_all();
            }
        };
        world.set(0, "s", "short");
        settle(&mut world, 0);
        world.write_at("s", 100, "far away");
        settle(&mut world, 1);
        world.crash();
        let grown = format!("short{}far away", "\0".repeat(95));
        assert_eq!(world.get(0, "s").as_deref(), Some(&grown[..]), "{settled}");
        settle(&mut world, 2);
        world.write_at("s", 0, "S");
        world.set(0, "s", "short again");
        settle(&mut world, 3);
        world.crash();
        assert_eq!(world.get(0, "s").as_deref(), Some("short again"), "{settled}");
        world.settle();
        world.dataset().reclaim().expect("nothing fails");
        assert_eq!((world.stored(b'p'), world.stored(b'g'), world.count(0)), (0, 0, 1));
        assert_eq!(world.stored_kind(), Kind::String);
    }
}

#[test]
fn a_long_string_that_expires_cold_leaves_no_blocks() {
    let mut world = world();
    let value = "x".repeat(LEN);
    world.call(0, "s", |txn, key| {
        txn.set(key, value.as_bytes(), hadal_keyspace::Expiry::At(START + 1_000))
    });
    world.settle();
    world.dataset().keyspace().evict_all();
    assert_eq!(world.stored(b'p'), LEN / 8);
    world.clock.advance_millis(2_000);
    assert_eq!(world.dataset().expire(100).expect("nothing fails").keys, 1);
    world.settle();
    world.dataset().reclaim().expect("nothing fails");
    assert_eq!((world.stored(b'p'), world.stored(b'g'), world.count(0)), (0, 0, 0));
}

#[test]
fn a_block_that_the_store_has_lost_is_damage_and_never_zeros() {
    let mut world = world();
    world.put_string("s");
    let page = {
        let snapshot = world.store.inner().snapshot();
        snapshot.scan(&b"p"[..]..&b"q"[..]).next().expect("a block").expect("nothing fails").0
    };
    let mut batch = Batch::new();
    batch.delete(&page);
    world.store.inner().apply(&batch).expect("nothing fails");
    let mut pins = Vec::new();
    let mut failed = 0;
    for _ in 0..2 {
        let mut effects = Vec::new();
        let keys = std::iter::once(&b"s"[..]);
        let now = world.dataset().moment();
        let mut txn = world.dataset().keyspace().begin(0, keys, now, &mut effects);
        assert!(txn.get(b"s").is_err());
        let missed = txn.take_missed();
        world.dataset().commit(txn);
        for load in world.want(missed, &mut pins) {
            failed += usize::from(world.dataset().load(&load).is_err());
        }
    }
    assert_eq!(failed, 1);
}

#[test]
fn a_replay_goes_on_after_a_read_that_failed() {
    for reads in 1..6 {
        let mut world = world();
        let mut value = world.put_string("s");
        for offset in [3, 100, 150] {
            world.write_at("s", offset, "!");
            value.replace_range(offset..=offset, "!");
        }
        world.crash();
        let error = StoreError::Unavailable { reason: String::new() };
        world.store.fail_nth(Call::Get, reads, error);
        for shard in hadal_keyspace::ShardId::all() {
            _ = world.dataset().load_replayed(shard);
        }
        world.store.heal();
        assert_eq!(world.get(0, "s"), Some(value));
    }
}

#[test]
fn a_dataset_of_the_former_format_is_read_and_its_long_strings_get_blocks_when_written() {
    let mut world = World::new();
    let mut value = world.put_string("s");
    let mut batch = Batch::new();
    batch.put(b"mformat", &2_u32.to_le_bytes());
    world.store.inner().apply(&batch).expect("nothing fails");
    world.store.inner().sync().expect("nothing fails");
    let strings = StringLimits { record_bytes: 20, block_bytes: 8 };
    world.options.collections = Limits { strings, ..Limits::default() };
    world.crash();
    let format = world.store.inner().get(b"mformat").expect("nothing fails");
    assert_eq!(format, Some(4_u32.to_le_bytes().to_vec()));
    assert_eq!(world.get(0, "s").as_deref(), Some(&value[..]));
    assert_eq!(world.stored_kind(), Kind::String);
    world.write_at("s", 5, "!");
    value.replace_range(5..6, "!");
    world.settle();
    world.dataset().keyspace().evict_all();
    assert_eq!(world.stored_kind(), Kind::LongString);
    assert_eq!(world.get(0, "s"), Some(value));
}

#[test]
fn a_long_string_of_zeros_has_its_generation_for_itself_also_after_a_crash() {
    let mut world = world();
    // It has no block that would have to be stored.
    world.write_at("zeros", LEN, "\0");
    world.settle();
    world.crash();
    let value = world.put_string("letters");
    world.write_at("zeros", 3, "x");
    let zeros = "\0\0\0x".to_owned() + &"\0".repeat(LEN - 3);
    for _ in 0..2 {
        assert_eq!(world.get(0, "letters"), Some(value.clone()));
        assert_eq!(world.get(0, "zeros"), Some(zeros.clone()));
        world.settle();
        world.dataset().keyspace().evict_all();
    }
}
