//! Puts, gets, batches, ranges, and what is there after opening again.

use std::path::Path;

use super::{Open, delete, expect_value, fill, numbered, opened, put, value_of};
use crate::Batch;

/// Keys and values are any bytes of any length, and come back one by one or several at once.
pub fn bytes_come_back_as_they_were_put(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    let large = vec![7; 1 << 20];
    let cases: [(&[u8], &[u8]); 6] = [
        (b"", b"the empty key"),
        (b"empty value", b""),
        (b"\0", b"\0\0"),
        (b"\xFF\xFF", b"\xFF"),
        (&[0xAB; 4000], b"a long key"),
        (b"large", &large),
    ];
    for (key, value) in cases {
        expect_value(&*store, key, None);
        put(&*store, key, value);
    }
    store.sync().expect("a healthy store syncs");
    for (key, value) in cases {
        expect_value(&*store, key, Some(value));
    }
    put(&*store, b"\0", b"newer");
    delete(&*store, b"large");
    expect_value(&*store, b"\0", Some(b"newer"));
    expect_value(&*store, b"large", None);
    let keys: [&[u8]; 5] = [b"large", b"\0", b"nothing", b"", b"\0"];
    let found = store.multi_get(&keys);
    let found: Vec<_> = found.iter().map(|value| value.as_ref().map(Option::as_deref)).collect();
    let newer: &[u8] = b"newer";
    assert_eq!(
        found,
        [Ok(None), Ok(Some(newer)), Ok(None), Ok(Some(&b"the empty key"[..])), Ok(Some(newer))]
    );
    assert!(store.multi_get(&[]).is_empty());
}

/// The last change of a key in a batch counts, and an empty batch is no mistake.
pub fn a_batch_is_applied_whole_and_in_order(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    put(&*store, b"old", b"1");
    let mut batch = Batch::new();
    batch.put(b"a", b"1");
    batch.put(b"a", b"2");
    batch.put(b"b", b"1");
    batch.delete(b"b");
    batch.delete(b"c");
    batch.put(b"c", b"1");
    batch.delete(b"old");
    store.apply(&batch).expect("a healthy store takes a batch");
    for _ in 0..2 {
        expect_value(&*store, b"a", Some(b"2"));
        expect_value(&*store, b"b", None);
        expect_value(&*store, b"c", Some(b"1"));
        expect_value(&*store, b"old", None);
        store.sync().expect("a healthy store syncs");
    }
    store.apply(&Batch::new()).expect("an empty batch changes nothing");
}

/// `may_contain` may err on one side only, whether the key is in memory or on the medium.
pub fn keys_that_are_there_are_never_denied(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    fill(&*store, b"k", 20_000);
    for round in 0..2 {
        for id in 0..20_000 {
            assert!(store.may_contain(&numbered(b"k", id)), "id={id} round={round}");
        }
        store.sync().expect("a healthy store syncs");
    }
    let denied = (0..1000).filter(|id| !store.may_contain(&numbered(b"other", *id))).count();
    assert!(denied > 0, "a filter that never denies is none");
}

/// A range deletion spares its neighbours, and does not touch what is put afterwards.
pub fn a_deleted_range_is_gone_and_can_be_filled_again(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    for prefix in [b"a", b"b", b"c"] {
        fill(&*store, prefix, 12_000);
        store.sync().expect("a healthy store syncs");
    }
    put(&*store, b"b", b"the start is deleted");
    put(&*store, b"c", b"the end is not");
    store.delete_range(b"c"..b"b").expect("a reversed range is empty");
    store.delete_range(b"b"..b"b").expect("an empty range is no mistake");
    expect_value(&*store, b"b", Some(b"the start is deleted"));
    store.delete_range(b"b"..b"c").expect("a healthy store deletes");
    put(&*store, &numbered(b"b", 7), b"put again");
    for round in 0..3 {
        expect_value(&*store, b"b", None);
        expect_value(&*store, b"c", Some(b"the end is not"));
        for id in 0..12_000 {
            let again = (id == 7).then_some(&b"put again"[..]);
            expect_value(&*store, &numbered(b"b", id), again);
            if id % 64 == round {
                expect_value(&*store, &numbered(b"a", id), Some(&value_of(id)));
                expect_value(&*store, &numbered(b"c", id), Some(&value_of(id)));
            }
        }
        store.sync().expect("a healthy store syncs");
        if round == 1 {
            // Nothing is put again this time: space may come back at once.
            delete(&*store, &numbered(b"b", 7));
            store.delete_range(b"b"..b"c").expect("a healthy store deletes");
            store.sync().expect("a healthy store syncs");
            put(&*store, &numbered(b"b", 7), b"put again");
        }
    }
}

/// What was synced is there when the folder is opened again, deletions included.
pub fn a_store_opened_again_holds_what_was_synced(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    fill(&*store, b"k", 3000);
    delete(&*store, &numbered(b"k", 5));
    fill(&*store, b"gone", 100);
    store.delete_range(b"gone"..b"gonf").expect("a healthy store deletes");
    store.sync().expect("a healthy store syncs");
    drop(store);
    for _ in 0..2 {
        let store = opened(dir, open);
        for id in 0..3000 {
            let value = value_of(id);
            expect_value(&*store, &numbered(b"k", id), (id != 5).then_some(value.as_slice()));
        }
        expect_value(&*store, &numbered(b"gone", 1), None);
        store.sync().expect("nothing to sync is no mistake");
    }
}

/// Batches of several threads do not mix: two keys always change together.
pub fn many_threads_may_call_at_once(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    std::thread::scope(|scope| {
        for writer in 0..3_u8 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..300_u16 {
                    let mut batch = Batch::new();
                    let value = [&[writer][..], &round.to_le_bytes()].concat();
                    batch.put(b"left", &value);
                    batch.put(b"right", &value);
                    store.apply(&batch).expect("a healthy store takes a batch");
                    if round % 100 == 0 {
                        store.sync().expect("a healthy store syncs");
                    }
                }
            });
        }
        for _ in 0..300 {
            let snapshot = store.snapshot();
            assert_eq!(snapshot.get(b"left"), snapshot.get(b"right"));
        }
    });
}
