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
    fill(&store, b'b', 30_000);
    store.sync().expect("a healthy disk");
    settle(&store);
    let full = store.stats().disk_bytes;
    store.delete_range(b"b"..b"c").expect("a healthy disk");
    store.sync().expect("a healthy disk");
    let left = store.stats().disk_bytes;
    assert!(left < full / 2, "full={full} left={left}");
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
    let options = Options { merges: false, ..options(root.path()) };
    let store = RocksStore::open(&options).expect("the rest is sound");
    for _ in 0..20 {
        try_fill(&store, b'a', 1000).expect("nothing looks at the corrupt block");
        store.sync().expect("nothing looks at the corrupt block");
    }
}
