//! Which keys a database's keys are.
//!
//! A key belongs to a *space*, and a database points at one. FLUSHDB points the database at a
//! space never used before, SWAPDB exchanges two pointers: both take constant time whatever the
//! databases hold. Spaces that no database points at any more are *left*, and *dead* once no
//! crash can undo that: what they held then leaves memory and store behind the clients' backs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use hadal_value::Lsn;
use parking_lot::{Mutex, RwLock};

/// Spaces from here up are given to flushed databases; database `n` starts at space `n`.
pub const FIRST_FRESH: u32 = 1 << 16;

/// The databases' spaces. Read under any shard's lock, changed under all.
#[derive(Debug)]
pub struct Spaces {
    databases: Box<[AtomicU32]>,
    fresh: AtomicU32,
    left: RwLock<Vec<(u32, Lsn)>>,
    dead: RwLock<Vec<u32>>,
    /// Spaces met in the course of a replay.
    replayed: Mutex<Vec<u32>>,
    /// Databases that cannot be selected now, because there are fewer than there were, and where
    /// they are. They come back when there are more again.
    beyond: Mutex<BTreeMap<u32, u32>>,
    /// The last effect that pointed a database elsewhere.
    moved: AtomicU64,
}

impl Spaces {
    /// `count` databases, each at its first space.
    pub(crate) fn new(count: u32) -> Self {
        Self {
            databases: (0..count).map(AtomicU32::new).collect(),
            fresh: AtomicU32::new(FIRST_FRESH),
            left: RwLock::default(),
            dead: RwLock::default(),
            replayed: Mutex::default(),
            beyond: Mutex::default(),
            moved: AtomicU64::new(0),
        }
    }

    /// How many databases there are.
    pub fn count(&self) -> u32 {
        self.databases.len() as u32
    }

    /// The space of a database, which must exist.
    pub fn of(&self, db: u32) -> u32 {
        self.databases[db as usize].load(Ordering::Relaxed)
    }

    /// A space that no key has ever been in.
    pub(crate) fn fresh(&self) -> u32 {
        self.fresh.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes the newest of the spaces back, in which there is still nothing.
    pub(crate) fn take_back(&self, fresh: u32) {
        self.fresh.store(fresh, Ordering::Relaxed);
    }

    /// Points a database at a space.
    pub(crate) fn map(&self, db: u32, space: u32) {
        self.fresh.fetch_max(space.saturating_add(1).max(FIRST_FRESH), Ordering::Relaxed);
        match self.databases.get(db as usize) {
            Some(database) => database.store(space, Ordering::Relaxed),
            None => _ = self.beyond.lock().insert(db, space),
        }
    }

    /// Points a database at a space, as a replayed effect says. The store may know of later
    /// effects already, so what is left for good is known only when
    /// [`retire_unmapped`](Self::retire_unmapped) ends the replay.
    pub(crate) fn replay_map(&self, db: u32, space: u32, lsn: Lsn) {
        let old = self.databases.get(db as usize).map(|space| space.load(Ordering::Relaxed));
        let old = old.or_else(|| self.beyond.lock().get(&db).copied());
        self.note_replayed(old.unwrap_or(db));
        self.note_replayed(space);
        self.map(db, space);
        self.note_moved(lsn);
    }

    /// Notes that a replay has put keys in a space.
    pub(crate) fn note_replayed(&self, space: u32) {
        let mut replayed = self.replayed.lock();
        if !replayed.contains(&space) {
            replayed.push(space);
        }
    }

    /// Retires the spaces that a replay has met and left no database at.
    pub(crate) fn retire_unmapped(&self) {
        for space in self.replayed.lock().drain(..) {
            if !self.is_mapped(space) {
                self.retire(space);
            }
        }
    }

    fn is_mapped(&self, space: u32) -> bool {
        let beyond = self.beyond.lock();
        let is_first = (self.count()..FIRST_FRESH).contains(&space) && !beyond.contains_key(&space);
        is_first
            || beyond.values().any(|of| *of == space)
            || (0..self.count()).any(|db| self.of(db) == space)
    }

    /// Notes the effect that pointed a database elsewhere.
    pub(crate) fn note_moved(&self, lsn: Lsn) {
        self.moved.fetch_max(lsn.0, Ordering::Relaxed);
    }

    /// The last effect that pointed a database elsewhere: whoever reads a key, or finds none,
    /// depends on it.
    pub(crate) fn moved(&self) -> Lsn {
        Lsn(self.moved.load(Ordering::Relaxed))
    }

    /// Remembers that no database has pointed at `space` since the effect at `lsn`.
    pub(crate) fn leave(&self, space: u32, lsn: Lsn) {
        self.left.write().push((space, lsn));
    }

    /// Spaces left by effects up to `durable` are dead: no crash brings them back.
    pub fn retire_durable(&self, durable: Lsn) {
        if self.left.read().is_empty() {
            return;
        }
        let mut left = self.left.write();
        left.iter().filter(|(_, lsn)| *lsn <= durable).for_each(|(space, _)| self.retire(*space));
        left.retain(|(_, lsn)| *lsn > durable);
    }

    /// Whether what is in the space is to be forgotten.
    pub fn is_dead(&self, space: u32) -> bool {
        self.dead.read().contains(&space)
    }

    /// Spaces whose keys have not all been reclaimed.
    pub fn dead(&self) -> Vec<u32> {
        self.dead.read().clone()
    }

    /// Marks a space as dead.
    pub fn retire(&self, space: u32) {
        let mut dead = self.dead.write();
        if !dead.contains(&space) {
            dead.push(space);
        }
    }

    /// Puts the databases where the store says they are.
    pub fn restore(&self, mapping: &[(u32, u32)], dead: &[u32]) {
        for (db, space) in mapping {
            self.map(*db, *space);
        }
        for space in dead {
            self.fresh.fetch_max(space.saturating_add(1).max(FIRST_FRESH), Ordering::Relaxed);
            self.retire(*space);
        }
    }

    /// Every database with its space, as the store keeps it.
    pub fn mapping(&self) -> Vec<(u32, u32)> {
        let beyond = self.beyond.lock();
        let beyond = beyond.iter().map(|(db, space)| (*db, *space));
        (0..self.count()).map(|db| (db, self.of(db))).chain(beyond).collect()
    }

    /// Forgets a dead space of which nothing is left.
    pub fn reclaimed(&self, space: u32) {
        self.dead.write().retain(|other| *other != space);
    }
}
