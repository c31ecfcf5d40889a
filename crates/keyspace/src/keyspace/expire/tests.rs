//! Fields of hashes go when their time has come.

use std::sync::atomic::Ordering;

use hadal_value::{Kind, Lsn, Record};

use crate::{
    Before, Change, Edit, Editing, Effect, Effects, Expiry, Flag, Keyspace, Loaded, Moment,
    Options, SaveBatch, ShardId, Stored, Swept, UnixMillis, Want,
};

const START: UnixMillis = 1_000_000;
const KEY: &[u8] = b"hash";
/// Fields of a hash with pages: more than a sweep looks at in one step.
const MANY: usize = 2_000;

/// A keyspace, and what its journal has.
struct World {
    keyspace: Keyspace,
    journal: Vec<Vec<u8>>,
}

fn at(after: u64) -> Moment {
    Moment { unix: START + after, monotonic: after }
}

impl World {
    fn new() -> Self {
        let keyspace = Keyspace::new(&Options {
            databases: 1,
            seed: 1,
            save_delay_ms: 0,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
        });
        keyspace.presence().complete();
        Self { keyspace, journal: Vec::new() }
    }

    /// A hash of fields that expire so long after the start, or never.
    fn with_fields(fields: &[(&str, Option<u64>)]) -> Self {
        let mut world = Self::new();
        world.edit(|hash| {
            for (name, after) in fields {
                put(hash, name, *after);
            }
        });
        world
    }

    /// A hash with pages, of fields that expire so long after the start, or never.
    fn with_many_fields(after: impl Fn(usize) -> Option<u64>) -> Self {
        let mut world = Self::new();
        world.edit(|hash| (0..MANY).for_each(|number| put(hash, &many(number), after(number))));
        world
    }

    /// The hash comes from the store.
    fn load(&self, record: &[u8]) {
        let Want::Lead(pin, ticket, _) = self.keyspace.want(0, KEY, None, at(0)) else {
            panic!("the hash has left memory")
        };
        let loaded: Loaded<'_> = Ok(Some(Record::decode(record).expect("just encoded")));
        self.keyspace.loaded(&ticket, loaded, at(0));
        self.keyspace.unpin(&pin);
    }

    fn edit(&mut self, run: impl FnOnce(&mut Editing<'_, '_>)) {
        let mut effects = Vec::new();
        let mut txn = self.keyspace.begin(0, std::iter::once(KEY), at(0), &mut effects);
        run(&mut txn.edit(KEY, Kind::Hash).expect("in memory, and a hash"));
        txn.commit(|effects| append(&mut self.journal, effects));
    }

    fn expire(&mut self, after: u64, count_max: usize) -> usize {
        let (shard, mut effects) = (self.keyspace.place(KEY).shard(), Vec::new());
        let journal = &mut self.journal;
        let append = |effects: &[u8]| append(journal, effects);
        self.keyspace.expire_fields(shard, count_max, at(after), &mut effects, append)
    }

    /// The fields that are there, whether or not their time has come. `None`: there is no key.
    fn fields(&self) -> Option<Vec<String>> {
        let mut effects = Vec::new();
        let mut txn = self.keyspace.begin(0, std::iter::once(KEY), at(0), &mut effects);
        let opened = txn.open(KEY, Kind::Hash).expect("in memory, and a hash")?;
        let mut names = Vec::new();
        let walked = opened.map().walk(&mut |entry| {
            names.push(String::from_utf8_lossy(entry.key).into_owned());
            std::ops::ControlFlow::Continue(())
        });
        walked.expect("all of it is in memory");
        names.sort();
        Some(names)
    }

    /// Goes through large hashes until there is nothing more to do. Returns how many fields it
    /// deleted, and in how many steps.
    fn sweep(&mut self, after: u64) -> (usize, usize) {
        let (mut count, mut steps) = (0, 0);
        while let Some(deleted) = self.sweep_once(after) {
            (count, steps) = (count + deleted, steps + 1);
        }
        (count, steps)
    }

    fn sweep_once(&mut self, after: u64) -> Option<usize> {
        let (shard, mut effects) = (self.keyspace.place(KEY).shard(), Vec::new());
        let journal = &mut self.journal;
        let append = |effects: &[u8]| append(journal, effects);
        match self.keyspace.sweep(shard, at(after), &mut effects, append) {
            Swept::Fields(count) => Some(count),
            Swept::Nothing => None,
            Swept::Wants(hash) => panic!("all of it is in memory, not {hash:?}"),
        }
    }

    /// A keyspace that the journal has been replayed to.
    fn replay_all(&self) -> Self {
        let again = Self::new();
        for (lsn, record) in (1..).zip(&self.journal) {
            for effect in Effects::of(record) {
                again.keyspace.replay(Lsn(lsn), effect.expect("just encoded"), at(50));
            }
        }
        again.keyspace.replayed();
        for (ticket, ..) in again.keyspace.replaying(again.keyspace.place(KEY).shard(), 1) {
            again.keyspace.loaded(&ticket, Ok(None), at(50));
        }
        again
    }

    /// Saves all that is owed; the record of the last key saved.
    fn save(&self) -> Option<Vec<u8>> {
        let mut batch = SaveBatch::new(usize::MAX);
        for shard in ShardId::all() {
            self.keyspace.poll_save(shard, Before::ALL, &mut batch);
        }
        let record = batch.iter().last().and_then(|save| save.record.map(<[u8]>::to_vec));
        for number in 0..batch.len() {
            batch.set_stored(number, Stored::Absent);
        }
        self.keyspace.saved(&batch, true, 0);
        record
    }
}

fn many(number: usize) -> String {
    format!("a field with a long name, number {number}")
}

fn put(hash: &mut Editing<'_, '_>, name: &str, after: Option<u64>) {
    let expiry = after.map(|after| START + after);
    hash.put_field(name.as_bytes(), b"value", expiry).expect("in memory");
}

fn append(journal: &mut Vec<Vec<u8>>, effects: &[u8]) -> Lsn {
    journal.push(effects.to_vec());
    Lsn(journal.len() as u64)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn fields_go_when_their_time_has_come_and_no_others() {
    let mut world = World::with_fields(&[("soon", Some(10)), ("late", Some(20)), ("ever", None)]);
    assert_eq!(world.keyspace.next_expiry(), Some(START + 10));
    assert_eq!(world.expire(9, 100), 0);
    assert_eq!(world.expire(10, 100), 1);
    assert_eq!(world.fields(), Some(names(&["ever", "late"])));
    assert_eq!(world.keyspace.next_expiry(), Some(START + 20));
    assert_eq!(world.expire(30, 100), 1);
    assert_eq!(world.fields(), Some(names(&["ever"])));
    assert_eq!(world.keyspace.next_expiry(), None);
    assert_eq!(world.journal.len(), 3, "what deletes nothing is not journaled");
}

#[test]
fn no_more_fields_go_at_once_than_were_asked_for() {
    let fields = ["a", "b", "c", "d", "e"].map(|name| (name, Some(10)));
    let mut world = World::with_fields(&fields);
    let counts = [2, 2, 2, 2].map(|count_max| world.expire(10, count_max));
    assert_eq!(counts, [2, 2, 1, 0]);
}

#[test]
fn a_hash_that_loses_its_last_field_is_gone_and_those_who_watch_are_told() {
    let mut world = World::with_fields(&[("a", Some(10)), ("b", Some(10))]);
    let (flag, mut effects) = (Flag::default(), Vec::new());
    let mut txn = world.keyspace.begin(0, std::iter::once(KEY), at(0), &mut effects);
    txn.watch(KEY, &flag).expect("in memory");
    txn.commit(|_| unreachable!("watching changes nothing"));
    assert_eq!(world.expire(10, 1), 1);
    assert!(flag.load(Ordering::Acquire), "a field less is a change");
    assert_eq!(world.keyspace.created(world.keyspace.spaces().of(0)), 1);
    assert_eq!(world.expire(10, 1), 1);
    assert_eq!(world.fields(), None);
    assert_eq!(world.keyspace.created(world.keyspace.spaces().of(0)), 0);
    assert_eq!(world.save(), None, "the key is deleted from the store, too");
}

#[test]
fn a_time_that_no_field_has_any_more_is_looked_at_once_and_the_store_is_told() {
    let mut world = World::with_fields(&[("a", Some(10)), ("b", Some(30))]);
    world.edit(|hash| put(hash, "a", Some(20)));
    world.save();
    assert_eq!(world.keyspace.next_expiry(), Some(START + 10), "a time before the first");
    assert_eq!(world.expire(15, 100), 0);
    assert_eq!(world.keyspace.next_expiry(), Some(START + 20));
    assert_eq!(world.keyspace.totals().owed, 1, "its index has a time at which nothing happens");
    assert_eq!(Record::decode(&world.save().expect("a hash")).expect("saved").lsn, Lsn(3));
    world.replay_all();
    world.keyspace.evict_all();
    assert_eq!(world.keyspace.next_expiry(), None, "what is cold is found in the store");
}

#[test]
fn fields_of_a_hash_that_was_loaded_go_too() {
    let mut world = World::with_fields(&[("a", Some(10)), ("b", None)]);
    let record = world.save().expect("a hash");
    world.keyspace.evict_all();
    world.load(&record);
    assert_eq!(world.expire(10, 100), 1);
    assert_eq!(world.fields(), Some(names(&["b"])));
}

#[test]
fn what_a_replay_makes_of_expired_fields_is_the_same() {
    let mut world = World::with_fields(&[("a", Some(10)), ("b", None), ("c", Some(20))]);
    world.expire(10, 100);
    assert_eq!(world.replay_all().fields(), Some(names(&["b", "c"])));
    let last = world.journal.last().expect("a field has expired");
    let effects: Vec<_> = Effects::of(last).map(|effect| effect.expect("just encoded")).collect();
    let change = Change::Edit { kind: Kind::Hash, edit: Edit::Remove { member: b"a" } };
    let space = world.keyspace.spaces().of(0);
    assert_eq!(effects, [Effect::Key { space, key: KEY, change }]);
}

#[test]
fn a_hash_with_pages_is_gone_through_in_steps() {
    let mut world = World::with_many_fields(|number| match number % 4 {
        0 => Some(10),
        1 => Some(20),
        _ => None,
    });
    assert_eq!(world.keyspace.next_expiry(), Some(START + 10));
    assert_eq!(world.expire(10, 100), 0, "this is for small ones");
    assert_eq!(world.sweep(9), (0, 0));
    let (count, steps) = world.sweep(10);
    assert_eq!(count, MANY / 4);
    assert!(steps >= 5, "{steps} steps");
    assert_eq!(world.keyspace.next_expiry(), Some(START + 20));
    assert_eq!(world.fields().map(|fields| fields.len()), Some(MANY / 4 * 3));
    assert_eq!(world.sweep(20).0, MANY / 4);
    assert_eq!(world.keyspace.next_expiry(), None);
    assert_eq!(world.replay_all().fields(), world.fields());
}

#[test]
fn a_hash_with_pages_that_loses_its_last_field_is_gone() {
    let mut world = World::with_many_fields(|_| Some(10));
    assert_eq!(world.sweep(10).0, MANY);
    assert_eq!(world.fields(), None);
    assert_eq!(world.keyspace.next_expiry(), None);
}

#[test]
fn what_gets_an_expiry_behind_a_sweep_is_not_forgotten() {
    for first in 0..20 {
        let mut world = World::with_many_fields(|number| (number == first).then_some(10));
        let mut steps = 0;
        while world.sweep_once(10).is_some() {
            steps += 1;
            // Wherever the sweep is, one of these is behind it.
            world.edit(|hash| {
                for number in (first + 1..MANY).step_by(50) {
                    put(hash, &many(number), Some(30 + steps));
                }
            });
        }
        assert!(world.keyspace.next_expiry().is_some_and(|at| at <= START + 30 + steps));
        let expiring = (first + 1..MANY).step_by(50).count();
        assert_eq!(world.sweep(100).0, expiring);
        assert_eq!(world.fields().map(|fields| fields.len()), Some(MANY - 1 - expiring));
    }
}

#[test]
fn a_time_that_no_field_of_many_has_any_more_is_told_to_the_store() {
    let mut world = World::with_many_fields(|number| (number == 7).then_some(10));
    world.edit(|hash| put(hash, &many(7), Some(40)));
    world.save();
    let effects = world.journal.len();
    assert_eq!(world.sweep(10).0, 0);
    assert_eq!(world.keyspace.next_expiry(), Some(START + 40));
    assert_eq!((world.journal.len(), world.keyspace.totals().owed), (effects + 1, 1));
    assert_eq!(world.replay_all().fields().map(|fields| fields.len()), Some(MANY));
}

#[test]
fn a_sweep_wants_pages_that_are_not_there_and_leaves_alone_those_that_cannot_be_read() {
    let world = World::with_many_fields(|_| Some(10));
    let record = world.save().expect("a hash");
    world.keyspace.evict_all();
    world.load(&record);
    let (shard, mut effects) = (world.keyspace.place(KEY).shard(), Vec::new());
    let append = |_: &[u8]| unreachable!("nothing changes");
    let swept = world.keyspace.sweep(shard, at(10), &mut effects, append);
    let Swept::Wants(hash) = swept else { panic!("no page is in memory, but {swept:?}") };
    let space = world.keyspace.spaces().of(0);
    assert_eq!((hash.space, &*hash.key, hash.pages.is_empty()), (space, KEY, false));
    world.keyspace.sweep_failed(shard, hash.pages[0], at(10));
    for (after, is_left) in [(10, true), (60_009, true), (60_010, false)] {
        let swept = world.keyspace.sweep(shard, at(after), &mut effects, append);
        assert_eq!(swept == Swept::Nothing, is_left, "{swept:?} after {after} ms");
    }
}

#[test]
fn a_value_in_the_place_of_a_hash_has_no_fields_that_expire() {
    let mut world = World::with_fields(&[("a", Some(10))]);
    let mut effects = Vec::new();
    let mut txn = world.keyspace.begin(0, std::iter::once(KEY), at(0), &mut effects);
    txn.set(KEY, b"a string", Expiry::None).expect("in memory");
    txn.commit(|effects| append(&mut world.journal, effects));
    assert_eq!(world.keyspace.next_expiry(), None);
    assert_eq!(world.expire(10, 100), 0);
}
