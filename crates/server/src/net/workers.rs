//! The threads that serve: each runs the connections it was given, with a runtime of its own.
//!
//! A connection stays where it is. No thread is woken to take over what another would have done a
//! moment later, which at one command per read cost more than the command.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use tokio::runtime::{self, Handle};
use tokio::sync::watch;

/// One thread that serves.
#[derive(Debug)]
struct Worker {
    runtime: Handle,
    load: Arc<AtomicUsize>,
}

/// All threads that serve. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    workers: Vec<Worker>,
    /// Dropped to end them.
    stop: Option<watch::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// A connection's place at a worker, for as long as it lives.
#[derive(Debug)]
pub(super) struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    /// Starts `count` threads.
    ///
    /// # Errors
    /// The system refuses threads or file descriptors.
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(());
        let mut started = Self { workers: Vec::new(), stop: Some(stop), threads: Vec::new() };
        for number in 0..count.max(1) {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            let load = Arc::new(AtomicUsize::new(0));
            started.workers.push(Worker { runtime: runtime.handle().clone(), load });
            let mut stopped = stopped.clone();
            let serve = move || {
                runtime.block_on(async { while stopped.changed().await.is_ok() {} });
            };
            let thread = thread::Builder::new().name(format!("serve-{number}")).spawn(serve)?;
            started.threads.push(thread);
        }
        Ok(started)
    }

    /// A place at the worker with the fewest connections.
    pub(super) fn seat(&self) -> (Handle, Seat) {
        let load = |worker: &&Worker| worker.load.load(Ordering::Relaxed);
        let worker = self.workers.iter().min_by_key(load).expect("there is at least one");
        worker.load.fetch_add(1, Ordering::Relaxed);
        (worker.runtime.clone(), Seat(Arc::clone(&worker.load)))
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
