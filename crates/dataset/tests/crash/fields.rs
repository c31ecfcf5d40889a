//! The same of hashes with fields that expire.

use hadal_dataset::Expired;
use hadal_keyspace::Miss;
use hadal_storage::{Batch, Store};
use hadal_value::Kind;

use crate::pages::world;
use crate::world::{START, World};

/// As many fields have several pages.
const MANY: usize = 60;

impl World {
    /// Puts a hash in the store, and nothing of it in memory. All fields expire then.
    fn put_hash(&mut self, key: &str, count: usize, at: u64) {
        for number in 0..count {
            self.put_field(key, number, Some(at));
        }
        self.settle();
        self.dataset().keyspace().evict_all();
    }

    fn put_field(&self, key: &str, number: usize, at: Option<u64>) {
        self.call(0, key, |txn, key| {
            let mut hash = txn.edit(key, Kind::Hash).map_err(|_| Miss)?;
            hash.ready()?;
            hash.put_field(format!("field {number}").as_bytes(), b"value", at).map_err(|_| Miss)
        });
    }

    /// Lets expire what is due. Returns how many keys and fields have gone.
    fn expire(&self) -> (usize, usize) {
        let (mut keys, mut fields) = (0, 0);
        loop {
            match self.dataset().expire(100).expect("nothing fails") {
                Expired::NOTHING => return (keys, fields),
                expired => (keys, fields) = (keys + expired.keys, fields + expired.fields),
            }
        }
    }
}

#[test]
fn fields_of_cold_hashes_are_found_by_the_index() {
    let mut world = world();
    for key in ["one", "other", "later"] {
        let at = if key == "later" { 9_000 } else { 1_000 };
        world.put_hash(key, if key == "other" { MANY } else { 1 }, START + at);
    }
    assert_eq!(world.stored(b'f'), 3);
    assert!(world.stored(b'p') > 5, "one has pages");
    assert_eq!(world.expire(), (0, 0));
    world.clock.advance_millis(1_000);
    world.crash();
    assert_eq!(world.expire(), (0, 1 + MANY));
    world.settle();
    world.dataset().reclaim().expect("nothing fails");
    assert_eq!((world.stored(b'f'), world.stored(b'p'), world.count(0)), (1, 0, 1));
    world.clock.advance_millis(9_000);
    assert_eq!(world.expire(), (0, 1));
    world.settle();
    assert_eq!((world.stored(b'f'), world.stored(b'k')), (0, 0));
}

#[test]
fn a_cold_hash_that_expires_leaves_nothing_in_the_index_of_fields() {
    let mut world = world();
    world.put_hash("h", 3, START + 9_000);
    world.call(0, "h", |txn, key| txn.set_expiry(key, Some(START + 1_000)));
    world.settle();
    world.dataset().keyspace().evict_all();
    assert_eq!((world.stored(b'f'), world.stored(b'x')), (1, 1));
    world.clock.advance_millis(1_000);
    assert_eq!(world.expire(), (1, 0));
    world.settle();
    assert_eq!((world.stored(b'f'), world.stored(b'x'), world.count(0)), (0, 0, 0));
}

#[test]
fn a_page_that_cannot_be_read_holds_up_no_other_hash() {
    let mut world = world();
    world.put_hash("damaged", MANY, START + 1_000);
    let page = {
        let snapshot = world.store.inner().snapshot();
        snapshot.scan(&b"p"[..]..&b"q"[..]).next().expect("a page").expect("nothing fails").0
    };
    let mut batch = Batch::new();
    batch.delete(&page);
    world.store.inner().apply(&batch).expect("nothing fails");
    world.put_hash("whole", MANY, START + 2_000);
    world.set_until(0, "key", START + 2_000);
    world.clock.advance_millis(2_000);
    let (keys, fields) = world.expire();
    assert_eq!(keys, 1);
    assert!((MANY..2 * MANY).contains(&fields), "{fields} fields");
    assert_eq!(world.count(0), 1);
}

#[test]
fn a_hash_of_a_dataset_without_the_index_is_in_it_when_its_fields_have_changed() {
    let mut world = World::new();
    world.put_hash("h", 2, START + 2_000);
    // A later save says from where on the journal counts.
    world.clock.advance_millis(1_000);
    world.set(0, "other", "value");
    world.settle();
    let mut batch = Batch::new();
    batch.put(b"mformat", &3_u32.to_le_bytes());
    for entry in world.store.inner().snapshot().scan(&b"f"[..]..&b"g"[..]) {
        batch.delete(&entry.expect("nothing fails").0);
    }
    world.store.inner().apply(&batch).expect("nothing fails");
    world.store.inner().sync().expect("nothing fails");
    world.crash();
    world.clock.advance_millis(1_000);
    assert_eq!(world.expire(), (0, 0), "nobody knows");
    // Whoever wants the hash has it looked at.
    world.put_field("h", 2, Some(START + 3_000));
    assert_eq!(world.expire(), (0, 2));
    world.settle();
    world.dataset().keyspace().evict_all();
    assert_eq!(world.stored(b'f'), 1);
    world.clock.advance_millis(3_000);
    assert_eq!(world.expire(), (0, 1));
}
