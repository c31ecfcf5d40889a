//! The slots of a shard: one per entry, addressed by number, in chunks that never move.

use std::cell::Cell;

use crate::body::Body;

/// A slot's number. [`NIL`] is none.
pub(crate) type SlotId = u32;

pub(crate) const NIL: SlotId = SlotId::MAX;

const CHUNK: usize = 128;

/// How the copy in the store stands to the copy in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody's slot.
    Vacant,
    /// Being loaded; the body says only which key.
    Loading,
    /// The same in memory and store. The only state that may be evicted. Always in a queue of the
    /// eviction policy.
    Clean,
    /// The store is behind.
    Dirty,
    /// Being saved, and up to date once that ends.
    Saving,
    /// Being saved, but memory has moved on meanwhile: another save must follow.
    Overtaken,
}

/// A queue of the eviction policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    Small,
    Main,
}

/// One entry. Accesses are counted while it is only looked at.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) body: Body,
    /// The next newer slot of its queue, or the next vacant one.
    pub(crate) next: SlotId,
    /// When it was last accessed, in seconds; wraps after 18 hours.
    pub(crate) accessed: Cell<u16>,
    pub(crate) state: State,
    pub(crate) heat: Cell<Heat>,
}

/// Where a slot stands in the eviction policy: its queue, and how often it was accessed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heat(u8);

const FREQUENCY_MAX: u8 = 3;
const FREQUENCY_BITS: u8 = 2;

impl Slot {
    pub(crate) fn set_queue(&self, queue: Option<Queue>) {
        let mut heat = self.heat.get();
        heat.set_queue(queue);
        self.heat.set(heat);
    }

    pub(crate) fn set_frequency(&self, frequency: u8) {
        let mut heat = self.heat.get();
        heat.set_frequency(frequency);
        self.heat.set(heat);
    }
}

impl Heat {
    /// The queue that the slot is linked in. An entry that is not clean may still be in one.
    pub(crate) fn queue(self) -> Option<Queue> {
        match self.0 >> FREQUENCY_BITS {
            0 => None,
            1 => Some(Queue::Small),
            _ => Some(Queue::Main),
        }
    }

    fn set_queue(&mut self, queue: Option<Queue>) {
        let code = match queue {
            None => 0,
            Some(Queue::Small) => 1,
            Some(Queue::Main) => 2,
        };
        self.0 = code << FREQUENCY_BITS | self.frequency();
    }

    /// Accesses since the slot entered its queue, up to 3.
    pub(crate) fn frequency(self) -> u8 {
        self.0 & FREQUENCY_MAX
    }

    fn set_frequency(&mut self, frequency: u8) {
        self.0 = self.0 & !FREQUENCY_MAX | frequency.min(FREQUENCY_MAX);
    }
}

/// Slots by number, with the vacant ones chained for reuse.
#[derive(Debug)]
pub(crate) struct Slab {
    chunks: Vec<Vec<Slot>>,
    vacant: SlotId,
}

impl Slab {
    pub(crate) fn new() -> Self {
        Self { chunks: Vec::new(), vacant: NIL }
    }

    pub(crate) fn insert(&mut self, slot: Slot) -> SlotId {
        if self.vacant != NIL {
            let id = self.vacant;
            self.vacant = self[id].next;
            self[id] = slot;
            return id;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let last = self.chunks.len() - 1;
        let chunk = &mut self.chunks[last];
        chunk.push(slot);
        (last * CHUNK + chunk.len() - 1) as SlotId
    }

    /// Whether there is a slot of this number, if only a vacant one.
    pub(crate) fn has(&self, id: SlotId) -> bool {
        self.chunks
            .get(id as usize / CHUNK)
            .is_some_and(|chunk| (id as usize % CHUNK) < chunk.len())
    }

    /// Empties a slot. One that is still linked in a queue must be given back with
    /// [`reuse`](Self::reuse) when it has left it.
    pub(crate) fn remove(&mut self, id: SlotId) {
        let slot = &mut self[id];
        slot.body = Body::vacant();
        slot.state = State::Vacant;
        if slot.heat.get().queue().is_none() {
            self.reuse(id);
        }
    }

    /// Lets an empty slot that is in no queue be used again.
    pub(crate) fn reuse(&mut self, id: SlotId) {
        self[id].next = self.vacant;
        self.vacant = id;
    }

    /// One past the highest number ever given.
    pub(crate) fn end(&self) -> SlotId {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len()) as SlotId
    }
}

impl std::ops::Index<SlotId> for Slab {
    type Output = Slot;

    fn index(&self, id: SlotId) -> &Slot {
        &self.chunks[id as usize / CHUNK][id as usize % CHUNK]
    }
}

impl std::ops::IndexMut<SlotId> for Slab {
    fn index_mut(&mut self, id: SlotId) -> &mut Slot {
        &mut self.chunks[id as usize / CHUNK][id as usize % CHUNK]
    }
}
