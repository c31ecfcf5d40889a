//! Memory is one number: the cache gets what everything else in the process leaves of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hadal_keyspace::Keyspace;
use parking_lot::Mutex;
use tikv_jemalloc_ctl::{Access, AsName, arenas, epoch, stats};

/// The part of the limit that is left free at a look, for what comes and goes until the next.
const SPARE_SHARE: usize = 16;
/// It is never less than this, as bursts are not smaller where the limit is; but for limits so
/// small that it would be more than a quarter.
const SPARE_BYTES_MIN: usize = 16 << 20;
/// The cache never gets less than this, however much the rest takes: it could not work.
const CACHE_BYTES_MIN: usize = 4 << 20;

/// Time from one look to the next, where memory is nearly full: a burst fills it in fifty.
const LOOK_MILLIS_MIN: usize = 10;
/// And where it is not. A look costs as much as a hundred commands.
const LOOK_MILLIS_MAX: usize = 1_000;
/// What clients, and all that works for them, can bring in a millisecond at most.
const FILL_BYTES_PER_MILLI: usize = 4 << 20;

/// Of the limit, what the filter of stored keys may take: one in so many.
const PRESENCE_SHARE: usize = 10;

/// How the memory limit is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Resident bytes of the whole process, at most.
    pub total_bytes: usize,
}

impl Budget {
    /// What the store may use: blocks, indexes, filters and tables not yet written.
    pub fn store_bytes(self) -> usize {
        (self.total_bytes / 4).clamp(16 << 20, 4 << 30)
    }

    /// What changes may owe the store before writers wait.
    pub fn owed_bytes(self) -> usize {
        (self.total_bytes / 6).clamp(1 << 20, 4 << 30)
    }

    /// What is planned with: some is left for what comes and goes.
    fn planned_bytes(self) -> usize {
        self.total_bytes - self.spare_bytes()
    }

    fn spare_bytes(self) -> usize {
        (self.total_bytes / SPARE_SHARE).max(SPARE_BYTES_MIN).min(self.total_bytes / 4)
    }

    /// What the cache starts with, before anything is measured.
    pub fn cache_bytes(self) -> usize {
        let rest = self.store_bytes() + self.store_bytes() / 8 + (24 << 20);
        self.total_bytes.saturating_sub(rest).max(CACHE_BYTES_MIN)
    }
}

/// What the process takes, as the allocator and the system see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a number of bytes says so")]
pub(super) struct Taken {
    /// Resident, of all kinds.
    pub(super) resident_bytes: usize,
    /// Pages with allocations in them, and what is resident beside the heap.
    pub(super) active_bytes: usize,
    /// Asked for and not given back.
    pub(super) allocated_bytes: usize,
}

/// Keeps the process within its limit.
#[derive(Debug)]
pub(super) struct Governor {
    budget: Mutex<Budget>,
    peak_bytes: AtomicUsize,
}

impl Governor {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget: Mutex::new(budget), peak_bytes: AtomicUsize::new(0) }
    }

    pub(super) fn budget(&self) -> Budget {
        *self.budget.lock()
    }

    pub(super) fn set_budget(&self, budget: Budget) {
        *self.budget.lock() = budget;
    }

    /// Gives the cache its share before anything has been measured.
    pub(super) fn apply(&self, keyspace: &Keyspace) {
        let budget = self.budget();
        keyspace.set_limits(budget.cache_bytes(), budget.owed_bytes());
        keyspace.presence().set_bytes_max(budget.total_bytes / PRESENCE_SHARE);
    }

    /// Measures, gives the cache what is left, and evicts what is too much. Returns how long this
    /// will do.
    pub(super) fn look(&self, keyspace: &Keyspace) -> Duration {
        let budget = self.budget();
        let taken = measure();
        self.peak_bytes.fetch_max(taken.resident_bytes, Ordering::Relaxed);
        let cache = keyspace.bytes();
        // Unused pages on their way back to the system count half: eviction makes them.
        let unused = taken.resident_bytes.saturating_sub(taken.active_bytes) / 2;
        let rest = (taken.active_bytes + unused).saturating_sub(cache);
        let share = budget.planned_bytes().saturating_sub(rest).max(CACHE_BYTES_MIN);
        keyspace.set_limits(share, budget.owed_bytes());
        let over = cache.saturating_sub(share);
        if over > 0 {
            keyspace.evict(over);
        }
        if taken.resident_bytes > budget.planned_bytes() + budget.spare_bytes() / 2 {
            // What the allocator keeps for a moment is too much now.
            purge();
        }
        until_next(share.saturating_sub(cache))
    }

    /// The most that was ever resident at a look.
    pub(super) fn peak_bytes(&self) -> usize {
        self.peak_bytes.load(Ordering::Relaxed)
    }
}

/// When to look again, with so many bytes free now: before they can be full.
fn until_next(free_bytes: usize) -> Duration {
    let millis = (free_bytes / FILL_BYTES_PER_MILLI).clamp(LOOK_MILLIS_MIN, LOOK_MILLIS_MAX);
    Duration::from_millis(millis as u64)
}

/// Asks the allocator and the system.
pub(super) fn measure() -> Taken {
    // A stale answer is better than none: the next look is near.
    _ = epoch::advance();
    let heap_resident = stats::resident::read().unwrap_or(0);
    let active = stats::active::read().unwrap_or(0) + stats::metadata::read().unwrap_or(0);
    let allocated_bytes = stats::allocated::read().unwrap_or(0);
    let resident_bytes = resident().unwrap_or(heap_resident);
    let beside = resident_bytes.saturating_sub(heap_resident);
    Taken { resident_bytes, active_bytes: active + beside, allocated_bytes }
}

fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size())
}

/// Gives unused pages back to the system: setting how long they may stay to nothing has them
/// given back at once.
pub(crate) fn purge() {
    for arena in 0..arenas::narenas::read().unwrap_or(0) {
        for kind in ["dirty", "muzzy"] {
            let name = format!("arena.{arena}.{kind}_decay_ms\0");
            let name = name.as_str().name();
            let Ok(decay_ms) = Access::<isize>::read(name) else { continue };
            if Access::<isize>::write(name, 0).is_ok() {
                // It could be set a moment ago.
                _ = Access::<isize>::write(name, decay_ms);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_memory_is_free_the_sooner_it_is_looked_at_again() {
        let looks = [0, 200 << 20, 8 << 30].map(until_next);
        assert_eq!(looks, [10, 50, 1_000].map(Duration::from_millis));
    }
}
