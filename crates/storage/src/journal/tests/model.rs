//! Random use, random trouble, and a plain map to compare with.

use std::collections::BTreeMap;

use super::*;
use crate::env::Random;
use crate::journal::Refusal;
use crate::memfiles::{Fault, Operation};

struct World {
    files: MemFiles,
    random: SeededRandom,
    options: Options,
    journal: Option<Journal>,
    /// Whether reopening meets trouble as well.
    is_rough: bool,
    /// What was appended and may still come back.
    model: BTreeMap<u64, Vec<u8>>,
    /// The highest LSN that any journal called written, and durable.
    written: u64,
    durable: u64,
    /// Everything below may be gone.
    truncated: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let files = MemFiles::new(seed);
        let random = SeededRandom::new(!seed);
        let options = Options {
            segment_bytes: 256 + random.below(4) * 700,
            reserve_bytes: random.below(300),
            ..Options::default()
        };
        let model = BTreeMap::new();
        let mut world = World {
            files,
            random,
            options,
            journal: None,
            is_rough: true,
            model,
            written: 0,
            durable: 0,
            truncated: 1,
        };
        world.reopen();
        world
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..50 => self.append(),
            50..65 => self.write(false),
            65..80 => self.write(true),
            80..86 => self.truncate(),
            86..88 => self.files.set_capacity(Some(self.files.used() + self.random.below(2000))),
            88..91 => self.files.set_capacity(None),
            91..93 => self.files.fail_nth(1 + self.random.below(8), self.fault()),
            93..95 => self.restart(),
            95..98 => self.lose_power(),
            _ => self.journal().close(),
        }
        self.look();
    }

    fn fault(&self) -> Fault {
        match self.random.below(3) {
            0 => Fault::Error,
            1 => Fault::Full,
            _ => Fault::PowerOff,
        }
    }

    fn journal(&self) -> &Journal {
        self.journal.as_ref().expect("it is only closed while it is being reopened")
    }

    fn append(&mut self) {
        if self.journal().accepts().is_err() && self.random.below(4) > 0 {
            return;
        }
        let len = match self.random.below(10) {
            0..7 => self.random.below(60),
            7..9 => self.random.below(600),
            _ => self.random.below(4000),
        };
        let record: Vec<u8> = (0..len).map(|_| self.random.next_u64() as u8).collect();
        let lsn = self.journal().append(&record);
        assert!(self.model.insert(lsn.0, record).is_none(), "{lsn} was given out before");
        assert_eq!(self.model.last_key_value().map(|(lsn, _)| *lsn), Some(lsn.0));
    }

    fn write(&mut self, sync: bool) {
        let last = self.journal().last();
        if let Ok(progress) = self.journal().write(sync) {
            assert_eq!(progress.written, last);
            assert!(!sync || progress.durable == last);
            assert_eq!(self.journal().pending_bytes(), 0);
        }
    }

    fn truncate(&mut self) {
        let before = self.random.below(self.durable + 2);
        self.truncated = self.truncated.max(before);
        let _ = self.journal().truncate(Lsn(before));
    }

    /// What the journal says, as its callers see it.
    fn look(&mut self) {
        let journal = self.journal();
        let (durable, written, last) = (journal.durable().0, journal.written().0, journal.last().0);
        assert!(self.durable <= durable && durable <= written && written <= last);
        (self.durable, self.written) = (durable, written);
    }

    /// The process ends and starts again.
    fn restart(&mut self) {
        self.journal = None;
        self.reopen();
    }

    fn lose_power(&mut self) {
        self.journal = None;
        self.files.crash();
        self.written = self.durable;
        self.reopen();
    }

    /// Opens the journal, in spite of failures and power cuts on the way, and compares.
    fn reopen(&mut self) {
        let (journal, recovered) = loop {
            if self.is_rough && self.random.below(2) == 0 {
                self.files.fail_nth(1 + self.random.below(40), self.fault());
            }
            match try_open(&self.files, &self.options) {
                Ok(opened) => break opened,
                Err(JournalError::Io { .. }) => {}
                Err(error) => panic!("it must open: {error}"),
            }
            self.files.heal();
            if self.random.below(2) == 0 {
                self.files.crash();
                self.written = self.durable;
            }
        };
        // What is returned counts as durable, whatever comes now.
        self.files.heal();
        if recovered_is_readable(&self.files) {
            self.compare(&journal, &recovered);
            self.journal = Some(journal);
        } else {
            drop(journal);
            self.files.crash();
            self.written = self.durable;
            self.reopen();
        }
    }

    fn compare(&mut self, journal: &Journal, recovered: &Recovered) {
        let records = records(recovered);
        let last = records.last().map_or(journal.last().0, |(lsn, _)| *lsn);
        assert_eq!(journal.last().0, last);
        assert!(last >= self.written, "{last} came back of {} written", self.written);
        let first = records.first().map_or(last + 1, |(lsn, _)| *lsn);
        assert!(first <= self.truncated, "{first} comes first, {} were truncated", self.truncated);
        for (lsn, (found, bytes)) in (first..).zip(&records) {
            assert_eq!((lsn, self.model.get(&lsn)), (*found, Some(bytes)));
        }
        self.model.split_off(&(last + 1));
        (self.written, self.durable) = (last, last);
    }

    /// Once the trouble ends, everything owed arrives, unaided or after a restart.
    fn drain(&mut self) {
        self.is_rough = false;
        self.files.heal();
        self.files.set_capacity(None);
        if !recovered_is_readable(&self.files) {
            self.lose_power();
        }
        let mut result = self.journal().write(true);
        if self.journal().accepts() == Err(Refusal::Failed) {
            self.restart();
            result = self.journal().write(true);
        }
        result.unwrap();
        assert_eq!(self.journal().accepts(), Ok(()));
        assert_eq!(self.journal().durable(), self.journal().last());
        self.look();
        self.lose_power();
        let last = self.journal().last();
        self.journal().truncate(last.next()).unwrap();
        assert_eq!(segments(&self.files).len(), 1);
    }
}

/// Whether the power is on.
fn recovered_is_readable(files: &MemFiles) -> bool {
    crate::env::Files::list(files, Path::new(DIR)).is_ok()
}

#[test]
fn nothing_synced_is_lost_and_what_comes_back_is_a_run_of_what_was_appended() {
    for seed in 0..400 {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        world.drain();
    }
}

#[test]
fn the_same_seed_leaves_the_same_bytes() {
    let run = |seed| {
        let mut world = World::new(seed);
        for _ in 0..200 {
            world.step();
        }
        let bytes: Vec<_> =
            world.files.paths().iter().map(|path| world.files.contents(path)).collect();
        (world.files.calls(), bytes)
    };
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}

/// Failing syncs only, power cuts only afterwards: the case in which reading back what was
/// written says nothing about the medium.
#[test]
fn what_a_failed_sync_left_in_memory_is_durable_once_it_was_recovered() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..20 {
            world.append();
            world.write(false);
            world.look();
        }
        world.files.fail_all(Operation::Sync, Some(Fault::Error));
        world.journal().write(true).unwrap_err();
        world.files.heal();
        world.restart();
        world.lose_power();
    }
}
