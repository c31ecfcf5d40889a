//! A queue of slots, linked through the slots themselves.
//!
//! One link per slot, from older to newer, so nothing leaves from the middle: an entry that is
//! owed to the store, or gone, keeps its place until it comes to the front, and does not count.

use crate::slab::{NIL, Slab, SlotId};

/// First in, first out. Counts the bytes of its entries that may leave memory.
#[derive(Debug)]
pub(crate) struct Fifo {
    oldest: SlotId,
    newest: SlotId,
    /// Slots in the queue, whatever their state.
    pub(crate) linked: usize,
    /// Clean entries in the queue, and their bytes.
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

impl Fifo {
    pub(crate) fn new() -> Self {
        Self { oldest: NIL, newest: NIL, linked: 0, count: 0, bytes: 0 }
    }

    pub(crate) fn push(&mut self, slots: &mut Slab, id: SlotId) {
        slots[id].next = NIL;
        match self.newest {
            NIL => self.oldest = id,
            newest => slots[newest].next = id,
        }
        self.newest = id;
        self.linked += 1;
    }

    /// Takes the slot that has been in the queue longest.
    pub(crate) fn pop(&mut self, slots: &Slab) -> Option<SlotId> {
        let id = self.oldest;
        if id == NIL {
            return None;
        }
        self.oldest = slots[id].next;
        if self.oldest == NIL {
            self.newest = NIL;
        }
        self.linked -= 1;
        Some(id)
    }

    /// An entry in the queue became clean.
    pub(crate) fn count_in(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes;
    }

    /// A clean entry in the queue is not so any more, or has left.
    pub(crate) fn count_out(&mut self, bytes: usize) {
        self.count -= 1;
        self.bytes -= bytes;
    }
}
