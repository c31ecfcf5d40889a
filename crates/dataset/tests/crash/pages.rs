//! The same of collections with pages.

use std::ops::ControlFlow;

use hadal_dataset::Load;
use hadal_keyspace::{Miss, ShardId, Want};
use hadal_storage::faulty::Call;
use hadal_storage::{Store, StoreError};
use hadal_value::collection::Limits;
use hadal_value::tree::{Direction, PageId, PageLimits};
use hadal_value::{Kind, Lsn, Record};

use crate::world::{START, World};

const ITEMS: u64 = 100;

/// With pages so small that a list of a hundred has three levels of them, and a cache of nothing.
pub(crate) fn world() -> World {
    let mut world = World::new();
    world.options.collections =
        Limits { pages: PageLimits { root_bytes: 80, page_bytes: 60 }, ..Limits::default() };
    world.options.bytes_max = 0;
    world.crash();
    world
}

impl World {
    /// Puts a list in the store, and nothing of it in memory.
    pub(crate) fn put_list(&mut self, key: &str) {
        for at in 0..ITEMS {
            self.insert(key, at, &at.to_string());
        }
        self.settle();
        self.dataset().keyspace().evict_all();
    }

    pub(crate) fn insert(&self, key: &str, at: u64, item: &str) {
        self.call(0, key, |txn, key| {
            let mut list = txn.edit(key, Kind::List).map_err(|_| Miss)?;
            _ = list.opened().sequence().at(at);
            _ = list.opened().sequence().at(at.saturating_sub(1));
            list.ready()?;
            list.insert(at, item.as_bytes())
        });
    }

    pub(crate) fn cut(&self, key: &str, at: u64, count: u64) {
        self.call(0, key, |txn, key| txn.edit(key, Kind::List).map_err(|_| Miss)?.cut(at, count));
    }

    pub(crate) fn items(&self, key: &str) -> Vec<String> {
        self.call(0, key, |txn, key| {
            let mut items = Vec::new();
            let Some(list) = txn.open(key, Kind::List).map_err(|_| Miss)? else { return Ok(items) };
            let list = list.sequence();
            let read = list.range(0, list.len(), Direction::Forward, &mut |item| {
                items.push(String::from_utf8_lossy(item).into_owned());
                ControlFlow::Continue(())
            });
            read.map(|()| items).map_err(|_| Miss)
        })
    }

    /// Whether a stored page is a leaf.
    fn is_leaf(&self, page: PageId) -> bool {
        let (generation, number) = (page.generation.to_be_bytes(), page.number.to_be_bytes());
        let key = [&b"p\0\0\0\0"[..], &generation, &number].concat();
        self.store.inner().get(&key).expect("nothing fails").is_some_and(|bytes| bytes[0] == 0)
    }

    /// Performs what the journal's tail has left to be done, whether or not the store can be read.
    fn replay(&self) {
        for shard in ShardId::all() {
            _ = self.dataset().load_replayed(shard);
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { reason: String::new() }
}

#[test]
fn a_replay_that_wants_page_under_page_ends_though_the_cache_holds_nothing() {
    let mut world = world();
    world.put_list("list");
    world.insert("list", 50, "more");
    world.crash();
    assert_eq!(world.items("list")[49..52], ["49", "more", "50"]);
}

#[test]
fn a_list_that_a_replay_empties_is_one_key_less_and_leaves_no_pages() {
    let mut world = world();
    world.set(0, "another", "key");
    world.put_list("list");
    world.cut("list", 0, ITEMS);
    world.crash();
    assert_eq!(world.count(0), 1);
    world.settle();
    assert_eq!(world.count(0), 1);
    world.dataset().reclaim().expect("nothing fails");
    assert_eq!((world.stored(b'p'), world.stored(b'g')), (0, 0));
}

#[test]
fn pages_of_what_is_gone_are_deleted_though_the_store_fails_meanwhile() {
    for call in [Call::DeleteRange, Call::Apply] {
        let mut world = world();
        world.put_list("list");
        world.call(0, "list", |txn, key| txn.delete(key).map(drop));
        world.settle();
        world.store.fail_nth(call, 1, unavailable());
        assert!(world.dataset().reclaim().is_err());
        assert_eq!(world.dataset().reclaimable(), 1);
        world.dataset().reclaim().expect("nothing fails any more");
        assert_eq!((world.stored(b'p'), world.stored(b'g')), (0, 0));
    }
}

#[test]
fn what_is_half_replayed_leaves_with_its_database() {
    for reads in 1..12 {
        let mut world = world();
        world.put_list("list");
        world.insert("list", 0, "first");
        world.insert("list", ITEMS, "last but one");
        world.crash();
        world.store.fail_nth(Call::Get, reads, unavailable());
        world.replay();
        world.store.heal();
        world.whole(|txn| txn.flush(0));
        world.dataset().journal().write(true).expect("nothing fails");
        world.dataset().reclaim().expect("nothing fails any more");
        assert_eq!(world.dataset().keyspace().oldest_owed(), None);
        for key in 0..10 {
            world.set(0, &format!("{{list}}{key}"), "in the same shard");
        }
        world.settle();
        world.dataset().keyspace().evict_all();
        assert_eq!(world.count(0), 10);
        assert_eq!(world.dataset().keyspace().oldest_owed(), None);
    }
}

#[test]
fn what_is_half_replayed_and_then_overwritten_keeps_its_place_in_the_journal() {
    for reads in 1..12 {
        let mut world = world();
        world.put_list("list");
        world.insert("list", 0, "first");
        world.insert("list", ITEMS, "last but one");
        world.dataset().sync().expect("nothing fails");
        world.crash();
        let oldest = world.dataset().keyspace().oldest_owed();
        world.store.fail_nth(Call::Get, reads, unavailable());
        world.replay();
        world.set(0, "list", "a string");
        assert_eq!(world.dataset().keyspace().oldest_owed(), oldest);
    }
}

#[test]
fn a_list_that_is_overwritten_while_its_replay_waits_for_pages_is_saved() {
    let mut world = world();
    world.put_list("list");
    world.insert("list", 50, "more");
    world.crash();
    let (keyspace, now) = (world.dataset().keyspace(), world.dataset().moment());
    let Want::Lead(_, ticket, _) = keyspace.want(0, b"list", None, now) else {
        panic!("nobody else loads it");
    };
    let snapshot = world.store.inner().snapshot();
    let (_, stored) = snapshot
        .scan(&b"k"[..]..&b"l"[..])
        .next()
        .expect("one key is stored")
        .expect("nothing fails");
    let record = Record::decode(&stored).expect("a record");
    let wanted = keyspace.loaded(&ticket, Ok(Some(record)), now);
    assert!(!wanted.0.is_empty(), "the edit wants pages");
    world.set(0, "list", "a string");
    keyspace.loaded_for_replay(&ticket, Vec::new(), &mut Vec::new(), now);
    world.settle();
    assert_eq!(world.dataset().keyspace().oldest_owed(), None);
}

#[test]
fn a_page_that_its_list_has_lost_while_it_was_loaded_is_no_damage() {
    let mut world = world();
    world.put_list("list");
    let (mut loads, mut pins) = (Vec::<Load>::new(), Vec::new());
    // Down to a leaf: that one is still being loaded when its items go.
    for _ in 0..4 {
        for load in loads.drain(..) {
            world.dataset().load(&load).expect("nothing fails");
        }
        let mut effects = Vec::new();
        let keys = std::iter::once(&b"list"[..]);
        let now = world.dataset().moment();
        let mut txn = world.dataset().keyspace().begin(0, keys, now, &mut effects);
        let list = txn.open(b"list", Kind::List).ok().flatten();
        let found = list.is_some_and(|list| list.sequence().at(50).is_ok());
        let missed = txn.take_missed();
        world.dataset().commit(txn);
        assert!(!found, "the leaf is never loaded");
        loads = world.want(missed, &mut pins);
        if loads.iter().any(|load| load.page.is_some_and(|page| world.is_leaf(page))) {
            break;
        }
    }
    world.cut("list", 10, 80);
    world.settle();
    for load in loads {
        world.dataset().load(&load).expect("the page is gone, and rightly so");
    }
    assert_eq!(world.items("list").len(), 20);
}

#[test]
fn an_effect_on_what_has_been_dropped_with_its_database_is_passed_over() {
    let mut world = world();
    world.set(0, "a", "a string");
    world.settle();
    world.call(0, "a", |txn, key| txn.delete(key).map(drop));
    // Owed until the crash: the journal is kept from here on.
    world.set(1, "b", "in another database");
    world.insert("a", 0, "an item");
    world.whole(|txn| txn.flush(0));
    world.dataset().journal().write(true).expect("nothing fails");
    world.dataset().keyspace().spaces().retire_durable(Lsn(u64::MAX));
    for shard in ShardId::all() {
        world.dataset().keyspace().purge_dead(shard);
    }
    world.dataset().sync().expect("nothing fails");
    // Room is made after each effect, so none of them waits for the end of the tail.
    world.options.owed_bytes_max = 0;
    world.crash();
    for shard in ShardId::all() {
        world.dataset().load_replayed(shard).expect("nothing fails");
    }
    assert_eq!(world.get(1, "b").as_deref(), Some("in another database"));
}

#[test]
fn a_list_of_a_database_that_is_gone_wants_no_pages_that_were_never_saved() {
    let mut world = world();
    world.set(0, "a", "saved, and with it from where on the journal counts");
    world.settle();
    for at in 0..ITEMS {
        world.insert("list", at, &at.to_string());
    }
    world.whole(|txn| txn.flush(0));
    world.dataset().journal().write(true).expect("nothing fails");
    world.dataset().keyspace().spaces().retire_durable(Lsn(u64::MAX));
    // The store learns which database is gone, and nothing of what was in it.
    world.settle();
    world.options.owed_bytes_max = 0;
    world.crash();
    world.set(0, "b", "in its place");
    assert_eq!(world.count(0), 1);
}

#[test]
fn what_is_half_replayed_does_not_expire_before_the_rest_of_it_is() {
    for reads in 1..12 {
        let mut world = world();
        world.put_list("list");
        let expire = |at| world.call(0, "list", |txn, key| txn.set_expiry(key, Some(at)));
        assert!(expire(START + 10));
        world.insert("list", 50, "more");
        assert!(expire(START + 100_000));
        world.crash();
        world.clock.advance_millis(1_000);
        world.store.fail_nth(Call::Get, reads, unavailable());
        world.replay();
        _ = world.dataset().expire(100);
        world.store.heal();
        assert_eq!(world.items("list").len() as u64, ITEMS + 1);
    }
}

#[test]
fn an_item_that_is_saved_is_not_put_in_its_list_again_by_a_replay_in_parts() {
    let mut world = world();
    world.set(0, "a", "saved, and with it from where on the journal counts");
    world.settle();
    world.put_list("list");
    (world.options.owed_bytes_max, world.options.bytes_max) = (0, usize::MAX);
    world.crash();
    let expected: Vec<_> = (0..ITEMS).map(|at| at.to_string()).collect();
    assert_eq!(world.items("list"), expected);
}
