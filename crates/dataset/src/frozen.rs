//! A collection at one instant, read page by page while the dataset goes on.
//!
//! What the store did not have at that instant has been copied; all else is in a snapshot of the
//! store. Pages that are read here do not enter the cache.

use std::cell::{Cell, RefCell};
use std::fmt;

use hadal_keyspace::{Image, LoadFailed, Opened, Txn};
use hadal_storage::Snapshot;
use hadal_value::collection;
use hadal_value::tree::{Absent, PageId, Pages};

use crate::load::{malformed, read_failed};
use crate::{Dataset, layout};

/// The collection. Whoever reads it is told of an absent page, has it
/// [loaded](Self::load_wanted), and goes on.
pub struct Frozen {
    image: Image,
    snapshot: Box<dyn Snapshot>,
    loaded: Vec<Page>,
    wanted: RefCell<Vec<PageId>>,
    /// How often pages have been loaded.
    round: u32,
}

/// A page that has been loaded.
struct Page {
    id: PageId,
    bytes: Vec<u8>,
    /// The round in which it was last looked at.
    used: Cell<u32>,
}

impl Dataset {
    /// The collection at `key`, which the call has just opened, as it is under its locks.
    pub fn freeze(&self, txn: &mut Txn<'_>, key: &[u8]) -> Frozen {
        let image = txn.freeze(key);
        // Under the same locks: what is not in the image, nobody changes before the snapshot.
        let snapshot = self.store.snapshot();
        let (loaded, wanted) = (Vec::new(), RefCell::default());
        Frozen { image, snapshot, loaded, wanted, round: 0 }
    }
}

impl Frozen {
    /// The collection, to be read.
    pub fn opened(&self) -> Opened<'_, &Self> {
        Opened::new(&self.image.payload, self, self.image.seed)
    }

    /// Loads what was absent. Of what has been loaded before, it keeps what has been looked at
    /// since the last time: the way down to a leaf.
    pub fn load_wanted(&mut self) -> Result<(), LoadFailed> {
        let round = self.round;
        self.loaded.retain(|page| page.used.get() == round);
        self.round += 1;
        for id in self.wanted.take() {
            let bytes = self.read(id)?;
            self.loaded.push(Page { id, bytes, used: Cell::new(self.round) });
        }
        Ok(())
    }

    /// Keeps no page that can be loaded again.
    pub fn forget_loaded(&mut self) {
        self.loaded = Vec::new();
    }

    /// How many pages it holds: copied, and loaded.
    pub fn pages(&self) -> (usize, usize) {
        (self.image.pages.len(), self.loaded.len())
    }

    fn read(&self, id: PageId) -> Result<Vec<u8>, LoadFailed> {
        let mut key = Vec::new();
        layout::page_key(self.image.space, id, &mut key);
        let found = self.snapshot.get(&key).map_err(|error| read_failed(&error))?;
        let bytes = found.ok_or_else(|| malformed("a collection"))?;
        collection::check_page(&bytes).map_err(|_| malformed("a page"))?;
        Ok(bytes)
    }

    fn find(&self, id: PageId) -> Option<&[u8]> {
        if let Some(copied) = self.image.pages.get(&id) {
            return Some(copied);
        }
        let page = self.loaded.iter().find(|page| page.id == id)?;
        page.used.set(self.round);
        Some(&page.bytes)
    }
}

impl Pages for Frozen {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        self.find(id).ok_or_else(|| {
            self.wanted.borrow_mut().push(id);
            Absent
        })
    }

    fn is_present(&self, id: PageId) -> bool {
        self.find(id).is_some()
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frozen").field("pages", &self.pages()).finish_non_exhaustive()
    }
}
