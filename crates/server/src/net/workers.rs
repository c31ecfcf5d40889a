//! The threads that serve: each runs the connections it was given, with a runtime of its own.
//!
//! No thread is woken to take over what another would have done a moment later. As long as one
//! thread can do the work, one does: fifty clients at one thread share a look for events and a
//! wake-up, and a command costs a third less than at two threads. What one thread cannot do is
//! [balanced](super::balance) over more of them.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::watch;

use super::gate::Gate;

/// One thread that serves.
#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// Connections it has.
    load: Arc<AtomicUsize>,
    gate: Arc<Gate>,
    /// Where the system tells what processor time it took.
    times: Arc<OnceLock<PathBuf>>,
}

/// Where connections can be.
#[derive(Debug, Default)]
pub(super) struct Seats {
    workers: Vec<Worker>,
    /// Who gets new connections.
    preferred: AtomicUsize,
}

/// All threads that serve. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    seats: Arc<Seats>,
    /// Dropped to end them.
    stop: Option<watch::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// A connection's place at a worker, for as long as it is there.
#[derive(Debug)]
pub(super) struct Seat {
    load: Arc<AtomicUsize>,
    gate: Arc<Gate>,
}

impl Seat {
    /// What the worker's connections pass.
    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    /// Starts `count` threads.
    ///
    /// # Errors
    /// The system refuses threads or file descriptors.
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(());
        let (mut seats, mut threads) = (Seats::default(), Vec::new());
        for number in 0..count.max(1) {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            let times = Arc::new(OnceLock::new());
            seats.workers.push(Worker {
                runtime: runtime.handle().clone(),
                load: Arc::default(),
                gate: Arc::default(),
                times: Arc::clone(&times),
            });
            let mut stopped = stopped.clone();
            let serve = move || {
                if let Ok(task) = fs::read_link("/proc/thread-self") {
                    _ = times.set(PathBuf::from("/proc").join(task).join("schedstat"));
                }
                runtime.block_on(async { while stopped.changed().await.is_ok() {} });
            };
            let thread = thread::Builder::new().name(format!("serve-{number}"));
            threads.push(thread.spawn(serve)?);
        }
        Ok(Self { seats: Arc::new(seats), stop: Some(stop), threads })
    }

    /// Where connections can be.
    pub(super) fn seats(&self) -> &Arc<Seats> {
        &self.seats
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has aborted the process.
            drop(thread.join());
        }
    }
}

impl Seats {
    /// How many workers there are.
    pub(super) fn count(&self) -> usize {
        self.workers.len()
    }

    /// Connections at a worker.
    pub(super) fn load(&self, worker: usize) -> usize {
        self.workers[worker].load.load(Ordering::Relaxed)
    }

    /// Who gets new connections.
    pub(super) fn preferred(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }

    /// Gives new connections to `worker` from here on.
    pub(super) fn prefer(&self, worker: usize) {
        self.preferred.store(worker, Ordering::Relaxed);
    }

    /// A place at `worker`.
    pub(super) fn take(&self, worker: usize) -> (Handle, Seat) {
        let worker = &self.workers[worker];
        worker.load.fetch_add(1, Ordering::Relaxed);
        let (load, gate) = (Arc::clone(&worker.load), Arc::clone(&worker.gate));
        (worker.runtime.clone(), Seat { load, gate })
    }

    /// Time that a worker's thread has run, since some start.
    pub(super) fn busy(&self, worker: usize) -> Duration {
        let worker = &self.workers[worker];
        // Not the time it was busy by the clock: on a busy machine that tells more of others.
        let times = worker.times.get().and_then(|path| fs::read_to_string(path).ok());
        let nanos = times.and_then(|text| text.split(' ').next()?.parse().ok());
        nanos.map_or_else(
            || worker.runtime.metrics().worker_total_busy_duration(0),
            Duration::from_nanos,
        )
    }
}
