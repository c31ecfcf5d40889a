//! What is being saved in the background, and how it went the last time.

use std::sync::Arc;

use parking_lot::Mutex;

/// What may run in the background; of each, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// SAVE, BGSAVE.
    Snapshot,
    /// BGREWRITEAOF.
    Truncation,
}

/// How one kind of work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Since when it has been running, in Unix milliseconds.
    pub(crate) running_since: Option<u64>,
    /// How long the last one took.
    pub(crate) last_seconds: Option<u64>,
    /// Whether the last one succeeded; true before there was one.
    pub(crate) last_ok: bool,
    /// How many were begun.
    pub(crate) count: u64,
}

const IDLE: Status = Status { running_since: None, last_seconds: None, last_ok: true, count: 0 };

/// The state of both kinds.
#[derive(Debug)]
pub(crate) struct Saving {
    statuses: Mutex<[Status; 2]>,
}

/// Work that is running. Dropping it without [`end`](Running::end) counts as a failure.
#[derive(Debug)]
pub(crate) struct Running {
    saving: Arc<Saving>,
    work: Work,
}

impl Default for Saving {
    fn default() -> Self {
        Self { statuses: Mutex::new([IDLE; 2]) }
    }
}

impl Saving {
    /// `None` if work of this kind is running already.
    pub(crate) fn begin(self: &Arc<Self>, work: Work, now: u64) -> Option<Running> {
        let status = &mut self.statuses.lock()[work as usize];
        if status.running_since.is_some() {
            return None;
        }
        status.running_since = Some(now);
        status.count += 1;
        Some(Running { saving: Arc::clone(self), work })
    }

    pub(crate) fn status(&self, work: Work) -> Status {
        self.statuses.lock()[work as usize]
    }
}

impl Running {
    /// The work is done, at `now`.
    pub(crate) fn end(self, ok: bool, now: u64) {
        let status = &mut self.saving.statuses.lock()[self.work as usize];
        let since = status.running_since.take().unwrap_or(now);
        status.last_seconds = Some(now.saturating_sub(since) / 1_000);
        status.last_ok = ok;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let status = &mut self.saving.statuses.lock()[self.work as usize];
        if status.running_since.take().is_some() {
            status.last_ok = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_snapshot_is_written_at_a_time() {
        let saving = Arc::new(Saving::default());
        let running = saving.begin(Work::Snapshot, 1_000).expect("nothing is running");
        assert!(saving.begin(Work::Snapshot, 1_500).is_none());
        assert!(saving.begin(Work::Truncation, 1_500).is_some());
        assert_eq!(saving.status(Work::Snapshot).running_since, Some(1_000));
        running.end(true, 4_000);
        let expected =
            Status { running_since: None, last_seconds: Some(3), last_ok: true, count: 1 };
        assert_eq!(saving.status(Work::Snapshot), expected);
        assert!(saving.begin(Work::Snapshot, 5_000).is_some());
    }

    #[test]
    fn work_that_just_stops_has_failed() {
        let saving = Arc::new(Saving::default());
        drop(saving.begin(Work::Snapshot, 0));
        let status = saving.status(Work::Snapshot);
        assert!(!status.last_ok);
        assert_eq!(status.running_since, None);
    }
}
