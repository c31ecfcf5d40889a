use hadal_value::Lsn;

use super::*;
use crate::{Expiry, Options, Txn};

const NOW: Moment = Moment { unix: 1_000_000, monotonic: 5_000 };

fn keyspace() -> Keyspace {
    let keyspace = Keyspace::new(&Options {
        databases: 2,
        seed: 1,
        save_delay_ms: 0,
        bytes_max: usize::MAX,
        owed_bytes_max: usize::MAX,
    });
    // Nothing is stored: what has no entry is known to be absent.
    keyspace.presence().complete();
    keyspace
}

/// Runs a call on some keys of a database.
fn call<T>(keyspace: &Keyspace, db: u32, keys: &[&str], run: impl FnOnce(&mut Txn<'_>) -> T) -> T {
    let mut effects = Vec::new();
    let keys = keys.iter().map(|key| key.as_bytes());
    let mut txn = keyspace.begin(db, keys, NOW, &mut effects);
    let result = run(&mut txn);
    txn.commit(|_| Lsn(1));
    result
}

fn whole(keyspace: &Keyspace, run: impl FnOnce(&mut Txn<'_>)) {
    let mut effects = Vec::new();
    let mut txn = keyspace.begin_whole(0, NOW, &mut effects);
    run(&mut txn);
    txn.commit(|_| Lsn(1));
}

fn wait(keyspace: &Keyspace, db: u32, keys: &[&str]) -> Waiter {
    let named = keys.iter().map(|key| key.as_bytes());
    call(keyspace, db, keys, |txn| txn.join_line(named, Kind::String))
}

fn set(keyspace: &Keyspace, db: u32, key: &str) {
    call(keyspace, db, &[key], |txn| txn.set(key.as_bytes(), b"v", Expiry::None)).expect("blind");
}

fn delete(keyspace: &Keyspace, db: u32, key: &str) {
    call(keyspace, db, &[key], |txn| txn.delete(key.as_bytes())).expect("in memory");
}

/// Goes through everyone who is to be called now.
fn called(keyspace: &Keyspace) -> Vec<(u32, String, Vec<Waiter>)> {
    let mut all = Vec::new();
    while let Some(mut ready) = keyspace.next_ready() {
        let next = || keyspace.next_in_line(&mut ready, NOW);
        let waiters: Vec<Waiter> = std::iter::from_fn(next).collect();
        all.push((ready.db, String::from_utf8_lossy(&ready.key).into_owned(), waiters));
    }
    all
}

#[test]
fn those_who_wait_for_a_key_are_called_in_the_order_in_which_they_came() {
    let keyspace = keyspace();
    let first = wait(&keyspace, 0, &["a", "b"]);
    let second = wait(&keyspace, 0, &["b"]);
    let third = wait(&keyspace, 0, &["a", "b"]);
    assert!(!keyspace.has_ready());
    set(&keyspace, 0, "b");
    assert_eq!(called(&keyspace), [(0, "b".to_owned(), vec![first, second, third])]);
    set(&keyspace, 0, "a");
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), vec![first, third])]);
}

#[test]
fn a_key_is_ready_until_all_in_its_line_have_been_called() {
    let keyspace = keyspace();
    wait(&keyspace, 0, &["a"]);
    set(&keyspace, 0, "a");
    assert!(keyspace.has_ready());
    let mut ready = keyspace.next_ready().expect("it has been set");
    assert!(keyspace.has_ready());
    assert!(keyspace.next_in_line(&mut ready, NOW).is_some());
    assert!(keyspace.has_ready());
    assert_eq!(keyspace.next_ready(), None);
    assert!(!keyspace.has_ready());
}

#[test]
fn keys_are_ready_in_the_order_in_which_they_were_first_changed_and_once_each() {
    let keyspace = keyspace();
    let (a, b) = (wait(&keyspace, 0, &["a"]), wait(&keyspace, 0, &["b"]));
    call(&keyspace, 0, &["a", "b"], |txn| {
        for key in ["b", "a", "b"] {
            txn.set(key.as_bytes(), b"v", Expiry::None).expect("blind");
        }
    });
    let expected = [(0, "b".to_owned(), vec![b]), (0, "a".to_owned(), vec![a])];
    assert_eq!(called(&keyspace), expected);
}

#[test]
fn who_has_left_is_not_called_and_an_empty_line_is_gone() {
    let keyspace = keyspace();
    let first = wait(&keyspace, 0, &["a", "b"]);
    let second = wait(&keyspace, 0, &["b"]);
    assert_eq!(keyspace.totals().waited_for, 2);
    keyspace.leave_line(0, b"b", second);
    let named = || [&b"a"[..], b"b"].into_iter();
    call(&keyspace, 0, &["a", "b"], |txn| txn.leave_line(named(), first));
    assert_eq!(keyspace.totals().waited_for, 0);
    set(&keyspace, 0, "b");
    assert!(!keyspace.has_ready());
}

#[test]
fn nobody_is_called_for_a_key_that_is_deleted_or_has_expired() {
    let keyspace = keyspace();
    set(&keyspace, 0, "a");
    wait(&keyspace, 0, &["a", "b"]);
    delete(&keyspace, 0, "a");
    assert!(!keyspace.has_ready());
    let past = Expiry::At(NOW.unix - 1);
    call(&keyspace, 0, &["b"], |txn| txn.set(b"b", b"v", past)).expect("blind");
    assert_eq!(called(&keyspace), [(0, "b".to_owned(), vec![])]);
}

#[test]
fn who_waits_for_another_kind_of_value_is_passed_over() {
    let keyspace = keyspace();
    let list = call(&keyspace, 0, &["a"], |txn| txn.join_line([&b"a"[..]].into_iter(), Kind::List));
    set(&keyspace, 0, "a");
    assert!(!keyspace.has_ready());
    let string = wait(&keyspace, 0, &["a"]);
    set(&keyspace, 0, "a");
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), vec![string])]);
    delete(&keyspace, 0, "a");
    call(&keyspace, 0, &["a"], |txn| {
        let mut edited = txn.edit(b"a", Kind::List).expect("in memory, and not another kind");
        edited.insert(0, b"i").expect("in memory");
    });
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), vec![list])]);
}

#[test]
fn a_call_knows_whether_it_has_changed_what_others_wait_for() {
    let keyspace = keyspace();
    wait(&keyspace, 0, &["a"]);
    let wakes = |db: u32, key: &str| {
        call(&keyspace, db, &[key], |txn| {
            txn.set(key.as_bytes(), b"v", Expiry::None).expect("blind");
            txn.wakes()
        })
    };
    assert!(!wakes(0, "b"));
    assert!(!wakes(1, "a"));
    assert!(!keyspace.has_ready());
    assert!(wakes(0, "a"));
    assert!(keyspace.has_ready());
}

#[test]
fn a_flushed_database_keeps_its_lines_and_calls_nobody() {
    let keyspace = keyspace();
    let waiter = wait(&keyspace, 0, &["a"]);
    let mut effects = Vec::new();
    let mut txn = keyspace.begin_whole(0, NOW, &mut effects);
    txn.set(b"a", b"v", Expiry::None).expect("blind");
    txn.flush(0);
    txn.commit(|_| Lsn(1));
    assert_eq!(called(&keyspace), []);
    set(&keyspace, 0, "a");
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), vec![waiter])]);
}

#[test]
fn exchanged_databases_keep_their_lines_and_call_those_who_find_something() {
    let keyspace = keyspace();
    let (zero, one) = (wait(&keyspace, 0, &["a", "b"]), wait(&keyspace, 1, &["b"]));
    set(&keyspace, 1, "a");
    assert!(!keyspace.has_ready());
    whole(&keyspace, |txn| txn.swap(0, 1));
    let mut all = called(&keyspace);
    all.sort();
    let expected = [(0, "a", vec![zero]), (0, "b", vec![]), (1, "b", vec![])];
    assert_eq!(all, expected.map(|(db, key, waiters)| (db, key.to_owned(), waiters)));
    set(&keyspace, 1, "b");
    assert_eq!(called(&keyspace), [(1, "b".to_owned(), vec![one])]);
}

#[test]
fn who_held_others_up_is_not_called_again_with_them() {
    let keyspace = keyspace();
    let waiters = [(); 3].map(|()| wait(&keyspace, 0, &["a"]));
    set(&keyspace, 0, "a");
    let mut ready = keyspace.next_ready().expect("it has been set");
    assert_eq!(keyspace.next_in_line(&mut ready, NOW), Some(waiters[0]));
    assert_eq!(called(&keyspace), []);
    keyspace.call_after(0, b"a", waiters[0]);
    assert!(keyspace.has_ready());
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), waiters[1..].to_vec())]);
    keyspace.call_after(0, b"b", waiters[0]);
    assert!(!keyspace.has_ready());
}

#[test]
fn who_waits_for_a_key_that_is_not_in_memory_may_try() {
    let keyspace = keyspace();
    let first = wait(&keyspace, 0, &["a"]);
    let second = wait(&keyspace, 0, &["a"]);
    keyspace.call_after(0, b"a", first);
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), vec![])]);
    keyspace.presence().add(0, keyspace.place(b"a"));
    keyspace.call_after(0, b"a", first);
    assert_eq!(called(&keyspace), [(0, "a".to_owned(), vec![second])]);
}
