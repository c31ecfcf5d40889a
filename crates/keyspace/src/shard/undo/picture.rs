//! A shard as text, for tests: all that an undone call must leave as it was.

use super::super::{ENTRY_BYTES, Shard, stored_as};
use crate::UnixMillis;
use crate::body::Content;
use crate::slab::{SlotId, State};

impl Shard {
    /// Every entry with its debt, in a fixed order. Without what a call may learn: which keys are
    /// absent, and how often entries are used.
    pub(crate) fn picture(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.entries().filter_map(|id| self.line(id)).collect();
        lines.sort();
        let valid = self
            .dues
            .iter()
            .filter(|due| self.owed.get(&due.slot).is_some_and(|owed| owed.place == due.first));
        lines.extend(valid.map(|due| format!("due {} {:?}", due.at, self.name(due.slot))));
        let expiries = self.expiries.iter();
        lines.extend(expiries.map(|(at, id)| format!("expires {at} {:?}", self.name(id))));
        let fields = self.field_expiries.iter();
        lines.extend(fields.map(|(at, id)| format!("fields expire {at} {:?}", self.name(id))));
        let created = self.created.iter().filter(|(_, count)| *count != 0);
        lines.extend(created.map(|(space, count)| format!("created {space} {count}")));
        lines.push(format!("{} collections owe pages", self.unsaved.len()));
        lines
    }

    /// What is counted is what is there.
    pub(crate) fn check(&self) {
        let size = |id: SlotId| ENTRY_BYTES + self.slots[id].body.allocated_bytes();
        assert_eq!(self.bytes, self.entries().map(size).sum::<usize>(), "bytes");
        let clean: Vec<_> =
            self.entries().filter(|id| self.slots[*id].state == State::Clean).collect();
        assert!(clean.iter().all(|id| self.slots[*id].heat.get().queue().is_some()), "queued");
        let counted = (self.small.count + self.main.count, self.small.bytes + self.main.bytes);
        assert_eq!(counted, (clean.len(), clean.iter().map(|id| size(*id)).sum()), "in queues");
        assert_eq!(self.table.len(), self.entries().count(), "entries in the table");
        let mut names: Vec<_> = self.entries().map(|id| self.name(id)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), self.table.len(), "one entry per name");
        let times = |of: fn(Option<Content<'_>>) -> Option<UnixMillis>| {
            let mut times: Vec<_> = self
                .entries()
                .filter_map(|id| of(self.view(id).content).map(|at| (at, id)))
                .collect();
            times.sort_unstable();
            times
        };
        let keys = times(|content| stored_as(content).expiry());
        assert_eq!(self.expiries.iter().collect::<Vec<_>>(), keys, "keys that expire");
        let fields = times(|content| stored_as(content).field_expiry());
        assert_eq!(self.field_expiries.iter().collect::<Vec<_>>(), fields, "fields that expire");
        assert!(self.page_images.is_none(), "no call is running");
    }

    fn entries(&self) -> impl Iterator<Item = SlotId> {
        (0..self.slots.end()).filter(|id| self.slots[*id].state != State::Vacant)
    }

    fn name(&self, id: SlotId) -> String {
        match self.slots[id].body.page() {
            Some(page) => format!("page {:?}", page.id),
            None => format!("{} {}", self.view(id).space, self.view(id).key.escape_ascii()),
        }
    }

    fn line(&self, id: SlotId) -> Option<String> {
        let (name, state) = (self.name(id), self.slots[id].state);
        if let Some(page) = self.slots[id].body.page() {
            return Some(format!("{name} {state:?} {:?} {:?}", self.loads.get(&id), page.bytes));
        }
        let content = self.view(id).content;
        if state == State::Clean && content.is_none() {
            return None;
        }
        let (owed, unsaved) = (self.owed.get(&id), self.unsaved.get(id));
        let (load, pin) = (self.loads.get(&id), self.pins.get(&id));
        Some(format!("{name} {state:?} {owed:?} {unsaved:?} {load:?} {pin:?} {content:?}"))
    }
}
