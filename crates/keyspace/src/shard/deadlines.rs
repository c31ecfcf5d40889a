//! Entries in the order in which something of them expires.

use std::collections::BTreeSet;

use crate::UnixMillis;
use crate::slab::SlotId;

/// Entries, each with one moment.
#[derive(Debug, Default)]
pub(super) struct Deadlines(BTreeSet<(UnixMillis, SlotId)>);

impl Deadlines {
    /// The moment of an entry, which was `old` if it had one, becomes another, or none.
    pub(super) fn change(&mut self, id: SlotId, old: Option<UnixMillis>, new: Option<UnixMillis>) {
        if old == new {
            return;
        }
        if let Some(at) = old {
            self.0.remove(&(at, id));
        }
        if let Some(at) = new {
            self.0.insert((at, id));
        }
    }

    /// Entries whose moment has come, soonest first.
    pub(super) fn due(&self, now: UnixMillis) -> impl Iterator<Item = SlotId> {
        self.0.range(..=(now, SlotId::MAX)).map(|(_, id)| *id)
    }

    pub(super) fn first(&self) -> Option<UnixMillis> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (UnixMillis, SlotId)> {
        self.0.iter().copied()
    }
}
