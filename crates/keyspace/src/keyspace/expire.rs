//! What has expired is deleted: keys and fields in memory, and keys that the store says are due.

use std::cell::RefCell;

use hadal_value::tree::PageId;
use hadal_value::{Kind, Lsn, Record};

use super::{Keyspace, Locked, Moment};
use crate::body::View;
use crate::edit::Edit;
use crate::effect::{Change, Effect};
use crate::shard::{Completed, EditContext, ExpiredFields, Shard};
use crate::slab::SlotId;
use crate::{ShardId, Stored, Ticket, UnixMillis};

/// What a step of [`Keyspace::sweep`] did.
#[derive(Debug, PartialEq, Eq)]
pub enum Swept {
    /// No large hash in memory has a field that may be due.
    Nothing,
    /// The next fields of one have been looked at, and so many of them deleted.
    Fields(usize),
    /// These pages of one must be in memory first.
    Wants(Box<SweptHash>),
}

/// Where pages are wanted.
#[derive(Debug, PartialEq, Eq)]
pub struct SweptHash {
    /// The space of the hash's key.
    pub space: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// The pages.
    pub pages: Vec<PageId>,
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
    /// other. Only of hashes in memory that have no pages: [`sweep`](Self::sweep) is for the
    /// others. Returns how many fields it deleted.
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
        let (mut changed, mut unchanged, mut count) = (Vec::new(), Vec::new(), 0);
        for id in locked.with_expired_fields(now.unix, count_max) {
            if count == count_max {
                break;
            }
            let ExpiredFields { names, next } =
                locked.expired_fields(id, now.unix, count_max - count);
            let removed = remove_fields(&mut locked, id, &names, &context, effects);
            assert_eq!(removed, names.len(), "what has no pages is in memory");
            if let Some(at) = next {
                note_next(&mut locked, id, at, names.is_empty().then_some(&mut *effects));
            }
            if names.is_empty() { &mut unchanged } else { &mut changed }.push(id);
            count += names.len();
        }
        if !effects.is_empty() {
            let lsn = append(effects);
            self.tell_of_expired(&mut locked, &changed, lsn, now);
            for id in unchanged {
                locked.stamp(id, lsn, self.due_at(now));
            }
        }
        count
    }

    /// Goes a step through a hash in memory that has pages and a field which may be due: deletes
    /// those that are. At the end of a hash it is known when its next field expires.
    ///
    /// Takes time in proportion to the pages of a step, whatever the size of the hash.
    pub fn sweep(
        &self,
        shard: ShardId,
        now: Moment,
        effects: &mut Vec<u8>,
        append: impl FnOnce(&[u8]) -> Lsn,
    ) -> Swept {
        let limits = self.limits();
        let notes = RefCell::default();
        let context = self.replay_context(&limits, &notes, now).edit;
        let mut locked = self.lock(shard);
        locked.retry_sweeps(now.monotonic);
        let Some(step) = locked.sweep(now.unix, now.seconds()) else { return Swept::Nothing };
        let (id, view) = (step.id, locked.view(step.id));
        let (space, key) = (view.space, Box::from(view.key));
        let wants = |pages| Swept::Wants(Box::new(SweptHash { space, key, pages }));
        let names = match &step.found {
            Ok(names) => names,
            Err(pages) => return wants(pages.clone()),
        };
        effects.clear();
        let removed = remove_fields(&mut locked, id, names, &context, effects);
        if removed == 0 && !names.is_empty() {
            return wants(notes.take().into_iter().filter_map(|missing| missing.page).collect());
        }
        // If only some have been removed, the next step finds the others where this one began.
        let next = if removed == names.len() { locked.sweep_on(&step) } else { None };
        if let Some(at) = next {
            note_next(&mut locked, id, at, names.is_empty().then_some(&mut *effects));
        }
        if !effects.is_empty() {
            let lsn = append(effects);
            let changed = if names.is_empty() { &[][..] } else { &[id] };
            self.tell_of_expired(&mut locked, changed, lsn, now);
            locked.stamp(id, lsn, self.due_at(now));
        }
        Swept::Fields(removed)
    }

    /// A page that a step wanted could not be read: others come first for a while.
    pub fn sweep_failed(&self, shard: ShardId, page: PageId, now: Moment) {
        self.lock(shard).sweep_failed(page.generation, now.monotonic);
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

    /// Reports the end of a load that read no value: the store's index says what is stored, and
    /// its expiry is past. Deletes the key, unless it has been overwritten meanwhile.
    pub fn loaded_expired(
        &self,
        ticket: &Ticket,
        stored: Stored,
        now: Moment,
        append: impl FnOnce(&[u8]) -> Lsn,
    ) {
        let (kind, lsn) = (Kind::String, Lsn::NONE);
        let record = Record { kind, lsn, expiry: stored.expiry(), grown: false, payload: &[] };
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
        shard.set_stored(id, stored);
        let lsn = append(&effect);
        self.tell_of_expired(&mut shard, &[id], lsn, now);
    }
}

/// Removes fields from a hash, until a page is absent. Returns how many it removed.
fn remove_fields(
    shard: &mut Shard,
    id: SlotId,
    names: &[Box<[u8]>],
    context: &EditContext<'_>,
    effects: &mut Vec<u8>,
) -> usize {
    for (count, name) in names.iter().enumerate() {
        let (kind, edit) = (Kind::Hash, Edit::Remove { member: name });
        if shard.edit(id, kind, edit, context).is_err() {
            return count;
        }
        let view = shard.view(id);
        Effect::Key { space: view.space, key: view.key, change: Change::Edit { kind, edit } }
            .encode(effects);
    }
    names.len()
}

/// No field of a hash, if there is still one, expires before `at`. That changes its record, and so
/// needs an effect: if there is no other, one that says of the key what is true anyway.
fn note_next(shard: &mut Shard, id: SlotId, at: UnixMillis, effects: Option<&mut Vec<u8>>) {
    let View { space, key, content: Some(content) } = shard.view(id) else { return };
    if let Some(effects) = effects {
        Effect::Key { space, key, change: Change::Expire(content.expiry) }.encode(effects);
    }
    shard.found_next_field_expiry(id, at);
}

#[cfg(test)]
mod tests;
