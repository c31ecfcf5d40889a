//! What every engine must do, as functions that an engine's tests call.
//!
//! An engine gives a way to open the store in a folder; [`run`] does the rest and panics at the
//! first difference. What only a real loss of power shows (a prefix of unsynced batches) is not
//! here: the model states it in [`MemoryStore::crash`](crate::MemoryStore::crash), and each engine
//! needs a test that ends a process.

mod agreement;
mod basics;
mod snapshots;

use std::path::{Path, PathBuf};

use crate::{Batch, Entry, Snapshot, Store, StoreError};

pub use self::agreement::operations_in_any_order_agree_with_the_model;
pub use self::basics::{
    a_batch_is_applied_whole_and_in_order, a_deleted_range_is_gone_and_can_be_filled_again,
    a_store_opened_again_holds_what_was_synced, bytes_come_back_as_they_were_put,
    keys_that_are_there_are_never_denied, many_threads_may_call_at_once,
};
pub use self::snapshots::{
    a_checkpoint_opens_as_a_store_of_its_own, a_scan_yields_its_range_in_order,
    a_snapshot_is_exact_under_later_writes, a_snapshot_outlives_its_store,
    a_snapshot_still_sees_a_deleted_range,
};

/// Opens the store in a folder, creating both if they are missing.
pub type Open<'a> = &'a (dyn Fn(&Path) -> Result<Box<dyn Store>, StoreError> + Sync);

/// Runs the whole suite; `root` is an empty folder that is the suite's alone.
pub fn run(root: &Path, open: Open<'_>) {
    let dir = |name: &str| root.join(name);
    bytes_come_back_as_they_were_put(&dir("bytes"), open);
    a_batch_is_applied_whole_and_in_order(&dir("batch"), open);
    keys_that_are_there_are_never_denied(&dir("filter"), open);
    a_deleted_range_is_gone_and_can_be_filled_again(&dir("range"), open);
    a_store_opened_again_holds_what_was_synced(&dir("reopen"), open);
    many_threads_may_call_at_once(&dir("threads"), open);
    a_scan_yields_its_range_in_order(&dir("scan"), open);
    a_snapshot_is_exact_under_later_writes(&dir("snapshot"), open);
    a_snapshot_still_sees_a_deleted_range(&dir("snapshot_range"), open);
    a_snapshot_outlives_its_store(&dir("outlives"), open);
    a_checkpoint_opens_as_a_store_of_its_own(&dir("checkpoint"), open);
    for seed in 1..=4 {
        operations_in_any_order_agree_with_the_model(&dir(&format!("seed_{seed}")), open, seed);
    }
}

fn opened(dir: &Path, open: Open<'_>) -> Box<dyn Store> {
    open(dir).unwrap_or_else(|error| panic!("{error}: dir={}", dir.display()))
}

fn beside(dir: &Path, name: &str) -> PathBuf {
    dir.with_extension(name)
}

fn put(store: &dyn Store, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(key, value);
    store.apply(&batch).expect("a healthy store takes a batch");
}

fn delete(store: &dyn Store, key: &[u8]) {
    let mut batch = Batch::new();
    batch.delete(key);
    store.apply(&batch).expect("a healthy store takes a batch");
}

/// Puts `count` values of a kibibyte, so that an engine has something to write out and merge.
fn fill(store: &dyn Store, prefix: &[u8], count: u32) {
    let mut batch = Batch::new();
    for id in 0..count {
        batch.put(&numbered(prefix, id), &value_of(id));
        if batch.len() == 256 || id + 1 == count {
            store.apply(&batch).expect("a healthy store takes a batch");
            batch.clear();
        }
    }
}

fn numbered(prefix: &[u8], id: u32) -> Vec<u8> {
    // Scattered, so that files overlap.
    let spread = id.wrapping_mul(0x9E37_79B1);
    [prefix, &spread.to_be_bytes()].concat()
}

fn value_of(id: u32) -> Vec<u8> {
    (0..256_u32).flat_map(|word| (word ^ id).wrapping_mul(0x85EB_CA6B).to_le_bytes()).collect()
}

fn entries(snapshot: &dyn Snapshot, start: &[u8], end: &[u8]) -> Vec<Entry> {
    snapshot.scan(start..end).collect::<Result<_, _>>().expect("a healthy store is readable")
}

#[track_caller]
fn expect_value(store: &dyn Store, key: &[u8], value: Option<&[u8]>) {
    assert_eq!(store.get(key).expect("a healthy store is readable").as_deref(), value, "{key:?}");
}
