use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::conformance;

/// Small memtables and files, so that little is enough to write files out and merge them.
fn options(dir: &Path) -> Options {
    let mut options = Options::new(dir, 16 << 20);
    options.tuning.memtable_bytes = 1 << 20;
    options.tuning.file_bytes = 1 << 20;
    options
}

fn batch(entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in entries {
        batch.put(&key, &value);
    }
    batch
}

/// `count` values of a kibibyte that do not compress, under keys that start with `prefix`.
fn fill(store: &RocksStore, prefix: u8, count: u32) {
    try_fill(store, prefix, count).expect("a healthy disk");
}

fn try_fill(store: &RocksStore, prefix: u8, count: u32) -> Result<(), StoreError> {
    let mut noise = 1_u32;
    for id in 0..count {
        let mut next = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        };
        let value: Vec<u8> = (0..1024).map(|_| next()).collect();
        let key = [&[prefix][..], &id.wrapping_mul(0x9E37_79B1).to_be_bytes()].concat();
        store.apply(&batch([(key, value)]))?;
    }
    Ok(())
}

/// Flips a byte in the middle of some file of entries.
fn flip_a_byte(dir: &Path) {
    let files = std::fs::read_dir(dir).expect("the store's folder");
    let file = files
        .filter_map(|file| file.ok().map(|file| file.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "sst"))
        .expect("a file of entries");
    let mut bytes = std::fs::read(&file).expect("readable");
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).expect("not empty") ^= 1;
    std::fs::write(&file, bytes).expect("writable");
}

/// Waits until every merge that is due is done.
fn settle(store: &RocksStore) {
    let options = rocksdb::WaitForCompactOptions::default();
    // It fails if the merge did, which the tests see elsewhere.
    drop(store.db.wait_for_compact(&options));
}

#[test]
fn the_engine_conforms() {
    let root = TempDir::new().expect("a folder for the test");
    conformance::run(root.path(), &|dir| Ok(Box::new(RocksStore::open(&options(dir))?)));
}

#[test]
fn tiny_files_that_are_merged_all_the_time_agree_with_the_model() {
    let seeds = std::env::var("HADAL_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    for seed in 1..=seeds.unwrap_or(6) {
        let root = TempDir::new().expect("a folder for the test");
        let open = |dir: &Path| -> Result<Box<dyn Store>, StoreError> {
            let mut options = options(dir);
            options.tuning.memtable_bytes = 64 << 10;
            options.tuning.file_bytes = 4 << 10;
            options.tuning.runs = 2;
            if seed % 2 == 0 {
                options.tuning.compaction = Compaction::Leveled { base_bytes: 16 << 10 };
            }
            Ok(Box::new(RocksStore::open(&options)?))
        };
        let dir = root.path().join("store");
        conformance::operations_in_any_order_agree_with_the_model(&dir, &open, seed);
    }
}

#[test]
fn a_second_opener_is_refused() {
    let root = TempDir::new().expect("a folder for the test");
    let store = RocksStore::open(&options(root.path())).expect("an empty folder");
    let second = RocksStore::open(&options(root.path()));
    assert!(matches!(second, Err(StoreError::Unavailable { .. })), "{second:?}");
    drop(store);
    RocksStore::open(&options(root.path())).expect("the first one is gone");
}

#[test]
fn the_space_of_a_deleted_range_comes_back_without_rewriting_the_rest() {
    let root = TempDir::new().expect("a folder for the test");
    let store = RocksStore::open(&options(root.path())).expect("an empty folder");
    fill(&store, b'a', 10_000);
    store.sync().expect("a healthy disk");
    // Far more than may lie in the top level, whose files are left to compaction.
    fill(&store, b'b', 60_000);
    store.sync().expect("a healthy disk");
    settle(&store);
    let full = store.stats().disk_bytes;
    store.delete_range(b"b"..b"c").expect("a healthy disk");
    store.sync().expect("a healthy disk");
    // What was being merged at that moment goes at the next sync.
    settle(&store);
    store.sync().expect("a healthy disk");
    let left = store.stats().disk_bytes;
    assert!(left < full / 2, "full={full} left={left}");
}

#[test]
fn the_end_of_a_deleted_range_survives_though_a_file_ends_with_it() {
    let root = TempDir::new().expect("a folder for the test");
    let mut options = options(root.path());
    options.tuning.file_bytes = 16 << 10;
    options.tuning.runs = 2;
    let store = RocksStore::open(&options).expect("an empty folder");
    for _ in 0..3 {
        fill(&store, b'b', 1000);
        store.apply(&batch([(b"c".to_vec(), b"kept".to_vec())])).expect("a healthy disk");
        store.sync().expect("a healthy disk");
    }
    settle(&store);
    store.delete_range(b"b"..b"c").expect("a healthy disk");
    store.sync().expect("a healthy disk");
    assert_eq!(store.get(b"c"), Ok(Some(b"kept".to_vec())));
}

#[test]
fn a_key_below_a_deleted_file_does_not_come_back() {
    let root = TempDir::new().expect("a folder for the test");
    let mut options = options(root.path());
    options.tuning.memtable_bytes = 8 << 20;
    options.tuning.file_bytes = 16 << 10;
    options.tuning.runs = 3;
    let store = RocksStore::open(&options).expect("an empty folder");
    let below = (b"b\x40".to_vec(), b"deleted".to_vec());
    // The oldest run: its last file starts in front of the range, so it stays.
    for _ in 0..3 {
        fill(&store, b'a', 3000);
        store.apply(&batch([below.clone()])).expect("a healthy disk");
        store.sync().expect("a healthy disk");
    }
    settle(&store);
    // A newer run with the marker in many files, kept apart by what the snapshot still sees.
    fill(&store, b'b', 100);
    let snapshot = store.snapshot();
    store.delete_range(b"b"..b"c").expect("a healthy disk");
    store.sync().expect("a healthy disk");
    for _ in 0..4 {
        fill(&store, b'd', 100);
        store.sync().expect("a healthy disk");
        settle(&store);
    }
    drop(snapshot);
    assert_eq!(store.get(&below.0), Ok(None));
    let before = store.stats().disk_bytes;
    store.sync().expect("a healthy disk");
    settle(&store);
    assert!(store.stats().disk_bytes < before, "files have gone");
    assert_eq!(store.get(&below.0), Ok(None));
}

#[test]
fn asking_whether_a_key_may_be_there_reads_no_device() {
    let root = TempDir::new().expect("a folder for the test");
    let store = RocksStore::open(&options(root.path())).expect("an empty folder");
    fill(&store, b'a', 5000);
    store.sync().expect("a healthy disk");
    settle(&store);
    drop(store);
    // Nothing is cached now.
    let store = RocksStore::open(&options(root.path())).expect("a healthy disk");
    settle(&store);
    let before = store.stats().reads;
    for id in 0..5000_u32 {
        let key = [&b"a"[..], &id.wrapping_mul(0x9E37_79B1).to_be_bytes()].concat();
        assert!(store.may_contain(&key));
        store.may_contain(&[&key[..], b"absent"].concat());
    }
    assert_eq!(store.stats().reads, before);
    assert!(store.get(b"a\0\0\0\0").expect("a healthy disk").is_some());
    assert!(store.stats().reads > before, "the counter counts");
}

#[test]
fn a_flipped_byte_is_an_error_of_its_key_and_never_a_wrong_answer() {
    let root = TempDir::new().expect("a folder for the test");
    let store = RocksStore::open(&options(root.path())).expect("an empty folder");
    fill(&store, b'a', 3000);
    drop(store);
    flip_a_byte(root.path());
    let store = RocksStore::open(&options(root.path())).expect("the rest is sound");
    let mut corrupt = 0;
    for id in 0..3000_u32 {
        let key = [&b"a"[..], &id.wrapping_mul(0x9E37_79B1).to_be_bytes()].concat();
        match store.get(&key) {
            Ok(value) => assert_eq!(value.map(|value| value.len()), Some(1024)),
            Err(StoreError::Corrupt { .. }) => corrupt += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((1..20).contains(&corrupt), "corrupt={corrupt}");
}

#[test]
fn a_store_with_a_corrupt_file_takes_writes_when_it_does_not_merge() {
    let root = TempDir::new().expect("a folder for the test");
    let store = RocksStore::open(&options(root.path())).expect("an empty folder");
    fill(&store, b'a', 3000);
    drop(store);
    flip_a_byte(root.path());
    let store = RocksStore::open(&options(root.path())).expect("the rest is sound");
    let stopped = (0..20).find_map(|_| {
        try_fill(&store, b'a', 1000).err().or_else(|| {
            settle(&store);
            store.sync().err()
        })
    });
    assert!(matches!(stopped, Some(StoreError::Corrupt { .. })), "{stopped:?}");
    assert!(matches!(store.get(b"absent"), Ok(None)), "reads go on");
    drop(store);
    let options = Options { merging: Merging::Never, ..options(root.path()) };
    let store = RocksStore::open(&options).expect("the rest is sound");
    for _ in 0..20 {
        try_fill(&store, b'a', 1000).expect("nothing looks at the corrupt block");
        store.sync().expect("nothing looks at the corrupt block");
    }
}
