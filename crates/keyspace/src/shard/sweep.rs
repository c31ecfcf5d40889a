//! Going through large hashes for fields whose time has come, a few pages at a time.
//!
//! A hash knows a time before which none of its fields expires, not which field is the first. When
//! that time has come all of it is looked at, in the order of a scan: what is there throughout is
//! met. What is put meanwhile is noted. At the end it is known when the next field expires.

use std::cell::RefCell;

use hadal_value::collection::map::MapRef;
use hadal_value::tree::PageId;

use super::{Resident, Shard, Wanted, stored_as};
use crate::slab::SlotId;
use crate::{Millis, UnixMillis};

/// Fields looked at in one step: their removal takes a shard's lock for about half a millisecond.
const FIELDS_PER_STEP: u64 = 256;
/// How long a hash is left alone of which a page could not be read.
const FAILED_DELAY_MS: Millis = 60_000;

/// The hash that is being gone through, and those that cannot be.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    current: Option<Sweep>,
    /// Generations, each with when it is tried again.
    failed: Vec<(u64, Millis)>,
}

/// How far a hash has been gone through.
#[derive(Clone, Copy, Debug)]
struct Sweep {
    /// Of its pages: no other hash has or had the same, wherever its root is in memory.
    generation: u64,
    /// Where the scan goes on.
    position: u64,
    /// The soonest expiry of the fields that have been passed, and of those put since the start.
    soonest: Option<UnixMillis>,
}

/// One step through a hash: taken once [`Shard::sweep_on`] is told that its fields are gone.
#[derive(Debug)]
pub(crate) struct SweepStep {
    pub(crate) id: SlotId,
    /// Fields whose time has come; or pages that must be in memory first.
    pub(crate) found: Result<Vec<Box<[u8]>>, Vec<PageId>>,
    after: Sweep,
}

impl Shard {
    /// Looks at the next fields of a large hash in memory, one of which may be due.
    pub(crate) fn sweep(&self, now: UnixMillis, now_s: u16) -> Option<SweepStep> {
        let generation = |id: &SlotId| stored_as(self.view(*id).content).generation();
        let has_failed = |generation| self.sweeps.failed.iter().any(|(it, _)| *it == generation);
        let is_large = |id: &SlotId| {
            self.is_resident(*id) && generation(id) != 0 && !has_failed(generation(id))
        };
        let due = || self.field_expiries.due(now).filter(is_large);
        let current = self.sweeps.current;
        let going_on = |id: &SlotId| current.filter(|sweep| sweep.generation == generation(id));
        let begin = |id| (id, Sweep { generation: generation(&id), position: 0, soonest: None });
        let in_middle = due().find_map(|id| Some((id, going_on(&id)?)));
        let (id, sweep) = in_middle.or_else(|| due().next().map(begin))?;
        self.touch(id, now_s);
        let notes = RefCell::default();
        let pages = Resident { shard: self, now_s, wanted: Wanted::of_nobody(&notes) };
        let payload = self.view(id).content.map_or(&[][..], |content| content.payload);
        let (mut names, mut after) = (Vec::new(), sweep);
        let map = MapRef::new(payload, &pages, self.seed);
        let scanned = map.scan(sweep.position, FIELDS_PER_STEP, &mut |entry| match entry.expiry {
            Some(at) if at <= now => names.push(entry.key.into()),
            Some(at) => after.note(at),
            None => {}
        });
        let found = match scanned {
            Ok(position) => {
                after.position = position;
                Ok(names)
            }
            Err(_) => Err(notes.take().into_iter().filter_map(|missing| missing.page).collect()),
        };
        Some(SweepStep { id, found, after })
    }

    /// The due fields of a step are gone. At the end of the hash: when its next field expires.
    pub(crate) fn sweep_on(&mut self, step: &SweepStep) -> Option<UnixMillis> {
        let is_over = step.after.position == 0;
        self.sweeps.current = Some(step.after).filter(|_| !is_over);
        is_over.then(|| step.after.soonest.unwrap_or(UnixMillis::MAX))
    }

    /// A field of the hash at `id` expires then.
    pub(super) fn note_swept(&mut self, id: SlotId, at: UnixMillis) {
        if self.sweeps.current.is_none() {
            return;
        }
        let generation = stored_as(self.view(id).content).generation();
        let current = self.sweeps.current.as_mut();
        if let Some(sweep) = current.filter(|sweep| sweep.generation == generation) {
            sweep.note(at);
        }
    }

    /// A page of this generation could not be read.
    pub(crate) fn sweep_failed(&mut self, generation: u64, now: Millis) {
        self.sweeps.failed.push((generation, now + FAILED_DELAY_MS));
    }

    /// Lets those be gone through again whose pages may be readable by now.
    pub(crate) fn retry_sweeps(&mut self, now: Millis) {
        self.sweeps.failed.retain(|(_, at)| *at > now);
    }
}

impl Sweep {
    fn note(&mut self, at: UnixMillis) {
        self.soonest = Some(self.soonest.map_or(at, |soonest| soonest.min(at)));
    }
}
