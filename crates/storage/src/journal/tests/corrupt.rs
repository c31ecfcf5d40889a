//! Damage to what was synced is never taken for a torn write, nor a torn write for damage.

use super::*;

/// Five segments of two records, all synced; the last with a mark behind it.
fn filled(seed: u64) -> MemFiles {
    let files = MemFiles::new(seed);
    let (journal, _) = open(&files, &small());
    for lsn in 1..=10u8 {
        journal.append(&[lsn; 200]);
        journal.write(true).unwrap();
    }
    journal.close();
    journal.write(true).unwrap();
    assert_eq!(segments(&files).len(), 5);
    files
}

/// Where the records of a segment end. The very first write has a mark in front; after that, the
/// second of each segment has one.
fn used(first: u64) -> u64 {
    64 + 2 * (16 + 200) + if first == 1 { 2 * 24 } else { 24 }
}

#[test]
fn every_flipped_byte_in_what_was_synced_is_refused_with_file_and_offset() {
    for first in [1, 5, 9] {
        for offset in 0..used(first) {
            let files = filled(1);
            files.flip(&segment(first), offset, offset as u8);
            let error = try_open(&files, &small()).unwrap_err();
            let JournalError::Corrupt { file, offset: found, lsn, .. } = &error else {
                panic!("byte {offset} of {first}: {error}");
            };
            assert_eq!(*file, segment(first), "byte {offset}");
            assert!(*found <= offset && offset < found + 64 + 24 + 216, "{found} for {offset}");
            assert!((first..=first + 1).contains(&lsn.0), "byte {offset}: record {lsn}");
            assert!(error.to_string().contains("offset="), "{error}");
        }
    }
}

#[test]
fn refusing_changes_nothing() {
    let files = filled(1);
    files.flip(&segment(5), 300, 1);
    let before: Vec<_> = segments(&files).iter().map(|path| files.contents(path)).collect();
    try_open(&files, &small()).unwrap_err();
    try_open(&files, &small()).unwrap_err();
    let after: Vec<_> = segments(&files).iter().map(|path| files.contents(path)).collect();
    assert_eq!(before, after);
    files.flip(&segment(5), 300, 1);
    assert_eq!(open(&files, &small()).1.count(), 10, "put right, all is there");
}

#[test]
fn truncating_keeps_what_is_before_and_gives_no_lost_number_out_again() {
    let truncate = Options { on_corruption: OnCorruption::Truncate, ..small() };
    for (first, offset, kept) in
        [(1, 20, 0), (1, 100, 0), (1, 400, 1), (5, 20, 4), (5, 100, 4), (5, 400, 5), (9, 400, 9)]
    {
        let files = filled(1);
        files.flip(&segment(first), offset, 0);
        let (journal, recovered) = open(&files, &truncate);
        assert_eq!(lsns(&recovered), (1..=kept).collect::<Vec<_>>());
        let cut = recovered.corruption().unwrap();
        assert_eq!((&cut.file, cut.lsn), (&segment(first), Lsn(kept + 1)));
        let next = journal.append(b"new");
        assert!(next > Lsn(10), "{next}");
        journal.write(true).unwrap();
        drop(journal);
        files.crash();
        let (journal, recovered) = open(&files, &small());
        let mut expected: Vec<u64> = (1..=kept).collect();
        expected.push(next.0);
        assert_eq!(lsns(&recovered), expected);
        assert_eq!(journal.append(b""), next.next());
    }
}

#[test]
fn a_missing_segment_is_corruption_unless_it_is_the_oldest() {
    for missing in [3, 5, 7] {
        let files = filled(1);
        crate::env::Files::remove(&files, &segment(missing)).unwrap();
        let error = try_open(&files, &small()).unwrap_err();
        assert!(
            matches!(&error, JournalError::Corrupt { lsn, .. } if lsn.0 == missing),
            "{missing}: {error}"
        );
    }
    let files = filled(1);
    crate::env::Files::remove(&files, &segment(1)).unwrap();
    assert_eq!(lsns(&open(&files, &small()).1), (3..=10).collect::<Vec<_>>());
}

#[test]
fn segments_that_the_store_does_not_need_are_removed_unread() {
    for (needed, first) in [(2, 1), (3, 3), (4, 3), (5, 5), (100, 9)] {
        let files = filled(1);
        if first > 1 {
            let file = crate::env::Files::open(&files, &segment(1)).unwrap();
            file.write_at(&[0xFF; 8], 100).unwrap();
        }
        let (_, recovered) = open(&files, &Options { needed: Lsn(needed), ..small() });
        assert_eq!(lsns(&recovered), (first..=10).collect::<Vec<_>>(), "{needed}");
        assert_eq!(files.contents(&segment(1)).is_none(), first > 1, "{needed}");
    }
}

/// What a failed sync of the directory may do: the deletion of one segment is lost, that of its
/// successor is not.
#[test]
fn a_deleted_segment_that_comes_back_alone_does_not_count() {
    let files = filled(1);
    let first = files.contents(&segment(1)).unwrap();
    let (journal, _) = open(&files, &small());
    assert_eq!(journal.truncate(Lsn(3)).unwrap(), 1);
    drop(journal);
    let (journal, _) = open(&files, &small());
    assert_eq!(journal.truncate(Lsn(5)).unwrap(), 1);
    drop(journal);
    let file = crate::env::Files::create(&files, &segment(1), 0).unwrap();
    file.write_at(&first, 0).unwrap();
    let (_, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), (5..=10).collect::<Vec<_>>());
    assert_eq!(files.contents(&segment(1)), None);
}

#[test]
fn damage_to_the_newest_synced_records_is_seen_once_the_journal_was_idle() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"precious");
    journal.write(true).unwrap();
    journal.write(true).unwrap();
    drop(journal);
    files.crash();
    files.flip(&segment(1), 64 + 24 + 16, 0);
    assert!(matches!(try_open(&files, &small()), Err(JournalError::Corrupt { .. })));
}

#[test]
fn an_idle_journal_syncs_its_mark_once() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"a");
    journal.write(true).unwrap();
    journal.write(true).unwrap();
    let calls = files.calls();
    for _ in 0..5 {
        journal.write(true).unwrap();
    }
    assert_eq!(files.calls(), calls);
}

/// A record may hold anything, even a copy of a journal.
#[test]
fn a_record_that_looks_like_a_journal_proves_nothing() {
    let copy = filled(7).contents(&segment(9)).unwrap();
    for seed in 0..300 {
        let files = MemFiles::new(seed);
        let options = Options { segment_bytes: 8192, ..small() };
        let (journal, _) = open(&files, &options);
        journal.append(&[1; 700]);
        journal.write(false).unwrap();
        journal.append(&copy);
        journal.append(&copy);
        journal.write(false).unwrap();
        drop(journal);
        files.crash();
        let (_, recovered) = open(&files, &options);
        for (lsn, bytes) in records(&recovered) {
            assert_eq!(bytes, if lsn == 1 { vec![1; 700] } else { copy.clone() });
        }
    }
}

/// The classic: after a cut, new records take the place of lost ones, exactly as long, and what
/// was lost behind them must not be taken for their continuation.
#[test]
fn records_lost_in_one_power_cut_do_not_come_back_after_the_next() {
    for seed in 0..500 {
        let files = MemFiles::new(seed);
        let options = Options { segment_bytes: 4096, ..small() };
        let (journal, _) = open(&files, &options);
        for _ in 0..4 {
            journal.append(&[1; 600]);
        }
        journal.write(false).unwrap();
        drop(journal);
        files.crash();
        let (journal, recovered) = open(&files, &options);
        let kept = recovered.count();
        journal.append(&[2; 600]);
        journal.write(seed % 2 == 0).unwrap();
        drop(journal);
        files.crash();
        let (_, recovered) = open(&files, &options);
        for (lsn, bytes) in records(&recovered) {
            assert_eq!(bytes, vec![if lsn <= kept { 1 } else { 2 }; 600], "seed {seed}");
            assert!(lsn <= kept + 1);
        }
    }
}

#[test]
fn any_bytes_for_a_segment_are_refused_or_read_without_a_panic() {
    for seed in 0..300 {
        let files = filled(1);
        let random = SeededRandom::new(seed);
        for _ in 0..=random.below(20) {
            let first = 1 + 2 * random.below(5);
            files.flip(&segment(first), random.below(512), random.below(8) as u8);
        }
        for on_corruption in [OnCorruption::Refuse, OnCorruption::Truncate] {
            if let Ok((_, recovered)) = try_open(&files, &Options { on_corruption, ..small() }) {
                for (lsn, bytes) in records(&recovered) {
                    assert_eq!(bytes, vec![lsn as u8; 200]);
                }
            }
        }
    }
}

#[test]
fn a_newer_format_is_named_not_called_corrupt() {
    use crate::env::Files;
    use crate::journal::format::{SEGMENT_HEADER_LEN, SegmentHeader};
    let files = filled(1);
    let mut header = SegmentHeader { first: Lsn(11), follows: Lsn(10), oldest: Lsn(1), salt: 1 }
        .encode()
        .to_vec();
    *header.get_mut(8).unwrap() = 2;
    let sum = crc32c::crc32c(&[header.get(..12).unwrap(), header.get(16..).unwrap()].concat());
    header.splice(12..16, sum.to_le_bytes());
    assert_eq!(header.len(), SEGMENT_HEADER_LEN);
    files.create(&segment(11), 0).unwrap().write_at(&header, 0).unwrap();
    let error = try_open(&files, &small()).unwrap_err();
    assert!(matches!(error, JournalError::Version { found: 2, .. }), "{error}");
}
