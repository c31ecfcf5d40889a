//! What a call does to whole databases, under the locks of all shards, and what it watches.

use std::cell::RefCell;

use hadal_value::{Kind, Record};

use super::{Miss, Txn};
use crate::effect::{Change, Effect};
use crate::keyspace::{Keyspace, Moment};
use crate::shard::Completed;
use crate::watch::{Flag, Watching};
use crate::{SHARDS, ShardId, Stored, Ticket, UnixMillis};

impl Txn<'_> {
    /// Empties a database, in constant time: its keys are those of a fresh space from here on.
    pub fn flush(&mut self, db: u32) {
        self.assert_whole();
        self.tell_watchers();
        let spaces = self.keyspace.spaces();
        let (old, fresh) = (spaces.of(db), spaces.fresh());
        spaces.map(db, fresh);
        Effect::Map { db, space: fresh }.encode(self.effects);
        self.left.push(old);
        self.fresh.push(fresh);
        self.has_moved = true;
        self.guards.iter_mut().for_each(|(_, shard)| shard.watches.flushed(old, fresh));
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
        self.has_moved = true;
        self.swapped.extend([one, other]);
        self.wakes |= self.guards.iter().any(|(_, shard)| !shard.lines.is_empty());
        for (_, shard) in &self.guards {
            shard.watches.moved(a);
            shard.watches.moved(b);
        }
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

    /// What has been changed so far was in the space that its database is about to leave.
    fn tell_watchers(&self) {
        for &(guard, id) in &self.changed {
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

impl Keyspace {
    /// Deletes keys in memory whose time has come, up to `count_max` in one shard. Returns how
    /// many it deleted.
    pub fn expire(
        &self,
        shard: ShardId,
        count_max: usize,
        now: Moment,
        effects: &mut Vec<u8>,
        append: impl FnOnce(&[u8]) -> hadal_value::Lsn,
    ) -> usize {
        let mut locked = self.lock(shard);
        let due = locked.expired(now.unix, count_max);
        effects.clear();
        for &id in &due {
            let view = locked.view(id);
            Effect::Key { space: view.space, key: view.key, change: Change::Delete }
                .encode(effects);
            locked.put(id, None);
        }
        if due.is_empty() {
            return 0;
        }
        let lsn = append(effects);
        let due_at = self.due_at(now);
        for &id in &due {
            locked.stamp(id, lsn, due_at);
            let view = locked.view(id);
            locked.watches.changed(view.space, view.key);
        }
        due.len()
    }

    /// Reports the end of a load that read no value: the store's index says that the key expired
    /// at `expiry`, which is past, and of which generation its pages are. Deletes the key, unless
    /// it has been overwritten meanwhile.
    pub fn loaded_expired(
        &self,
        ticket: &Ticket,
        (expiry, generation): (UnixMillis, u64),
        now: Moment,
        append: impl FnOnce(&[u8]) -> hadal_value::Lsn,
    ) {
        let (kind, lsn) = (Kind::String, hadal_value::Lsn::NONE);
        let record = Record { kind, lsn, expiry: Some(expiry), grown: false, payload: &[] };
        let limits = self.limits();
        let wanted = RefCell::default();
        let replay = self.replay_context(&limits, &wanted, now);
        let mut shard = self.lock(ticket.shard);
        let Completed::Loaded(id) = shard.loaded(ticket, Ok(Some(record)), &replay) else {
            return;
        };
        let view = shard.view(id);
        let mut effect = Vec::with_capacity(view.key.len() + 16);
        Effect::Key { space: view.space, key: view.key, change: Change::Delete }
            .encode(&mut effect);
        shard.put(id, None);
        shard.set_stored(id, Stored::Present { expiry: Some(expiry), generation });
        let lsn = append(&effect);
        shard.stamp(id, lsn, self.due_at(now));
        let view = shard.view(id);
        shard.watches.changed(view.space, view.key);
    }
}
