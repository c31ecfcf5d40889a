//! What a crash, a failing store and a second start must not change. One test per lesson.

use std::sync::mpsc;

use hadal_keyspace::{Before, SaveBatch, ShardId, Want};
use hadal_storage::faulty::Call;
use hadal_storage::memfiles::MemFiles;
use hadal_storage::{Store, StoreError};
use hadal_value::{Kind, Lsn, Record};

mod fields;
mod frozen;
mod pages;
mod strings;
mod world;

use world::{START, World};

#[test]
fn swapped_databases_stay_swapped_whatever_the_store_knew_of_it() {
    for saves in 0..4 {
        let mut world = World::new();
        world.set(0, "a", "zero");
        world.set(1, "a", "one");
        world.whole(|txn| txn.swap(0, 1));
        if saves & 1 > 0 {
            world.settle();
        }
        world.whole(|txn| txn.flush(2));
        world.whole(|txn| txn.swap(1, 2));
        if saves & 2 > 0 {
            world.settle();
        }
        for _ in 0..2 {
            world.crash();
            assert_eq!(world.get(0, "a").as_deref(), Some("one"), "{saves}");
            assert_eq!(world.get(2, "a").as_deref(), Some("zero"), "{saves}");
            assert_eq!(world.get(1, "a"), None, "{saves}");
            world.settle();
            world.dataset().reclaim().expect("nothing fails");
        }
    }
}

#[test]
fn what_a_flush_left_is_reclaimed_even_if_the_journal_was_replayed_in_parts() {
    for owed_bytes_max in [usize::MAX, 1] {
        let mut world = World::new();
        world.set(0, "a", "before");
        world.settle();
        world.whole(|txn| txn.flush(0));
        world.set(0, "b", "after");
        world.options.owed_bytes_max = owed_bytes_max;
        world.crash();
        world.settle();
        world.crash();
        world.settle();
        assert_eq!(world.dataset().reclaim().expect("nothing fails"), 1, "{owed_bytes_max}");
        world.settle();
        // Format, seed, databases, last effect, floor; the count and the record of one key.
        assert_eq!(world.store.inner().len(), 7, "{owed_bytes_max}");
    }
}

#[test]
fn effects_that_wait_to_be_replayed_do_not_come_back_after_a_reclaim() {
    let mut world = World::new();
    world.call(0, "a", |txn, key| txn.write_at(key, 0, b"grown"));
    world.whole(|txn| txn.flush(0));
    world.crash();
    world.settle();
    world.dataset().reclaim().expect("nothing fails");
    for shard in ShardId::all() {
        world.dataset().load_replayed(shard).expect("nothing fails");
    }
    world.settle();
    assert_eq!(world.dataset().keyspace().totals().owed, 0);
    assert_eq!(world.store.inner().len(), 3, "format, seed, databases");
}

#[test]
fn what_was_loaded_in_the_middle_of_a_reclaim_puts_nothing_back() {
    let mut world = World::new();
    world.set_until(0, "a", START + 1_000);
    world.settle();
    world.dataset().keyspace().evict_all();
    let keyspace = world.dataset().keyspace();
    let Want::Lead(pin, ticket, _) = keyspace.want(0, b"a", None, world.dataset().moment()) else {
        panic!("nobody else loads")
    };
    world.whole(|txn| txn.flush(0));
    world.settle();
    let ((reached, is_reached), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel());
    world.store.fail_when(move |attempt| {
        if attempt.call == Call::DeleteRange && attempt.nth_of_kind == 1 {
            reached.send(()).expect("the test waits");
            may_go_on.recv().expect("the test says when");
        }
        None
    });
    std::thread::scope(|scope| {
        scope.spawn(|| world.dataset().reclaim().expect("nothing fails"));
        is_reached.recv().expect("the store is asked to delete");
        let (kind, expiry) = (Kind::String, Some(START + 1_000));
        let record = Record { kind, lsn: Lsn::NONE, expiry, grown: false, payload: b"value" };
        let dataset = world.dataset();
        dataset.keyspace().loaded(&ticket, Ok(Some(record)), dataset.moment());
        go_on.send(()).expect("the reclaim waits");
    });
    world.dataset().keyspace().unpin(&pin);
    world.clock.advance_millis(2_000);
    assert_eq!(
        world.dataset().expire(100).expect("nothing fails"),
        hadal_dataset::Expired::NOTHING,
        "it is gone"
    );
    world.settle();
    // Format, seed, databases, last effect, floor.
    assert_eq!(world.store.inner().len(), 5);
}

#[test]
fn a_key_made_persistent_outlives_the_expiry_that_the_store_knows() {
    let mut world = World::new();
    world.set_until(0, "a", START + 1_000);
    world.settle();
    world.call(0, "a", |txn, key| txn.set_expiry(key, None));
    world.crash();
    world.clock.advance_millis(5_000);
    for _ in 0..3 {
        world.dataset().expire(100).expect("nothing fails");
        world.clock.advance_millis(5_000);
    }
    assert_eq!(world.get(0, "a").as_deref(), Some("value"));
}

#[test]
fn a_walk_and_a_count_see_what_waits_to_be_replayed() {
    let mut world = World::new();
    world.call(0, "a", |txn, key| txn.write_at(key, 0, b"grown"));
    world.crash();
    let page = world.dataset().scan(0, 0, 10).expect("nothing fails");
    assert_eq!(page.keys, [b"a".to_vec()]);
    assert_eq!(world.count(0), 1);
}

#[test]
fn a_walk_sees_a_replayed_key_whose_load_others_have_begun() {
    let mut world = World::new();
    world.call(0, "a", |txn, key| txn.write_at(key, 0, b"grown"));
    world.crash();
    let dataset = world.dataset();
    let Want::Lead(pin, ticket, space) = dataset.keyspace().want(0, b"a", None, dataset.moment())
    else {
        panic!("nobody else loads")
    };
    assert_eq!(dataset.scan(0, 0, 10).expect("nothing fails").keys, [b"a".to_vec()]);
    dataset
        .load(&hadal_dataset::Load { ticket, space, key: b"a"[..].into(), page: None })
        .expect("ignored");
    dataset.keyspace().unpin(&pin);
    assert_eq!(world.get(0, "a").as_deref(), Some("grown"), "applied once");
}

#[test]
fn the_journal_keeps_what_was_to_be_replayed_until_its_successor_is_durable() {
    let mut world = World::new();
    world.call(0, "a", |txn, key| txn.write_at(key, 0, b"durable"));
    world.crash();
    // Not yet durable, it replaces what is.
    world.set(0, "a", "lost");
    for key in 0..40 {
        world.set(1, &format!("{key}"), "fills segments of the journal");
    }
    world.dataset().truncate().expect("nothing fails");
    let journal = world.dataset().journal();
    assert_eq!(journal.stats().first.0, 1, "{:?}", world.dataset().keyspace().oldest_owed());
}

#[test]
fn a_durable_write_of_a_whole_value_makes_the_journal_before_it_superfluous() {
    let mut world = World::new();
    for number in 0..40 {
        world.set(0, "a", &format!("{number:060}"));
    }
    let first_after_truncating = |world: &World| {
        world.dataset().truncate().expect("nothing fails");
        world.dataset().journal().stats().first.0
    };
    assert_eq!(first_after_truncating(&world), 1, "all of it may be lost but the first");
    world.dataset().journal().write(true).expect("nothing fails");
    let kept = first_after_truncating(&world);
    assert!(kept > 20, "{kept}");
    for number in 40..80 {
        world.set(0, "a", &format!("{number:060}"));
    }
    assert_eq!(first_after_truncating(&world), kept);
    assert_eq!(world.dataset().save_counts().entries, 0);
    world.lose_power();
    assert_eq!(world.get(0, "a"), Some(format!("{:060}", 39)));
}

#[test]
fn what_a_change_in_part_is_made_of_is_kept() {
    let mut world = World::new();
    world.set(0, "a", "whole");
    for number in 0..40 {
        world.call(0, "a", |txn, key| txn.write_at(key, 5 + number, b"."));
    }
    world.dataset().journal().write(true).expect("nothing fails");
    world.dataset().truncate().expect("nothing fails");
    world.lose_power();
    assert_eq!(world.get(0, "a"), Some("whole".to_owned() + &".".repeat(40)));
}

#[test]
fn a_count_knows_what_is_replaced_by_writes_whose_save_is_under_way() {
    let mut world = World::new();
    for key in ["a", "b", "c"] {
        world.set(0, key, "old");
    }
    world.settle();
    world.crash();
    for key in ["a", "b", "new"] {
        world.set(0, key, "new");
    }
    let (keyspace, mut batch) = (world.dataset().keyspace(), SaveBatch::new(usize::MAX));
    ShardId::all().for_each(|shard| keyspace.poll_save(shard, Before::ALL, &mut batch));
    world.set(0, "a", "newer");
    assert_eq!((batch.len(), world.count(0)), (4, 4));
}

#[test]
fn a_count_that_fails_keeps_nothing_from_being_saved() {
    let mut world = World::new();
    for key in ["{t}a", "{t}b", "{t}c"] {
        world.set(0, key, "old");
    }
    world.settle();
    world.crash();
    for key in ["{t}a", "{t}b", "{t}c"] {
        world.set(0, key, "new");
    }
    world.store.fail_nth(Call::SnapshotGet, 1, StoreError::Unavailable { reason: String::new() });
    assert!(world.dataset().count(0).is_err());
    assert_eq!(world.save().expect("nothing fails"), 3);
    assert_eq!(world.count(0), 3);
}

#[test]
fn a_damaged_record_takes_its_index_entry_along_when_it_is_overwritten() {
    let mut world = World::new();
    world.set_until(0, "a", START + 1_000);
    world.settle();
    world.crash();
    world.set(0, "a", "for good");
    world.store.fail_nth(Call::Get, 1, StoreError::Corrupt { reason: String::new() });
    world.settle();
    world.dataset().keyspace().evict_all();
    world.clock.advance_millis(5_000);
    world.dataset().expire(100).expect("nothing fails");
    assert_eq!(world.get(0, "a").as_deref(), Some("for good"));
}

#[test]
fn an_expired_key_that_leaves_memory_undeleted_is_deleted_from_the_store() {
    let mut world = World::new();
    world.set_until(0, "{t}a", START + 1_000);
    world.set_until(0, "{t}b", START + 1_000);
    world.settle();
    world.clock.advance_millis(2_000);
    // One is deleted, the other is in memory still, but leaves before its turn.
    world.dataset().expire(1).expect("nothing fails");
    world.settle();
    world.dataset().keyspace().evict_all();
    let mut deleted = 0;
    while world.dataset().next_expiry().is_some_and(|at| at < START + 100_000) {
        world.clock.advance_millis(1_000);
        deleted += world.dataset().expire(1).expect("nothing fails").keys;
    }
    assert_eq!((deleted, world.count(0)), (1, 0));
}

#[test]
fn many_cold_keys_expire_although_the_deletions_of_the_first_are_not_saved_yet() {
    let mut world = World::new();
    for n in 0..30 {
        world.set_until(0, &format!("key:{n}"), START + 1_000);
    }
    world.settle();
    world.dataset().keyspace().evict_all();
    world.clock.advance_millis(2_000);
    let rounds = (0..31).map(|_| world.dataset().expire(1).expect("nothing fails").keys);
    assert_eq!(rounds.sum::<usize>(), 30);
    assert_eq!(world.count(0), 0);
}

#[test]
fn no_effect_gets_a_number_that_a_save_has_carried_even_without_the_journal() {
    let mut world = World::new();
    world.dataset().keyspace().set_save_delay_ms(1_000);
    world.set(0, "a", "first, saved last");
    world.dataset().keyspace().set_save_delay_ms(0);
    world.set(0, "b", "last, saved first");
    let last = world.dataset().journal().last();
    let now = world.dataset().moment().monotonic;
    let (dataset, saver) = world.dataset.as_mut().expect("open");
    let before = Before { at: now, first: Lsn::NONE, durable: Lsn::NONE };
    assert_eq!(dataset.save(saver, before).expect("nothing fails").count, 1);
    assert_eq!(dataset.save(saver, Before::ALL).expect("nothing fails").count, 1);
    world.store.sync().expect("nothing fails");
    world.dataset = None;
    world.files = MemFiles::new(2);
    world.open();
    assert_eq!(world.dataset().journal().last(), last);
}

#[test]
fn the_store_calls_nothing_superfluous_that_a_loss_of_power_can_take_back() {
    let mut world = World::new();
    world.set_until(0, "a", START + 1_000);
    world.whole(|txn| txn.flush(0));
    world.settle();
    world.clock.advance_millis(2_000);
    // Nobody owes the deletion of a key whose database is gone, and nobody has synced it.
    assert_eq!(world.dataset().expire(1).expect("nothing fails").keys, 1);
    world.settle();
    world.dataset().sync().expect("nothing fails");
    world.lose_power();
    world.set(0, "b", "of the same number");
    world.crash();
    assert_eq!(world.get(0, "b").as_deref(), Some("of the same number"));
}

#[test]
fn what_follows_the_loss_of_the_journal_is_replayed_whatever_the_store_calls_superfluous() {
    let mut world = World::new();
    for _ in 0..3 {
        world.set(0, "a", "of a database that is gone");
        world.whole(|txn| txn.flush(0));
    }
    world.settle();
    world.dataset().sync().expect("nothing fails");
    world.dataset = None;
    world.files = MemFiles::new(2);
    world.open();
    world.set(0, "b", "after it");
    world.crash();
    assert_eq!(world.get(0, "b").as_deref(), Some("after it"));
}

#[test]
fn a_database_that_cannot_be_selected_for_a_while_keeps_its_keys() {
    let mut world = World::new();
    world.set(2, "a", "at its first space");
    world.whole(|txn| txn.flush(3));
    world.set(3, "a", "at a later one");
    for databases in [2, 2, 4] {
        world.options.databases = databases;
        world.crash();
        world.whole(|txn| txn.flush(0));
        world.settle();
        world.dataset().reclaim().expect("nothing fails");
        world.dataset().truncate().expect("nothing fails");
    }
    assert_eq!(world.get(2, "a").as_deref(), Some("at its first space"));
    assert_eq!(world.get(3, "a").as_deref(), Some("at a later one"));
}

#[test]
fn writes_go_on_once_what_the_store_had_no_room_for_is_gone() {
    let mut world = World::new();
    world.set(0, "a", "too much");
    world.whole(|txn| txn.flush(0));
    world.store.set_full(true);
    assert!(world.save().is_err());
    assert!(world.dataset().accepts().is_err());
    world.store.set_full(false);
    world.dataset().journal().write(true).expect("nothing fails");
    world.dataset().keyspace().spaces().retire_durable(Lsn(u64::MAX));
    for shard in ShardId::all() {
        world.dataset().keyspace().purge_dead(shard);
    }
    world.settle();
    assert_eq!(world.dataset().accepts(), Ok(()));
}
