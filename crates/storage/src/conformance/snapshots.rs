//! Scans, snapshots and checkpoints: the dataset at one moment.

use std::path::Path;

use super::{Open, beside, delete, entries, expect_value, fill, numbered, opened, put, value_of};
use crate::StoreError;

/// Entries come in the order of their keys' bytes, from the start to in front of the end.
pub fn a_scan_yields_its_range_in_order(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    let keys: [&[u8]; 7] = [b"b", b"a\0", b"ab", b"a", b"\xFF", b"", b"a\xFF"];
    for (nth, key) in keys.iter().enumerate() {
        put(&*store, key, key);
        if nth == 3 {
            store.sync().expect("a healthy store syncs");
        }
    }
    put(&*store, b"aa", b"deleted");
    delete(&*store, b"aa");
    let snapshot = store.snapshot();
    let keys_of = |start: &[u8], end: &[u8]| -> Vec<Vec<u8>> {
        let found = entries(&*snapshot, start, end);
        found
            .into_iter()
            .map(|(key, value)| {
                assert_eq!(key, value);
                key
            })
            .collect()
    };
    let all: [&[u8]; 6] = [b"", b"a", b"a\0", b"ab", b"a\xFF", b"b"];
    assert_eq!(keys_of(b"", b"\xFF"), all);
    assert_eq!(keys_of(b"a", b"a\0"), [b"a"]);
    assert_eq!(keys_of(b"a\0", b"b"), [&b"a\0"[..], b"ab", b"a\xFF"]);
    assert_eq!(keys_of(b"\xFF", b"\xFF\xFF"), [b"\xFF"]);
    assert!(keys_of(b"b", b"a").is_empty(), "a reversed range is empty");
    assert!(keys_of(b"a", b"a").is_empty());
}

/// Whatever is written, written out and merged later, a snapshot and its running scans stay.
pub fn a_snapshot_is_exact_under_later_writes(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    fill(&*store, b"k", 4000);
    let before = store.snapshot();
    let expected = entries(&*before, b"", b"\xFF");
    assert_eq!(expected.len(), 4000);
    let mut scan = before.scan(b""..b"\xFF");
    assert_eq!(scan.next().as_ref().map(Result::as_ref), expected.first().map(Ok));
    for id in 0..4000 {
        match id % 3 {
            0 => put(&*store, &numbered(b"k", id), b"overwritten"),
            1 => delete(&*store, &numbered(b"k", id)),
            _ => put(&*store, &numbered(b"k", id + 1_000_000), b"new"),
        }
        if id % 1000 == 0 {
            store.sync().expect("a healthy store syncs");
        }
    }
    let rest: Vec<_> = scan.map(|entry| entry.expect("a healthy store is readable")).collect();
    assert_eq!(Some(rest.as_slice()), expected.get(1..));
    assert_eq!(entries(&*before, b"", b"\xFF"), expected);
    assert_eq!(before.get(&numbered(b"k", 1)), Ok(Some(value_of(1))));
    assert_eq!(before.get(&numbered(b"k", 1_000_002)), Ok(None));
    let after = store.snapshot();
    assert_eq!(after.get(&numbered(b"k", 1)), Ok(None));
    assert_eq!(after.get(&numbered(b"k", 0)), Ok(Some(b"overwritten".to_vec())));
}

/// Deleting a range at once must not mean that an older snapshot loses it.
pub fn a_snapshot_still_sees_a_deleted_range(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    for round in 0..4_u32 {
        // Several files, some of them merged.
        fill(&*store, b"k", 3000 + round);
        store.sync().expect("a healthy store syncs");
    }
    let before = store.snapshot();
    let expected = entries(&*before, b"", b"\xFF");
    store.delete_range(b"k"..b"l").expect("a healthy store deletes");
    for _ in 0..3 {
        store.sync().expect("a healthy store syncs");
        assert_eq!(entries(&*before, b"", b"\xFF"), expected);
        assert!(entries(&*store.snapshot(), b"", b"\xFF").is_empty());
    }
    drop(before);
    store.sync().expect("a healthy store syncs");
    put(&*store, b"k", b"again");
    store.sync().expect("a healthy store syncs");
    assert_eq!(entries(&*store.snapshot(), b"", b"\xFF"), [(b"k".to_vec(), b"again".to_vec())]);
}

/// A snapshot owns what it needs.
pub fn a_snapshot_outlives_its_store(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    put(&*store, b"a", b"1");
    let snapshot = store.snapshot();
    drop(store);
    assert_eq!(snapshot.get(b"a"), Ok(Some(b"1".to_vec())));
    assert_eq!(entries(&*snapshot, b"", b"\xFF").len(), 1);
}

/// The copy holds what was applied, synced or not, and lives on its own.
pub fn a_checkpoint_opens_as_a_store_of_its_own(dir: &Path, open: Open<'_>) {
    let store = opened(dir, open);
    fill(&*store, b"k", 3000);
    store.sync().expect("a healthy store syncs");
    put(&*store, b"not synced", b"1");
    let copy = beside(dir, "copy");
    store.checkpoint(&copy).expect("a healthy store is copied");
    put(&*store, b"later", b"1");
    let again = store.checkpoint(&copy);
    assert!(
        matches!(again, Err(StoreError::Unavailable { .. })),
        "a folder that exists is refused: {again:?}"
    );
    put(&*store, b"after a refusal", b"1");
    let copied = opened(&copy, open);
    expect_value(&*copied, b"not synced", Some(b"1"));
    expect_value(&*copied, b"later", None);
    for id in 0..3000 {
        expect_value(&*copied, &numbered(b"k", id), Some(&value_of(id)));
    }
    put(&*copied, b"not synced", b"2");
    expect_value(&*store, b"not synced", Some(b"1"));
    drop(store);
    expect_value(&*copied, &numbered(b"k", 1), Some(&value_of(1)));
}
