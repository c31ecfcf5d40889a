use super::*;
use crate::MemoryStore;

fn store() -> FaultyStore<MemoryStore> {
    FaultyStore::new(MemoryStore::new())
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { reason: "a test said so".to_owned() }
}

fn batch(key: &[u8]) -> Batch {
    let mut batch = Batch::new();
    batch.put(key, b"value");
    batch
}

#[test]
fn only_the_nth_call_of_the_kind_fails() {
    let store = store();
    store.get(b"a").expect("no fault yet");
    store.fail_nth(Call::Get, 2, unavailable());
    store.apply(&batch(b"a")).expect("another kind");
    assert_eq!(store.get(b"a"), Ok(Some(b"value".to_vec())));
    assert_eq!(store.get(b"a"), Err(unavailable()));
    assert_eq!(store.get(b"a"), Ok(Some(b"value".to_vec())));
    assert_eq!((store.calls(Call::Get), store.failed()), (4, 1));
}

#[test]
fn every_call_of_a_run_can_be_made_to_fail_once() {
    let run = |store: &FaultyStore<MemoryStore>| -> Result<(), StoreError> {
        store.apply(&batch(b"a"))?;
        store.get(b"a")?;
        store.snapshot().get(b"a")?;
        store.snapshot().scan(b"a"..b"b").collect::<Result<Vec<_>, _>>()?;
        store.delete_range(b"a"..b"b")?;
        store.checkpoint(Path::new("copy"))?;
        store.sync()
    };
    let mut failures = 0;
    for nth in 1.. {
        let store = store();
        store.fail_nth_call(nth, unavailable());
        if run(&store).is_ok() {
            break;
        }
        failures += 1;
    }
    // One per call, and two of the scan: its entry and its end.
    assert_eq!(failures, 8);
}

#[test]
fn a_failed_batch_changes_nothing() {
    let store = store();
    store.fail_nth(Call::Apply, 1, unavailable());
    assert_eq!(store.apply(&batch(b"a")), Err(unavailable()));
    assert_eq!(store.get(b"a"), Ok(None));
}

#[test]
fn without_room_writes_fail_reads_go_on_and_room_brings_writes_back() {
    let store = store();
    store.apply(&batch(b"a")).expect("there is room");
    store.set_full(true);
    assert!(matches!(store.apply(&batch(b"b")), Err(StoreError::Full { .. })));
    assert!(matches!(store.sync(), Err(StoreError::Full { .. })));
    assert_eq!(store.get(b"a"), Ok(Some(b"value".to_vec())));
    store.set_full(false);
    store.apply(&batch(b"b")).expect("there is room again");
}

#[test]
fn a_rule_sees_the_key() {
    let store = store();
    store.apply(&batch(b"good")).expect("no fault yet");
    store.fail_when(|attempt| (attempt.key == b"bad").then(unavailable));
    assert!(store.get(b"good").is_ok());
    assert_eq!(
        store.multi_get(&[b"good", b"bad"]),
        [Ok(Some(b"value".to_vec())), Err(unavailable())]
    );
    store.heal();
    assert!(store.get(b"bad").is_ok());
}

#[test]
fn a_scan_ends_with_its_error() {
    let store = store();
    for key in [b"a", b"b", b"c"] {
        store.apply(&batch(key)).expect("no fault yet");
    }
    store.fail_nth(Call::Scan, 2, unavailable());
    let snapshot = store.snapshot();
    let found: Vec<_> = snapshot.scan(b"a"..b"z").collect();
    assert_eq!(found, [Ok((b"a".to_vec(), b"value".to_vec())), Err(unavailable())]);
}

#[test]
fn a_failing_filter_says_that_there_may_be_something() {
    let store = store();
    assert!(!store.may_contain(b"a"));
    store.fail_when(|attempt| (attempt.call == Call::MayContain).then(unavailable));
    assert!(store.may_contain(b"a"));
}
