//! Work that waits for the store: begun, run while others have their turns, ended.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hadal_dataset::{Dataset, DatasetError, Expired, Load, Page, Saved, Saver};
use hadal_keyspace::{Before, LoadFailed, ShardId};
use hadal_storage::journal::{JournalError, Progress};
use hadal_value::Lsn;
use hadal_value::tree::PageId;

use crate::op::{Key, name};
use crate::play::{Play, Turn};
use crate::settings::DATABASES;

/// A walk's cursor after its last page.
const POSITION_END: u64 = 1 << 62;

/// Work to do.
#[derive(Debug)]
pub(crate) enum Job {
    Load(Load),
    Save { saver: Saver, before: Before, last: u64 },
    Write { sync: bool },
    Truncate,
    Expire(usize),
    Reclaim(Saver),
    Scan { db: u32, cursor: u64, count: usize },
    Count { db: u32 },
    RandomKey { db: u32 },
    Replay(ShardId),
    Learn,
}

/// Work done.
#[derive(Debug)]
pub(crate) enum Done {
    Load(Option<PageId>, Result<(), LoadFailed>),
    Save { saver: Saver, last: u64, result: Result<Saved, DatasetError> },
    Write(Result<Progress, JournalError>),
    Truncate(Result<usize, DatasetError>),
    Expire(Result<Expired, DatasetError>),
    Reclaim(Saver, Result<usize, DatasetError>),
    Scan { db: u32, cursor: u64, page: Result<Page, DatasetError> },
    Count { db: u32, count: Result<u64, DatasetError> },
    RandomKey { db: u32, key: Result<Option<Vec<u8>>, DatasetError> },
    Replay(Result<(), DatasetError>),
    Learn(Result<(), DatasetError>),
}

impl Job {
    pub(crate) fn run(self, dataset: &Dataset) -> Done {
        match self {
            Self::Load(load) => Done::Load(load.page, dataset.load(&load)),
            Self::Save { mut saver, before, last } => {
                let result = dataset.save(&mut saver, before);
                Done::Save { saver, last, result }
            }
            Self::Write { sync } => Done::Write(dataset.journal().write(sync)),
            Self::Truncate => Done::Truncate(dataset.truncate()),
            Self::Expire(count_max) => Done::Expire(dataset.expire(count_max)),
            Self::Reclaim(saver) => Done::Reclaim(saver, dataset.reclaim()),
            Self::Scan { db, cursor, count } => {
                Done::Scan { db, cursor, page: dataset.scan(db, cursor, count) }
            }
            Self::Count { db } => Done::Count { db, count: dataset.count(db) },
            Self::RandomKey { db } => Done::RandomKey { db, key: dataset.random_key(db) },
            Self::Replay(shard) => Done::Replay(dataset.load_replayed(shard)),
            Self::Learn => Done::Learn(dataset.learn_presence(&|| true)),
        }
    }
}

impl Play {
    pub(crate) fn begin_job(&mut self, turn: Turn) -> Option<Job> {
        let db = self.dice.below(DATABASES.into()) as u32;
        let job = match turn {
            Turn::Load if self.loads.is_empty() => return None,
            Turn::Load => {
                let load = self.loads.swap_remove(self.dice.index(self.loads.len()));
                load.page.inspect(|page| self.store.witness().wants(*page));
                Job::Load(load)
            }
            Turn::Save => {
                let (saver, before) = (self.saver.take()?, self.draw_before());
                Job::Save { saver, before, last: self.dataset().journal().last().0 }
            }
            Turn::Reclaim => Job::Reclaim(self.saver.take()?),
            Turn::Write { sync } => Job::Write { sync },
            Turn::Truncate if self.is_truncating => return None,
            Turn::Truncate => {
                self.is_truncating = true;
                Job::Truncate
            }
            Turn::Expire if self.is_expiring => return None,
            Turn::Expire => {
                self.is_expiring = true;
                Job::Expire(self.dice.pick(&[1, 2, 100]))
            }
            Turn::Scan => {
                let count = 1 + self.dice.index(self.settings.workload.keys.into());
                Job::Scan { db, cursor: self.cursors[db as usize], count }
            }
            Turn::Count => Job::Count { db },
            Turn::RandomKey => Job::RandomKey { db },
            Turn::Replay => Job::Replay(self.draw_shard()),
            Turn::Learn => Job::Learn,
            Turn::Client | Turn::Evict | Turn::Pass => return None,
        };
        if matches!(job, Job::Scan { .. } | Job::Count { .. } | Job::RandomKey { .. }) {
            self.history.watch_changes();
        }
        self.line(|line| write!(line, "begin {turn:?}"));
        Some(job)
    }

    fn draw_before(&self) -> Before {
        let dataset = self.dataset();
        let now = dataset.moment().monotonic;
        match self.dice.below(3) {
            0 => Before::ALL,
            1 => Before { at: now, first: Lsn::NONE, durable: Lsn::NONE },
            _ => {
                let last = dataset.journal().last().0;
                let first = Lsn(last - self.dice.below(20).min(last));
                Before { at: now, first, durable: dataset.durable() }
            }
        }
    }

    fn draw_shard(&self) -> ShardId {
        let key = self.dice.below(self.settings.workload.keys.into()) as Key;
        self.dataset().keyspace().place(&name(key)).shard()
    }

    pub(crate) fn end_job(&mut self, done: Done) {
        match done {
            Done::Load(page, result) => self.end_load(page, result),
            Done::Save { saver, last, result } => {
                self.saver = Some(saver);
                let has_changed = self.dataset().journal().last().0 > last;
                let has_saved = matches!(result, Ok(Saved { count: 1.., .. }));
                self.mark_if("keys changed while others were saved", has_changed && has_saved);
                self.end_save(result);
            }
            Done::Write(result) => self.show("journal write", result.map_err(DatasetError::from)),
            Done::Truncate(result) => {
                self.is_truncating = false;
                self.mark_if("journal segments were deleted", matches!(result, Ok(1..)));
                self.show("truncate", result);
            }
            Done::Expire(result) => {
                self.is_expiring = false;
                self.mark_if(
                    "keys expired on time",
                    matches!(result, Ok(Expired { keys: 1.., .. })),
                );
                self.mark_if(
                    "fields expired on time",
                    matches!(result, Ok(Expired { fields: 1.., .. })),
                );
                let now = self.dataset().moment().unix;
                self.history.model.may_have_expired(now);
                self.show("expire", result);
            }
            Done::Reclaim(saver, result) => {
                self.saver = Some(saver);
                self.mark_if("a flushed space was reclaimed", matches!(result, Ok(1..)));
                let left = self.dataset().keyspace().spaces().dead();
                self.line(|line| write!(line, "reclaim leaves {left:?}"));
                self.show("reclaim", result);
            }
            Done::Scan { db, cursor, page } => self.end_scan(db, cursor, page),
            Done::Count { db, count } => self.end_count(db, &count),
            Done::RandomKey { db, key } => self.end_random_key(db, key),
            Done::Replay(result) => self.show("replay", result),
            Done::Learn(result) => {
                self.mark_if("stored keys were learned", result.is_ok());
                self.show("learn", result);
            }
        }
    }

    fn show<T: std::fmt::Debug>(&mut self, what: &str, result: Result<T, DatasetError>) {
        self.line(|line| match result {
            Ok(done) => write!(line, "{what}: {done:?}"),
            Err(error) => write!(line, "{what}: {error}"),
        });
    }

    fn mark_if(&mut self, name: &'static str, is_so: bool) {
        if is_so {
            self.trace.mark(name);
        }
    }

    fn end_load(&mut self, page: Option<PageId>, result: Result<(), LoadFailed>) {
        self.line(|line| write!(line, "load of {page:?}: {result:?}"));
        page.inspect(|page| self.store.witness().has(*page));
        self.mark_if("a page load failed", page.is_some() && result.is_err());
        let may_fail = self.settings.store_fails_one_in > 0;
        assert!(may_fail || result.is_ok(), "a load failed, but the store had not: {result:?}");
    }

    fn end_save(&mut self, result: Result<Saved, DatasetError>) {
        self.mark_if("a save failed", result.is_err());
        self.mark_if("entries were saved", matches!(result, Ok(Saved { count: 1.., .. })));
        self.show("save", result);
    }

    /// A page holds exactly the keys that are there between its cursor and the next.
    fn end_scan(&mut self, db: u32, cursor: u64, page: Result<Page, DatasetError>) {
        let Ok(page) = page else { return self.show("scan", page) };
        self.cursors[db as usize] = page.cursor;
        self.line(|line| write!(line, "scan db {db} from {cursor:x}: {page:?}"));
        if self.history.has_moved() {
            return;
        }
        let dataset = self.dataset();
        let (keyspace, now) = (dataset.keyspace(), dataset.moment().unix);
        let end = if page.cursor == 0 { POSITION_END } else { page.cursor };
        let space = keyspace.spaces().of(db);
        let model = &self.history.model;
        let is_settled =
            |key: &Key| !self.history.has_changed(space, *key) && !model.is_in_doubt(db, *key, now);
        let is_here = |key: &Key| {
            let place = keyspace.place(&name(*key));
            (cursor..end).contains(&(u64::from(place.slot) << 48 | place.hash >> 16))
        };
        let keys = model.keys(db, now).filter(is_settled).filter(is_here);
        let expected: BTreeSet<Vec<u8>> = keys.map(name).collect();
        let all: BTreeSet<Vec<u8>> = page.keys.iter().cloned().collect();
        assert_eq!(all.len(), page.keys.len(), "a page has no key twice");
        let unsettled: BTreeSet<Vec<u8>> =
            (0..self.settings.workload.keys).filter(|key| !is_settled(key)).map(name).collect();
        let found: BTreeSet<Vec<u8>> = all.difference(&unsettled).cloned().collect();
        assert_eq!(found, expected, "the page of database {db} from {cursor:x} to {end:x}");
        if !unsettled.is_empty() {
            self.trace.mark("a key changed while a page was read");
        }
        self.mark_if("a walk ended", page.cursor == 0 && !page.keys.is_empty());
    }

    fn end_count(&mut self, db: u32, count: &Result<u64, DatasetError>) {
        let now = self.dataset().moment().unix;
        let expected = self.history.model.counts(db, now);
        self.line(|line| write!(line, "count db {db}: {count:?}, {expected:?}"));
        let Ok(count) = *count else { return };
        if !self.history.has_anything_changed() {
            self.trace.mark("keys were counted");
            assert!(expected.contains(&count), "{count} keys in database {db}, not {expected:?}");
        }
    }

    fn end_random_key(&mut self, db: u32, key: Result<Option<Vec<u8>>, DatasetError>) {
        let shown = format!("{key:?}");
        self.line(|line| write!(line, "random key of db {db}: {shown}"));
        let Ok(key) = key else { return };
        if self.history.has_anything_changed() {
            return;
        }
        let now = self.dataset().moment().unix;
        let model = &self.history.model;
        if let Some(key) = key {
            let is_there = model.keys(db, now).any(|there| name(there) == key);
            assert!(is_there, "a random key that is not there");
        } else {
            let certain = model.keys(db, now).filter(|key| !model.is_in_doubt(db, *key, now));
            assert_eq!(certain.count(), 0, "keys that there are, and no random one");
        }
    }
}
