//! WATCH: sessions that want to know whether a key changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one session watches: raised when any of its keys has changed.
pub type Flag = Arc<AtomicBool>;

/// The watched keys of a shard. Few at any time, so a list will do.
#[derive(Debug, Default)]
pub(crate) struct Watches(Vec<Watched>);

#[derive(Debug)]
struct Watched {
    space: u32,
    key: Box<[u8]>,
    existed: bool,
    flag: Flag,
}

impl Watches {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, space: u32, key: &[u8], existed: bool, flag: &Flag) {
        self.0.push(Watched { space, key: key.into(), existed, flag: Arc::clone(flag) });
    }

    /// Raises the flags of those who watch `key`.
    pub(crate) fn changed(&self, space: u32, key: &[u8]) {
        let watching = self.0.iter().filter(|watched| watched.space == space);
        for watched in watching.filter(|watched| *watched.key == *key) {
            watched.flag.store(true, Ordering::Release);
        }
    }

    /// Raises the flags of those who watch a key that existed in `space`, now emptied or swapped;
    /// `moved_in` is a space whose keys take its place.
    pub(crate) fn remapped(&self, space: u32, moved_in: Option<u32>) {
        for watched in self.0.iter().filter(|watched| watched.space == space) {
            if watched.existed || moved_in.is_some() {
                watched.flag.store(true, Ordering::Release);
            }
        }
    }

    /// Forgets what the session of `flag` watches.
    pub(crate) fn remove(&mut self, flag: &Flag) {
        self.0.retain(|watched| !Arc::ptr_eq(&watched.flag, flag));
    }
}
