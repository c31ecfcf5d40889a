//! What a store holds after its process ended without warning: what was synced and a prefix of the
//! rest, never a part of a batch.
#![cfg(feature = "rocksdb")]

use std::path::Path;
use std::process::Command;

use hadal_storage::rocks::{Options, RocksStore};
use hadal_storage::{Batch, Store};
use tempfile::TempDir;

const DIR: &str = "HADAL_LOST_PROCESS_DIR";
const SYNCED: u32 = 1000;
const APPLIED: u32 = 5000;

/// Small memtables: many are written out between two syncs.
fn open(dir: &Path) -> RocksStore {
    let mut options = Options::new(dir, 16 << 20);
    options.tuning.memtable_bytes = 256 << 10;
    RocksStore::open(&options).expect("a sound store")
}

fn key(id: u32) -> Vec<u8> {
    [&b"k"[..], &id.wrapping_mul(0x9E37_79B1).to_be_bytes()].concat()
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}

#[test]
#[ignore = "it is what the other test runs, and ends its process"]
fn a_process_that_ends_without_warning() {
    let dir = std::env::var(DIR).expect("the other test says where");
    let store = open(Path::new(&dir));
    for id in 0..APPLIED {
        let mut batch = Batch::new();
        batch.put(&key(id), &[id as u8; 500]);
        batch.put(b"last", &id.to_be_bytes());
        batch.put(b"twin", &id.to_be_bytes());
        if id >= 10 {
            batch.delete(&key(id - 10));
        }
        store.apply(&batch).expect("a healthy disk");
        if id == SYNCED {
            store.sync().expect("a healthy disk");
        }
    }
    std::process::abort();
}

#[test]
fn what_was_synced_survives_and_of_the_rest_a_prefix() {
    let root = TempDir::new().expect("a folder for the test");
    let dir = root.path().join("store");
    let status = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "a_process_that_ends_without_warning", "--ignored"])
        .env(DIR, &dir)
        .status()
        .expect("this test can be started");
    assert!(!status.success(), "it ended without warning");
    let store = open(&dir);
    let last = store.get(b"last").expect("readable").map(|bytes| number(&bytes));
    let last = last.expect("it was synced");
    assert!((SYNCED..APPLIED - 1).contains(&last), "last={last}");
    assert_eq!(store.get(b"twin").expect("readable").map(|bytes| number(&bytes)), Some(last));
    for id in 0..APPLIED {
        let there = store.get(&key(id)).expect("readable").is_some();
        assert_eq!(there, id <= last && id + 10 > last, "id={id} last={last}");
    }
}
