//! Walking over the keys of a database: cursors are positions, so a scan keeps no state here.

use std::collections::BTreeMap;
use std::ops::Range;

use hadal_keyspace::{ShardId, UnixMillis};
use hadal_value::Record;

use crate::layout::{self, POSITION_END, Position};
use crate::{Dataset, DatasetError};

/// Keys expected in the window that a random key is chosen from, and the most it may hold.
const RANDOM_WINDOW: u64 = 16;
const RANDOM_WINDOW_MAX: usize = 64;
/// Windows tried before the keys are taken to be crowded into few hash slots.
const RANDOM_TRIES: usize = 64;

/// A page of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The keys, in the order of their positions.
    pub keys: Vec<Vec<u8>>,
    /// Where the next page starts; 0 after the last.
    pub cursor: u64,
}

impl Dataset {
    /// Keys of a database from `cursor` on: about `count`, all those that share a position
    /// together. Every key that is there from the first page to the last is in one of them, and
    /// in one only.
    pub fn scan(&self, db: u32, cursor: u64, count: usize) -> Result<Page, DatasetError> {
        if cursor >= POSITION_END {
            return Ok(Page::default());
        }
        self.page(db, cursor..POSITION_END, count.max(1))
    }

    /// A key of the database, each as likely as every other, or `None` if there is none. If keys
    /// crowd into few hash slots, some are likelier.
    pub fn random_key(&self, db: u32) -> Result<Option<Vec<u8>>, DatasetError> {
        // At least as many as there are, but for what a start has still to load.
        let count = match self.count_estimate(db) {
            0 => self.count(db)?,
            count => count,
        };
        if count == 0 {
            return Ok(None);
        }
        let random = |below: u64| self.env.random.next_u64() % below;
        let width = (POSITION_END / count).saturating_mul(RANDOM_WINDOW).clamp(1, POSITION_END);
        for _ in 0..RANDOM_TRIES {
            let start = random(POSITION_END);
            let mut keys =
                self.page(db, start..(start + width).min(POSITION_END), RANDOM_WINDOW_MAX)?.keys;
            let over = (start + width).saturating_sub(POSITION_END).min(start);
            if over > 0 {
                keys.extend(self.page(db, 0..over, RANDOM_WINDOW_MAX)?.keys);
            }
            // Drawing from more places than there are keys makes up for fuller windows.
            let places = keys
                .len()
                .max(RANDOM_WINDOW_MAX.min(usize::try_from(count).unwrap_or(RANDOM_WINDOW_MAX)));
            let choice = random(places as u64) as usize;
            if choice < keys.len() {
                return Ok(Some(keys.swap_remove(choice)));
            }
        }
        let page = self.scan(db, random(POSITION_END), 1)?;
        let keys = if page.keys.is_empty() { self.scan(db, 0, 1)?.keys } else { page.keys };
        Ok(keys.into_iter().next())
    }

    fn page(&self, db: u32, range: Range<Position>, count: usize) -> Result<Page, DatasetError> {
        let space = self.keyspace.spaces().of(db);
        let now = self.moment().unix;
        let mut keys = Vec::new();
        let mut from = range.start;
        let mut shards = 1;
        // An empty stretch is crossed in ever longer steps.
        while from < range.end {
            let to = stretch_end(from, shards).min(range.end);
            let last = self.walk(space, from..to, count, now, &mut keys)?;
            if let Some(last) = last {
                let cursor = if last + 1 < range.end { last + 1 } else { 0 };
                return Ok(Page { keys, cursor });
            }
            (from, shards) = (to, (shards * 4).min(256));
        }
        Ok(Page { keys, cursor: 0 })
    }

    /// Adds the keys of a stretch. Returns the last position taken if the page filled up.
    fn walk(
        &self,
        space: u32,
        stretch: Range<Position>,
        count: usize,
        now: UnixMillis,
        keys: &mut Vec<Vec<u8>>,
    ) -> Result<Option<Position>, DatasetError> {
        let mut owed = self.owed(space, &stretch, now)?;
        // Later than the look at what is owed: what has been saved in between is in both.
        let snapshot = self.store.snapshot();
        let bounds = layout::records(space, stretch.clone());
        let mut last = None;
        let full = |keys: &Vec<Vec<u8>>, last: Option<Position>, at| {
            keys.len() >= count && last.is_some_and(|last| last != at)
        };
        for entry in snapshot.scan(&bounds.start..&bounds.end) {
            let (stored, record) = entry?;
            let malformed = DatasetError::Malformed { what: "a record's key" };
            let (place, key) = layout::parse_record_key(&stored).ok_or(malformed)?;
            let at = layout::position(place);
            while owed.first_key_value().is_some_and(|(owed, _)| (owed.0, &owed.1[..]) < (at, key))
            {
                let ((position, owed_key), exists) = owed.pop_first().expect("just looked");
                if full(keys, last, position) {
                    return Ok(last);
                }
                if exists {
                    keys.push(owed_key);
                    last = Some(position);
                }
            }
            if full(keys, last, at) {
                return Ok(last);
            }
            let exists = match owed.remove(&(at, key.to_vec())) {
                Some(exists) => exists,
                None => !Record::decode(&record)
                    .is_ok_and(|record| record.expiry.is_some_and(|expiry| expiry <= now)),
            };
            if exists {
                keys.push(key.to_vec());
                last = Some(at);
            }
        }
        for ((position, key), exists) in owed {
            if full(keys, last, position) {
                return Ok(last);
            }
            if exists {
                keys.push(key);
                last = Some(position);
            }
        }
        Ok(last.filter(|_| keys.len() >= count))
    }

    /// What the store does not know yet of a stretch, by position and key.
    fn owed(
        &self,
        space: u32,
        stretch: &Range<Position>,
        now: UnixMillis,
    ) -> Result<BTreeMap<(Position, Vec<u8>), bool>, DatasetError> {
        let mut owed = BTreeMap::new();
        let first = ShardId::of_slot(layout::slot_at(stretch.start));
        let last = ShardId::of_slot(layout::slot_at(stretch.end - 1));
        for shard in ShardId::all().skip_while(|id| *id < first).take_while(|id| *id <= last) {
            self.load_replayed(shard)?;
            self.keyspace.owed_keys(shard, space, now, &mut |key, exists| {
                let position = layout::position(self.keyspace.place(key));
                if stretch.contains(&position) {
                    owed.insert((position, key.to_vec()), exists);
                }
            });
        }
        Ok(owed)
    }
}

/// The end of the shard that a position is in, or of some shards on.
fn stretch_end(from: Position, shards: u16) -> Position {
    let shard_slots = ShardId::of_slot(0).end_slot();
    let end = ShardId::of_slot(layout::slot_at(from)).end_slot() + (shards - 1) * shard_slots;
    (u64::from(end) << 48).min(POSITION_END)
}
