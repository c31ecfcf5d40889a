//! Replies that wait for the journal.

use std::sync::atomic::{AtomicU8, Ordering};

use hadal_storage::journal::Journal;
use hadal_value::Lsn;
use tokio::sync::watch;

/// When a reply to a write may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FsyncPolicy {
    /// Once the write survives a loss of power.
    Always,
    /// At once; a loss of power loses about the last second.
    EverySecond,
    /// At once; the system decides when the disk has it.
    No,
}

/// The journal failed: the write may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalRefused;

/// How far the journal is, for those who wait.
#[derive(Debug)]
pub(super) struct Commits {
    policy: AtomicU8,
    reached: watch::Sender<Reached>,
    /// Woken when someone needs a sync before its time.
    hurry: std::sync::atomic::AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct Reached {
    durable: Lsn,
    failed: bool,
}

impl Commits {
    pub(super) fn new(policy: FsyncPolicy, durable: Lsn) -> Self {
        let commits = Self {
            policy: AtomicU8::new(0),
            reached: watch::Sender::new(Reached { durable, failed: false }),
            hurry: std::sync::atomic::AtomicBool::new(false),
        };
        commits.set_policy(policy);
        commits
    }

    pub(super) fn set_policy(&self, policy: FsyncPolicy) {
        let code = match policy {
            FsyncPolicy::Always => 0,
            FsyncPolicy::EverySecond => 1,
            FsyncPolicy::No => 2,
        };
        self.policy.store(code, Ordering::Relaxed);
    }

    pub(super) fn policy(&self) -> FsyncPolicy {
        match self.policy.load(Ordering::Relaxed) {
            0 => FsyncPolicy::Always,
            1 => FsyncPolicy::EverySecond,
            _ => FsyncPolicy::No,
        }
    }

    pub(super) fn is_committed(&self, lsn: Lsn) -> bool {
        lsn == Lsn::NONE
            || self.policy() != FsyncPolicy::Always
            || self.reached.borrow().durable >= lsn
    }

    pub(super) async fn committed(&self, lsn: Lsn) -> Result<(), JournalRefused> {
        if self.is_committed(lsn) {
            return Ok(());
        }
        self.wait(lsn).await
    }

    /// Waits until `lsn` is durable, whatever the policy.
    pub(super) async fn synced(&self, lsn: Lsn, journal: &Journal) -> Result<(), JournalRefused> {
        self.note(Lsn(journal.durable().0), false);
        self.hurry.store(true, Ordering::Release);
        self.wait(lsn).await
    }

    async fn wait(&self, lsn: Lsn) -> Result<(), JournalRefused> {
        let mut reached = self.reached.subscribe();
        let there = reached.wait_for(|reached| reached.failed || reached.durable >= lsn).await;
        match there {
            Ok(reached) if reached.durable >= lsn => Ok(()),
            _ => Err(JournalRefused),
        }
    }

    /// Whether a sync is wanted before its time; forgets it.
    pub(super) fn take_hurry(&self) -> bool {
        self.hurry.swap(false, Ordering::AcqRel)
    }

    /// Tells those who wait how far the journal is.
    pub(super) fn note(&self, durable: Lsn, failed: bool) {
        self.reached.send_if_modified(|reached| {
            let changed = durable > reached.durable || failed && !reached.failed;
            reached.durable = reached.durable.max(durable);
            reached.failed |= failed;
            changed
        });
    }
}
