//! The threads that load, and make parts of answers larger than memory: the store's reads block,
//! so they get threads of their own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use hadal_dataset::{Dataset, Load};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::stream::Part;

/// Parts of answers that are made at the same time, by half of the fewest threads that there are.
const PARTS_MAX: usize = 2;

/// What waits for a thread. As many loads at most as connections have keys in their windows, and a
/// part of an answer for each connection.
#[derive(Debug, Default)]
pub(super) struct Loaders {
    queue: Mutex<Queue>,
    filled: Condvar,
    in_flight: AtomicUsize,
}

#[derive(Debug)]
enum Work {
    Load(Load),
    Part(Part),
}

#[derive(Debug, Default)]
struct Queue {
    loads: VecDeque<Load>,
    parts: VecDeque<Part>,
    /// Parts that are being made.
    making: usize,
    idle: usize,
    closed: bool,
}

impl Loaders {
    pub(super) fn push(&self, load: Load) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let mut queue = self.queue.lock();
        queue.loads.push_back(load);
        self.wake(queue);
    }

    /// Has a part of an answer made. If the threads have been told to end, it is dropped, and
    /// whoever waits for it hears of that.
    pub(super) fn make(&self, part: Part) {
        let mut queue = self.queue.lock();
        if !queue.closed {
            queue.parts.push_back(part);
            self.wake(queue);
        }
    }

    fn wake(&self, queue: MutexGuard<'_, Queue>) {
        if queue.idle > 0 {
            drop(queue);
            self.filled.notify_one();
        }
    }

    /// Loads waiting or under way.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A loading thread's life.
    pub(super) fn run(&self, dataset: &Dataset) {
        while let Some(work) = self.next() {
            match work {
                Work::Load(load) => {
                    // Whoever waits hears of a failure; it has been logged.
                    _ = dataset.load(&load);
                    self.in_flight.fetch_sub(1, Ordering::Relaxed);
                }
                Work::Part(part) => {
                    part.make();
                    self.queue.lock().making -= 1;
                }
            }
        }
    }

    fn next(&self) -> Option<Work> {
        let mut queue = self.queue.lock();
        loop {
            if let Some(work) = queue.take() {
                return Some(work);
            }
            if queue.closed {
                return None;
            }
            queue.idle += 1;
            self.filled.wait(&mut queue);
            queue.idle -= 1;
        }
    }

    /// What threads take that come one after the other and end nothing, until one would wait.
    #[cfg(test)]
    pub(super) fn taken(&self) -> String {
        let mut queue = self.queue.lock();
        let names = std::iter::from_fn(|| queue.take()).map(|work| match work {
            Work::Load(_) => "load",
            Work::Part(_) => "part",
        });
        names.collect::<Vec<_>>().join(" ")
    }

    /// Lets the threads end once the queue is empty.
    pub(super) fn close(&self) {
        self.queue.lock().closed = true;
        self.filled.notify_all();
    }
}

impl Queue {
    /// A part takes as long as many loads, and its client has much to read: it goes before them
    /// only as long as no other is being made.
    fn take(&mut self) -> Option<Work> {
        let makes_part = match self.making {
            0 => true,
            making => making < PARTS_MAX && self.loads.is_empty(),
        };
        if makes_part && let Some(part) = self.parts.pop_front() {
            self.making += 1;
            return Some(Work::Part(part));
        }
        self.loads.pop_front().map(Work::Load)
    }
}
