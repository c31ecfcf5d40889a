//! Everybody in a run: clients, loads under way, who saves and truncates, and the judge.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use hadal_command::Command;
use hadal_dataset::{Dataset, Load, Saver};
use hadal_keyspace::Committed;
use hadal_storage::memfiles::MemFiles;

use crate::client::Client;
use crate::clock::SimClock;
use crate::dice::Dice;
use crate::history::History;
use crate::job::{Done, Job};
use crate::model::Model;
use crate::settings::{DATABASES, Settings};
use crate::store::SimStore;
use crate::trace::Trace;

/// A run. One has the turn at a time; whoever waits for the store lets others have it.
pub(crate) struct Play {
    pub(crate) settings: Settings,
    pub(crate) dice: Dice,
    pub(crate) trace: Trace,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) files: MemFiles,
    pub(crate) store: Arc<SimStore>,
    /// None between a crash and the next start.
    pub(crate) dataset: Option<Arc<Dataset>>,
    pub(crate) commands: BTreeMap<&'static str, &'static Command>,
    pub(crate) history: History,
    pub(crate) clients: Vec<Client>,
    /// Loads that have started and not ended.
    pub(crate) loads: Vec<Load>,
    /// Keys that hold collections with pages, by space: the generations of these.
    pub(crate) paged: BTreeMap<(u32, Vec<u8>), u64>,
    /// None while someone saves.
    pub(crate) saver: Option<Saver>,
    pub(crate) is_expiring: bool,
    pub(crate) is_truncating: bool,
    /// Where the walk over each database is.
    pub(crate) cursors: [u64; DATABASES as usize],
    /// Nobody else gets a turn.
    pub(crate) is_quiet: bool,
}

/// Someone's turn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    Client,
    Load,
    Save,
    Write { sync: bool },
    Truncate,
    Expire,
    Reclaim,
    Evict,
    Scan,
    Count,
    RandomKey,
    Replay,
    Learn,
    Pass,
}

impl Play {
    pub(crate) fn new(seed: u64) -> Self {
        let settings = Settings::draw(&Dice::new(seed, 1));
        let commands = hadal_command::table().map(|command| (command.spec.name, command));
        let clients = (0..settings.clients).map(Client::new).collect();
        let history = History::new(Model::new(DATABASES), settings.workload.keys);
        let mut trace = Trace::default();
        trace.line(&format!("seed {seed}: {settings:?}"));
        Self {
            dice: Dice::new(seed, 2),
            trace,
            clock: Arc::new(SimClock::new(1_700_000_000_000)),
            files: MemFiles::new(seed),
            store: Arc::new(SimStore::new(seed)),
            dataset: None,
            commands: commands.collect(),
            history,
            clients,
            loads: Vec::new(),
            paged: BTreeMap::new(),
            saver: None,
            is_expiring: false,
            is_truncating: false,
            cursors: [0; DATABASES as usize],
            is_quiet: true,
            settings,
        }
    }

    pub(crate) fn dataset(&self) -> Arc<Dataset> {
        Arc::clone(self.dataset.as_ref().expect("not asked while down"))
    }

    pub(crate) fn line(&mut self, write: impl FnOnce(&mut String) -> fmt::Result) {
        let mut line = String::new();
        write(&mut line).expect("a string takes all");
        self.trace.line(&line);
    }

    /// Whose turn it is.
    pub(crate) fn draw(&self) -> Turn {
        match self.dice.below(40) {
            0..=17 => Turn::Client,
            18..=23 => Turn::Load,
            24..=26 => Turn::Save,
            27 => Turn::Write { sync: false },
            28..=29 => Turn::Write { sync: true },
            30 => Turn::Truncate,
            31 => Turn::Expire,
            32 => Turn::Reclaim,
            33 => Turn::Evict,
            34 => Turn::Scan,
            35 => Turn::Count,
            36 => Turn::RandomKey,
            37 => Turn::Replay,
            38 => Turn::Learn,
            _ => Turn::Pass,
        }
    }

    /// Others' turns while a call of the store is under way.
    pub(crate) fn meanwhile(&mut self) {
        if self.is_quiet || !self.dice.one_in(self.settings.meanwhile_one_in) {
            return;
        }
        for _ in 0..=self.dice.below(3) {
            let turn = self.draw();
            if matches!(turn, Turn::Pass | Turn::Scan | Turn::Count | Turn::RandomKey) {
                continue;
            }
            self.line(|line| write!(line, "meanwhile"));
            if let Some(job) = self.begin(turn) {
                let done = job.run(&self.dataset());
                self.end(done);
            }
        }
    }

    /// Clients' turns while someone may hold locks of the journal, but none of the cache.
    pub(crate) fn meanwhile_clients(&mut self) {
        if !self.is_quiet && self.dice.one_in(self.settings.meanwhile_one_in * 2) {
            self.line(|line| write!(line, "meanwhile, between two looks at the clock"));
            self.client_turn();
        }
    }

    /// Takes a turn. What waits for the store comes back as a job, to be run while others have
    /// their turns.
    pub(crate) fn begin(&mut self, turn: Turn) -> Option<Job> {
        match turn {
            Turn::Client => self.client_turn(),
            Turn::Evict => self.evict(),
            Turn::Pass => self.pass(),
            _ => return self.begin_job(turn),
        }
        None
    }

    /// Ends a job that [`begin`](Self::begin) started.
    pub(crate) fn end(&mut self, done: Done) {
        self.end_job(done);
        self.settle();
    }

    fn evict(&mut self) {
        let dataset = self.dataset();
        let keyspace = dataset.keyspace();
        if self.dice.one_in(2) {
            keyspace.evict_all();
        } else {
            keyspace.evict(self.dice.below(1_000) as usize);
        }
        let totals = keyspace.totals();
        if totals.evicted > 0 {
            self.trace.mark("an entry was evicted");
        }
        self.line(|line| write!(line, "evict: {totals:?}"));
    }

    fn pass(&mut self) {
        let millis = self.dice.below(self.dice.pick(&[5, 100, 3_000, 30_000]));
        self.clock.advance_millis(millis);
        self.line(|line| write!(line, "pass {millis} ms"));
    }

    /// Notes how far the journal is, and tells clients what they wait to hear.
    pub(crate) fn settle(&mut self) {
        let met = self.store.witness().take_marks();
        for mark in met {
            self.trace.mark(mark);
        }
        let durable = self.dataset().durable().0;
        self.history.durable(durable);
        for client in 0..self.clients.len() {
            self.deliver(client, durable);
        }
    }

    /// Takes the record that a call left in the journal.
    pub(crate) fn record(&mut self, committed: Committed, effects: &[u8], now: u64) {
        if committed.lsn.0 == 0 {
            return;
        }
        assert!(committed.seen >= committed.lsn, "a writer has seen its own write");
        let dataset = self.dataset();
        let spaces = dataset.keyspace().spaces();
        let (changed, has_moved) = self.history.record(committed.lsn.0, effects, spaces, now);
        for client in &mut self.clients {
            client.note(&changed, spaces, &self.history.model, now);
            client.watching.iter_mut().for_each(|watched| watched.has_moved |= has_moved);
        }
    }
}

impl fmt::Debug for Play {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Play").field("settings", &self.settings).finish_non_exhaustive()
    }
}
