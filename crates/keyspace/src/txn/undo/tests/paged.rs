//! Collections and long strings with pages: some in memory and some not, some being loaded, saved or replaced.
//! An undone call leaves every entry of the shard as it was.

use std::collections::BTreeMap;
use std::ops::ControlFlow::Continue;

use hadal_value::blocks::StringLimits;
use hadal_value::collection::Limits;
use hadal_value::tree::{Direction, PageId, PageLimits};
use hadal_value::{Kind, Lsn, Record};
use proptest::prelude::*;

use crate::{
    Before, Denied, Expiry, Keyspace, Missing, Moment, Options, Pin, SaveBatch, ShardId, Stored,
    Ticket, Txn, Want,
};

const NOW: Moment = Moment { unix: 1_000_000, monotonic: 5_000 };
/// All in one shard.
const KEYS: [(&[u8], Kind); 4] = [
    (b"{t}hash", Kind::Hash),
    (b"{t}sorted", Kind::SortedSet),
    (b"{t}list", Kind::List),
    (b"{t}text", Kind::LongString),
];

/// What a call does to a key, as far as what it needs is in memory.
#[derive(Clone, Debug)]
enum Op {
    /// Gives a member a value or a score of this size, puts an item in a list, or writes bytes.
    Put(u8, u8),
    /// Of a string: reads, and writes zeros.
    Remove(u8),
    /// Of a string: another takes its place, long or short.
    Cut(u8, u64),
    Delete,
    /// A string takes its place.
    Overwrite,
    Expire(u64),
}

#[derive(Clone, Debug)]
enum Act {
    Key(u32, usize, Op),
    Flush(u32),
    Swap,
}

#[derive(Clone, Debug)]
enum Step {
    /// Makes a collection large.
    Fill(usize, u8),
    Call(usize, Op),
    /// Ends the newest of the loads that misses have begun.
    Load,
    StartSave,
    EndSave(bool),
    Evict(usize),
    /// So long after the calls, up to so many fields go.
    ExpireFields(u64, usize),
    /// Everything is saved and leaves memory; then a call asks for its way to a place, of which so
    /// many loads come to their end.
    Cool(usize, u8, usize),
    Undone(Vec<Act>),
}

/// A cache over a store that is a map.
struct World {
    keyspace: Keyspace,
    last: u64,
    stored: BTreeMap<(u32, Vec<u8>), Vec<u8>>,
    pages: BTreeMap<PageId, Vec<u8>>,
    loads: Vec<(Pin, Ticket, u32, Missing)>,
    saving: Option<SaveBatch>,
}

impl World {
    fn new() -> Self {
        let keyspace = Keyspace::new(&Options {
            databases: 2,
            seed: 1,
            save_delay_ms: 0,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
        });
        let pages = PageLimits { root_bytes: 160, page_bytes: 96 };
        let strings = StringLimits { record_bytes: 50, block_bytes: 16 };
        keyspace.set_collection_limits(Limits { pages, strings, ..Limits::default() });
        let (stored, pages) = (BTreeMap::new(), BTreeMap::new());
        Self { keyspace, last: 0, stored, pages, loads: Vec::new(), saving: None }
    }

    /// Runs a call. The loads of what it misses begin.
    fn call(&mut self, run: impl FnOnce(&mut Txn<'_>)) {
        let mut effects = Vec::new();
        let mut txn = self.keyspace.begin_whole(0, NOW, &mut effects);
        run(&mut txn);
        let (missed, next) = (txn.take_missed(), Lsn(self.last + 1));
        self.last = txn.commit(|_| next).lsn.0.max(self.last);
        for missing in missed {
            let Missing { db, key, page } = &missing;
            let want = match *page {
                None => self.keyspace.want(*db, key, None, NOW),
                Some(page) => self.keyspace.want_page(*db, key, page, None, NOW),
            };
            match want {
                Want::Lead(pin, ticket, space) => self.loads.push((pin, ticket, space, missing)),
                Want::Loading(pin) => self.keyspace.unpin(&pin),
                Want::Ready => {}
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Fill(key, count) => {
                for n in 0..*count {
                    self.call(|txn| Op::Put(n, 30).run(txn, KEYS[*key]));
                }
            }
            Step::Call(key, op) => self.call(|txn| op.run(txn, KEYS[*key])),
            Step::Load => _ = self.load(),
            Step::StartSave => self.start_save(),
            Step::EndSave(ok) => self.end_save(*ok),
            Step::Evict(bytes) => _ = self.keyspace.evict(*bytes),
            Step::ExpireFields(after, count_max) => self.expire_fields(*after, *count_max),
            Step::Cool(key, place, loads) => {
                self.cool();
                for _ in 0..*loads {
                    self.call(|txn| Op::Put(*place, 9).run(txn, KEYS[*key]));
                    self.load();
                }
                self.call(|txn| Op::Put(*place, 9).run(txn, KEYS[*key]));
            }
            Step::Undone(acts) => self.undo(acts),
        }
    }

    fn undo(&mut self, acts: &[Act]) {
        let before = self.picture();
        let mut effects = Vec::new();
        let mut txn = self.keyspace.begin_whole(0, NOW, &mut effects);
        txn.savepoint();
        for act in acts {
            match act {
                Act::Key(db, key, op) => txn.with_db(*db, |txn| op.run(txn, KEYS[*key])),
                Act::Flush(db) => txn.flush(*db),
                Act::Swap => txn.swap(0, 1),
            }
        }
        txn.roll_back();
        txn.commit(|_| unreachable!("nothing is left to be written"));
        assert_eq!(self.picture(), before);
    }

    fn picture(&self) -> String {
        let shard = self.keyspace.lock(self.keyspace.place(KEYS[0].0).shard());
        shard.check();
        format!("{:?}\n{}", self.keyspace.spaces().mapping(), shard.picture().join("\n"))
    }

    fn load(&mut self) -> bool {
        let Some((pin, ticket, space, missing)) = self.loads.pop() else { return false };
        let Missing { key, page, .. } = missing;
        match page.map(|page| (page, self.pages.get(&page))) {
            None => {
                let found = self.stored.get(&(space, key.to_vec()));
                let record = found.map(|bytes| Record::decode(bytes).expect("a record"));
                self.keyspace.loaded(&ticket, Ok(record), NOW);
            }
            Some((_, Some(bytes))) => self.keyspace.loaded_page(&ticket, Ok(bytes.clone()), NOW),
            Some((page, None)) => {
                let missing = self.keyspace.missing_page(&ticket, space, &key, page);
                missing.expect("a page that its collection names is stored");
            }
        }
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
            match save.record.filter(|_| ok) {
                Some(record) => _ = self.stored.insert(at, record.to_vec()),
                None if ok => _ = self.stored.remove(&at),
                None => {}
            }
            batch.set_stored(number, found);
        }
        for page in batch.pages().filter(|_| ok) {
            match page.bytes {
                Some(bytes) => _ = self.pages.insert(page.id, bytes.to_vec()),
                None => _ = self.pages.remove(&page.id),
            }
        }
        self.keyspace.saved(&batch, ok, 0);
    }

    fn expire_fields(&mut self, after: u64, count_max: usize) {
        let shard = self.keyspace.place(KEYS[0].0).shard();
        let now = Moment { unix: NOW.unix + after, ..NOW };
        let (mut effects, next) = (Vec::new(), Lsn(self.last + 1));
        let count = self.keyspace.expire_fields(shard, count_max, now, &mut effects, |_| next);
        assert!(count <= count_max);
        self.last += u64::from(count > 0);
    }

    /// Everything is saved and leaves memory.
    fn cool(&mut self) {
        self.end_save(true);
        while self.load() {}
        self.start_save();
        self.end_save(true);
        self.keyspace.evict_all();
    }

    /// After everything has left memory, every element must still be found.
    fn drain(&mut self) {
        self.cool();
        for (key, kind) in KEYS {
            let mut is_whole = false;
            while !is_whole {
                self.call(|txn| is_whole = is_in_memory(txn, key, kind));
                assert!(self.load() || is_whole, "what is missed can be loaded");
                while self.load() {}
            }
        }
        self.picture();
    }
}

/// Visits every element. Whether all of them were in memory.
fn is_in_memory(txn: &mut Txn<'_>, key: &[u8], kind: Kind) -> bool {
    if kind == Kind::LongString {
        return !matches!(txn.get(key), Err(Denied::Miss));
    }
    match txn.open(key, kind) {
        Err(Denied::Miss) => false,
        Err(Denied::WrongKind | Denied::TooLarge) | Ok(None) => true,
        Ok(Some(opened)) => match kind {
            Kind::Hash => opened.map().walk(&mut |_| Continue(())).is_ok(),
            Kind::SortedSet => opened.sorted().walk(&mut |_, _| Continue(())).is_ok(),
            _ => {
                let list = opened.sequence();
                list.range(0, list.len(), Direction::Forward, &mut |_| Continue(())).is_ok()
            }
        },
    }
}

impl Op {
    /// Misses what it misses.
    fn run(&self, txn: &mut Txn<'_>, (key, kind): (&[u8], Kind)) {
        match self {
            Self::Delete => _ = txn.delete(key),
            Self::Overwrite => _ = txn.set(key, b"a string", Expiry::None),
            Self::Expire(after) => _ = txn.set_expiry(key, Some(NOW.unix + after)),
            _ if kind == Kind::LongString => self.write(txn, key),
            Self::Put(..) | Self::Remove(_) | Self::Cut(..) => self.edit(txn, key, kind),
        }
    }

    fn write(&self, txn: &mut Txn<'_>, key: &[u8]) {
        let at = |n: u8| usize::from(n) * 6;
        match self {
            Self::Put(n, size) => _ = txn.write_at(key, at(*n), &vec![b'v'; (*size).into()]),
            Self::Remove(n) => {
                let text = txn.text(key).ok().flatten();
                let byte = text.map_or(Ok(None), |text| text.byte(at(*n)));
                if byte.is_ok() {
                    _ = txn.write_at(key, at(*n), &[0; 9]);
                }
            }
            Self::Cut(n, count) => {
                _ = txn.set(key, &vec![*n; (*count).min(99) as usize], Expiry::None);
            }
            Self::Delete | Self::Overwrite | Self::Expire(_) => {}
        }
    }

    fn edit(&self, txn: &mut Txn<'_>, key: &[u8], kind: Kind) {
        let Ok(mut editing) = txn.edit(key, kind) else { return };
        let len = match kind {
            Kind::Hash => editing.opened().map().len(),
            Kind::SortedSet => editing.opened().sorted().len(),
            _ => editing.opened().sequence().len(),
        };
        let at = |n: u8| u64::from(n) % len.max(1);
        let name = |n: u8| format!("member:{n}").into_bytes();
        let value = |size: u8| vec![b'v'; size.into()];
        match (self, kind) {
            (Self::Put(n, size), Kind::Hash) => {
                let expiry = n.is_multiple_of(3).then(|| NOW.unix + u64::from(*size));
                _ = editing.put_field(&name(*n), &value(*size), expiry);
            }
            (Self::Put(n, size), Kind::SortedSet) => {
                _ = editing.put_score(&name(*n), f64::from(*size));
            }
            (Self::Put(n, size), _) => _ = editing.insert(at(*n), &value(*size)),
            (Self::Remove(n), Kind::List) if len > 0 => _ = editing.cut(at(*n), 1),
            (Self::Remove(n), Kind::Hash | Kind::SortedSet) => _ = editing.remove(&name(*n)),
            (Self::Cut(n, count), Kind::List | Kind::SortedSet) if len > 0 => {
                _ = editing.cut(at(*n), (*count).min(len - at(*n)));
            }
            _ => {}
        }
    }
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..40_u8, 0..60_u8).prop_map(|(n, size)| Op::Put(n, size)),
        4 => (0..40_u8).prop_map(Op::Remove),
        3 => (0..40_u8, 1..60_u64).prop_map(|(n, count)| Op::Cut(n, count)),
        1 => Just(Op::Cut(0, u64::MAX)),
        1 => Just(Op::Delete),
        1 => Just(Op::Overwrite),
        1 => (1..9_u64).prop_map(Op::Expire),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0..2_u32, 0..KEYS.len(), ops()).prop_map(|(db, key, op)| Act::Key(db, key, op)),
        1 => (0..2_u32).prop_map(Act::Flush),
        1 => Just(Act::Swap),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..KEYS.len(), 10..40_u8).prop_map(|(key, count)| Step::Fill(key, count)),
        6 => (0..KEYS.len(), ops()).prop_map(|(key, op)| Step::Call(key, op)),
        4 => Just(Step::Load),
        3 => Just(Step::StartSave),
        3 => any::<bool>().prop_map(Step::EndSave),
        2 => prop_oneof![1..5_000_usize, Just(1 << 20)].prop_map(Step::Evict),
        2 => (0..60_u64, 1..9_usize).prop_map(|(after, max)| Step::ExpireFields(after, max)),
        3 => (0..KEYS.len(), 0..40_u8, 0..4_usize)
            .prop_map(|(key, place, loads)| Step::Cool(key, place, loads)),
        5 => prop::collection::vec(acts(), 1..12).prop_map(Step::Undone),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn undone_changes_of_pages_leave_every_entry_as_it_was(
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            world.picture();
        }
        world.drain();
    }
}

/// A cut reads the leaves at its ends and forgets those between without reading them. One of these
/// is being loaded here.
#[test]
fn a_page_that_is_being_loaded_stays_so_when_the_cut_that_dropped_it_is_undone() {
    const LIST: usize = 2;
    let insert = |place| Step::Call(LIST, Op::Put(place, 9));
    let mut world = World::new();
    // The first call learns that there is no such key.
    for step in [Step::Fill(LIST, 1), Step::Load, Step::Fill(LIST, 14)] {
        world.step(&step);
    }
    world.cool();
    (0..4).for_each(|_| world.keyspace.evict_all());
    for end in [1, 11] {
        world.step(&insert(end));
        while world.load() {
            world.step(&insert(end));
        }
    }
    world.step(&insert(7));
    let (.., missing) = world.loads.last().expect("the leaf between them is not in memory");
    assert!(missing.page.is_some(), "a page");
    world.step(&Step::Undone(vec![Act::Key(0, LIST, Op::Cut(0, 8))]));
    world.step(&Step::Load);
    world.drain();
}
