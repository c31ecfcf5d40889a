//! WATCH: right across eviction, reload, expiry, FLUSHDB and SWAPDB. And what a reader has seen.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use hadal_value::{Kind, Lsn, Record};

use crate::{
    Before, Committed, Expiry, Flag, Keyspace, Miss, Moment, Options, SaveBatch, ShardId, Stored,
    Txn, Want,
};

/// A cache over a store that has forgotten nothing: it holds what was saved last.
struct Cache {
    keyspace: Keyspace,
    now: Moment,
    last: u64,
}

impl Cache {
    fn new() -> Self {
        let keyspace = Keyspace::new(&Options {
            databases: 2,
            seed: 1,
            save_delay_ms: 0,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
        });
        Self { keyspace, now: Moment { unix: 1_000_000, monotonic: 5_000 }, last: 0 }
    }

    fn end(&mut self, txn: Txn<'_>) -> Committed {
        let next = Lsn(self.last + 1);
        let committed = txn.commit(|_| next);
        self.last = committed.lsn.0.max(self.last);
        committed
    }

    /// Runs a call on one key of the first database, which is in memory.
    fn call<T, E: std::fmt::Debug>(
        &mut self,
        run: impl FnOnce(&mut Txn<'_>) -> Result<T, E>,
    ) -> (T, Committed) {
        let mut effects = Vec::new();
        let keyspace = std::mem::replace(&mut self.keyspace, Self::new().keyspace);
        let mut txn = keyspace.begin(0, std::iter::once(&b"k"[..]), self.now, &mut effects);
        let result = run(&mut txn).expect("in memory");
        let committed = self.end(txn);
        self.keyspace = keyspace;
        (result, committed)
    }

    fn whole(&mut self, run: impl FnOnce(&mut Txn<'_>)) {
        let mut effects = Vec::new();
        let keyspace = std::mem::replace(&mut self.keyspace, Self::new().keyspace);
        let mut txn = keyspace.begin_whole(0, self.now, &mut effects);
        run(&mut txn);
        self.end(txn);
        self.keyspace = keyspace;
    }

    fn set(&mut self, value: &[u8], expiry: Expiry) {
        self.call(|txn| txn.set(b"k", value, expiry));
    }

    fn watch(&mut self) -> Flag {
        let flag = Flag::default();
        self.call(|txn| txn.watch(b"k", &flag));
        flag
    }

    fn load(&mut self, value: Option<(&[u8], Option<u64>)>) {
        let Want::Lead(pin, ticket, _) = self.keyspace.want(0, b"k", None, self.now) else {
            panic!("the key is not in memory, and nobody else loads it")
        };
        let record = value.map(|(payload, expiry)| Record {
            kind: Kind::String,
            lsn: Lsn(self.last),
            expiry,
            grown: false,
            payload,
        });
        self.keyspace.loaded(&ticket, Ok(record), self.now);
        self.keyspace.unpin(&pin);
    }

    /// Saves everything, and lets it leave memory.
    fn cool(&mut self) {
        for shard in ShardId::all() {
            let mut batch = SaveBatch::new(usize::MAX);
            self.keyspace.poll_save(shard, Before::ALL, &mut batch);
            (0..batch.len()).for_each(|number| batch.set_stored(number, Stored::Absent));
            self.keyspace.saved(&batch, true, 0);
        }
        self.keyspace.evict_all();
        assert_eq!(self.keyspace.totals().entries, 0);
    }
}

fn is_raised(flag: &Flag) -> bool {
    flag.load(Ordering::Acquire)
}

#[test]
fn a_watched_key_that_leaves_memory_and_returns_has_not_changed() {
    let mut cache = Cache::new();
    cache.set(b"value", Expiry::None);
    let flag = cache.watch();
    cache.cool();
    assert!(!is_raised(&flag));
    cache.load(Some((b"value", None)));
    cache.call(|txn| txn.get(b"k").map(|_| ()));
    assert!(!is_raised(&flag));
}

#[test]
fn a_change_is_told_even_if_the_key_is_not_in_memory_or_was_reloaded() {
    for reload in [false, true] {
        let mut cache = Cache::new();
        cache.set(b"value", Expiry::None);
        let flag = cache.watch();
        cache.cool();
        if reload {
            cache.load(Some((b"value", None)));
        }
        cache.set(b"value", Expiry::None);
        assert!(is_raised(&flag), "written, though with the same value");
    }
}

#[test]
fn a_watched_key_that_expires_has_changed_wherever_it_is_found_out() {
    let mut cache = Cache::new();
    cache.set(b"value", Expiry::At(1_000_500));
    let (flag, cold) = (cache.watch(), cache.watch());
    cache.now.unix += 1_000;
    assert!(!is_raised(&flag), "nobody has looked: whoever runs EXEC compares the time");
    cache.call(|txn| txn.get(b"k").map(|_| ()));
    assert!(is_raised(&flag));

    // The same for a key that is found in the index only.
    cold.store(false, Ordering::Release);
    cache.cool();
    let Want::Lead(pin, ticket, _) = cache.keyspace.want(0, b"k", None, cache.now) else {
        panic!("the key is not in memory")
    };
    let (expiry, field_expiry) = (Some(1_000_500), None);
    let indexed = Stored::Present { expiry, field_expiry, generation: 0 };
    cache.keyspace.loaded_expired(&ticket, indexed, cache.now, |_| Lsn(100));
    cache.keyspace.unpin(&pin);
    assert!(is_raised(&cold));
}

#[test]
fn a_key_that_had_expired_before_it_was_watched_is_absent_and_stays_so() {
    let mut cache = Cache::new();
    cache.set(b"value", Expiry::At(1_000_500));
    let before = cache.watch();
    cache.now.unix += 1_000;
    let after = cache.watch();
    assert!(is_raised(&before), "watching found out that it has expired");
    assert!(!is_raised(&after), "it was gone before");
    cache.call(|txn| txn.get(b"k").map(|_| ()));
    assert!(!is_raised(&after));
    cache.set(b"value", Expiry::None);
    assert!(is_raised(&after));
}

#[test]
fn one_who_watches_no_key_is_told_of_its_creation_even_after_a_flush() {
    for flushes in 0..3 {
        let mut cache = Cache::new();
        cache.load(None);
        let flag = cache.watch();
        for _ in 0..flushes {
            cache.whole(|txn| txn.flush(0));
        }
        assert!(!is_raised(&flag), "there was none, there is none");
        cache.set(b"value", Expiry::None);
        assert!(is_raised(&flag), "after {flushes} flushes");
    }
}

#[test]
fn a_flush_changes_the_keys_that_existed_and_a_swap_all() {
    for swap in [false, true] {
        let mut cache = Cache::new();
        cache.set(b"value", Expiry::None);
        let flag = cache.watch();
        cache.whole(|txn| if swap { txn.swap(0, 1) } else { txn.flush(0) });
        assert!(is_raised(&flag), "swap {swap}");
    }
}

#[test]
fn a_change_in_the_same_exec_as_a_flush_is_told() {
    let mut cache = Cache::new();
    cache.load(None);
    let flag = cache.watch();
    cache.whole(|txn| {
        txn.set(b"k", b"value", Expiry::None).expect("sets need no load");
        txn.flush(0);
    });
    assert!(is_raised(&flag));
}

#[test]
fn a_database_that_the_call_has_emptied_holds_nothing_that_would_have_to_be_loaded() {
    let mut cache = Cache::new();
    cache.set(b"value", Expiry::None);
    cache.whole(|txn| {
        txn.flush(0);
        assert_eq!(txn.get(b"k"), Ok(None));
        assert_eq!(txn.write_at(b"k", 0, b"new"), Ok(3));
        assert_eq!(txn.get(b"never seen"), Ok(None));
        assert!(txn.with_db(1, |txn| txn.get(b"k").is_err()), "the other may hold something");
    });
    assert_eq!(
        cache.call(|txn| txn.get(b"k").map(|value| value.map(Cow::into_owned))).0,
        Some(b"new".to_vec())
    );
}

#[test]
fn one_who_no_longer_watches_is_told_nothing() {
    let mut cache = Cache::new();
    cache.set(b"value", Expiry::None);
    let (stays, leaves) = (cache.watch(), cache.watch());
    cache.keyspace.unwatch(cache.keyspace.place(b"k").shard(), &leaves);
    cache.set(b"other", Expiry::None);
    assert_eq!((is_raised(&stays), is_raised(&leaves)), (true, false));
}

#[test]
fn a_reader_has_seen_the_write_the_delete_and_the_flush_before_it() {
    let mut cache = Cache::new();
    let read = |cache: &mut Cache| cache.call(|txn| txn.get(b"k").map(|_| ())).1;
    cache.set(b"value", Expiry::None);
    assert_eq!(read(&mut cache), Committed { lsn: Lsn::NONE, seen: Lsn(1) });
    cache.call(|txn| txn.delete(b"k"));
    assert_eq!(read(&mut cache), Committed { lsn: Lsn::NONE, seen: Lsn(2) });
    cache.whole(|txn| txn.flush(0));
    cache.load(None);
    assert_eq!(read(&mut cache), Committed { lsn: Lsn::NONE, seen: Lsn(3) });
}

#[test]
fn a_key_missed_after_a_swap_is_of_the_database_that_held_it_before() {
    let mut cache = Cache::new();
    cache.whole(|txn| {
        txn.swap(0, 1);
        assert!(txn.get(b"k").is_err());
        txn.swap(0, 1);
        assert!(txn.get(b"k").is_err());
        txn.flush(0);
        assert_eq!(txn.get(b"k"), Ok(None));
        let databases = txn.take_missed().into_iter().map(|missing| missing.db);
        assert_eq!(databases.collect::<Vec<_>>(), [1, 0]);
    });
}

#[test]
fn a_string_that_looks_like_a_hash_with_pages_is_not_looked_into() {
    let mut cache = Cache::new();
    cache.set(b"\x00\x01", Expiry::None);
    let missing = cache.call(|txn| {
        txn.look_up(|_| {});
        Ok::<_, Miss>(txn.missing_pages(&[(0, b"field")]))
    });
    assert_eq!(missing.0, []);
}
