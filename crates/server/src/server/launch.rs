//! From settings to a server that serves, and back.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hadal_dataset::{Dataset, JOURNAL_DIR, STORE_DIR};
use hadal_storage::env::Env;
use hadal_storage::{Store, journal};
use hadal_value::collection::{EncodingLimits, Limits};

use super::{Request, Server, Shutdown, Traffic};
use crate::admin::stats::{CommandStats, ErrorStats};
use crate::config::{Appendfsync, Changed, Config, JournalRecover, Settings};
use crate::driver::{Budget, Driver, FsyncPolicy, Options};
use crate::net::{self, Listeners, Workers};
use crate::session::Clients;
use crate::table::{Command, Table};
use crate::{admin, scan, session, transaction};

/// Threads that load, at least: reads of the disk overlap.
const IO_THREADS_MIN: usize = 4;
/// Threads that look up what blind writes have replaced.
const LOOKUP_THREADS: usize = 8;

/// Clients come before merging.
const ENGINE_NICENESS: i32 = 10;

/// How often, and how many times, it is looked whether all clients are gone.
const END_PAUSE: Duration = Duration::from_millis(2);
const END_LOOKS_MAX: u32 = 1_000;

/// A server with its sockets.
#[derive(Debug)]
pub struct Running {
    server: Arc<Server>,
    listeners: Arc<Listeners>,
}

impl Server {
    /// Opens the dataset and starts to serve. Needs a tokio runtime around it.
    pub fn launch(config: Arc<Config>) -> anyhow::Result<Running> {
        let settings = config.settings();
        // Before the dataset is opened: two servers on one port should not cost two recoveries.
        let bound = net::bind(&settings)?;
        let env = Env::os();
        let driver = open(&env, &settings)?;
        let server = Arc::new(Self::new(config, &env, driver));
        let workers = Workers::start(settings.threads).context("could not start threads")?;
        let listeners = Listeners::start(Arc::clone(&server), workers, bound);
        server.subscribe(&listeners);
        tokio::spawn(net::sweep(Arc::clone(&server)));
        tokio::spawn(admin::gauges::watch(Arc::clone(&server)));
        Ok(Running { server, listeners })
    }

    fn new(config: Arc<Config>, env: &Env, driver: Arc<Driver>) -> Self {
        let own: [&'static [Command]; 3] =
            [session::COMMANDS, transaction::COMMANDS, scan::COMMANDS];
        let groups: Vec<&'static [Command]> =
            own.into_iter().chain(admin::COMMANDS.iter().copied()).collect();
        let table = Table::new(&groups, &config.startup().renamed_commands);
        let random = || env.random.next_u64();
        let run_id = format!("{:016x}{:016x}{:08x}", random(), random(), random() as u32);
        Self {
            driver,
            config,
            started_micros: env.clock.monotonic_micros(),
            clock: Arc::clone(&env.clock),
            stats: CommandStats::new(table.entries().len()),
            table,
            clients: Clients::default(),
            traffic: Traffic::default(),
            shutdown: Shutdown::default(),
            run_id,
            errors: ErrorStats::default(),
            slowlog: parking_lot::Mutex::default(),
            latency: parking_lot::Mutex::default(),
            gauges: admin::gauges::Gauges::default(),
        }
    }

    /// Acts on changes of settings that someone has to act on.
    fn subscribe(&self, listeners: &Arc<Listeners>) {
        let driver = Arc::clone(&self.driver);
        self.config.subscribe(&["appendfsync"], move |changed: &Changed<'_>| {
            driver.set_fsync(fsync_policy(changed.new.appendfsync));
            Ok(())
        });
        let driver = Arc::clone(&self.driver);
        self.config.subscribe(&["maxmemory"], move |changed: &Changed<'_>| {
            driver.set_budget(budget(changed.new));
            Ok(())
        });
        self.driver.set_value_len_max(self.config.settings().proto_bulk_len_max);
        let driver = Arc::clone(&self.driver);
        self.config.subscribe(&["proto-max-bulk-len"], move |changed: &Changed<'_>| {
            driver.set_value_len_max(changed.new.proto_bulk_len_max);
            Ok(())
        });
        self.driver.set_encoding_limits(encoding_limits(&self.config.settings()));
        let driver = Arc::clone(&self.driver);
        self.config.subscribe(ENCODING_OPTIONS, move |changed: &Changed<'_>| {
            driver.set_encoding_limits(encoding_limits(changed.new));
            Ok(())
        });
        let driver = Arc::clone(&self.driver);
        self.config.subscribe(&["cache-flush-delay"], move |changed: &Changed<'_>| {
            let delay = changed.new.cache_flush_delay.as_millis() as u64;
            driver.dataset().keyspace().set_save_delay_ms(delay);
            Ok(())
        });
        // Weak: the listeners have the server, which has the configuration.
        let listeners = Arc::downgrade(listeners);
        self.config.subscribe(&["port", "bind"], move |changed: &Changed<'_>| {
            let Some(listeners) = listeners.upgrade() else { return Ok(()) };
            listeners.rebind(changed.new).map_err(|error| {
                tracing::warn!(%error, "sockets could not be changed");
                if let Err(error) = listeners.rebind(changed.old) {
                    tracing::error!(%error, "sockets from before could not be bound again");
                }
                "Unable to listen on this port. Check server logs.".to_owned()
            })
        });
    }
}

/// Options that decide which encodings are shown.
const ENCODING_OPTIONS: &[&str] = &[
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "hll-sparse-max-bytes",
    "list-max-listpack-size",
    "set-max-intset-entries",
    "set-max-listpack-entries",
    "set-max-listpack-value",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
];

fn encoding_limits(settings: &Settings) -> EncodingLimits {
    EncodingLimits {
        hash_entries: settings.hash_listpack_entries_max as u64,
        hash_value_bytes: settings.hash_listpack_value_max,
        set_intset_entries: settings.set_intset_entries_max as u64,
        set_listpack_entries: settings.set_listpack_entries_max as u64,
        set_listpack_value_bytes: settings.set_listpack_value_max,
        zset_entries: settings.zset_listpack_entries_max as u64,
        zset_value_bytes: settings.zset_listpack_value_max,
        list_listpack_size: settings.list_listpack_size,
        hll_sparse_bytes: settings.hll_sparse_bytes_max,
    }
}

impl Running {
    /// Everything that is being served.
    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// Ends it as `request` says. `false`: it goes on, and whoever asked has been told.
    pub(super) async fn end(&self, request: Request) -> bool {
        let Request { ending, failed } = request;
        let save = ending.save.unwrap_or(true);
        if save && let Err(error) = self.server.driver.save_all().await {
            tracing::error!(%error, "not everything could be saved");
            if !ending.force {
                // Who asked may have gone.
                _ = failed.send(super::NotEnded);
                return false;
            }
        }
        self.listeners.close();
        self.end_clients().await;
        if let Err(error) = self.server.driver.shutdown(false).await {
            tracing::error!(%error, "the dataset could not be closed");
        }
        true
    }
    /// Ends every connection. A command that is running comes to its end first, so that nothing
    /// is answered after the journal has been closed.
    async fn end_clients(&self) {
        for _ in 0..END_LOOKS_MAX {
            let clients = self.server.clients.all();
            if clients.is_empty() {
                return;
            }
            for client in &clients {
                client.kill();
            }
            tokio::time::sleep(END_PAUSE).await;
        }
        tracing::warn!("clients are still being served: ending all the same");
    }
}

fn open(env: &Env, settings: &Settings) -> anyhow::Result<Arc<Driver>> {
    let dir = &settings.dir;
    fs::create_dir_all(dir).with_context(|| format!("could not create {}", dir.display()))?;
    let budget = budget(settings);
    tracing::debug!("dataset is being opened");
    let (store, start_merging) = open_store(dir, budget, settings.store_merges)?;
    let dataset_options = hadal_dataset::Options {
        journal_dir: dir.join(JOURNAL_DIR),
        journal: journal::Options {
            segment_bytes: settings.journal_segment_bytes,
            on_corruption: match settings.journal_recover {
                JournalRecover::Refuse => journal::OnCorruption::Refuse,
                JournalRecover::Truncate => journal::OnCorruption::Truncate,
            },
            ..journal::Options::default()
        },
        databases: settings.databases,
        save_delay_ms: settings.cache_flush_delay.as_millis() as u64,
        bytes_max: budget.cache_bytes(),
        owed_bytes_max: budget.owed_bytes(),
        lookup_threads: LOOKUP_THREADS,
        collections: Limits { encoding: encoding_limits(settings), ..Limits::default() },
    };
    let (dataset, opened) = Dataset::open(env.clone(), store, &dataset_options)
        .with_context(|| format!("could not open the dataset in {}", dir.display()))?;
    let options = Options {
        dir: dir.clone(),
        budget,
        fsync: fsync_policy(settings.appendfsync),
        io_threads: (settings.threads * 4).max(IO_THREADS_MIN),
        dataset: dataset_options,
    };
    let driver = Driver::start(dataset, &options, &opened);
    let driver = driver.context("could not start the dataset's threads")?;
    start_merging()?;
    Ok(driver)
}

/// To be called when nothing has to be read any more before clients are served.
type StartMerging = Box<dyn FnOnce() -> anyhow::Result<()>>;

#[cfg(feature = "rocksdb")]
fn open_store(
    dir: &Path,
    budget: Budget,
    merges: bool,
) -> anyhow::Result<(Arc<dyn Store>, StartMerging)> {
    use hadal_storage::rocks;
    let merging = if merges { rocks::Merging::OnceStarted } else { rocks::Merging::Never };
    let options = rocks::Options {
        merging,
        ..rocks::Options::new(dir.join(STORE_DIR), budget.store_bytes())
    };
    // The engine's threads inherit the priority of the one that opens it. Those of the driver keep
    // theirs: they lock shards, and whoever is put aside with a lock holds up clients.
    let opened = std::thread::scope(|scope| {
        let open = scope.spawn(|| {
            // A system that refuses this serves a little less evenly.
            _ = rustix::process::nice(ENGINE_NICENESS);
            rocks::RocksStore::open(&options)
        });
        open.join()
    });
    let opened = opened.map_err(|_| anyhow::anyhow!("the engine panicked"))?;
    let store =
        opened.with_context(|| format!("could not open the store in {}", options.dir.display()))?;
    tracing::debug!("store opened");
    let store = Arc::new(store);
    let engine = Arc::clone(&store);
    let start = move || engine.start_merging().context("could not let the store merge its files");
    Ok((store, Box::new(start)))
}

/// Without an engine nothing but the journal outlives the process: for tests of everything else.
#[cfg(not(feature = "rocksdb"))]
#[expect(clippy::unnecessary_wraps, reason = "an engine can fail to open")]
fn open_store(dir: &Path, _: Budget, _: bool) -> anyhow::Result<(Arc<dyn Store>, StartMerging)> {
    tracing::warn!(dir = %dir.join(STORE_DIR).display(), "built without an engine: the store is in memory");
    Ok((Arc::new(hadal_storage::MemoryStore::default()), Box::new(|| Ok(()))))
}

fn budget(settings: &Settings) -> Budget {
    let total_bytes = usize::try_from(settings.maxmemory_bytes).unwrap_or(usize::MAX);
    Budget { total_bytes }
}

fn fsync_policy(setting: Appendfsync) -> FsyncPolicy {
    match setting {
        Appendfsync::Always => FsyncPolicy::Always,
        Appendfsync::Everysec => FsyncPolicy::EverySecond,
        Appendfsync::No => FsyncPolicy::No,
    }
}
