//! Where commands meet the dataset: runs them over what is in memory, has what is not loaded, and
//! holds replies until they are as durable as the operator wants.
//!
//! The threads behind: one appends and syncs the journal, one saves, one truncates, one expires,
//! one keeps memory within its limit, and a few load. All of them take their decisions from the
//! dataset; none of them holds a lock across I/O.

mod calls;
mod commits;
mod exec;
mod group;
mod io;
mod line;
mod memory;
mod save;
mod snapshot;
mod stats;
mod stream;
#[cfg(test)]
mod testing;
mod threads;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use hadal_dataset::{Dataset, DatasetError, Opened};
use hadal_keyspace::{Committed, Moment};
use hadal_value::collection::{EncodingLimits, Limits};
use tokio::sync::Notify;

pub use calls::{Call, Ended, Pins, Ran, Scratch};
pub(crate) use calls::{failure_text, refusal_text};
pub use commits::{FsyncPolicy, JournalRefused};
pub use exec::{Step, Watching};
pub use group::Group;
pub use line::{Blocked, Place, Unblock};
pub use memory::Budget;
pub(crate) use memory::purge;
pub use stats::{DriverStats, MemoryStats};
pub use stream::Streaming;

/// What the driver is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The dataset's folder: `store/`, `journal/` and `snapshots/` are in it.
    pub dir: PathBuf,
    /// What bounds memory.
    pub budget: Budget,
    /// When replies to writes may be sent.
    pub fsync: FsyncPolicy,
    /// Threads that load.
    pub io_threads: usize,
    /// What the dataset is opened with; limits of memory are overwritten by the budget.
    pub dataset: hadal_dataset::Options,
}

/// Runs commands over one dataset. All methods may be called from any task.
#[derive(Debug)]
pub struct Driver {
    dataset: Arc<Dataset>,
    dir: PathBuf,
    io: Arc<io::Loaders>,
    commits: Arc<commits::Commits>,
    lines: line::Lines,
    streams: Arc<stream::Streams>,
    saves: Arc<save::SaveRequests>,
    memory: Arc<memory::Governor>,
    /// Writers that wait for room are told here.
    room: Arc<Notify>,
    stop: Arc<threads::Stop>,
    threads: parking_lot::Mutex<Vec<std::thread::JoinHandle<()>>>,
    counters: Counters,
}

/// What only the driver can count.
#[derive(Debug, Default)]
struct Counters {
    /// Keys that calls which have run asked for, each counted once however often they tried.
    asked: AtomicU64,
    /// Of those, the ones that were not in memory, nor known to be absent.
    misses: AtomicU64,
    /// Commands waiting for loads or for room.
    waiting: AtomicUsize,
    /// The last snapshot or save, in Unix seconds.
    last_save: AtomicU64,
    snapshots: AtomicU64,
    snapshots_failed: AtomicU64,
    /// Keys and fields that were deleted because their time had come, without being asked for.
    expired: AtomicU64,
    expired_fields: AtomicU64,
    active_expire: AtomicBool,
}

impl Driver {
    /// Opens the dataset and starts the threads.
    pub fn start(
        dataset: Dataset,
        options: &Options,
        opened: &Opened,
    ) -> Result<Arc<Self>, DatasetError> {
        if let Some(cut) = &opened.torn_tail {
            tracing::warn!(
                ?cut,
                "journal's end was cut by a loss of power: nothing durable is lost"
            );
        }
        if let Some(cut) = &opened.corruption {
            tracing::error!(
                ?cut,
                "journal was damaged: records from here on are lost, as configured"
            );
        }
        tracing::info!(records = opened.records, "journal applied");
        let dataset = Arc::new(dataset);
        let driver = Arc::new(Self {
            dir: options.dir.clone(),
            io: Arc::new(io::Loaders::default()),
            commits: Arc::new(commits::Commits::new(options.fsync, dataset.durable())),
            lines: line::Lines::default(),
            streams: Arc::default(),
            saves: Arc::default(),
            memory: Arc::new(memory::Governor::new(options.budget)),
            room: Arc::default(),
            stop: Arc::default(),
            threads: parking_lot::Mutex::default(),
            counters: Counters::default(),
            dataset,
        });
        driver.counters.last_save.store(driver.moment().unix / 1_000, Ordering::Relaxed);
        driver.set_fsync(options.fsync);
        driver.set_active_expire(true);
        driver.memory.apply(driver.dataset.keyspace());
        driver.start_threads(options.io_threads)?;
        Ok(driver)
    }

    /// The time now. Take it once per batch of commands.
    pub fn moment(&self) -> Moment {
        self.dataset.moment()
    }

    /// The dataset below.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Sets when replies to writes may be sent, from now on.
    pub fn set_fsync(&self, policy: FsyncPolicy) {
        // Before and after: whoever waits for the journal must know what it has seen.
        self.dataset.keyspace().set_tells_seen(true);
        self.commits.set_policy(policy);
        self.dataset.keyspace().set_tells_seen(policy == FsyncPolicy::Always);
    }

    /// Sets the memory limit, from now on.
    pub fn set_budget(&self, budget: Budget) {
        self.memory.set_budget(budget);
        self.memory.apply(self.dataset.keyspace());
    }

    /// Bounds what strings may grow to, from now on.
    pub fn set_value_len_max(&self, len_max: usize) {
        self.dataset.keyspace().set_value_len_max(len_max);
    }

    /// Sets which encodings are shown for collections that change from now on.
    pub fn set_encoding_limits(&self, encoding: EncodingLimits) {
        let keyspace = self.dataset.keyspace();
        keyspace.set_collection_limits(Limits { encoding, ..keyspace.limits() });
    }

    /// Whether replies that depend on this may be sent.
    pub fn is_committed(&self, committed: Committed) -> bool {
        self.commits.is_committed(committed.seen)
    }

    /// Waits until replies that depend on this may be sent: at once unless every write is synced
    /// first.
    pub async fn committed(&self, committed: Committed) -> Result<(), JournalRefused> {
        self.commits.committed(committed.seen).await
    }

    /// Everything up to the journal's end survives a loss of power when this returns.
    pub async fn sync_journal(&self) -> Result<(), JournalRefused> {
        let last = hadal_value::Lsn(self.dataset.journal().last().0);
        self.commits.synced(last, self.dataset.journal()).await
    }
}
