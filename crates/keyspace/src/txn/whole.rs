//! What a call does to whole databases, under the locks of all shards, and what it watches.

use hadal_value::Lsn;
use smallvec::SmallVec;

use super::{Changed, Miss, Txn};
use crate::effect::Effect;

use crate::watch::{Flag, Watching};
use crate::{SHARDS, UnixMillis};

/// What a call has done to whole databases. Those who watch are told when the call ends, as of
/// changed keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    what: What,
    /// How many entries had been changed before it.
    changed: usize,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// Nothing has ever been in `fresh`, but for what the call puts there.
    Flush {
        db: u32,
        old: u32,
        fresh: u32,
    },
    Swap {
        databases: [u32; 2],
        spaces: [u32; 2],
    },
}

impl Txn<'_> {
    /// Empties a database, in constant time: its keys are those of a fresh space from here on.
    pub fn flush(&mut self, db: u32) {
        self.assert_whole();
        let spaces = self.keyspace.spaces();
        let (old, fresh) = (spaces.of(db), spaces.fresh());
        spaces.map(db, fresh);
        Effect::Map { db, space: fresh }.encode(self.effects);
        self.has_moved(What::Flush { db, old, fresh });
    }

    /// Exchanges the keys of two databases, in constant time.
    pub fn swap(&mut self, one: u32, other: u32) {
        self.assert_whole();
        if one == other {
            return;
        }
        let spaces = self.keyspace.spaces();
        let (a, b) = (spaces.of(one), spaces.of(other));
        for (db, space) in [(one, b), (other, a)] {
            spaces.map(db, space);
            Effect::Map { db, space }.encode(self.effects);
        }
        self.wakes |= self.guards.iter().any(|(_, shard)| !shard.lines.is_empty());
        self.has_moved(What::Swap { databases: [one, other], spaces: [a, b] });
    }

    /// Raises `flag` when `key` changes after this call. Returns when the key expires, which is no
    /// change that anyone would report.
    pub fn watch(&mut self, key: &[u8], flag: &Flag) -> Result<Option<UnixMillis>, Miss> {
        let expiry = self.expiry(key)?;
        let (guard, ..) = self.locate(key)?;
        let space = self.keyspace.spaces().of(self.db);
        // From the end of the call on: what expired before is deleted in it, and no change.
        self.watching.push(Watching::new(guard, space, key, expiry.is_some(), flag));
        Ok(expiry.flatten())
    }

    /// The databases that have exchanged their keys.
    pub(super) fn swapped(&self) -> SmallVec<[u32; 2]> {
        let swapped = self.moves.iter().map(|step| match step.what {
            What::Swap { databases, .. } => Some(databases),
            What::Flush { .. } => None,
        });
        swapped.flatten().flatten().collect()
    }

    fn has_moved(&mut self, what: What) {
        self.moves.push(Move { what, changed: self.changed.len() });
    }

    /// Puts databases back where they were before all moves but the first `count`. What the call
    /// put into fresh spaces must be gone.
    pub(super) fn move_back(&mut self, count: usize) {
        while self.moves.len() > count
            && let Some(Move { what, .. }) = self.moves.pop()
        {
            let spaces = self.keyspace.spaces();
            match what {
                What::Flush { db, old, fresh } => {
                    spaces.map(db, old);
                    spaces.take_back(fresh);
                }
                What::Swap { databases, spaces: [a, b] } => {
                    spaces.map(databases[0], a);
                    spaces.map(databases[1], b);
                }
            }
        }
    }

    /// Whether nothing can be in the space but what the call has put there.
    pub(super) fn is_fresh(&self, space: u32) -> bool {
        let is = |what| matches!(what, What::Flush { fresh, .. } if fresh == space);
        self.moves.iter().any(|step| is(step.what))
    }

    /// The database that held, before the call, what the selected one holds.
    pub(super) fn database_before_moves(&self) -> u32 {
        self.moves.iter().rev().fold(self.db, |db, step| match step.what {
            What::Swap { databases: [one, other], .. } if db == one => other,
            What::Swap { databases: [one, other], .. } if db == other => one,
            What::Swap { .. } | What::Flush { .. } => db,
        })
    }

    /// The moves have become the effect at `lsn`: spaces are left, and those who watch are told.
    pub(super) fn tell_of_moves(&mut self, lsn: Lsn) {
        for step in std::mem::take(&mut self.moves) {
            self.keyspace.spaces().note_moved(lsn);
            match step.what {
                What::Flush { old, fresh, .. } => {
                    self.keyspace.spaces().leave(old, lsn);
                    // What was changed before was in a space that its watchers are about to leave.
                    self.tell_of_changes(step.changed);
                    self.guards.iter_mut().for_each(|(_, shard)| shard.watches.flushed(old, fresh));
                }
                What::Swap { spaces: [a, b], .. } => {
                    for (_, shard) in &self.guards {
                        shard.watches.moved(a);
                        shard.watches.moved(b);
                    }
                }
            }
        }
    }

    fn tell_of_changes(&self, count: usize) {
        for &Changed { guard, id, .. } in &self.changed[..count] {
            let shard = &self.guards[guard].1;
            let view = shard.view(id);
            shard.watches.changed(view.space, view.key);
        }
    }

    pub(super) fn start_watching(&mut self) {
        for watching in self.watching.drain(..) {
            self.guards[watching.guard].1.watches.add(watching.watched);
        }
    }

    fn assert_whole(&self) {
        assert_eq!(self.guards.len(), SHARDS, "a database changes under all locks");
    }
}
