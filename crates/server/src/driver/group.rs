//! Several commands of a pipeline under one set of locks, as one record of the journal.
//!
//! Their entries are looked up together, so that the delays of memory and of disk overlap; what
//! is not in memory starts to load at once. A command that must wait ends the group, and so does
//! one that makes a key ready for those in its line.

use std::sync::atomic::Ordering;

use hadal_command::Access;
use hadal_keyspace::{Committed, Moment, Txn};
use hadal_resp::Writer;
use smallvec::SmallVec;

use super::calls::{NOTHING, Unmet};
use super::{Call, Driver, Pins, Ran};

/// Commands that run one after the other, on one database.
#[derive(Debug)]
pub struct Group<'a> {
    driver: &'a Driver,
    txn: Txn<'a>,
    may_write: bool,
    /// Keys of the calls that have run.
    asked: u64,
}

impl Driver {
    /// Locks the keys of several calls, looks them up, and starts the loads of those that are not
    /// in memory. `pins` keeps what is being loaded until it is released.
    pub fn group<'a>(
        &'a self,
        db: u32,
        keys: &[(&'a [u8], Access)],
        now: Moment,
        effects: &'a mut Vec<u8>,
        pins: &mut Pins,
    ) -> Group<'a> {
        let names = keys.iter().map(|(key, _)| *key);
        let mut absent: SmallVec<[&[u8]; 16]> = SmallVec::new();
        let mut txn = self.begin(db, &names, now, effects);
        txn.look_up(|number| match keys[number] {
            (_, Access::Replace) => {}
            (key, _) => absent.push(key),
        });
        if !absent.is_empty() {
            let effects = txn.release();
            for key in absent {
                self.start_load(db, key, None, now, pins);
            }
            txn = self.begin(db, &names, now, effects);
            txn.look_up(|_| {});
        }
        if keys.iter().any(|(_, access)| *access != Access::Read) {
            txn.look_up_debts();
        }
        txn.let_block();
        txn.let_stream();
        let may_write = self.dataset.accepts().is_ok() && !self.is_backlogged();
        Group { driver: self, txn, may_write, asked: 0 }
    }

    /// Starts the loads of the pages that elements are in, each given with the number of its key: a
    /// call has just missed one, and those after it should not miss theirs one by one.
    pub fn load_ahead(
        &self,
        db: u32,
        keys: &[&[u8]],
        elements: &[(usize, &[u8])],
        now: Moment,
        pins: &mut Pins,
    ) {
        let mut effects = Vec::new();
        let mut txn = self.begin(db, &keys.iter().copied(), now, &mut effects);
        txn.look_up(|_| {});
        let missing = txn.missing_pages(elements);
        txn.release();
        self.start_loads(&missing, now, pins);
    }
}

impl Group<'_> {
    /// Runs a call of the group, unless it must wait: then it ends the group.
    pub fn run(&mut self, call: &Call<'_>, out: &mut Writer) -> Ran {
        if call.command.spec.writes() && !self.may_write {
            return Ran::Waiting;
        }
        match call.answer(&mut self.txn, out) {
            Ok(()) => {
                call.command.spec.each_key(call.words, &mut |_, _| self.asked += 1);
                // What the reply depends on is known when the group ends.
                Ran::Done(NOTHING)
            }
            Err(Unmet::Miss | Unmet::Held(_)) => Ran::Waiting,
        }
    }

    /// Whether the group must end here: someone in line has to be served before anything else
    /// runs.
    pub fn wakes(&self) -> bool {
        self.txn.wakes()
    }

    /// Ends the group: what it did becomes one record.
    pub fn close(self) -> Committed {
        self.driver.counters.asked.fetch_add(self.asked, Ordering::Relaxed);
        self.driver.commit(self.txn)
    }
}
