//! A queue of slots, linked through the slots themselves.

use crate::slab::{NIL, Slab, SlotId};

/// First in, first out; any slot can leave from the middle. Counts the bytes of its entries.
#[derive(Debug)]
pub(crate) struct Fifo {
    head: SlotId,
    tail: SlotId,
    pub(crate) bytes: usize,
    pub(crate) count: usize,
}

impl Fifo {
    pub(crate) fn new() -> Self {
        Self { head: NIL, tail: NIL, bytes: 0, count: 0 }
    }

    /// The slot that has been in the queue longest.
    pub(crate) fn oldest(&self) -> Option<SlotId> {
        (self.tail != NIL).then_some(self.tail)
    }

    pub(crate) fn push(&mut self, slots: &mut Slab, id: SlotId, bytes: usize) {
        slots[id].prev = NIL;
        slots[id].next = self.head;
        match self.head {
            NIL => self.tail = id,
            head => slots[head].prev = id,
        }
        self.head = id;
        self.bytes += bytes;
        self.count += 1;
    }

    pub(crate) fn remove(&mut self, slots: &mut Slab, id: SlotId, bytes: usize) {
        let (prev, next) = (slots[id].prev, slots[id].next);
        match prev {
            NIL => self.head = next,
            prev => slots[prev].next = next,
        }
        match next {
            NIL => self.tail = prev,
            next => slots[next].prev = prev,
        }
        self.bytes -= bytes;
        self.count -= 1;
    }
}
