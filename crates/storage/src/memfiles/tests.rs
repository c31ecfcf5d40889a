use super::*;

const DIR: &str = "/d";

fn path(name: &str) -> PathBuf {
    Path::new(DIR).join(name)
}

/// A file of `bytes` that is on the medium, name and all.
fn synced(files: &MemFiles, name: &str, bytes: &[u8]) -> Box<dyn File> {
    let file = files.create(&path(name), 0).unwrap();
    file.write_at(bytes, 0).unwrap();
    file.sync_data().unwrap();
    files.sync_dir(Path::new(DIR)).unwrap();
    file
}

#[test]
fn what_is_synced_survives_every_crash() {
    for seed in 0..50 {
        let files = MemFiles::new(seed);
        let file = synced(&files, "a", &[7; 2000]);
        files.crash();
        assert_eq!(files.contents(&path("a")), Some(vec![7; 2000]));
        assert!(file.len().is_err(), "an old handle must not work");
    }
}

#[test]
fn unsynced_bytes_are_lost_kept_and_mixed_depending_on_the_seed() {
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let files = MemFiles::new(seed);
        let file = synced(&files, "a", &[0; 2048]);
        file.write_at(&[1; 2048], 0).unwrap();
        files.crash();
        let bytes = files.contents(&path("a")).unwrap();
        let sectors: Vec<u32> =
            bytes.chunks(512).map(|s| s.iter().map(|b| u32::from(*b)).sum()).collect();
        outcomes.insert(sectors);
    }
    assert!(outcomes.contains(&vec![0; 4]));
    assert!(outcomes.contains(&vec![512; 4]));
    assert!(outcomes.contains(&vec![0, 512, 0, 512]), "a later sector without an earlier one");
    assert!(outcomes.iter().any(|s| s.iter().any(|sum| *sum != 0 && *sum != 512)), "a torn one");
}

#[test]
fn unsynced_names_may_be_lost_but_a_rename_is_never_done_by_halves() {
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let files = MemFiles::new(seed);
        synced(&files, "old", b"x");
        files.rename(&path("old"), &path("new")).unwrap();
        files.create(&path("made"), 0).unwrap();
        files.crash();
        let names = files.list(Path::new(DIR)).unwrap();
        assert_ne!(names.contains(&"old".to_owned()), names.contains(&"new".to_owned()));
        outcomes.insert(names);
    }
    assert_eq!(outcomes.len(), 4);
}

#[test]
fn what_a_failed_sync_left_out_is_readable_but_never_durable() {
    let mut was_lost = false;
    for seed in 0..50 {
        let files = MemFiles::new(seed);
        let file = synced(&files, "a", b"old");
        file.write_at(b"new", 0).unwrap();
        files.fail_nth(1, Fault::Error);
        file.sync_data().unwrap_err();
        file.sync_data().unwrap();
        assert_eq!(files.contents(&path("a")).unwrap(), b"new");
        files.crash();
        was_lost |= files.contents(&path("a")).unwrap() != b"new";
    }
    assert!(was_lost);
}

#[test]
fn a_full_disk_takes_no_new_bytes_but_can_be_overwritten() {
    let files = MemFiles::new(1);
    files.set_capacity(Some(10));
    let file = files.create(&path("a"), 8).unwrap();
    assert_eq!(files.create(&path("b"), 3).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.write_at(b"abcd", 7).unwrap_err().kind(), io::ErrorKind::StorageFull);
    file.write_at(b"abcdefgh", 0).unwrap();
    assert_eq!(files.used(), 8);
    files.remove(&path("a")).unwrap();
    files.create(&path("b"), 10).unwrap();
}

#[test]
fn the_nth_call_fails_once_and_lost_power_stays_lost_until_the_crash() {
    let files = MemFiles::new(1);
    files.fail_nth(2, Fault::Error);
    let file = files.create(&path("a"), 0).unwrap();
    file.write_at(b"x", 0).unwrap_err();
    file.write_at(b"x", 0).unwrap();
    files.fail_nth(1, Fault::PowerOff);
    file.sync_data().unwrap_err();
    files.list(Path::new(DIR)).unwrap_err();
    files.crash();
    files.list(Path::new(DIR)).unwrap();
}

#[test]
fn a_lock_is_given_back_by_dropping_it_and_by_a_crash() {
    let files = MemFiles::new(1);
    let lock = files.lock(&path("lock")).unwrap();
    assert_eq!(files.lock(&path("lock")).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(lock);
    let stale = files.lock(&path("lock")).unwrap();
    files.crash();
    let held = files.lock(&path("lock")).unwrap();
    drop(stale);
    files.lock(&path("lock")).unwrap_err();
    drop(held);
}
