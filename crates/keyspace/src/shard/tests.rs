//! Loads that race with writes, fail, or lose those who wait; and who leaves memory.

use std::borrow::Cow;
use std::sync::Arc;

use hadal_value::{Kind, Lsn, Record};

use crate::{
    Before, Expiry, Keyspace, LoadFailed, Moment, Options, SaveBatch, ShardId, Ticket, Wait, Want,
};

mod s3fifo;

const NOW: Moment = Moment { unix: 1_000_000, monotonic: 5_000 };

/// A cache, and the journal's last number.
struct Cache {
    keyspace: Keyspace,
    last: u64,
}

impl Cache {
    fn new(bytes_max: usize) -> Self {
        let keyspace = Keyspace::new(&Options {
            databases: 2,
            seed: 1,
            save_delay_ms: 0,
            bytes_max,
            owed_bytes_max: usize::MAX,
        });
        Self { keyspace, last: 0 }
    }

    /// Runs a call on one key of the first database; `None` if the key is not in memory.
    fn call<T, E>(
        &mut self,
        key: &[u8],
        call: impl FnOnce(&mut crate::Txn<'_>) -> Result<T, E>,
    ) -> Option<T> {
        let mut effects = Vec::new();
        let mut txn = self.keyspace.begin(0, std::iter::once(key), NOW, &mut effects);
        let result = call(&mut txn);
        let next = Lsn(self.last + 1);
        self.last = txn.commit(|_| next).lsn.0.max(self.last);
        result.ok()
    }

    #[expect(clippy::option_option, reason = "not in memory, or known to hold nothing")]
    fn get(&mut self, key: &[u8]) -> Option<Option<Vec<u8>>> {
        self.call(key, |txn| txn.get(key).map(|value| value.map(Cow::into_owned)))
    }

    fn lead(&self, key: &[u8], wait: Option<&Arc<Wait>>) -> (crate::Pin, Ticket) {
        match self.keyspace.want(0, key, wait, NOW) {
            Want::Lead(pin, ticket, _) => (pin, ticket),
            other => panic!("somebody else has loaded the key: {other:?}"),
        }
    }

    fn loaded(&self, ticket: &Ticket, value: Option<&[u8]>) {
        let record = value.map(|payload| Record {
            kind: Kind::String,
            lsn: Lsn(1),
            expiry: None,
            grown: false,
            payload,
        });
        self.keyspace.loaded(ticket, Ok(record), NOW);
    }

    fn save(&self) {
        for shard in ShardId::all() {
            let mut batch = SaveBatch::new(usize::MAX);
            self.keyspace.poll_save(shard, Before::ALL, &mut batch);
            for number in 0..batch.len() {
                batch.set_stored(number, crate::Stored::Absent);
            }
            self.keyspace.saved(&batch, true, 0);
        }
    }

    fn entries(&self) -> usize {
        self.keyspace.totals().entries
    }
}

#[test]
fn a_load_never_brings_back_what_has_been_deleted_while_it_was_under_way() {
    for saves in [false, true] {
        let mut cache = Cache::new(usize::MAX);
        let (pin, ticket) = cache.lead(b"k", None);
        cache.call(b"k", |txn| txn.set(b"k", b"new", Expiry::None)).expect("sets need no load");
        assert_eq!(cache.call(b"k", |txn| txn.delete(b"k")), Some(true));
        if saves {
            // The save waits for the load, which may see the store before or after it.
            cache.save();
            assert_eq!(cache.keyspace.totals().owed, 1);
        }
        cache.loaded(&ticket, Some(b"old"));
        cache.keyspace.unpin(&pin);
        assert_eq!(cache.get(b"k"), Some(None));
        cache.save();
        assert_eq!(cache.get(b"k"), Some(None));
        assert_eq!(cache.keyspace.totals().owed, 0);
    }
}

#[test]
fn a_write_during_a_load_wakes_those_who_wait() {
    let mut cache = Cache::new(usize::MAX);
    let wait = Arc::new(Wait::default());
    let (pin, ticket) = cache.lead(b"k", Some(&wait));
    assert_eq!(wait.result(), None);
    cache.call(b"k", |txn| txn.set(b"k", b"new", Expiry::None)).expect("sets need no load");
    assert_eq!(wait.result(), Some(Ok(())));
    cache.loaded(&ticket, Some(b"old"));
    cache.keyspace.unpin(&pin);
    assert_eq!(cache.get(b"k"), Some(Some(b"new".to_vec())));
}

#[test]
fn a_failed_load_is_told_to_all_who_wait_and_tried_again_by_the_next() {
    for failed in [LoadFailed::Corrupt, LoadFailed::Unavailable] {
        let mut cache = Cache::new(usize::MAX);
        let (first, second) = (Arc::new(Wait::default()), Arc::new(Wait::default()));
        let (pin, ticket) = cache.lead(b"k", Some(&first));
        let Want::Loading(other) = cache.keyspace.want(0, b"k", Some(&second), NOW) else {
            panic!("the key is being loaded")
        };
        cache.keyspace.loaded(&ticket, Err(failed), NOW);
        assert_eq!((first.result(), second.result()), (Some(Err(failed)), Some(Err(failed))));
        assert_eq!(cache.entries(), 0, "the key is unknown, not absent");
        // Late pins and reports of the failed load mean nothing for the next.
        let (again, ticket_again) = cache.lead(b"k", None);
        cache.keyspace.unpin(&pin);
        cache.keyspace.unpin(&other);
        cache.loaded(&ticket, Some(b"late"));
        assert_eq!(cache.get(b"k"), None, "still being loaded");
        cache.loaded(&ticket_again, Some(b"value"));
        cache.keyspace.evict_all();
        assert_eq!(cache.get(b"k"), Some(Some(b"value".to_vec())), "pinned by the second load");
        cache.keyspace.unpin(&again);
        cache.keyspace.evict_all();
        assert_eq!(cache.entries(), 0);
    }
}

#[test]
fn one_who_leaves_while_waiting_leaves_no_pin_behind() {
    let cache = Cache::new(usize::MAX);
    let wait = Arc::new(Wait::default());
    let (stays, ticket) = cache.lead(b"k", None);
    let Want::Loading(leaves) = cache.keyspace.want(0, b"k", Some(&wait), NOW) else {
        panic!("the key is being loaded")
    };
    cache.keyspace.unpin(&leaves);
    drop(wait);
    cache.loaded(&ticket, Some(b"value"));
    cache.keyspace.evict_all();
    assert_eq!(cache.entries(), 1, "the other's pin holds");
    cache.keyspace.unpin(&stays);
    cache.keyspace.evict_all();
    assert_eq!(cache.entries(), 0);
}

#[test]
fn only_what_the_store_has_leaves_memory() {
    let mut cache = Cache::new(0);
    for key in 0..100_u32 {
        let key = key.to_be_bytes();
        cache.call(&key, |txn| txn.set(&key, b"value", Expiry::None)).expect("sets need no load");
    }
    cache.keyspace.evict_all();
    assert_eq!(cache.entries(), 100);
    cache.save();
    cache.keyspace.evict_all();
    assert_eq!((cache.entries(), cache.keyspace.owed_bytes()), (0, 0));
}

#[test]
fn an_entry_that_changes_while_it_is_saved_is_saved_again() {
    let mut cache = Cache::new(usize::MAX);
    cache.call(b"k", |txn| txn.set(b"k", b"one", Expiry::None)).expect("sets need no load");
    let shard = cache.keyspace.place(b"k").shard();
    for ok in [true, false, true] {
        let mut batch = SaveBatch::new(usize::MAX);
        cache.keyspace.poll_save(shard, Before::ALL, &mut batch);
        assert_eq!(batch.len(), 1);
        batch.set_stored(0, crate::Stored::Absent);
        let owed = cache.keyspace.oldest_owed();
        cache.call(b"k", |txn| txn.set(b"k", b"more", Expiry::None)).expect("sets need no load");
        cache.keyspace.saved(&batch, ok, 0);
        let expected = if ok { Some(Lsn(cache.last)) } else { owed };
        assert_eq!(cache.keyspace.oldest_owed(), expected, "{ok}");
    }
}
