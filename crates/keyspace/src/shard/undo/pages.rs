//! What pages were before a call that can be undone changed them.

use crate::body::Body;
use crate::shard::pages::Unsaved;
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
            if let Some(slot) = self.find_page(id) {
                self.drop_page(slot);
            }
            let Some((body, state)) = image else { continue };
            let slot = self.insert(body, page_hash(id), state, 0);
            if state == State::Clean {
                self.enter_queue(slot, Queue::Small);
            }
        }
        for (owner, image) in unsaved {
            self.unsaved.remove(&owner);
            if let Some(image) = image {
                self.unsaved.insert(owner, image);
            }
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
        images.pages.entry(id).or_insert_with(|| Some((of.body.clone(), of.state)));
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
        images.unsaved.entry(owner).or_insert_with(|| self.unsaved.get(&owner).cloned());
    }
}
