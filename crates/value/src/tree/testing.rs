//! Pages in memory, for tests, which leave it now and then.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::edit::NodeMut;
use super::node::Node;
use super::pages::{Absent, PageId, Pages, PagesMut};

/// A page, in memory or not.
#[derive(Debug)]
struct Slot {
    bytes: Vec<u8>,
    present: bool,
}

/// All pages, some of them absent, and which have been asked for in vain.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pages: BTreeMap<PageId, Slot>,
    wanted: RefCell<BTreeSet<PageId>>,
    generations: u64,
    /// Pages have been mixed up: some are asked for, made or removed that should not be.
    pub(crate) tolerates_disorder: bool,
}

impl Memory {
    /// The page, present or not.
    pub(crate) fn any(&self, id: PageId) -> Option<&[u8]> {
        self.pages.get(&id).map(|slot| &slot.bytes[..])
    }

    /// Those of a generation.
    pub(crate) fn ids(&self, generation: u64) -> Vec<PageId> {
        self.pages.keys().filter(|id| id.generation == generation).copied().collect()
    }

    /// Lets pages leave memory for which `leaves` says so.
    pub(crate) fn evict(&mut self, mut leaves: impl FnMut() -> bool) {
        for slot in self.pages.values_mut() {
            slot.present &= !leaves();
        }
    }

    /// Loads what is wanted. Tells how many pages that was.
    pub(crate) fn load(&mut self) -> usize {
        let wanted = self.wanted.take();
        for id in &wanted {
            if let Some(slot) = self.pages.get_mut(id) {
                slot.present = true;
            }
        }
        wanted.len()
    }

    pub(crate) fn all_present(&self) -> bool {
        self.pages.values().all(|slot| slot.present)
    }

    /// Forgets what is wanted.
    pub(crate) fn unwant(&mut self) {
        self.wanted.take();
    }

    /// All that is kept, to see whether anything changes.
    pub(crate) fn snapshot(&self) -> Vec<(PageId, Vec<u8>)> {
        self.pages.iter().map(|(id, slot)| (*id, slot.bytes.clone())).collect()
    }

    /// Every page's bytes.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        self.pages.values().map(|slot| &slot.bytes[..])
    }

    /// Changes the bytes of one page.
    pub(crate) fn change_one(&mut self, which: u64, f: impl FnOnce(&mut Vec<u8>)) {
        let which = which as usize % self.pages.len().max(1);
        if let Some(slot) = self.pages.values_mut().nth(which) {
            f(&mut slot.bytes);
        }
    }

    /// Puts the bytes of one page into another.
    pub(crate) fn swap(&mut self, from: u64, to: u64) {
        let mut bytes = None;
        self.change_one(from, |page| bytes = Some(page.clone()));
        if let Some(bytes) = bytes {
            self.change_one(to, |page| *page = bytes);
        }
    }

    /// Makes an inner page name some page as a child that is none.
    pub(crate) fn relink(&mut self, which: u64, to: u64) {
        let numbers: Vec<_> = self.pages.keys().map(|id| id.number).collect();
        let inner = |slot: &&mut Slot| Node::is_sound(&slot.bytes) && slot.bytes[0] > 0;
        let mut inners: Vec<_> = self.pages.values_mut().filter(inner).collect();
        let count = inners.len().max(1);
        let Some(slot) = inners.get_mut(which as usize % count) else { return };
        let cells = Node::new(&slot.bytes).count();
        let cell = to as usize % cells;
        let number = numbers[(which >> 16) as usize % numbers.len()];
        let mut page = NodeMut::page(&mut slot.bytes);
        page.cell_mut(cell)[..6].copy_from_slice(&number.to_le_bytes()[..6]);
    }

    /// What remains of a generation that has been given up.
    pub(crate) fn forget_others(&mut self, generation: Option<u64>) {
        self.pages.retain(|id, _| Some(id.generation) == generation);
    }

    /// Bytes in use and bytes kept for them.
    pub(crate) fn room(&self) -> (usize, usize) {
        let pages = || self.pages.values().map(|slot| &slot.bytes);
        (pages().map(Vec::len).sum(), pages().map(Vec::capacity).sum())
    }
}

impl Pages for Memory {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        let slot = self.pages.get(&id);
        assert!(slot.is_some() || self.tolerates_disorder, "a page is read that does not exist");
        if let Some(slot) = slot.filter(|slot| slot.present) {
            return Ok(&slot.bytes);
        }
        self.wanted.borrow_mut().insert(id);
        Err(Absent)
    }

    fn is_present(&self, id: PageId) -> bool {
        self.pages.get(&id).is_some_and(|slot| slot.present)
    }
}

impl PagesMut for Memory {
    fn page_mut(&mut self, id: PageId) -> Result<&mut Vec<u8>, Absent> {
        let slot = self.pages.get_mut(&id).filter(|slot| slot.present);
        assert!(slot.is_some() || self.tolerates_disorder, "an absent page is changed");
        slot.map(|slot| &mut slot.bytes).ok_or(Absent)
    }

    fn fresh_generation(&mut self) -> u64 {
        self.generations += 1;
        self.generations
    }

    fn create(&mut self, id: PageId, bytes: Vec<u8>) {
        let old = self.pages.insert(id, Slot { bytes, present: true });
        assert!(old.is_none() || self.tolerates_disorder, "a page number is used twice");
    }

    fn remove(&mut self, id: PageId) {
        let old = self.pages.remove(&id);
        assert!(old.is_some() || self.tolerates_disorder, "a page is removed that does not exist");
    }
}
