//! Eviction: S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023).
//!
//! New entries enter a small queue of a tenth of the bytes; those used again while in it move to
//! the main queue, the rest leave and are remembered by a ghost, so that one that comes back soon
//! enters the main queue at once. A scan of keys used once passes through the small queue only.
//! Entries that are owed to the store stand in no queue: they are not in the way.

use super::{ENTRY_BYTES, Shard};
use crate::slab::{Queue, SlotId, State};

/// The small queue's share of the bytes in both queues: one in so many.
const SMALL_SHARE: usize = 10;

impl Shard {
    /// Evicts entries of about `bytes`, or all that may leave. Returns how much left memory.
    pub(crate) fn evict(&mut self, bytes: usize) -> usize {
        let before = self.bytes;
        // Each entry is looked at once per frequency step at most, and pinned ones are put back.
        let mut looks = (self.small.count + self.main.count) * 4;
        while before - self.bytes < bytes && looks > 0 {
            looks -= 1;
            let total = self.small.bytes + self.main.bytes;
            let from_small = self.small.bytes * SMALL_SHARE >= total;
            let queue = if from_small { Queue::Small } else { Queue::Main };
            let Some(id) = self.queue(queue).oldest() else { break };
            self.consider(id, queue);
        }
        self.ghost.resize(self.main.count);
        before - self.bytes
    }

    /// Bytes that eviction could free.
    pub(crate) fn evictable_bytes(&self) -> usize {
        self.small.bytes + self.main.bytes
    }

    fn consider(&mut self, id: SlotId, queue: Queue) {
        self.leave_queue(id);
        let frequency = self.slots[id].frequency;
        if self.pins.contains_key(&id) {
            return self.enter_queue(id, queue);
        }
        match queue {
            Queue::Small if frequency > 1 => {
                self.slots[id].frequency = 0;
                self.enter_queue(id, Queue::Main);
            }
            Queue::Small => {
                self.ghost.insert(self.slots[id].hash);
                self.forget(id);
            }
            Queue::Main if frequency > 0 => {
                self.slots[id].frequency -= 1;
                self.enter_queue(id, Queue::Main);
            }
            Queue::Main => self.forget(id),
        }
    }

    pub(super) fn enter_queue(&mut self, id: SlotId, queue: Queue) {
        self.slots[id].state = State::Clean(queue);
        let bytes = ENTRY_BYTES + self.slots[id].body.allocated_bytes();
        let fifo = match queue {
            Queue::Small => &mut self.small,
            Queue::Main => &mut self.main,
        };
        fifo.push(&mut self.slots, id, bytes);
    }

    pub(super) fn leave_queue(&mut self, id: SlotId) {
        let bytes = ENTRY_BYTES + self.slots[id].body.allocated_bytes();
        let fifo = match self.slots[id].state {
            State::Clean(Queue::Small) => &mut self.small,
            State::Clean(Queue::Main) => &mut self.main,
            _ => return,
        };
        fifo.remove(&mut self.slots, id, bytes);
    }

    fn queue(&self, queue: Queue) -> &crate::fifo::Fifo {
        match queue {
            Queue::Small => &self.small,
            Queue::Main => &self.main,
        }
    }
}
