//! Any store, failing on demand: what is above a store must stay right when the medium does not.
//!
//! A call that fails has not reached the store inside: nothing was read, nothing was changed.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::{Batch, Entries, Snapshot, Stats, Store, StoreError};

/// A kind of call that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// [`Store::get`], and each key of [`Store::multi_get`].
    Get,
    /// [`Store::may_contain`]; failing means answering that there may be something.
    MayContain,
    /// [`Store::apply`].
    Apply,
    /// [`Store::delete_range`].
    DeleteRange,
    /// [`Snapshot::get`].
    SnapshotGet,
    /// Each entry of a [`Snapshot::scan`]; the scan ends with the error.
    Scan,
    /// [`Store::sync`].
    Sync,
    /// [`Store::checkpoint`].
    Checkpoint,
}

/// A call about to be made, as a rule given to [`FaultyStore::fail_when`] sees it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Its kind.
    pub call: Call,
    /// The key asked for, or the start of the range; empty where there is none.
    pub key: &'a [u8],
    /// How many calls of any kind there have been, this one included.
    pub nth: u64,
    /// How many calls of this kind there have been, this one included.
    pub nth_of_kind: u64,
}

type Rule = Box<dyn FnMut(Attempt<'_>) -> Option<StoreError> + Send>;

/// A store that fails when told to. Clones share the store inside and its faults.
pub struct FaultyStore<S> {
    inner: S,
    faults: Arc<Mutex<Faults>>,
}

#[derive(Default)]
struct Faults {
    rules: Vec<Rule>,
    full: bool,
    calls: u64,
    calls_of_kind: Vec<(Call, u64)>,
    failed: u64,
}

impl<S: Store> FaultyStore<S> {
    /// A store that does not fail yet.
    pub fn new(inner: S) -> Self {
        Self { inner, faults: Arc::default() }
    }

    /// Fails calls for which `rule` returns an error. Several rules may hold; the first one counts.
    pub fn fail_when(&self, rule: impl FnMut(Attempt<'_>) -> Option<StoreError> + Send + 'static) {
        self.faults.lock().rules.push(Box::new(rule));
    }

    /// Fails the `nth` call of that kind from now on, 1 being the next one, once.
    pub fn fail_nth(&self, call: Call, nth: u64, error: StoreError) {
        let target = self.calls(call) + nth;
        self.fail_when(move |attempt| {
            (attempt.call == call && attempt.nth_of_kind == target).then(|| error.clone())
        });
    }

    /// Fails the `nth` call of any kind from now on, 1 being the next one, once.
    ///
    /// With n = 1, 2, 3 … until a run no longer fails, every call of it has failed once.
    pub fn fail_nth_call(&self, nth: u64, error: StoreError) {
        let target = self.faults.lock().calls + nth;
        self.fail_when(move |attempt| (attempt.nth == target).then(|| error.clone()));
    }

    /// From now on there is no room, or there is room again: [`Call::Apply`], [`Call::DeleteRange`],
    /// [`Call::Sync`] and [`Call::Checkpoint`] fail as [`StoreError::Full`], reads go on.
    pub fn set_full(&self, full: bool) {
        self.faults.lock().full = full;
    }

    /// Ends all faults.
    pub fn heal(&self) {
        let mut faults = self.faults.lock();
        faults.rules.clear();
        faults.full = false;
    }

    /// How many calls of that kind were made, failed ones included.
    pub fn calls(&self, call: Call) -> u64 {
        self.faults.lock().count(call)
    }

    /// How many calls failed.
    pub fn failed(&self) -> u64 {
        self.faults.lock().failed
    }

    /// The store inside, which never fails.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn attempt(&self, call: Call, key: &[u8]) -> Result<(), StoreError> {
        self.faults.lock().attempt(call, key)
    }
}

impl Faults {
    fn attempt(&mut self, call: Call, key: &[u8]) -> Result<(), StoreError> {
        self.calls += 1;
        match self.calls_of_kind.iter_mut().find(|(kind, _)| *kind == call) {
            Some((_, count)) => *count += 1,
            None => self.calls_of_kind.push((call, 1)),
        }
        let attempt = Attempt { call, key, nth: self.calls, nth_of_kind: self.count(call) };
        let broken = self.rules.iter_mut().find_map(|rule| rule(attempt));
        match broken.or_else(|| self.no_room(call)) {
            Some(error) => {
                self.failed += 1;
                Err(error)
            }
            None => Ok(()),
        }
    }

    fn count(&self, call: Call) -> u64 {
        let known = self.calls_of_kind.iter().find(|(kind, _)| *kind == call);
        known.map_or(0, |(_, count)| *count)
    }

    fn no_room(&self, call: Call) -> Option<StoreError> {
        let needs_room =
            matches!(call, Call::Apply | Call::DeleteRange | Call::Sync | Call::Checkpoint);
        (self.full && needs_room).then(|| StoreError::Full { reason: "no room left".to_owned() })
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.attempt(Call::Get, key)?;
        self.inner.get(key)
    }

    fn may_contain(&self, key: &[u8]) -> bool {
        self.attempt(Call::MayContain, key).is_err() || self.inner.may_contain(key)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        self.attempt(Call::Apply, &[])?;
        self.inner.apply(batch)
    }

    fn delete_range(&self, range: Range<&[u8]>) -> Result<(), StoreError> {
        self.attempt(Call::DeleteRange, range.start)?;
        self.inner.delete_range(range)
    }

    fn snapshot(&self) -> Box<dyn Snapshot> {
        let faults = Arc::clone(&self.faults);
        Box::new(FaultySnapshot { inner: self.inner.snapshot(), faults })
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.attempt(Call::Sync, &[])?;
        self.inner.sync()
    }

    fn checkpoint(&self, dir: &Path) -> Result<(), StoreError> {
        self.attempt(Call::Checkpoint, &[])?;
        self.inner.checkpoint(dir)
    }

    fn rate_max(&self) -> Option<u64> {
        self.inner.rate_max()
    }

    fn stats(&self) -> Stats {
        self.inner.stats()
    }
}

struct FaultySnapshot {
    inner: Box<dyn Snapshot>,
    faults: Arc<Mutex<Faults>>,
}

impl Snapshot for FaultySnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.faults.lock().attempt(Call::SnapshotGet, key)?;
        self.inner.get(key)
    }

    fn scan(&self, range: Range<&[u8]>) -> Entries<'_> {
        let start = range.start.to_vec();
        let mut failed = false;
        let mut entries = self.inner.scan(range);
        Box::new(std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let attempt = self.faults.lock().attempt(Call::Scan, &start);
            failed = attempt.is_err();
            match attempt {
                Ok(()) => entries.next(),
                Err(error) => Some(Err(error)),
            }
        }))
    }
}

impl<S: Clone> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), faults: Arc::clone(&self.faults) }
    }
}

impl<S: fmt::Debug> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}
