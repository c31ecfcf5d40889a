//! What has expired is deleted: keys and fields in memory, and keys found cold in the store's index.

use std::cell::RefCell;

use hadal_value::{Kind, Lsn, Record};

use super::{Keyspace, Locked, Moment};
use crate::edit::Edit;
use crate::effect::{Change, Effect};
use crate::shard::{Completed, EditContext, ExpiredFields};
use crate::slab::SlotId;
use crate::{ShardId, Stored, Ticket, UnixMillis};

impl Keyspace {
    /// Deletes keys in memory whose time has come, up to `count_max` in one shard. Returns how
    /// many it deleted.
    pub fn expire(
        &self,
        shard: ShardId,
        count_max: usize,
        now: Moment,
        effects: &mut Vec<u8>,
        append: impl FnOnce(&[u8]) -> Lsn,
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
        self.tell_of_expired(&mut locked, &due, lsn, now);
        due.len()
    }

    /// Deletes fields whose time has come, up to `count_max` in one shard, and hashes that have no
    /// other. Only of hashes in memory that have no pages. Returns how many fields it deleted.
    pub fn expire_fields(
        &self,
        shard: ShardId,
        count_max: usize,
        now: Moment,
        effects: &mut Vec<u8>,
        append: impl FnOnce(&[u8]) -> Lsn,
    ) -> usize {
        let limits = self.limits();
        let notes = RefCell::default();
        let context = self.replay_context(&limits, &notes, now).edit;
        let mut locked = self.lock(shard);
        effects.clear();
        let (mut changed, mut count) = (Vec::new(), 0);
        for id in locked.with_expired_fields(now.unix, count_max) {
            if count == count_max {
                break;
            }
            let ExpiredFields { names, next } =
                locked.expired_fields(id, now.unix, count_max - count);
            remove_fields(&mut locked, id, &names, &context, effects);
            if let Some(at) = next {
                locked.found_next_field_expiry(id, at);
            }
            if !names.is_empty() {
                changed.push(id);
            }
            count += names.len();
        }
        if count > 0 {
            let lsn = append(effects);
            self.tell_of_expired(&mut locked, &changed, lsn, now);
        }
        count
    }

    /// These entries have changed by the effect at `lsn`.
    fn tell_of_expired(&self, shard: &mut Locked<'_>, ids: &[SlotId], lsn: Lsn, now: Moment) {
        let due_at = self.due_at(now);
        for &id in ids {
            shard.stamp(id, lsn, due_at);
            let view = shard.view(id);
            shard.watches.changed(view.space, view.key);
        }
    }

    /// Reports the end of a load that read no value: the store's index says that the key expired
    /// at `expiry`, which is past, and of which generation its pages are. Deletes the key, unless
    /// it has been overwritten meanwhile.
    pub fn loaded_expired(
        &self,
        ticket: &Ticket,
        (expiry, generation): (UnixMillis, u64),
        now: Moment,
        append: impl FnOnce(&[u8]) -> Lsn,
    ) {
        let (kind, lsn) = (Kind::String, Lsn::NONE);
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
        self.tell_of_expired(&mut shard, &[id], lsn, now);
    }
}

/// Removes fields from a hash without pages.
fn remove_fields(
    shard: &mut Locked<'_>,
    id: SlotId,
    names: &[Box<[u8]>],
    context: &EditContext<'_>,
    effects: &mut Vec<u8>,
) {
    for name in names {
        let (kind, edit) = (Kind::Hash, Edit::Remove { member: name });
        let view = shard.view(id);
        Effect::Key { space: view.space, key: view.key, change: Change::Edit { kind, edit } }
            .encode(effects);
        let removed = shard.edit(id, kind, edit, context);
        assert!(removed.is_ok(), "what has no pages is in memory");
    }
}

#[cfg(test)]
mod tests;
