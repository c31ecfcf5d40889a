//! Eviction: S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023).
//!
//! New entries enter a small queue of a tenth of the bytes; those used again while in it move to
//! the main queue, the rest leave and are remembered by a ghost, so that one that comes back soon
//! enters the main queue at once. A scan of keys used once passes through the small queue only.
//! Entries that are owed to the store lose their place when they come to the front, and get a new
//! one when they have been saved: they are not in the way.

use super::{Shard, hash_of};
use crate::fifo::Fifo;
use crate::slab::{Heat, Queue, SlotId, State};

/// The small queue's share of the bytes in both queues: one in so many.
const SMALL_SHARE: usize = 10;

impl Shard {
    /// Evicts entries of about `bytes`, or all that may leave. Returns how much left memory.
    pub(crate) fn evict(&mut self, bytes: usize) -> usize {
        let before = self.bytes;
        // Each entry is looked at once per frequency step at most, and pinned ones are put back.
        let mut looks = (self.small.linked + self.main.linked) * 4;
        while before - self.bytes < bytes && looks > 0 {
            looks -= 1;
            let total = self.small.bytes + self.main.bytes;
            let from_small = self.small.bytes * SMALL_SHARE >= total && self.small.linked > 0;
            let (queue, fifo) = if from_small || self.main.linked == 0 {
                (Queue::Small, &mut self.small)
            } else {
                (Queue::Main, &mut self.main)
            };
            let Some(id) = fifo.pop(&self.slots) else { break };
            self.consider(id, queue);
        }
        self.ghost.resize(self.main.count);
        before - self.bytes
    }

    /// Bytes that eviction could free.
    pub(crate) fn evictable_bytes(&self) -> usize {
        self.small.bytes + self.main.bytes
    }

    /// Decides about a slot that has come to the front of its queue.
    fn consider(&mut self, id: SlotId, queue: Queue) {
        let frequency = self.slots[id].heat.get().frequency();
        match self.slots[id].state {
            State::Clean => self.uncount(id),
            State::Vacant => {
                self.slots[id].heat.set(Heat::default());
                return self.slots.reuse(id);
            }
            // It will be put in a queue once it is saved.
            _ => return self.slots[id].set_queue(None),
        }
        self.slots[id].set_queue(None);
        if self.pins.contains_key(&id) {
            return self.enter_queue(id, queue);
        }
        match queue {
            Queue::Small if frequency > 1 => {
                self.slots[id].set_frequency(0);
                self.enter_queue(id, Queue::Main);
            }
            Queue::Small => {
                self.ghost.insert(hash_of(&self.slots[id].body, self.seed));
                self.forget(id);
            }
            Queue::Main if frequency > 0 => {
                self.slots[id].set_frequency(frequency - 1);
                self.enter_queue(id, Queue::Main);
            }
            Queue::Main => self.forget(id),
        }
    }

    /// The entry is clean from here on: in its old place if it still has one, else in `queue`.
    pub(super) fn enter_queue(&mut self, id: SlotId, queue: Queue) {
        self.slots[id].state = State::Clean;
        let bytes = self.allocated_bytes(id);
        let place = self.slots[id].heat.get().queue();
        let fifo = match place.unwrap_or(queue) {
            Queue::Small => &mut self.small,
            Queue::Main => &mut self.main,
        };
        fifo.count_in(bytes);
        if place.is_none() {
            fifo.push(&mut self.slots, id);
            self.slots[id].set_queue(Some(queue));
        }
    }

    /// A clean entry is about to be something else.
    pub(super) fn uncount(&mut self, id: SlotId) {
        let bytes = self.allocated_bytes(id);
        if let Some(queue) = self.slots[id].heat.get().queue() {
            self.queue(queue).count_out(bytes);
        }
    }

    fn queue(&mut self, queue: Queue) -> &mut Fifo {
        match queue {
            Queue::Small => &mut self.small,
            Queue::Main => &mut self.main,
        }
    }
}
