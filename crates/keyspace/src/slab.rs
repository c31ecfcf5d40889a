//! The slots of a shard: one per entry, addressed by number, in chunks that never move.

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
    /// The same in memory and store. The only state that may be evicted, and the only one in
    /// which a slot stands in a queue of the eviction policy.
    Clean(Queue),
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

/// One entry.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) body: Body,
    pub(crate) next: SlotId,
    pub(crate) prev: SlotId,
    /// The low half of the entry's hash, so that a table grows without looking at keys.
    pub(crate) hash: u32,
    pub(crate) state: State,
    /// Accesses since the slot entered its queue, up to [`FREQUENCY_MAX`].
    pub(crate) frequency: u8,
    /// When it was last accessed, in seconds; wraps after 18 hours.
    pub(crate) accessed: u16,
}

pub(crate) const FREQUENCY_MAX: u8 = 3;

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

    pub(crate) fn remove(&mut self, id: SlotId) {
        let vacant = self.vacant;
        let slot = &mut self[id];
        slot.body = Body::vacant();
        slot.state = State::Vacant;
        slot.next = vacant;
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
