//! Waiting for keys to be loaded, without knowing what it is that waits.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

/// Why a key could not be loaded. The cause is logged where it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFailed {
    /// What is stored at the key cannot be trusted.
    Corrupt,
    /// The store did not answer; a later try may succeed.
    Unavailable,
}

/// One command's wait for any number of keys: ready when all are loaded, failed if one failed.
#[derive(Debug, Default)]
pub struct Wait {
    pending: AtomicUsize,
    failed: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

impl Wait {
    /// One more key to wait for.
    pub(crate) fn add(&self) {
        self.pending.fetch_add(1, Ordering::Relaxed);
    }

    /// One key less; wakes the waiting task after the last.
    pub(crate) fn done(&self, result: Result<(), LoadFailed>) {
        let code = match result {
            Ok(()) => 0,
            Err(LoadFailed::Unavailable) => 1,
            Err(LoadFailed::Corrupt) => 2,
        };
        self.failed.fetch_max(code, Ordering::Relaxed);
        if self.pending.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(waker) = self.waker.lock().take()
        {
            waker.wake();
        }
    }

    /// Whether every key is loaded. Remembers the task of `context` if not.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<Result<(), LoadFailed>> {
        if let Some(result) = self.result() {
            return Poll::Ready(result);
        }
        *self.waker.lock() = Some(context.waker().clone());
        // The last key may have come between the look and the lock.
        self.result().map_or(Poll::Pending, Poll::Ready)
    }

    /// The outcome, once nothing is pending.
    pub fn result(&self) -> Option<Result<(), LoadFailed>> {
        if self.pending.load(Ordering::Acquire) > 0 {
            return None;
        }
        Some(match self.failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            1 => Err(LoadFailed::Unavailable),
            _ => Err(LoadFailed::Corrupt),
        })
    }
}
