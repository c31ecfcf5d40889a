//! Expiry of what is in memory. Keys that are not are the store's index's to find.

use super::Shard;
use crate::UnixMillis;
use crate::slab::SlotId;

impl Shard {
    /// Keys in memory whose time has come: up to `count_max` of them, soonest first.
    pub(crate) fn expired(&self, now: UnixMillis, count_max: usize) -> Vec<SlotId> {
        let due = self.expiries.range(..=(now, SlotId::MAX));
        due.map(|(_, id)| *id).take(count_max).collect()
    }

    /// When the next key in memory expires.
    pub(crate) fn next_expiry(&self) -> Option<UnixMillis> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// Keys in memory that have an expiry.
    pub(crate) fn expiring_count(&self) -> usize {
        self.expiries.len()
    }

    /// Keys of `space` that are owed to the store, each with whether it holds anything: what a
    /// scan of the store cannot see yet.
    pub(crate) fn owed_keys(&self, space: u32) -> impl Iterator<Item = (&[u8], bool)> {
        self.owed.keys().filter_map(move |id| {
            let view = self.view(*id);
            (view.space == space).then_some((view.key, view.content.is_some()))
        })
    }

    /// Forgets entries of spaces that are no more: up to `count_max` are looked at from `from`
    /// on. Returns where to go on, or `None` at the end.
    pub(crate) fn purge(
        &mut self,
        dead: &dyn Fn(u32) -> bool,
        from: SlotId,
        count_max: usize,
    ) -> Option<SlotId> {
        let end = self.slots.end();
        let until = end.min(from.saturating_add(count_max as SlotId));
        for id in from..until {
            let clean = matches!(self.slots[id].state, crate::slab::State::Clean(_));
            if clean && !self.pins.contains_key(&id) && dead(self.view(id).space) {
                self.leave_queue(id);
                self.forget(id);
            }
        }
        (until < end).then_some(until)
    }
}
