//! What a call does to the lines of those who wait for keys.

use hadal_value::Kind;

use super::{Changed, Txn};
use crate::line::Waiter;

impl Txn<'_> {
    /// Lets calls block: whoever runs them keeps those that do in line. Where this has not been
    /// said (EXEC, scripts) they answer what they would answer when their time is up.
    pub fn let_block(&mut self) {
        self.may_block = true;
    }

    /// Whether a call that finds nothing to answer may block.
    pub fn may_block(&self) -> bool {
        self.may_block
    }

    /// Puts the call in line at each of `keys`, which must be among its own, until one holds a
    /// value of the kind.
    pub fn join_line<'k>(&mut self, keys: impl Iterator<Item = &'k [u8]>, awaits: Kind) -> Waiter {
        let waiter = self.keyspace.ready().next_waiter();
        for key in keys {
            let guard = self.guard_of(key);
            self.guards[guard].1.lines.join(self.db, key, waiter, awaits);
        }
        waiter
    }

    /// Takes the call out of the lines of `keys`: it has its answer.
    pub fn leave_line<'k>(&mut self, keys: impl Iterator<Item = &'k [u8]>, waiter: Waiter) {
        for key in keys {
            let guard = self.guard_of(key);
            self.guards[guard].1.lines.leave(self.db, key, waiter);
        }
    }

    /// Whether a key has been changed that others wait for: nothing else may run before they have
    /// been called.
    pub fn wakes(&self) -> bool {
        self.wakes
    }

    fn guard_of(&mut self, key: &[u8]) -> usize {
        self.locate(key).expect("a call's own keys are locked").0
    }

    /// Remembers that a key has been changed, if anyone waits for it.
    pub(super) fn note_line(&mut self, guard: usize, key: &[u8]) {
        let lines = &self.guards[guard].1.lines;
        self.wakes |= !lines.is_empty() && lines.contains(self.db, key);
    }

    /// Makes ready what has been changed and is waited for, and all that is waited for in
    /// databases that have been exchanged.
    pub(super) fn call_lines(&mut self, swapped: &[u32]) {
        let keyspace = self.keyspace;
        let spaces = keyspace.spaces();
        for &Changed { guard, id, .. } in &self.changed {
            let shard = &mut *self.guards[guard].1;
            let view = shard.view(id);
            let Some(content) = view.content else { continue };
            // Of a space that has been left since, no one can see anything.
            let db = (0..spaces.count()).find(|db| spaces.of(*db) == view.space);
            if let Some(db) = db {
                let key: Box<[u8]> = view.key.into();
                let kind = content.kind;
                shard.lines.call(db, &key, kind, keyspace.ready());
            }
        }
        for db in swapped {
            self.guards.iter_mut().for_each(|(_, shard)| {
                shard.lines.call_all(*db, keyspace.ready());
            });
        }
    }
}
