//! A run from its first step to the last check.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hadal_dataset::{Dataset, DatasetError};
use hadal_storage::Store;
use hadal_storage::env::{Env, SeededRandom};
use hadal_storage::journal::{JournalError, Refusal};
use hadal_storage::memfiles::Fault;
use parking_lot::{Mutex, MutexGuard};

use crate::client::Client;
use crate::play::Play;

/// What a run that went well leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Stands for everything that happened, in its order.
    pub hash: u64,
    /// How often easily missed branches were taken.
    pub marks: BTreeMap<&'static str, u64>,
}

/// What is known of a run that went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What was found to be wrong.
    pub message: String,
    /// The last things that happened.
    pub trace: Vec<String>,
}

/// Runs a seed.
pub fn run(seed: u64) -> Result<Report, Failure> {
    let play = Arc::new(Mutex::new(Play::new(seed)));
    {
        let locked = play.lock();
        locked.store.attach(&play);
        locked.clock.attach(&play);
    }
    let sim = Sim { play: Arc::clone(&play) };
    let result = catch_unwind(AssertUnwindSafe(|| sim.run()));
    let play = play.lock();
    result.map(|()| Report { hash: play.trace.hash(), marks: play.trace.marks().clone() }).map_err(
        |panic| Failure {
            seed,
            message: message(&*panic),
            trace: play.trace.lines().map(str::to_owned).collect(),
        },
    )
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

pub(crate) struct Sim {
    pub(crate) play: Arc<Mutex<Play>>,
}

impl Sim {
    pub(crate) fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock()
    }

    fn run(&self) {
        self.start();
        let steps = self.play().settings.steps;
        for _ in 0..steps {
            self.step();
        }
        self.drain();
    }

    fn step(&self) {
        self.play().break_things();
        let (is_over, job) = {
            let mut play = self.play();
            let crash = play.settings.crash_one_in;
            let has_failed = play.dataset().accepts() == Err(Refusal::Failed);
            let is_over =
                crash > 0 && play.dice.one_in(crash) || has_failed && play.dice.one_in(10);
            let turn = play.draw();
            (is_over, if is_over { None } else { play.begin(turn) })
        };
        if is_over {
            self.crash();
        } else if let Some(job) = job {
            let dataset = self.play().dataset();
            let done = job.run(&dataset);
            self.play().end(done);
        }
    }

    /// The power goes, or the process ends; then all starts again, perhaps more than once.
    pub(crate) fn crash(&self) {
        loop {
            self.play().stop();
            self.start();
            let mut play = self.play();
            if !play.dice.one_in(4) {
                break;
            }
            play.trace.mark("a crash soon after a start");
        }
        if self.play().dice.one_in(2) {
            self.verify();
        }
    }

    /// Opens the dataset; the power may go meanwhile.
    fn start(&self) {
        for tries in 0.. {
            let mut play = self.play();
            let is_cut = play.history.is_recovering() && tries < 3 && play.dice.one_in(4);
            if is_cut {
                let calls = 1 + play.dice.below(40);
                play.files.fail_nth(calls, play.dice.pick(&[Fault::PowerOff, Fault::Error]));
            }
            let fails_one_in = play.settings.store_fails_one_in * 2;
            play.store.fail_one_in(if tries > 3 { 0 } else { fails_one_in });
            if tries > 3 {
                play.store.set_full(false);
            }
            let opened = play.open();
            match opened {
                Ok(()) if !is_cut => return play.recovered(),
                Ok(()) => play.recovered(),
                Err(error) => play.failed_to_open(&error),
            }
            play.trace.mark("a crash while starting");
            play.stop();
        }
    }
}

impl Play {
    /// Something stops working, or works again.
    fn break_things(&mut self) {
        let one_in = self.settings.files_fail_one_in;
        if one_in > 0 && self.dice.one_in(one_in) {
            match self.dice.below(6) {
                0 => self.files.fail_nth(1 + self.dice.below(10), Fault::Error),
                1 => self.files.fail_nth(1 + self.dice.below(10), Fault::Full),
                2 | 3 => {
                    let capacity = self.files.used() + self.dice.below(2_000);
                    self.files.set_capacity(Some(capacity));
                    self.line(|line| write!(line, "the journal's disk is limited to {capacity}"));
                }
                _ => self.files.set_capacity(None),
            }
        }
        if self.settings.store_fails_one_in > 0 && self.dice.one_in(50) {
            let is_full = self.dice.one_in(3);
            self.store.set_full(is_full);
            self.line(|line| write!(line, "store full: {is_full}"));
        }
    }

    /// The dataset ends without a word: the process is killed, or the power goes.
    fn stop(&mut self) {
        self.is_quiet = true;
        let power = self.dice.below(3) > 0;
        if let Some(dataset) = self.dataset.take() {
            let journal = dataset.journal();
            let (durable, written) = (journal.durable(), journal.written());
            self.history.crashed(durable.0, written.0, journal.last().0);
        }
        self.saver = None;
        self.loads.clear();
        self.paged.clear();
        self.store.witness().stopped();
        (self.is_expiring, self.is_truncating) = (false, false);
        self.clients = (0..self.settings.clients).map(Client::new).collect();
        if power {
            self.files.crash();
            self.history.power_cut();
        }
        let medium = self.store.medium();
        let (unsynced, kept) = (medium.unsynced(), self.dice.index(medium.unsynced() + 1));
        medium.crash(kept);
        self.files.heal();
        self.files.set_capacity(None);
        self.line(|line| write!(line, "stop power={power} store keeps {kept} of {unsynced}"));
    }

    fn open(&mut self) -> Result<(), DatasetError> {
        let env = Env {
            files: Arc::new(self.files.clone()),
            clock: self.clock.clone(),
            random: Arc::new(SeededRandom::new(self.dice.below(u64::MAX))),
        };
        let store: Arc<dyn Store> = self.store.clone();
        let (dataset, opened) = Dataset::open(env, store, &self.settings.dataset)?;
        let (records, torn) = (opened.records, opened.torn_tail.is_some());
        self.line(|line| write!(line, "open: {records} records, torn={torn}"));
        if torn {
            self.trace.mark("the journal's end was torn");
        }
        assert_eq!(opened.corruption, None, "no power cut damages what was synced");
        self.saver = Some(dataset.saver()?);
        self.dataset = Some(Arc::new(dataset));
        Ok(())
    }

    fn failed_to_open(&mut self, error: &DatasetError) {
        self.line(|line| write!(line, "open: {error}"));
        let is_excused = match error {
            DatasetError::Store(_) | DatasetError::Load(_) => true,
            DatasetError::Journal(error) => {
                matches!(error, JournalError::Io { .. } | JournalError::Full { .. })
                    || matches!(error, JournalError::Failed)
            }
            DatasetError::Format { .. }
            | DatasetError::Effect { .. }
            | DatasetError::Malformed { .. } => false,
        };
        assert!(is_excused, "a power cut keeps the dataset from opening: {error}");
    }

    /// The state is that of a prefix of the journal: the one that is there now.
    fn recovered(&mut self) {
        let last = self.dataset().journal().last().0;
        let now = self.dataset().moment().unix;
        if self.history.recover(last, now) {
            self.trace.mark("a crash lost what was not synced");
        }
        let dataset = self.dataset();
        let spaces = dataset.keyspace().spaces();
        let (mapping, dead) = (spaces.mapping(), spaces.dead());
        self.line(|line| write!(line, "recovered up to {last}: {mapping:?} dead {dead:?}"));
        self.store.fail_one_in(self.settings.store_fails_one_in);
        self.is_quiet = false;
    }
}
