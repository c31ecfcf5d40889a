//! The judgements that need everyone else to stand still.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hadal_dataset::{Load, Options};
use hadal_keyspace::{Before, Keyspace, ShardId, Want};
use hadal_storage::Store;
use hadal_storage::journal::Refusal;
use hadal_value::Record;

use crate::model::{Model, Value};
use crate::op::name;
use crate::play::Play;
use crate::settings::DATABASES;
use crate::sim::Sim;

/// Rounds of all work in which everything must come to rest.
const ROUNDS_MAX: usize = 20;
/// Segments of a journal at rest: fewer superfluous ones are not worth a sync of the store.
const SEGMENTS_MAX: usize = 4;

impl Sim {
    /// Reads every key: it must be what the model says.
    pub(crate) fn verify(&self) {
        let mut play = self.play();
        play.is_quiet = true;
        play.store.fail_one_in(0);
        for db in 0..DATABASES {
            for key in 0..play.settings.keys {
                play.verify_key(db, key);
            }
        }
        play.store.fail_one_in(play.settings.store_fails_one_in);
        play.is_quiet = false;
        play.line(|line| write!(line, "verified"));
    }

    /// No more faults, no new commands: everything must come to rest, and be where it belongs.
    pub(crate) fn drain(&self) {
        self.play().heal();
        if self.play().dataset().accepts() == Err(Refusal::Failed) {
            self.crash();
            self.play().heal();
        }
        let mut play = self.play();
        for round in 0.. {
            assert!(round < ROUNDS_MAX, "something never comes to rest: {}", play.unrest());
            play.rest();
            if play.is_at_rest() {
                break;
            }
        }
        play.line(|line| write!(line, "at rest"));
        play.dataset().sync().expect("nothing fails any more");
        assert!(play.dataset().journal().stats().segments <= 1, "{}", play.unrest());
        let now = play.dataset().moment().unix;
        play.history.model.have_expired(now);
        play.judge_memory();
        play.judge_store();
        for db in 0..DATABASES {
            let count = play.dataset().count(db).expect("nothing fails any more");
            assert_eq!(count..=count, play.history.model.counts(db), "keys in database {db}");
        }
        drop(play);
        self.verify();
    }
}

impl Play {
    fn heal(&mut self) {
        self.is_quiet = true;
        self.files.heal();
        self.files.set_capacity(None);
        self.store.fail_one_in(0);
        self.store.set_full(false);
    }

    /// One round of all work.
    fn rest(&mut self) {
        self.clock.advance_millis(1_000);
        let dataset = self.dataset();
        for load in std::mem::take(&mut self.loads) {
            dataset.load(&load).expect("nothing fails any more");
        }
        for client in 0..self.clients.len() {
            self.run_client(client);
        }
        dataset.journal().write(true).expect("nothing fails any more");
        self.settle();
        for shard in ShardId::all() {
            dataset.load_replayed(shard).expect("nothing fails any more");
        }
        while dataset.expire(1_000).expect("nothing fails any more") > 0 {}
        let saver = self.saver.as_mut().expect("nobody saves");
        while dataset.save(saver, Before::ALL).expect("nothing fails any more").count > 0 {}
        let dead = dataset.keyspace().spaces().dead();
        let cleared = dataset.reclaim().expect("nothing fails any more");
        self.line(|line| write!(line, "reclaimed {cleared} of {dead:?}"));
        dataset.truncate().expect("nothing fails any more");
    }

    fn is_at_rest(&self) -> bool {
        let dataset = self.dataset();
        self.loads.is_empty()
            && self.clients.iter().all(crate::client::Client::is_idle)
            && dataset.keyspace().oldest_owed().is_none()
            && dataset.keyspace().spaces().dead().is_empty()
            && dataset.journal().stats().segments <= SEGMENTS_MAX
            && dataset.accepts().is_ok()
            && dataset.next_expiry().is_none_or(|at| at > dataset.moment().unix)
    }

    fn unrest(&self) -> String {
        let dataset = self.dataset();
        format!(
            "{:?}, {} loads, tasks {:?}, owed {:?}, dead {:?}, {:?}, accepts {:?}, expiry {:?} now {:?}",
            dataset.keyspace().totals(),
            self.loads.len(),
            self.clients.iter().filter_map(|client| client.task.as_ref()).collect::<Vec<_>>(),
            dataset.keyspace().oldest_owed(),
            dataset.keyspace().spaces().dead(),
            dataset.journal().stats(),
            dataset.accepts(),
            dataset.next_expiry(),
            dataset.moment(),
        )
    }

    fn verify_key(&mut self, db: u32, key: u8) {
        let dataset = self.dataset();
        let key_name = name(key);
        let now = dataset.moment();
        loop {
            let mut effects = Vec::new();
            let keys = std::iter::once(&key_name[..]);
            let mut txn = dataset.keyspace().begin(db, keys, now, &mut effects);
            let found = txn.peek(&key_name).map(|found| {
                found.map(|found| Value { bytes: found.value.to_vec(), expiry: found.expiry })
            });
            let committed = dataset.commit(txn);
            self.record(committed, &effects, now.unix);
            if let Ok(found) = found {
                let expected = self.history.model.get(db, key, now.unix);
                assert_eq!(found.as_ref(), expected, "key {key} of database {db}");
                return;
            }
            if let Want::Lead(pin, ticket, space) =
                dataset.keyspace().want(db, &key_name, None, now)
            {
                let load = Load { ticket, space, key: key_name.clone().into(), page: None };
                dataset.load(&load).expect("nothing fails now");
                dataset.keyspace().unpin(&pin);
            }
        }
    }

    /// Once nothing is owed or pinned, everything can leave, and nothing is left behind.
    fn judge_memory(&self) {
        let dataset = self.dataset();
        dataset.keyspace().evict_all();
        let totals = dataset.keyspace().totals();
        assert_eq!((totals.entries, totals.owed, totals.expiring), (0, 0, 0), "{totals:?}");
        assert_eq!(totals.owed_bytes, 0, "{totals:?}");
        let Options { databases, bytes_max, owed_bytes_max, save_delay_ms, .. } =
            self.settings.dataset;
        let seed = dataset.keyspace().seed();
        let empty = Keyspace::new(&hadal_keyspace::Options {
            databases,
            seed,
            save_delay_ms,
            bytes_max,
            owed_bytes_max,
        });
        empty.evict_all();
        assert_eq!(totals.bytes, empty.bytes(), "an emptied cache takes what an empty one does");
    }

    /// The store holds the model: records, the index of expiry times, counts. Nothing else.
    fn judge_store(&self) {
        let dataset = self.dataset();
        let spaces = dataset.keyspace().spaces();
        let mut found = Content::default();
        let snapshot = self.store.medium().snapshot();
        for entry in snapshot.scan(&b"\0"[..]..&b"\xff"[..]) {
            let (key, value) = entry.expect("the medium never fails");
            found.take(&key, &value);
        }
        let mut expected = Content::default();
        for db in 0..DATABASES {
            expected.expect(spaces.of(db), db, &self.history.model, dataset.moment().unix);
        }
        found.counts.retain(|_, count| *count != 0);
        assert_eq!(found.counts, expected.counts, "the counts in the store, by space");
        assert_eq!(found.index, expected.index, "the store's index of expiry times");
        assert_eq!(found.records, expected.records, "the records in the store");
    }
}

/// What lies in a store, by space.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    records: BTreeMap<(u32, Vec<u8>), Value>,
    index: BTreeSet<(u32, u64, Vec<u8>)>,
    counts: BTreeMap<u32, i64>,
}

impl Content {
    /// Reads an entry of the store, as the dataset's layout says.
    fn take(&mut self, key: &[u8], value: &[u8]) {
        let number = |at: usize| u32::from_be_bytes(key[at..at + 4].try_into().expect("4 bytes"));
        match key[0] {
            b'c' => {
                let count = i64::from_le_bytes(value.try_into().expect("8 bytes"));
                self.counts.insert(number(1), count);
            }
            b'k' => {
                let record = Record::decode(value).expect("a record");
                let found = Value { bytes: record.payload.to_vec(), expiry: record.expiry };
                self.records.insert((number(1), key[15..].to_vec()), found);
            }
            b'x' => {
                let expiry = u64::from_be_bytes(key[5..13].try_into().expect("8 bytes"));
                self.index.insert((number(1), expiry, key[13..].to_vec()));
            }
            b'm' => {}
            other => panic!("an entry of kind {other}"),
        }
    }

    fn expect(&mut self, space: u32, db: u32, model: &Model, now: u64) {
        for key in model.keys(db, now) {
            let value = model.get(db, key, now).expect("just listed").clone();
            self.index.extend(value.expiry.map(|at| (space, at, name(key))));
            self.records.insert((space, name(key)), value);
            *self.counts.entry(space).or_default() += 1;
        }
    }
}
