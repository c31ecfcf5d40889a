//! A call that is undone leaves what never having run leaves.
//!
//! Two caches live through the same: calls, loads, saves, evictions. In one of them, programs run
//! in between and are undone. Nothing that can be seen from outside may tell the two apart.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use hadal_value::{Lsn, Record};
use proptest::prelude::*;

use crate::{
    Before, Change, Effect, Expiry, Flag, Keyspace, Miss, Moment, Options, Pin, SaveBatch, ShardId,
    Stored, Ticket, Txn, Want,
};

mod paged;

const DATABASES: u32 = 2;
/// Some share a shard.
const KEYS: [&[u8]; 5] = [b"{t}a", b"{t}b", b"{t}c", b"d", b"e"];

/// What a call does to a key.
#[derive(Clone, Debug)]
enum Op {
    Get,
    Set(Vec<u8>, Expiry),
    WriteAt(usize, Vec<u8>),
    SetExpiry(Option<u64>),
    Delete,
    Watch,
}

/// A part of a program that is undone.
#[derive(Clone, Debug)]
enum Act {
    Key(u32, usize, Op),
    Flush(u32),
    Swap,
}

/// What both caches live through.
#[derive(Clone, Debug)]
enum Step {
    Call(u32, usize, Op),
    Whole(Act),
    Want(u32, usize),
    Load,
    StartSave,
    EndSave(bool),
    Expire,
    Pass(u64),
    Evict,
    /// Runs in one of them, and is undone. Keys may have been looked at before the savepoint.
    Undone(bool, Vec<Act>),
}

/// A cache over a store that is a map.
struct World {
    keyspace: Keyspace,
    now: Moment,
    last: u64,
    stored: BTreeMap<(u32, Vec<u8>), Vec<u8>>,
    loads: Vec<(Pin, Ticket, u32, &'static [u8])>,
    saving: Option<SaveBatch>,
    flags: Vec<Flag>,
}

impl World {
    /// Starts with effects of the journal's tail, each at a key that must be loaded for it. All
    /// keys are known to be stored or not, if `is_learned`.
    fn new(replayed: &[usize], is_learned: bool) -> Self {
        let keyspace = Keyspace::new(&Options {
            databases: DATABASES,
            seed: 1,
            save_delay_ms: 100,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
        });
        let mut world = Self {
            keyspace,
            now: Moment { unix: 1_000_000, monotonic: 5_000 },
            last: 0,
            stored: BTreeMap::new(),
            loads: Vec::new(),
            saving: None,
            flags: Vec::new(),
        };
        for key in replayed {
            world.last += 1;
            let change = Change::Write { offset: 1, bytes: b"replayed" };
            let effect = Effect::Key { space: 0, key: KEYS[*key], change };
            world.keyspace.replay(Lsn(world.last), effect, world.now);
            world.keyspace.presence().add(0, world.keyspace.place(KEYS[*key]));
        }
        world.keyspace.replayed();
        if is_learned {
            world.keyspace.presence().complete();
        }
        world
    }

    fn call(&mut self, run: impl FnOnce(&mut Txn<'_>)) {
        let mut effects = Vec::new();
        let mut txn = self.keyspace.begin_whole(0, self.now, &mut effects);
        run(&mut txn);
        let next = Lsn(self.last + 1);
        self.last = txn.commit(|_| next).lsn.0.max(self.last);
    }

    fn undone(&mut self, acts: &[Act]) {
        let flag = Flag::default();
        self.call(|txn| {
            txn.savepoint();
            for act in acts {
                act.run(txn, &flag);
            }
            txn.roll_back();
            assert!(!txn.has_changed());
        });
        let mut shards = ShardId::all();
        assert!(shards.all(|shard| self.keyspace.lock(shard).watches.is_free_of(&flag)));
    }

    /// Looks at every key, as EXEC does before it runs: those that have expired are deleted.
    fn look(&mut self) {
        self.call(|txn| {
            for (db, key) in every_key() {
                _ = txn.with_db(db, |txn| txn.exists(key));
            }
        });
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Call(db, key, op) => {
                let (act, flag) = (Act::Key(*db, *key, op.clone()), Flag::default());
                self.call(|txn| act.run(txn, &flag));
                self.flags.push(flag);
            }
            Step::Whole(act) => self.call(|txn| act.run(txn, &Flag::default())),
            Step::Want(db, key) => {
                let key = KEYS[*key];
                match self.keyspace.want(*db, key, None, self.now) {
                    Want::Lead(pin, ticket, space) => self.loads.push((pin, ticket, space, key)),
                    Want::Loading(pin) => self.keyspace.unpin(&pin),
                    Want::Ready => {}
                }
            }
            Step::Load => _ = self.load(),
            Step::StartSave => self.start_save(),
            Step::EndSave(ok) => self.end_save(*ok),
            Step::Expire => self.expire(),
            Step::Pass(millis) => {
                self.now.unix += millis;
                self.now.monotonic += millis;
            }
            Step::Evict => self.evict(),
            Step::Undone(looks, _) if *looks => self.look(),
            Step::Undone(..) => {}
        }
    }

    fn load(&mut self) -> bool {
        if self.loads.is_empty() {
            return false;
        }
        let (pin, ticket, space, key) = self.loads.remove(0);
        let found = self.stored.get(&(space, key.to_vec()));
        let record = found.map(|bytes| Record::decode(bytes).expect("just encoded"));
        self.keyspace.loaded(&ticket, Ok(record), self.now);
        self.keyspace.unpin(&pin);
        true
    }

    fn start_save(&mut self) {
        if self.saving.is_none() {
            let mut batch = SaveBatch::new(usize::MAX);
            for shard in ShardId::all() {
                self.keyspace.poll_save(shard, Before::ALL, &mut batch);
            }
            self.saving = Some(batch);
        }
    }

    fn end_save(&mut self, ok: bool) {
        let Some(mut batch) = self.saving.take() else { return };
        for number in 0..batch.len() {
            let save = batch.iter().nth(number).expect("a number of this batch");
            let at = (save.space, save.key.to_vec());
            let found = self.stored.get(&at).map(|bytes| Record::decode(bytes).expect("a record"));
            let found = Stored::from(found);
            assert!(save.stored == Stored::Unknown || save.stored == found, "{at:?}");
            if ok {
                self.keyspace.presence().add(save.space, self.keyspace.place(save.key));
                match save.record {
                    Some(record) => _ = self.stored.insert(at, record.to_vec()),
                    None => _ = self.stored.remove(&at),
                }
            }
            batch.set_stored(number, found);
        }
        self.keyspace.saved(&batch, ok, self.now.monotonic);
    }

    fn expire(&mut self) {
        let (mut effects, mut last) = (Vec::new(), self.last);
        for shard in ShardId::all() {
            self.keyspace.expire(shard, usize::MAX, self.now, &mut effects, |_| {
                last += 1;
                Lsn(last)
            });
        }
        self.last = last;
    }

    /// Everything comes to rest.
    fn drain(&mut self) {
        while self.load() {}
        self.end_save(true);
        for shard in ShardId::all() {
            for (ticket, space, key) in self.keyspace.replaying(shard, usize::MAX) {
                let found = self.stored.get(&(space, key.to_vec()));
                let record = found.map(|bytes| Record::decode(bytes).expect("just encoded"));
                self.keyspace.loaded(&ticket, Ok(record), self.now);
            }
        }
        self.start_save();
        self.end_save(true);
        self.evict();
    }

    /// Evicts what may leave, however often it was used.
    fn evict(&self) {
        (0..4).for_each(|_| self.keyspace.evict_all());
    }

    /// What can be seen from outside, without changing anything.
    fn observe(&self) -> Vec<String> {
        let totals = self.keyspace.totals();
        let spaces = self.keyspace.spaces();
        let flags: Vec<_> = self.flags.iter().map(|flag| flag.load(Ordering::Acquire)).collect();
        let mut seen = vec![format!(
            "{:?} {} {} {} {:?} {:?} {:?} {flags:?}",
            spaces.mapping(),
            totals.owed,
            totals.owed_bytes,
            totals.expiring,
            self.keyspace.next_due(),
            self.keyspace.oldest_owed(),
            self.keyspace.next_expiry(),
        )];
        for (db, key) in every_key() {
            let space = spaces.of(db);
            // No key has expired at the beginning of time.
            let then = Moment { unix: 0, ..self.now };
            let mut effects = Vec::new();
            let mut txn = self.keyspace.begin(db, std::iter::once(key), then, &mut effects);
            let found: Result<_, Miss> = txn
                .peek(key)
                .map(|found| found.map(|found| (found.value.to_vec(), found.expiry, found.grown)));
            txn.commit(|_| unreachable!("looking changes nothing"));
            let (created, busy) = (self.keyspace.created(space), self.keyspace.is_busy(space));
            seen.push(format!("{db} {key:?} {found:?} of {created} {busy}"));
        }
        seen
    }
}

impl Act {
    fn run(&self, txn: &mut Txn<'_>, flag: &Flag) {
        match self {
            Self::Flush(db) => txn.flush(*db),
            Self::Swap => txn.swap(0, 1),
            Self::Key(db, key, op) => txn.with_db(*db, |txn| op.run(txn, KEYS[*key], flag)),
        }
    }
}

impl Op {
    /// Misses what it misses.
    fn run(&self, txn: &mut Txn<'_>, key: &[u8], flag: &Flag) {
        match self {
            Self::Get => _ = txn.get(key).map(|_| ()),
            Self::Set(value, expiry) => _ = txn.set(key, value, *expiry),
            Self::WriteAt(offset, bytes) => _ = txn.write_at(key, *offset, bytes),
            Self::SetExpiry(at) => _ = txn.set_expiry(key, *at),
            Self::Delete => _ = txn.delete(key),
            Self::Watch => _ = txn.watch(key, flag),
        }
    }
}

fn every_key() -> impl Iterator<Item = (u32, &'static [u8])> {
    (0..DATABASES).flat_map(|db| KEYS.iter().map(move |key| (db, *key)))
}

fn ops() -> impl Strategy<Value = Op> {
    let value = prop_oneof![4 => 0..20_usize, 1 => 4_000..5_000_usize].prop_map(|n| vec![b'v'; n]);
    let expiry = prop_oneof![
        Just(Expiry::None),
        Just(Expiry::Keep),
        (1_000_000..1_000_400_u64).prop_map(Expiry::At)
    ];
    prop_oneof![
        1 => Just(Op::Get),
        4 => (value, expiry).prop_map(|(value, expiry)| Op::Set(value, expiry)),
        2 => (0..30_usize, 0..9_usize).prop_map(|(at, n)| Op::WriteAt(at, vec![b'w'; n])),
        1 => prop::option::of(1_000_000..1_000_400_u64).prop_map(Op::SetExpiry),
        2 => Just(Op::Delete),
        1 => Just(Op::Watch),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..DATABASES, 0..KEYS.len(), ops()).prop_map(|(db, key, op)| Act::Key(db, key, op)),
        1 => (0..DATABASES).prop_map(Act::Flush),
        1 => Just(Act::Swap),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let undone = (any::<bool>(), prop::collection::vec(acts(), 0..12));
    prop_oneof![
        8 => (0..DATABASES, 0..KEYS.len(), ops()).prop_map(|(db, key, op)| Step::Call(db, key, op)),
        1 => prop_oneof![(0..DATABASES).prop_map(Act::Flush), Just(Act::Swap)].prop_map(Step::Whole),
        4 => (0..DATABASES, 0..KEYS.len()).prop_map(|(db, key)| Step::Want(db, key)),
        3 => Just(Step::Load),
        3 => Just(Step::StartSave),
        3 => any::<bool>().prop_map(Step::EndSave),
        1 => Just(Step::Expire),
        1 => (1..200_u64).prop_map(Step::Pass),
        1 => Just(Step::Evict),
        5 => undone.prop_map(|(looks, acts)| Step::Undone(looks, acts)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_program_that_was_undone_has_never_run(
        replayed in prop::collection::vec(0..KEYS.len(), 0..4),
        is_learned: bool,
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        let mut with = World::new(&replayed, is_learned);
        let mut without = World::new(&replayed, is_learned);
        for step in &steps {
            with.step(step);
            without.step(step);
            if let Step::Undone(_, acts) = step {
                with.undone(acts);
                prop_assert_eq!(with.observe(), without.observe());
                // What it has learned of absent keys is allowed to stay, and would be in the way.
                with.evict();
                without.evict();
                prop_assert_eq!(with.keyspace.bytes(), without.keyspace.bytes());
            }
        }
        with.drain();
        without.drain();
        prop_assert_eq!(with.observe(), without.observe());
        prop_assert_eq!(with.keyspace.bytes(), without.keyspace.bytes());
        prop_assert_eq!(with.stored, without.stored);
    }
}
