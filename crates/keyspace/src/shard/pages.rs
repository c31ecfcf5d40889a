//! Pages of collections and of long strings: entries of the shard of their key, found by their own
//! names.
//!
//! A page has the states, queues and loads of any entry. What it owes is its value's debt: the
//! pages that are dirty are saved with the record that is their root, in one batch, so that the
//! store always has the value as it was after one effect. What is said here of collections is
//! true of long strings.

use std::cell::RefCell;

use hadal_value::tree::{Absent, PageId, Pages, PagesMut};
use smallvec::SmallVec;

use super::{Shard, stored_as};
use crate::body::Body;
use crate::keyspace::Generations;
use crate::save::PageItem;
use crate::slab::{NIL, Queue, SlotId, State};
use crate::txn::Missing;

/// Pages whose entries a shard has at hand: those of one call, and the upper ones of a collection.
pub(super) const PAGE_HINTS: usize = 64;

/// The hash that a shard's table goes by, of a page.
pub(crate) fn page_hash(id: PageId) -> u32 {
    let mixed = (id.generation ^ id.number.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 31) as u32 ^ (mixed >> 32) as u32
}

impl Shard {
    /// The entry of a page.
    pub(crate) fn find_page(&self, id: PageId) -> Option<SlotId> {
        let same = |slot: SlotId| self.slots[slot].body.page().is_some_and(|page| page.id == id);
        let hash = page_hash(id);
        let hint = &self.page_hints[hash as usize % PAGE_HINTS];
        let hinted = Some(hint.get()).filter(|slot| self.slots.has(*slot) && same(*slot));
        hinted.or_else(|| {
            let found = self.table.find(hash, same);
            hint.set(found.unwrap_or(NIL));
            found
        })
    }

    /// The entry of a page, if it is in memory.
    fn find_resident_page(&self, id: PageId) -> Option<SlotId> {
        self.find_page(id).filter(|slot| self.is_resident(*slot))
    }

    fn page_at(&self, slot: SlotId) -> Option<&[u8]> {
        self.slots[slot].body.page().map(|page| &page.bytes[..])
    }

    /// A page's bytes, if it is in memory. Counts an access.
    fn read_page(&self, id: PageId, now_s: u16) -> Option<&[u8]> {
        let slot = self.find_resident_page(id)?;
        self.touch(slot, now_s);
        self.page_at(slot)
    }

    /// The same without counting one.
    pub(crate) fn page(&self, id: PageId) -> Option<&[u8]> {
        self.page_at(self.find_resident_page(id)?)
    }

    /// The pages of a collection that the store does not have as they are, or may not have. One
    /// that is being saved and has changed meanwhile comes twice.
    pub(crate) fn unsaved_pages(&self, owner: SlotId) -> impl Iterator<Item = (PageId, &[u8])> {
        let unsaved = self.unsaved.get(owner).into_iter();
        unsaved
            .flat_map(|unsaved| unsaved.dirty.iter().chain(&unsaved.saving))
            .filter_map(|id| Some((*id, self.page_at(self.find_page(*id)?)?)))
    }

    /// Puts a page that has been read from the store in memory, unless it is there. Returns its
    /// entry.
    pub(super) fn insert_page(
        &mut self,
        space: u32,
        id: PageId,
        bytes: Vec<u8>,
        now_s: u16,
    ) -> SlotId {
        self.find_page(id).unwrap_or_else(|| {
            let body = Body::of_page(space, id, bytes);
            let slot = self.insert(body, page_hash(id), State::Clean, now_s);
            self.enter_queue(slot, Queue::Small);
            slot
        })
    }

    /// Whether the collection at a key, which may be another by now, is known to name a page.
    pub(super) fn is_named(&self, space: u32, key: &[u8], hash: u32, id: PageId) -> bool {
        let owner = self.find(space, key, hash).filter(|owner| self.is_resident(*owner));
        let Some(owner) = owner else { return false };
        let content = self.view(owner).content;
        if stored_as(content).generation() != id.generation {
            return false;
        }
        let notes = RefCell::default();
        let pages = Resident { shard: self, now_s: 0, wanted: Wanted::of_nobody(&notes) };
        content.is_some_and(|it| hadal_value::pages(it.kind, it.payload, &pages).contains(&id))
    }

    /// The collection of `owner` was replaced: what was in memory of the pages of `generation`
    /// and not saved will never be.
    pub(super) fn discard_pages(&mut self, owner: SlotId, generation: u64) {
        self.remember_unsaved(owner);
        let Some(mut unsaved) = self.unsaved.take(owner) else { return };
        let is_old = |id: &mut PageId| id.generation == generation;
        for list in [&mut unsaved.dirty, &mut unsaved.saving] {
            for id in list.extract_if(.., is_old) {
                if let Some(slot) = self.find_page(id) {
                    self.remember_page(owner, slot, id);
                    self.drop_page(slot);
                }
            }
        }
        unsaved.removed.retain(|id| id.generation != generation);
        unsaved.removing.clear();
        self.unsaved.put(owner, unsaved);
    }

    /// Forgets a page. One that is being loaded is left to whoever waits for it, and to eviction.
    pub(super) fn drop_page(&mut self, slot: SlotId) {
        match self.slots[slot].state {
            State::Loading => return,
            State::Clean => self.uncount(slot),
            _ => {}
        }
        self.forget(slot);
    }

    /// Copies the dirty pages of a collection into a batch: they are part of its save.
    pub(super) fn start_save_pages(&mut self, owner: SlotId, batch: &mut crate::SaveBatch) {
        let Some(mut unsaved) = self.unsaved.take(owner) else { return };
        let space = self.view(owner).space;
        unsaved.start_save();
        for id in &unsaved.saving {
            let Some(slot) = self.find_page(*id) else { continue };
            self.slots[slot].state = State::Saving;
            let start = batch.bytes.len();
            let page = self.slots[slot].body.page().expect("found as a page");
            batch.bytes.extend_from_slice(&page.bytes);
            let bytes = Some(start..batch.bytes.len());
            batch.pages.push(PageItem { space, id: *id, bytes });
        }
        let removed = unsaved.removing.iter().map(|id| PageItem { space, id: *id, bytes: None });
        batch.pages.extend(removed);
        self.unsaved.put(owner, unsaved);
    }

    /// Reports the end of the save of a collection's pages.
    pub(super) fn saved_pages(&mut self, owner: SlotId, ok: bool) {
        let Some(mut unsaved) = self.unsaved.take(owner) else { return };
        let (saving, removing) =
            (std::mem::take(&mut unsaved.saving), std::mem::take(&mut unsaved.removing));
        for id in saving {
            let Some(slot) = self.find_page(id) else { continue };
            match self.slots[slot].state {
                State::Saving if ok => {
                    let hot = self.slots[slot].heat.get().frequency() > 1;
                    self.enter_queue(slot, if hot { Queue::Main } else { Queue::Small });
                }
                State::Saving => {
                    self.slots[slot].state = State::Dirty;
                    unsaved.dirty.push(id);
                }
                // It stands among the dirty ones already.
                State::Overtaken => self.slots[slot].state = State::Dirty,
                other => panic!("saved a page that is {other:?}"),
            }
        }
        if !ok {
            unsaved.removed.extend(removing);
        }
        self.unsaved.put(owner, unsaved);
    }

    fn own_page(&mut self, owner: SlotId, slot: SlotId, id: PageId, waiting_max: usize) {
        self.remember_page(owner, slot, id);
        let state = match self.slots[slot].state {
            State::Clean => {
                self.uncount(slot);
                State::Dirty
            }
            State::Saving => State::Overtaken,
            State::Dirty | State::Overtaken => return,
            other => unreachable!("a change of a page that is {other:?}"),
        };
        self.slots[slot].state = state;
        self.unsaved.add_dirty(owner, id, waiting_max);
    }
}

/// Where pages of one collection that are not in memory are noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) notes: &'a RefCell<Vec<Missing>>,
    pub(crate) db: u32,
    pub(crate) key: &'a [u8],
}

impl<'a> Wanted<'a> {
    /// For work behind the clients: whoever does it knows the key.
    pub(crate) fn of_nobody(notes: &'a RefCell<Vec<Missing>>) -> Self {
        Self { notes, db: 0, key: &[] }
    }

    fn note(self, id: PageId) -> Absent {
        let missing = Missing { db: self.db, key: self.key.into(), page: Some(id) };
        self.notes.borrow_mut().push(missing);
        Absent
    }
}

/// The pages in memory, to be read. Those that are not are noted.
#[derive(Clone, Copy, Debug)]
pub struct Resident<'a> {
    pub(crate) shard: &'a Shard,
    pub(crate) now_s: u16,
    pub(crate) wanted: Wanted<'a>,
}

impl Pages for Resident<'_> {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        self.shard.read_page(id, self.now_s).ok_or_else(|| self.wanted.note(id))
    }

    fn is_present(&self, id: PageId) -> bool {
        self.shard.find_resident_page(id).is_some()
    }
}

/// The pages of one collection, to be changed.
#[derive(Debug)]
pub(super) struct Changing<'a> {
    pub(super) shard: &'a mut Shard,
    pub(super) owner: SlotId,
    pub(super) space: u32,
    pub(super) now_s: u16,
    pub(super) wanted: Wanted<'a>,
    pub(super) generations: &'a Generations,
    pub(super) waiting_pages_max: usize,
    /// Entries of pages lent out for a change, with what they took before.
    pub(super) lent: SmallVec<[(SlotId, usize); 4]>,
}

impl Changing<'_> {
    /// Brings the shard's count of bytes up to date with what pages have become.
    pub(super) fn account(mut self) {
        while let Some((slot, before)) = self.lent.pop() {
            self.take_back(slot, before);
        }
    }

    fn take_back(&mut self, slot: SlotId, before: usize) {
        let now = self.shard.slots[slot].body.allocated_bytes();
        self.shard.bytes = self.shard.bytes + now - before;
    }
}

impl Pages for Changing<'_> {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        self.shard.read_page(id, self.now_s).ok_or_else(|| self.wanted.note(id))
    }

    fn is_present(&self, id: PageId) -> bool {
        self.shard.find_resident_page(id).is_some()
    }
}

impl PagesMut for Changing<'_> {
    fn page_mut(&mut self, id: PageId) -> Result<&mut Vec<u8>, Absent> {
        let Some(slot) = self.shard.find_resident_page(id) else {
            return Err(self.wanted.note(id));
        };
        self.shard.own_page(self.owner, slot, id, self.waiting_pages_max);
        let body = &mut self.shard.slots[slot].body;
        if self.lent.iter().all(|(lent, _)| *lent != slot) {
            self.lent.push((slot, body.allocated_bytes()));
        }
        Ok(&mut body.page_mut().expect("found as a page").bytes)
    }

    fn fresh_generation(&mut self) -> u64 {
        self.generations.next()
    }

    fn create(&mut self, id: PageId, bytes: Vec<u8>) {
        self.shard.remember_no_page(self.owner, id);
        let body = Body::of_page(self.space, id, bytes);
        self.shard.insert(body, page_hash(id), State::Dirty, self.now_s);
        self.shard.unsaved.add_dirty(self.owner, id, self.waiting_pages_max);
    }

    fn remove(&mut self, id: PageId) {
        if let Some(slot) = self.shard.find_page(id) {
            if let Some(at) = self.lent.iter().position(|(lent, _)| *lent == slot) {
                let (_, before) = self.lent.swap_remove(at);
                self.take_back(slot, before);
            }
            self.shard.remember_page(self.owner, slot, id);
            self.shard.drop_page(slot);
        }
        self.shard.remember_unsaved(self.owner);
        self.shard.unsaved.add_removed(self.owner, id);
    }
}
