//! The judgements that need everyone else to stand still.

use std::fmt::Write as _;

use hadal_dataset::{Expired, Load, Options};
use hadal_keyspace::{Before, Keyspace, Miss, Missing, Moment, Peek, Pin, ShardId, Txn, Want};
use hadal_storage::Store;
use hadal_storage::journal::Refusal;
use hadal_value::Kind;
use hadal_value::tree::Absent;

use crate::contents;
use crate::model::{Content, Value};
use crate::op::name;
use crate::play::Play;
use crate::settings::DATABASES;
use crate::sim::Sim;

mod medium;

use medium::Medium;

/// Rounds of all work in which everything must come to rest. An EXEC may need one for each level
/// of each tree that it goes down.
const ROUNDS_MAX: usize = 100;
/// Segments of a journal at rest: fewer superfluous ones are not worth a sync of the store.
const SEGMENTS_MAX: usize = 4;

/// When what could not expire yet is looked at again, at the latest.
const EXPIRY_RETRY_MS: u64 = 500;

impl Sim {
    /// Reads every key: it must be what the model says.
    pub(crate) fn verify(&self) {
        let mut play = self.play();
        play.is_quiet = true;
        play.store.fail_one_in(0);
        for db in 0..DATABASES {
            for key in 0..play.settings.workload.keys {
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
            assert_eq!(count..=count, play.history.model.counts(db, now), "keys in database {db}");
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
        // What could not be read is tried again.
        self.clock.advance_millis(60_000);
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
        while dataset.expire(1_000).expect("nothing fails any more") != Expired::NOTHING {}
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
            && dataset.reclaimable() == 0
            && dataset.journal().stats().segments <= SEGMENTS_MAX
            && dataset.accepts().is_ok()
            && dataset.next_expiry().is_none_or(|at| at > dataset.moment().unix + EXPIRY_RETRY_MS)
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
        let mut pins = Vec::new();
        loop {
            let mut effects = Vec::new();
            let keys = std::iter::once(&key_name[..]);
            let mut txn = dataset.keyspace().begin(db, keys, now, &mut effects);
            let found = look(&mut txn, &key_name);
            let missed = txn.take_missed();
            let committed = dataset.commit(txn);
            self.record(committed, &effects, now.unix);
            if let Ok(found) = found {
                let expected = self.history.model.get(db, key, now.unix).cloned();
                let [found, expected] = [found, expected]
                    .map(|value| value.and_then(|value| value.without_due(now.unix)));
                assert_eq!(found, expected, "key {key} of database {db}");
                break;
            }
            assert!(!missed.is_empty(), "something is missing, and nobody knows what");
            pins.extend(missed.into_iter().filter_map(|missing| self.load_now(missing, now)));
        }
        for pin in &pins {
            dataset.keyspace().unpin(pin);
        }
    }

    fn load_now(&mut self, missing: Missing, now: Moment) -> Option<Pin> {
        let dataset = self.dataset();
        let Missing { db, key, page } = missing;
        let want = match page {
            None => dataset.keyspace().want(db, &key, None, now),
            Some(page) => dataset.keyspace().want_page(db, &key, page, None, now),
        };
        match want {
            Want::Ready => None,
            Want::Loading(_) => panic!("nobody else loads"),
            Want::Lead(pin, ticket, space) => {
                page.inspect(|page| self.store.witness().wants(*page));
                dataset.load(&Load { ticket, space, key, page }).expect("nothing fails now");
                page.inspect(|page| self.store.witness().has(*page));
                Some(pin)
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
        // But for what remembers evicted keys: its tables, of 256 bytes at least, shrink late.
        let more = totals.bytes - empty.bytes();
        let is_memory_of_keys = more.is_multiple_of(256) && more < 16 << 10;
        assert!(is_memory_of_keys, "an emptied cache takes {more} bytes more than an empty one");
    }

    fn judge_store(&self) {
        let dataset = self.dataset();
        let keyspace = dataset.keyspace();
        let spaces: Vec<u32> = (0..DATABASES).map(|db| keyspace.spaces().of(db)).collect();
        let medium = Medium::read(&*self.store.medium().snapshot());
        let (model, now) = (&self.history.model, dataset.moment().unix);
        medium.judge(&spaces, model, now, keyspace.seed(), &self.store.witness());
    }
}

/// All there is at a key.
fn look(txn: &mut Txn<'_>, key: &[u8]) -> Result<Option<Value>, Miss> {
    let Some(Peek { kind, value, expiry, .. }) = txn.peek(key)? else { return Ok(None) };
    let content = if kind == Kind::String {
        Content::Text(value.to_vec())
    } else {
        let opened = txn.open(key, kind).map_err(|_| Miss)?.expect("just seen");
        contents::of_opened(kind, &opened).map_err(|Absent| Miss)?
    };
    Ok(Some(Value { content, expiry }))
}
