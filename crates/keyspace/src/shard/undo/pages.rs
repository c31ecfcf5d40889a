//! What pages were before a call that can be undone changed them.

use crate::body::Body;
use crate::shard::unsaved::Unsaved;
use crate::shard::{Map, Shard, page_hash};
use crate::slab::{Queue, SlotId, State};
use hadal_value::tree::PageId;

/// The pages that a call has changed, each as it was before its first change.
#[derive(Debug, Default)]
pub(crate) struct PageImages {
    /// `None`: there was no such page in memory.
    pages: Map<PageId, Option<(Body, State)>>,
    /// What collections owed, by their records' entries.
    unsaved: Map<SlotId, Option<Unsaved>>,
}

impl Shard {
    /// From here on, what pages are is remembered before they change.
    pub(crate) fn remember_pages(&mut self) {
        self.page_images = Some(Box::default());
    }

    /// What pages have become stands.
    pub(crate) fn forget_page_images(&mut self) {
        self.page_images = None;
    }

    /// Makes all pages again what they were. The records that are their roots must have been
    /// restored.
    pub(crate) fn restore_pages(&mut self, images: Option<Box<PageImages>>) {
        let Some(images) = images else { return };
        let PageImages { pages, unsaved } = *images;
        for (id, image) in pages {
            match (self.find_page(id), image) {
                (Some(slot), Some((body, state))) => self.restore_page(slot, body, state),
                (Some(slot), None) => self.drop_page(slot),
                (None, Some((body, state))) => self.insert_again(id, body, state),
                (None, None) => {}
            }
        }
        for (owner, image) in unsaved {
            self.unsaved.take(owner);
            if let Some(image) = image {
                self.unsaved.put(owner, image);
            }
        }
    }

    /// Puts a page back where it still has its entry, with the pins of those who want it.
    fn restore_page(&mut self, slot: SlotId, body: Body, state: State) {
        let before = self.slots[slot].body.allocated_bytes();
        self.slots[slot].body = body;
        self.bytes = self.bytes + self.slots[slot].body.allocated_bytes() - before;
        self.set_page_state(slot, state);
    }

    /// Puts a page back that the call has dropped. Those who wanted it will have to ask again.
    fn insert_again(&mut self, id: PageId, body: Body, state: State) {
        let slot = self.insert(body, page_hash(id), state, 0);
        self.set_page_state(slot, state);
    }

    fn set_page_state(&mut self, slot: SlotId, state: State) {
        match state {
            State::Clean => self.enter_queue(slot, Queue::Small),
            state => self.slots[slot].state = state,
        }
    }

    /// Hands the images over: what follows is no change that could be undone.
    pub(crate) fn take_page_images(&mut self) -> Option<Box<PageImages>> {
        self.page_images.take()
    }

    /// A page in memory is about to change or to be dropped.
    pub(in crate::shard) fn remember_page(&mut self, owner: SlotId, slot: SlotId, id: PageId) {
        let Some(images) = &mut self.page_images else { return };
        let of = &self.slots[slot];
        // One that is being loaded is left alone by whoever drops it.
        if of.state != State::Loading {
            images.pages.entry(id).or_insert_with(|| Some((of.body.clone(), of.state)));
        }
        self.remember_unsaved(owner);
    }

    /// A page is about to be made.
    pub(in crate::shard) fn remember_no_page(&mut self, owner: SlotId, id: PageId) {
        let Some(images) = &mut self.page_images else { return };
        images.pages.entry(id).or_insert(None);
        self.remember_unsaved(owner);
    }

    /// What a collection owes is about to change.
    pub(in crate::shard) fn remember_unsaved(&mut self, owner: SlotId) {
        let Some(images) = &mut self.page_images else { return };
        images.unsaved.entry(owner).or_insert_with(|| self.unsaved.get(owner).cloned());
    }
}
