//! Which keys a database's keys are.
//!
//! A key belongs to a *space*, and a database points at one. FLUSHDB points the database at a
//! space never used before, SWAPDB exchanges two pointers: both take constant time whatever the
//! databases hold. Spaces that no database points at any more are *left*, and *dead* once no
//! crash can undo that: what they held then leaves memory and store behind the clients' backs.

use std::sync::atomic::{AtomicU32, Ordering};

use hadal_value::Lsn;
use parking_lot::RwLock;

/// Spaces from here up are given to flushed databases; database `n` starts at space `n`.
pub const FIRST_FRESH: u32 = 1 << 16;

/// The databases' spaces. Read under any shard's lock, changed under all.
#[derive(Debug)]
pub struct Spaces {
    databases: Box<[AtomicU32]>,
    fresh: AtomicU32,
    left: RwLock<Vec<(u32, Lsn)>>,
    dead: RwLock<Vec<u32>>,
}

impl Spaces {
    /// `count` databases, each at its first space.
    pub(crate) fn new(count: u32) -> Self {
        Self {
            databases: (0..count).map(AtomicU32::new).collect(),
            fresh: AtomicU32::new(FIRST_FRESH),
            left: RwLock::default(),
            dead: RwLock::default(),
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

    /// Points a database at a space. Unknown databases are ignored: there are fewer than when
    /// the effect was written.
    pub(crate) fn map(&self, db: u32, space: u32) {
        self.fresh.fetch_max(space.saturating_add(1).max(FIRST_FRESH), Ordering::Relaxed);
        if let Some(database) = self.databases.get(db as usize) {
            database.store(space, Ordering::Relaxed);
        }
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
        mapping.iter().for_each(|(db, space)| self.map(*db, *space));
        dead.iter().for_each(|space| {
            self.fresh.fetch_max(space.saturating_add(1).max(FIRST_FRESH), Ordering::Relaxed);
            self.retire(*space);
        });
    }

    /// Every database with its space, as the store keeps it.
    pub fn mapping(&self) -> Vec<(u32, u32)> {
        (0..self.count()).map(|db| (db, self.of(db))).collect()
    }

    /// Forgets a dead space of which nothing is left.
    pub fn reclaimed(&self, space: u32) {
        self.dead.write().retain(|other| *other != space);
    }
}
