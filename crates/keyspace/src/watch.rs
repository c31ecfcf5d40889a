//! WATCH: sessions that want to know whether a key changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one session watches: raised when any of its keys has changed.
pub type Flag = Arc<AtomicBool>;

/// The watched keys of a shard. Few at any time, so a list will do.
#[derive(Debug, Default)]
pub(crate) struct Watches(Vec<Watched>);

#[derive(Debug)]
pub(crate) struct Watched {
    space: u32,
    key: Box<[u8]>,
    existed: bool,
    flag: Flag,
}

/// A key that will be watched once the call that asks for it has ended.
#[derive(Debug)]
pub(crate) struct Watching {
    /// The lock of the key's shard.
    pub(crate) guard: usize,
    pub(crate) watched: Watched,
}

impl Watching {
    pub(crate) fn new(guard: usize, space: u32, key: &[u8], existed: bool, flag: &Flag) -> Self {
        let watched = Watched { space, key: key.into(), existed, flag: Arc::clone(flag) };
        Self { guard, watched }
    }
}

impl Watches {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, watched: Watched) {
        self.0.push(watched);
    }

    /// Raises the flags of those who watch `key`.
    pub(crate) fn changed(&self, space: u32, key: &[u8]) {
        let watching = self.0.iter().filter(|watched| watched.space == space);
        for watched in watching.filter(|watched| *watched.key == *key) {
            watched.flag.store(true, Ordering::Release);
        }
    }

    /// Raises the flags of those who watch a key that existed in `space`, now emptied. The others
    /// go on watching where the database is now.
    pub(crate) fn flushed(&mut self, space: u32, fresh: u32) {
        for watched in self.0.iter_mut().filter(|watched| watched.space == space) {
            if watched.existed {
                watched.flag.store(true, Ordering::Release);
            }
            watched.space = fresh;
        }
    }

    /// Raises the flags of those who watch a key in `space`, whose place other keys take.
    pub(crate) fn moved(&self, space: u32) {
        for watched in self.0.iter().filter(|watched| watched.space == space) {
            watched.flag.store(true, Ordering::Release);
        }
    }

    /// Forgets what the session of `flag` watches.
    pub(crate) fn remove(&mut self, flag: &Flag) {
        self.0.retain(|watched| !Arc::ptr_eq(&watched.flag, flag));
    }

    #[cfg(test)]
    pub(crate) fn is_free_of(&self, flag: &Flag) -> bool {
        self.0.iter().all(|watched| !Arc::ptr_eq(&watched.flag, flag))
    }
}
