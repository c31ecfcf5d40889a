use std::time::Duration;

use super::*;
use crate::journal::{Refusal, Wake};

#[test]
fn records_come_back_in_order_with_their_numbers() {
    let files = MemFiles::new(1);
    let (journal, recovered) = open(&files, &small());
    assert_eq!((recovered.count(), recovered.first(), recovered.last()), (0, None, None));
    assert_eq!(journal.append(b"a"), Lsn(1));
    assert_eq!(journal.append(b""), Lsn(2));
    assert_eq!(journal.append(&[7; 3000]), Lsn(3));
    assert_eq!((journal.last(), journal.written(), journal.durable()), (Lsn(3), Lsn(0), Lsn(0)));
    assert_eq!(journal.pending_bytes(), 3 * 16 + 3001);
    journal.write(true).unwrap();
    assert_eq!((journal.written(), journal.durable()), (Lsn(3), Lsn(3)));
    assert_eq!(journal.pending_bytes(), 0);
    drop(journal);
    files.crash();
    let (journal, recovered) = open(&files, &small());
    let expected = vec![(1, b"a".to_vec()), (2, Vec::new()), (3, vec![7; 3000])];
    assert_eq!(records(&recovered), expected);
    assert_eq!((recovered.count(), recovered.torn_tail()), (3, None));
    assert_eq!(journal.append(b"b"), Lsn(4));
}

#[test]
fn clients_that_arrive_during_a_sync_share_the_next() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &Options::default());
    let before = journal.stats().syncs;
    for _ in 0..100 {
        journal.append(b"record");
    }
    journal.write(true).unwrap();
    assert_eq!(journal.durable(), Lsn(100));
    assert_eq!(journal.stats().syncs, before + 1);
}

#[test]
fn writing_without_sync_survives_the_process_and_not_always_the_power() {
    let mut lost = 0;
    for seed in 0..50 {
        let files = MemFiles::new(seed);
        let (journal, _) = open(&files, &small());
        journal.append(b"a");
        let progress = journal.write(false).unwrap();
        assert_eq!((progress.written, progress.durable), (Lsn(1), Lsn(0)));
        drop(journal);
        if seed % 2 == 0 {
            let (_, recovered) = open(&files, &small());
            assert_eq!(recovered.last(), Some(Lsn(1)));
            // Opening has made it durable.
            files.crash();
            assert_eq!(open(&files, &small()).1.last(), Some(Lsn(1)));
        } else {
            files.crash();
            lost += u64::from(open(&files, &small()).1.last().is_none());
        }
    }
    assert!(lost > 0);
}

#[test]
fn a_second_opener_is_told_who_has_it() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    let error = try_open(&files, &small()).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }), "{error}");
    assert_eq!(error.to_string(), "could not lock the journal: held by this process dir=/journal");
    drop(journal);
    open(&files, &small());
}

#[test]
fn truncate_deletes_whole_segments_and_never_the_active_one() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    for _ in 0..10 {
        journal.append(&[1; 200]);
        journal.write(true).unwrap();
    }
    // Two records of 216 bytes fit into a segment of 640.
    assert_eq!(segments(&files).len(), 5);
    assert_eq!(journal.truncate(Lsn(1)).unwrap(), 0);
    assert_eq!(journal.truncate(Lsn(2)).unwrap(), 0, "2 is in the first segment");
    assert_eq!(journal.truncate(Lsn(3)).unwrap(), 1);
    assert_eq!(journal.stats().first, Lsn(3));
    assert_eq!(journal.truncate(Lsn(1000)).unwrap(), 3);
    assert_eq!((journal.stats().segments, journal.stats().first), (1, Lsn(9)));
    drop(journal);
    files.crash();
    let (journal, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), [9, 10]);
    assert_eq!(journal.append(b""), Lsn(11));
}

#[test]
fn used_segments_become_the_next_ones() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    for lsn in 1..=200 {
        journal.append(&[1; 200]);
        journal.write(true).unwrap();
        journal.truncate(Lsn(lsn)).unwrap();
        assert!(files.paths().len() <= 5, "{:?}", files.paths());
    }
    drop(journal);
    let (_, recovered) = open(&files, &small());
    assert_eq!(recovered.last(), Some(Lsn(200)));
    assert_eq!(recovered.torn_tail(), None, "what an earlier user left behind the end is no tear");
}

#[test]
fn numbers_go_on_after_everything_was_truncated_and_restarted() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"a");
    journal.append(b"b");
    journal.write(true).unwrap();
    drop(journal);
    for restart in 0..4 {
        let (journal, recovered) = open(&files, &small());
        assert_eq!(recovered.count(), if restart == 0 { 2 } else { 0 });
        journal.truncate(Lsn(3)).unwrap();
        assert_eq!(segments(&files), [segment(3)]);
        drop(journal);
        files.crash();
    }
    assert_eq!(open(&files, &small()).0.append(b"c"), Lsn(3));
}

#[test]
fn no_number_is_given_out_that_the_store_has_seen() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &Options { after: Lsn(1000), ..small() });
    assert_eq!(journal.durable(), Lsn(1000));
    assert_eq!(journal.append(b"a"), Lsn(1001));
    journal.write(true).unwrap();
    drop(journal);
    files.crash();
    let (journal, recovered) = open(&files, &Options { after: Lsn(5000), ..small() });
    assert_eq!(lsns(&recovered), [1001]);
    assert_eq!(journal.append(&[0; 1000]), Lsn(5001));
    journal.write(true).unwrap();
    drop(journal);
    files.crash();
    let (journal, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), [1001, 5001]);
    assert_eq!(journal.append(b"c"), Lsn(5002));
}

#[test]
fn memory_of_a_huge_batch_is_given_back() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &Options::default());
    journal.append(&vec![1; 8 << 20]);
    for _ in 0..100_000 {
        journal.append(&[2; 100]);
    }
    assert!(journal.pending_capacity() > 16 << 20);
    journal.write(false).unwrap();
    assert!(journal.pending_capacity() <= 2 << 20, "{}", journal.pending_capacity());
}

#[test]
fn a_record_longer_than_a_segment_gets_one_of_its_own() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"before");
    journal.append(&vec![3; 5 << 20]);
    journal.append(b"after");
    journal.write(true).unwrap();
    assert_eq!(segments(&files), [segment(1), segment(2), segment(3)]);
    drop(journal);
    files.crash();
    let (_, recovered) = open(&files, &small());
    let lens: Vec<usize> = records(&recovered).iter().map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(lens, [6, 5 << 20, 5]);
}

#[test]
fn waiting_tells_why_it_ended() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    assert_eq!(journal.wait_pending(Duration::ZERO), Wake::Timeout);
    journal.append(b"a");
    assert_eq!(journal.wait_pending(Duration::MAX), Wake::Pending);
    journal.write(true).unwrap();
    assert_eq!(journal.wait_pending(Duration::ZERO), Wake::Timeout);
    journal.close();
    assert_eq!(journal.wait_pending(Duration::MAX), Wake::Closed);
}

#[test]
fn many_threads_append_while_one_writes_and_all_records_are_there_once() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &Options { segment_bytes: 4096, ..small() });
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while journal.wait_pending(Duration::MAX) != Wake::Closed {
                journal.write(true).unwrap();
            }
            journal.write(true).unwrap();
        });
        let appenders: Vec<_> = (0..4u8)
            .map(|name| {
                let journal = &journal;
                scope.spawn(move || {
                    (0..500).map(|_| journal.append(&[name; 33])).collect::<Vec<_>>()
                })
            })
            .collect();
        for appender in appenders {
            let lsns = appender.join().unwrap();
            assert!(lsns.is_sorted());
        }
        journal.close();
        writer.join().unwrap();
    });
    assert_eq!((journal.durable(), journal.pending_bytes()), (Lsn(2000), 0));
    assert_eq!(journal.accepts(), Ok::<(), Refusal>(()));
    drop(journal);
    files.crash();
    let (_, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), (1..=2000).collect::<Vec<_>>());
}

#[test]
fn real_files_work_too() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("new/journal");
    let (journal, _) = Journal::open(&Env::os(), &dir, &small()).unwrap();
    for lsn in 1..=50u8 {
        journal.append(&vec![lsn; usize::from(lsn) * 20]);
        journal.write(lsn % 7 == 0).unwrap();
        journal.truncate(Lsn(u64::from(lsn) / 2)).unwrap();
    }
    let error = Journal::open(&Env::os(), &dir, &small()).unwrap_err();
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(journal);
    let (_journal, recovered) = Journal::open(&Env::os(), &dir, &small()).unwrap();
    assert_eq!((recovered.last(), recovered.torn_tail()), (Some(Lsn(50)), None));
    assert!(recovered.first() <= Some(Lsn(25)));
    for (lsn, bytes) in records(&recovered) {
        assert_eq!(bytes, vec![lsn as u8; lsn as usize * 20]);
    }
}
