//! Pages of collections that the store is behind on. What is said here of them is true of long
//! strings.

use hadal_value::blocks;
use hadal_value::tree::PageId;

use super::Map;
use crate::slab::SlotId;

/// A block of a long string is as large as so many pages of a collection.
const BLOCK_PAGES: usize = 4;

/// What the next save of a collection must carry beside its record, and what the save under way
/// carries. A page that has been removed meanwhile is in no table any more, and is skipped.
#[derive(Clone, Debug, Default)]
pub(in crate::shard) struct Unsaved {
    pub(super) dirty: Vec<PageId>,
    pub(super) removed: Vec<PageId>,
    pub(super) saving: Vec<PageId>,
    pub(super) removing: Vec<PageId>,
    /// Dirty pages beyond those that may wait.
    surplus: usize,
    /// So many pages wait that the next save should not.
    is_hurried: bool,
}

impl Unsaved {
    /// The save of all that waits begins.
    pub(super) fn start_save(&mut self) {
        (self.is_hurried, self.surplus) = (false, 0);
        self.saving = std::mem::take(&mut self.dirty);
        self.removing = std::mem::take(&mut self.removed);
    }

    fn is_empty(&self) -> bool {
        [&self.dirty, &self.removed, &self.saving, &self.removing]
            .iter()
            .all(|list| list.is_empty())
    }
}

/// All collections of a shard that owe pages, by their records' entries.
#[derive(Debug, Default)]
pub(in crate::shard) struct UnsavedPages {
    collections: Map<SlotId, Unsaved>,
    surplus: usize,
}

impl UnsavedPages {
    /// Pages beyond those that may wait, of all collections.
    pub(super) fn surplus(&self) -> usize {
        self.surplus
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.collections.len()
    }

    pub(super) fn get(&self, owner: SlotId) -> Option<&Unsaved> {
        self.collections.get(&owner)
    }

    /// One more page is dirty, of which `waiting_max` may wait.
    pub(super) fn add_dirty(&mut self, owner: SlotId, id: PageId, waiting_max: usize) {
        let unsaved = self.collections.entry(owner).or_default();
        unsaved.dirty.push(id);
        let waiting_max =
            if blocks::is_block(id) { waiting_max / BLOCK_PAGES } else { waiting_max };
        let step = usize::from(unsaved.dirty.len() > waiting_max);
        unsaved.surplus += step;
        self.surplus += step;
    }

    /// One more page is gone.
    pub(super) fn add_removed(&mut self, owner: SlotId, id: PageId) {
        self.collections.entry(owner).or_default().removed.push(id);
    }

    /// Takes out what a collection owes: to change it, and [put](Self::put) it back.
    pub(super) fn take(&mut self, owner: SlotId) -> Option<Unsaved> {
        let unsaved = self.collections.remove(&owner)?;
        self.surplus -= unsaved.surplus;
        Some(unsaved)
    }

    /// Puts back what a collection owes, if it still owes something.
    pub(super) fn put(&mut self, owner: SlotId, unsaved: Unsaved) {
        if unsaved.is_empty() {
            return;
        }
        self.surplus += unsaved.surplus;
        let before = self.collections.insert(owner, unsaved);
        assert!(before.is_none(), "what was owed has been taken out");
    }

    /// Whether a collection's pages have just become too many to wait for its delay.
    pub(super) fn hurries(&mut self, owner: SlotId) -> bool {
        let Some(unsaved) = self.collections.get_mut(&owner) else { return false };
        let hurries = unsaved.surplus > 0 && !unsaved.is_hurried;
        unsaved.is_hurried |= hurries;
        hurries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u64) -> PageId {
        PageId { generation: 1, number }
    }

    #[test]
    fn pages_beyond_those_that_may_wait_are_counted_until_their_save_begins() {
        let mut pages = UnsavedPages::default();
        (0..8).for_each(|number| pages.add_dirty(7, page(number), 8));
        assert_eq!((pages.surplus(), pages.hurries(7)), (0, false));
        (8..11).for_each(|number| pages.add_dirty(7, page(number), 8));
        pages.add_dirty(8, page(0), 8);
        assert_eq!((pages.surplus(), pages.hurries(7), pages.hurries(7)), (3, true, false));

        let mut unsaved = pages.take(7).unwrap();
        assert_eq!(pages.surplus(), 0);
        pages.put(7, unsaved.clone());
        assert_eq!(pages.surplus(), 3);

        unsaved.start_save();
        pages.take(7);
        pages.put(7, unsaved);
        assert_eq!((pages.surplus(), pages.len()), (0, 2));
        pages.put(9, Unsaved::default());
        assert_eq!(pages.len(), 2);
    }
}
