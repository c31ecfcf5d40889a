//! The threads that load: the store's reads block, so they get threads of their own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use hadal_dataset::{Dataset, Load};
use parking_lot::{Condvar, Mutex};

/// Loads that wait for a thread. As many at most as connections have keys in their windows.
#[derive(Debug, Default)]
pub(super) struct Loaders {
    queue: Mutex<Queue>,
    filled: Condvar,
    in_flight: AtomicUsize,
}

#[derive(Debug, Default)]
struct Queue {
    loads: VecDeque<Load>,
    idle: usize,
    closed: bool,
}

impl Loaders {
    pub(super) fn push(&self, load: Load) {
        let mut queue = self.queue.lock();
        queue.loads.push_back(load);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
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
        while let Some(load) = self.next() {
            // Whoever waits hears of a failure; it has been logged.
            _ = dataset.load(&load);
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Option<Load> {
        let mut queue = self.queue.lock();
        loop {
            if let Some(load) = queue.loads.pop_front() {
                return Some(load);
            }
            if queue.closed {
                return None;
            }
            queue.idle += 1;
            self.filled.wait(&mut queue);
            queue.idle -= 1;
        }
    }

    /// Lets the threads end once the queue is empty.
    pub(super) fn close(&self) {
        self.queue.lock().closed = true;
        self.filled.notify_all();
    }
}
