//! A disk that fills up and is emptied again: by hand, since it wants a small file system.
//!
//! `HADAL_SMALL_DISK=/mnt/small cargo test -p hadal-storage --test full_disk -- --ignored`, where
//! the folder is on a file system of its own of 128 to 512 MiB.
#![cfg(feature = "rocksdb")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use hadal_storage::rocks::{Options, RocksStore};
use hadal_storage::{Batch, Store, StoreError};

fn batch(id: u64) -> Batch {
    let mut batch = Batch::new();
    let mut noise = id | 1;
    let value: Vec<u8> = (0..64 << 10)
        .map(|_| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 56) as u8
        })
        .collect();
    for part in 0..64 {
        let start = part * 1024;
        batch.put(&key(id, part), &value[start..start + 1024]);
    }
    batch
}

fn key(id: u64, part: usize) -> Vec<u8> {
    [id.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes(), part.to_be_bytes()].concat()
}

#[test]
#[ignore = "wants HADAL_SMALL_DISK"]
fn writes_fail_without_room_and_go_on_by_themselves_when_there_is_room() {
    // A large memtable: writing it out fails. Small ones: merging fails first.
    for budget_mib in [64, 16] {
        fill_and_empty(budget_mib << 20);
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for the engine to notice that there is room")]
fn fill_and_empty(budget_bytes: usize) {
    let disk = PathBuf::from(std::env::var("HADAL_SMALL_DISK").expect("a small file system"));
    let ballast = disk.join("ballast");
    let dir = disk.join("store");
    drop(std::fs::remove_dir_all(&dir));
    std::fs::write(&ballast, vec![1; 64 << 20]).expect("room for the ballast");
    let store = RocksStore::open(&Options::new(&dir, budget_bytes)).expect("room for a store");
    let mut applied = 0;
    let error = loop {
        if applied % 64 == 63 {
            drop(store.sync());
        }
        match store.apply(&batch(applied)) {
            Ok(()) => applied += 1,
            Err(error) => break error,
        }
    };
    println!("budget={budget_bytes} applied={applied} error={error}");
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(matches!(store.sync(), Err(StoreError::Full { .. })));
    for id in 0..applied {
        assert!(store.get(&key(id, 3)).expect("reads go on").is_some(), "id={id}");
    }
    std::fs::remove_file(&ballast).expect("a file of ours");
    let started = Instant::now();
    while let Err(error) = store.apply(&batch(applied)) {
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10), "{error}");
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("resumed_after_ms={}", started.elapsed().as_millis());
    store.sync().expect("there is room");
    drop(store);
    let store = RocksStore::open(&Options::new(&dir, budget_bytes)).expect("a sound store");
    for id in 0..=applied {
        assert!(store.get(&key(id, 63)).expect("readable").is_some(), "id={id}");
    }
}
