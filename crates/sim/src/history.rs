//! What was promised to whom: the model after every journal record, and who depends on which.

use std::collections::{BTreeMap, VecDeque};

use hadal_keyspace::{Change, Effect, Effects, Spaces};

use crate::model::Model;
use crate::op::{Key, name};

/// The states that a crash may lead back to, and what clients have seen of them.
#[derive(Debug)]
pub(crate) struct History {
    /// The model now.
    pub(crate) model: Model,
    /// The model after records, by LSN; the first is durable.
    after: VecDeque<(u64, Model)>,
    /// The last record that changed a key, by space and key.
    touched: BTreeMap<(u32, Vec<u8>), u64>,
    /// The last record that moved a database.
    moved: u64,
    /// Keys changed since someone last asked.
    recent: Vec<(u32, Vec<u8>)>,
    has_moved: bool,
    /// After a crash, until the next start.
    crashed: Option<Crashed>,
    names: BTreeMap<Vec<u8>, Key>,
}

/// What may be left of the journal.
#[derive(Clone, Copy, Debug)]
struct Crashed {
    durable: u64,
    /// What must be left.
    kept: u64,
    last: u64,
}

impl History {
    pub(crate) fn new(model: Model, keys: u8) -> Self {
        Self {
            after: VecDeque::from([(0, model.clone())]),
            model,
            touched: BTreeMap::new(),
            moved: 0,
            recent: Vec::new(),
            has_moved: false,
            crashed: None,
            names: (0..keys).map(|key| (name(key), key)).collect(),
        }
    }

    /// Takes a record: the model is already as its call left it. Returns the keys that it changed,
    /// and whether it moved databases.
    pub(crate) fn record(
        &mut self,
        lsn: u64,
        effects: &[u8],
        spaces: &Spaces,
        now: u64,
    ) -> (Vec<(u32, Vec<u8>)>, bool) {
        let (mut changed, mut has_moved) = (Vec::new(), false);
        for effect in Effects::of(effects) {
            match effect.expect("the effects were encoded by the keyspace") {
                Effect::Map { .. } => (self.moved, has_moved) = (lsn, true),
                Effect::Key { space, key, change } => {
                    if change == Change::Delete {
                        let db = (0..spaces.count()).find(|db| spaces.of(*db) == space);
                        let key = self.names[key];
                        _ = db.map(|db| self.model.deleted_expired(db, key, now));
                    }
                    self.touched.insert((space, key.to_vec()), lsn);
                    changed.push((space, key.to_vec()));
                }
            }
        }
        self.recent.extend_from_slice(&changed);
        self.has_moved |= has_moved;
        self.after.push_back((lsn, self.model.clone()));
        (changed, has_moved)
    }

    /// The record that must be durable before a client may hear of these keys.
    pub(crate) fn depends(&self, keys: impl Iterator<Item = (u32, Vec<u8>)>) -> u64 {
        let touched = keys.filter_map(|at| self.touched.get(&at).copied());
        touched.max().unwrap_or(0).max(self.moved)
    }

    /// Forgets states that no crash can lead back to.
    pub(crate) fn durable(&mut self, lsn: u64) {
        while self.after.get(1).is_some_and(|(next, _)| *next <= lsn) {
            self.after.pop_front();
        }
    }

    /// Notes the end of a process: nothing up to `written` may be lost while there is power, and
    /// nothing up to `durable` ever. `last` is the newest record there was.
    pub(crate) fn crashed(&mut self, durable: u64, written: u64, last: u64) {
        self.crashed = Some(Crashed { durable, kept: written, last });
    }

    /// Notes that the power went, then or before the next start.
    pub(crate) fn power_cut(&mut self) {
        self.crashed.iter_mut().for_each(|crashed| crashed.kept = crashed.durable);
    }

    /// Whether there has been a crash, and no start since.
    pub(crate) fn is_recovering(&self) -> bool {
        self.crashed.is_some()
    }

    /// After a start: what is there is the state after the record `last`. Returns whether records
    /// were lost.
    pub(crate) fn recover(&mut self, last: u64, now: u64) -> bool {
        let Some(Crashed { kept, last: newest, .. }) = self.crashed.take() else { return false };
        assert!(kept <= last, "record {kept} was durable, {last} is the last that is left");
        assert!(last <= newest, "record {last} was never written, {newest} was the last");
        while self.after.len() > 1 && self.after.back().is_some_and(|(lsn, _)| *lsn > last) {
            self.after.pop_back();
        }
        self.model = self.after.back().expect("never empty").1.clone();
        self.model.may_have_expired(now);
        self.after = VecDeque::from([(last, self.model.clone())]);
        self.touched.clear();
        self.moved = 0;
        last < newest
    }

    /// Starts to note which keys change.
    pub(crate) fn watch_changes(&mut self) {
        self.recent.clear();
        self.has_moved = false;
    }

    /// A key has changed, and no record tells when.
    pub(crate) fn note_change(&mut self, space: u32, key: Key) {
        self.recent.push((space, name(key)));
    }

    /// Whether the key has changed since.
    pub(crate) fn has_changed(&self, space: u32, key: Key) -> bool {
        self.recent.iter().any(|(of, changed)| *of == space && *changed == name(key))
    }

    /// Whether any key or database has changed since.
    pub(crate) fn has_anything_changed(&self) -> bool {
        self.has_moved || !self.recent.is_empty()
    }

    /// Whether a database has moved since.
    pub(crate) fn has_moved(&self) -> bool {
        self.has_moved
    }
}
