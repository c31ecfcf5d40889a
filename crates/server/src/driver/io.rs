//! The threads that load: the store's reads block, so they get threads of their own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use hadal_dataset::{Dataset, Load};
use hadal_storage::StoreError;
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
    loads: VecDeque<Work>,
    idle: usize,
    closed: bool,
}

#[derive(Debug)]
enum Work {
    Load(Load),
    Lookup(std::sync::Arc<Lookup>, std::ops::Range<usize>),
}

/// Keys that a saver wants to know of, looked up by several threads.
#[derive(Debug)]
struct Lookup {
    keys: Vec<Vec<u8>>,
    answers: Mutex<Answers>,
    done: Condvar,
}

#[derive(Debug)]
struct Answers {
    found: Vec<Result<Option<Vec<u8>>, StoreError>>,
    missing: usize,
}

/// Keys that one thread looks up at a time.
const LOOKUP_KEYS: usize = 16;

impl Loaders {
    pub(super) fn push(&self, load: Load) {
        self.push_work(Work::Load(load));
    }

    fn push_work(&self, work: Work) {
        let mut queue = self.queue.lock();
        queue.loads.push_back(work);
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
        while let Some(work) = self.next() {
            match work {
                // Whoever waits hears of a failure; it has been logged.
                Work::Load(load) => _ = dataset.load(&load),
                Work::Lookup(lookup, range) => lookup.answer(dataset, range),
            }
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Looks keys up on all threads and waits for the answers.
    pub(super) fn lookup(
        &self,
        dataset: &Dataset,
        keys: &[Vec<u8>],
    ) -> Vec<Result<Option<Vec<u8>>, StoreError>> {
        let count = keys.len();
        let found = (0..count).map(|_| Err(StoreError::Closed)).collect();
        let answers = Mutex::new(Answers { found, missing: count });
        let lookup = Lookup { keys: keys.to_vec(), answers, done: Condvar::new() };
        if count <= LOOKUP_KEYS {
            lookup.answer(dataset, 0..count);
            return lookup.answers.into_inner().found;
        }
        let lookup = std::sync::Arc::new(lookup);
        for start in (0..count).step_by(LOOKUP_KEYS) {
            let range = start..count.min(start + LOOKUP_KEYS);
            self.push_work(Work::Lookup(std::sync::Arc::clone(&lookup), range));
        }
        let mut answers = lookup.answers.lock();
        while answers.missing > 0 {
            lookup.done.wait(&mut answers);
        }
        std::mem::take(&mut answers.found)
    }

    fn next(&self) -> Option<Work> {
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

impl Lookup {
    fn answer(&self, dataset: &Dataset, range: std::ops::Range<usize>) {
        let keys: Vec<&[u8]> = self.keys[range.clone()].iter().map(Vec::as_slice).collect();
        let found = dataset.store().multi_get(&keys);
        let mut answers = self.answers.lock();
        for (number, found) in range.zip(found) {
            answers.found[number] = found;
            answers.missing -= 1;
        }
        if answers.missing == 0 {
            self.done.notify_all();
        }
    }
}
