//! The n-th call fails, for n = 1, 2, 3… until a whole run goes through.

use super::*;
use crate::journal::Refusal;
use crate::memfiles::{Fault, Operation};

/// Opens, writes through several segments, truncates, and says what was promised: the highest
/// durable LSN and the highest LSN below which all may be gone.
fn run(files: &MemFiles) -> (u64, u64, Result<(), JournalError>) {
    let (mut durable, mut before) = (0, 0);
    let mut act = || {
        let (journal, _) = try_open(files, &small())?;
        for lsn in 1..=12u8 {
            journal.append(&vec![lsn; usize::from(lsn) * 30]);
            let written = journal.write(lsn % 3 == 0);
            durable = journal.durable().0;
            written?;
            if lsn % 4 == 0 {
                before = u64::from(lsn) - 2;
                journal.truncate(Lsn(before))?;
            }
        }
        journal.close();
        journal.write(true)?;
        durable = journal.durable().0;
        Ok(())
    };
    let result = act();
    (durable, before, result)
}

fn check(files: &MemFiles, durable: u64, before: u64, what: &str) {
    let (journal, recovered) = open(files, &small());
    let records = records(&recovered);
    let first = recovered.first().map_or(journal.last().0 + 1, |lsn| lsn.0);
    assert!(first <= before.max(1), "{what}: {first} > {before}");
    assert!(journal.last().0 >= durable, "{what}: {} < {durable}", journal.last());
    for (expected, (lsn, bytes)) in (first..).zip(records) {
        assert_eq!(lsn, expected, "{what}");
        assert_eq!(bytes, vec![lsn as u8; lsn as usize * 30], "{what}");
    }
}

fn fail_each_call(fault: Fault) {
    for n in 1.. {
        let mut is_through = false;
        for seed in 0..20 {
            let files = MemFiles::new(seed);
            files.fail_nth(n, fault);
            let (durable, before, result) = run(&files);
            is_through = files.calls() < n;
            assert!(!is_through || result.is_ok());
            files.heal();
            if seed % 2 == 0 || fault == Fault::PowerOff {
                files.crash();
            }
            check(&files, durable, before, &format!("{fault:?} at {n}, seed {seed}"));
        }
        if is_through {
            assert!(n > 60, "only {n} calls: is anything tested?");
            return;
        }
    }
}

#[test]
fn any_call_may_fail() {
    fail_each_call(Fault::Error);
}

#[test]
fn any_call_may_find_the_disk_full() {
    fail_each_call(Fault::Full);
}

#[test]
fn the_power_may_go_at_any_call() {
    fail_each_call(Fault::PowerOff);
}

#[test]
fn the_power_may_go_at_any_call_of_a_recovery_and_of_the_recovery_from_that() {
    for seed in 0..20 {
        for first in 1..40 {
            let files = MemFiles::new(seed);
            let (durable, before, result) = run(&files);
            result.unwrap();
            {
                // Something torn to recover from.
                let (journal, _) = open(&files, &small());
                journal.append(&vec![13; 13 * 30]);
                journal.append(&vec![14; 14 * 30]);
                journal.write(false).unwrap();
            }
            files.crash();
            for n in [first, 1 + (first * 7 + seed) % 30] {
                files.fail_nth(n, Fault::PowerOff);
                match try_open(&files, &small()) {
                    Ok(_) | Err(JournalError::Io { .. }) => {}
                    Err(error) => panic!("seed {seed}, call {n}: {error}"),
                }
                files.crash();
            }
            check(&files, durable, before, &format!("seed {seed}, call {first}"));
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_is_accepted_until_a_restart() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"a");
    journal.write(true).unwrap();
    journal.append(b"b");
    files.fail_all(Operation::Sync, Some(Fault::Error));
    let error = journal.write(true).unwrap_err();
    assert!(error.to_string().starts_with("could not sync the journal file="), "{error}");
    files.heal();
    assert_eq!(journal.accepts(), Err(Refusal::Failed));
    for _ in 0..3 {
        assert!(matches!(journal.write(true), Err(JournalError::Failed)));
        assert!(matches!(journal.truncate(Lsn(1)), Err(JournalError::Failed)));
    }
    assert_eq!(journal.durable(), Lsn(1));
    drop(journal);
    let (journal, recovered) = open(&files, &small());
    assert_eq!(lsns(&recovered), [1, 2]);
    assert_eq!(journal.accepts(), Ok(()));
}

#[test]
fn a_failed_sync_for_lack_of_space_is_a_failed_sync() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"a");
    files.fail_all(Operation::Sync, Some(Fault::Full));
    journal.write(true).unwrap_err();
    files.heal();
    assert_eq!(journal.accepts(), Err(Refusal::Failed));
}

#[test]
fn a_failed_write_is_for_good() {
    let files = MemFiles::new(1);
    let (journal, _) = open(&files, &small());
    journal.append(b"a");
    files.fail_nth(1, Fault::Error);
    journal.write(false).unwrap_err();
    assert_eq!(journal.accepts(), Err(Refusal::Failed));
    assert_eq!(journal.written(), Lsn(0));
}
