//! A full disk is told early, loses nothing, and is over by itself.

use std::time::Duration;

use super::*;
use crate::journal::{Refusal, Wake};
use crate::memfiles::{Fault, Operation};

const RECORD: [u8; 100] = [5; 100];

#[test]
fn writes_are_refused_while_there_is_still_room_for_those_let_in() {
    let options = Options { segment_bytes: 4096, reserve_bytes: 1024, ..Options::default() };
    let files = MemFiles::new(1);
    files.set_capacity(Some(2 * 4096));
    let (journal, _) = open(&files, &options);
    let mut accepted = 0;
    while journal.accepts().is_ok() {
        journal.append(&RECORD);
        journal.write(true).unwrap();
        accepted += 1;
    }
    assert_eq!(journal.accepts(), Err(Refusal::Full));
    assert!(accepted > 40, "{accepted}");
    // A reserve full of commands that were let in just before: all find their place.
    for _ in 0..6 {
        journal.append(&RECORD);
    }
    journal.write(true).unwrap();
    assert_eq!(journal.durable(), journal.last());
    assert_eq!(journal.accepts(), Err(Refusal::Full));
}

#[test]
fn writes_go_on_by_themselves_once_there_is_space() {
    let files = MemFiles::new(1);
    files.set_capacity(Some(2 * 640));
    let (journal, _) = open(&files, &small());
    while journal.accepts().is_ok() {
        journal.append(&RECORD);
        journal.write(true).unwrap();
    }
    for _ in 0..20 {
        journal.append(&RECORD);
    }
    let error = journal.write(true).unwrap_err();
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert_eq!(journal.wait_pending(Duration::ZERO), Wake::Timeout);
    assert!(journal.pending_bytes() > 0);
    files.set_capacity(None);
    assert_eq!(journal.accepts(), Err(Refusal::Full));
    journal.write(true).unwrap();
    assert_eq!(journal.accepts(), Ok(()));
    assert_eq!((journal.durable(), journal.pending_bytes()), (journal.last(), 0));
    let last = journal.last();
    drop(journal);
    files.crash();
    let (_, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), (1..=last.0).collect::<Vec<_>>());
}

#[test]
fn an_idle_journal_notices_that_there_is_space_again() {
    let files = MemFiles::new(1);
    files.set_capacity(Some(640));
    let (journal, _) = open(&files, &small());
    while journal.accepts().is_ok() {
        journal.append(&RECORD);
        journal.write(true).unwrap();
    }
    journal.write(false).unwrap();
    assert_eq!(journal.accepts(), Err(Refusal::Full));
    files.set_capacity(None);
    journal.write(false).unwrap();
    assert_eq!(journal.accepts(), Ok(()));
}

#[test]
fn truncating_makes_space_on_a_full_disk() {
    let files = MemFiles::new(1);
    files.set_capacity(Some(3 * 640));
    let (journal, _) = open(&files, &small());
    for round in 0..20 {
        while journal.accepts().is_ok() {
            journal.append(&RECORD);
            journal.write(true).unwrap();
        }
        assert!(journal.truncate(journal.durable()).unwrap() > 0, "round {round}");
        journal.write(false).unwrap();
        assert_eq!(journal.accepts(), Ok(()), "round {round}");
    }
}

#[test]
fn a_journal_opens_on_a_full_disk_and_gives_back_what_it_holds() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(&[1; 400]);
    journal.write(true).unwrap();
    drop(journal);
    files.set_capacity(Some(0));
    let (journal, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), [1]);
    assert_eq!(journal.accepts(), Err(Refusal::Full));
    journal.append(b"b");
    journal.write(true).unwrap_err();
    files.set_capacity(None);
    journal.write(true).unwrap();
    assert_eq!((journal.accepts(), journal.durable()), (Ok(()), Lsn(2)));
}

#[test]
fn failing_to_create_a_file_is_waited_out_like_a_full_disk() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    files.fail_all(Operation::Create, Some(Fault::Error));
    for _ in 0..50 {
        journal.append(&RECORD);
    }
    let error = journal.write(true).unwrap_err();
    assert!(error.to_string().starts_with("could not create the journal"), "{error}");
    assert_eq!(journal.accepts(), Err(Refusal::Full));
    files.heal();
    journal.write(true).unwrap();
    assert_eq!(journal.durable(), Lsn(50));
}

/// On a filesystem that copies on write, even what was preallocated may turn out not to be there.
#[test]
fn a_write_that_finds_no_space_is_repeated() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    for lsn in 1..=30u8 {
        journal.append(&[lsn; 100]);
        files.fail_nth(1, Fault::Full);
        let error = journal.write(false).unwrap_err();
        assert!(matches!(error, JournalError::Full { .. }), "{error}");
        assert_eq!(journal.accepts(), Err(Refusal::Full));
        journal.append(&[lsn; 10]);
        journal.write(lsn % 2 == 0).unwrap();
        assert_eq!(journal.accepts(), Ok(()));
    }
    drop(journal);
    let (_, recovered) = open(&files, &small());
    for (lsn, bytes) in records(&recovered) {
        let len = if lsn % 2 == 1 { 100 } else { 10 };
        assert_eq!(bytes, vec![lsn.div_ceil(2) as u8; len]);
    }
    assert_eq!(recovered.count(), 60);
}
