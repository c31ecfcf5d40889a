//! Saving: from memory to the store, after a delay that later changes share.

use hadal_value::{Lsn, Record};

use super::Shard;
use crate::owed::{Due, Stored};
use crate::save::{Item, SaveBatch};
use crate::slab::{Queue, SlotId, State};
use crate::{Millis, ShardId};

/// Which debts are due.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Those whose delay has passed at this time.
    pub at: Millis,
    /// And those that keep the journal from being truncated up to here,
    pub first: Lsn,
    /// when it is durable up to here.
    pub durable: Lsn,
}

impl Before {
    /// Everything that is owed.
    pub const ALL: Self = Self { at: Millis::MAX, first: Lsn(u64::MAX), durable: Lsn::NONE };
}

impl Shard {
    /// Moves due entries into `batch` as they are now, until it is full. Entries of spaces that
    /// `dead` names are forgotten instead.
    pub(crate) fn poll_save(
        &mut self,
        shard: ShardId,
        before: Before,
        dead: &dyn Fn(u32) -> bool,
        batch: &mut SaveBatch,
    ) {
        // Those that cannot be saved yet go to the end of the line, once around at most.
        for _ in 0..self.dues.len() {
            let Some(due) = self.dues.front().copied() else { return };
            if batch.is_full() || (due.at > before.at && due.first >= before.first) {
                return;
            }
            self.dues.pop_front();
            // A place that another has taken over, or whose save is under way already.
            let owed = match self.owed.get_mut(&due.slot) {
                Some(owed) if owed.place == due.first => owed,
                _ => continue,
            };
            if due.at > before.at {
                let first = owed.kept_from(before.durable);
                if first >= before.first {
                    owed.place = first;
                    self.dues.push_back(Due { first, ..due });
                    continue;
                }
            }
            if matches!(self.slots[due.slot].state, State::Saving | State::Overtaken) {
                continue;
            }
            if self.loads.contains_key(&due.slot) {
                self.dues.push_back(due);
            } else if dead(self.view(due.slot).space) {
                self.drop_owed(due.slot);
            } else {
                self.start_save(shard, due.slot, batch);
            }
        }
    }

    /// When the next debt is due.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        self.dues.front().map(|due| due.at)
    }

    /// The journal must be kept from here on, when it is durable up to `durable`.
    pub(crate) fn oldest_kept(&mut self, durable: Lsn) -> Option<Lsn> {
        let kept = self.owed.values_mut().map(|owed| owed.kept_from(durable));
        let replays = self.loads.values().filter_map(super::load::Load::first_replay);
        kept.chain(replays).filter(|lsn| *lsn > Lsn::NONE).min()
    }

    /// The first effect that is not in the store.
    pub(crate) fn oldest_owed(&self) -> Option<Lsn> {
        let owed = self.owed.values().map(|owed| owed.first);
        let replays = self.loads.values().filter_map(super::load::Load::first_replay);
        owed.chain(replays).filter(|lsn| *lsn > Lsn::NONE).min()
    }

    fn start_save(&mut self, shard: ShardId, id: SlotId, batch: &mut SaveBatch) {
        let saving = self.stored_after_save(id);
        let owed = self.owed.get_mut(&id).expect("checked by the caller");
        owed.saving = saving;
        owed.overtaking = Lsn::NONE;
        self.slots[id].state = State::Saving;
        let view = self.slots[id].body.view();
        let start = batch.bytes.len();
        batch.bytes.extend_from_slice(view.key);
        let key = start..batch.bytes.len();
        let record = view.content.map(|content| {
            let record = Record {
                kind: content.kind,
                lsn: owed.last,
                expiry: content.expiry,
                grown: content.grown,
                payload: content.payload,
            };
            record.encode(&mut batch.bytes);
            key.end..batch.bytes.len()
        });
        batch.last = batch.last.max(owed.last);
        batch.items.push(Item {
            shard,
            slot: id,
            space: view.space,
            stored: owed.stored,
            saving,
            key,
            record,
        });
        self.start_save_pages(id, batch);
    }

    /// Reports the end of an entry's save. What `found` the store held settles a count that was
    /// open. On failure the debt stands and is due again at `retry_at`.
    pub(crate) fn saved(&mut self, id: SlotId, found: Stored, ok: bool, retry_at: Millis) {
        self.resolve(id, found);
        let overtaken = match self.slots[id].state {
            State::Saving => false,
            State::Overtaken => true,
            other => panic!("saved an entry that is {other:?}"),
        };
        self.saved_pages(id, ok);
        let owed = self.owed.get_mut(&id).expect("an entry being saved owes");
        if ok {
            owed.stored = owed.saving;
            owed.first = owed.overtaking;
        }
        if ok && !overtaken {
            self.settle(id);
            let hot = self.slots[id].heat.get().frequency() > 1;
            self.enter_queue(id, if hot { Queue::Main } else { Queue::Small });
            return;
        }
        self.slots[id].state = State::Dirty;
        let (first, slot) = (owed.first, id);
        owed.place = first;
        if first > Lsn::NONE {
            self.dues.push_back(Due { at: retry_at, first, slot });
        }
    }

    /// Forgets what is in an entry of a space that is no more, whatever it owes. There may be more
    /// to replay of it, which must not look for pages that nobody has saved.
    fn drop_owed(&mut self, id: SlotId) {
        self.change(id, |body| body.put(None));
        self.settle(id);
        self.enter_queue(id, Queue::Small);
    }

    /// Forgets a debt, and gives back the room of many that are gone.
    fn settle(&mut self, id: SlotId) {
        self.owed.remove(&id);
        if self.owed.capacity() > self.owed.len() * 4 + 64 {
            self.owed.shrink_to(self.owed.len() * 2);
            self.dues.shrink_to(self.dues.len() * 2);
        }
    }
}
