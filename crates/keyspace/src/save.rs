//! A batch of saves on its way from the shards to the store.

use std::ops::Range;

use hadal_value::Lsn;
use hadal_value::tree::PageId;

use crate::slab::SlotId;
use crate::{ShardId, Stored};

/// Copies of entries as they were when the batch was filled, all to be saved together.
#[derive(Debug, Default)]
pub struct SaveBatch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) items: Vec<Item>,
    pub(crate) pages: Vec<PageItem>,
    pub(crate) last: Lsn,
    bytes_max: usize,
}

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) shard: ShardId,
    pub(crate) slot: SlotId,
    pub(crate) space: u32,
    pub(crate) key: Range<usize>,
    pub(crate) record: Option<Range<usize>>,
    pub(crate) stored: Stored,
    pub(crate) saving: Stored,
}

#[derive(Debug)]
pub(crate) struct PageItem {
    pub(crate) space: u32,
    pub(crate) id: PageId,
    pub(crate) bytes: Option<Range<usize>>,
}

/// One page to save, together with the record that is its root.
#[derive(Clone, Copy, Debug)]
pub struct SavePage<'a> {
    /// The space of its collection's key.
    pub space: u32,
    /// Its name.
    pub id: PageId,
    /// What the store must hold; `None`: nothing.
    pub bytes: Option<&'a [u8]>,
}

/// One entry to save.
#[derive(Clone, Copy, Debug)]
pub struct Save<'a> {
    /// The space that the key is in.
    pub space: u32,
    /// The key.
    pub key: &'a [u8],
    /// What the store must hold at the key (see `hadal_value::Record`); `None`: nothing.
    pub record: Option<&'a [u8]>,
    /// What the store holds at the key before this save.
    pub stored: Stored,
    /// And after it: never [`Stored::Unknown`].
    pub saving: Stored,
}

impl SaveBatch {
    /// An empty batch that is full at about `bytes_max`.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, ..Self::default() }
    }

    /// Whether no more entries should be added.
    pub fn is_full(&self) -> bool {
        self.bytes.len() + self.items.len() * size_of::<Item>() >= self.bytes_max
    }

    /// Entries in the batch.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is to be saved.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The journal must be durable up to here before the batch reaches the store.
    pub fn last(&self) -> Lsn {
        self.last
    }

    /// The saves, in the order of [`set_stored`](Self::set_stored)'s numbers.
    pub fn iter(&self) -> impl Iterator<Item = Save<'_>> {
        self.items.iter().map(|item| Save {
            space: item.space,
            key: &self.bytes[item.key.clone()],
            record: item.record.clone().map(|range| &self.bytes[range]),
            stored: item.stored,
            saving: item.saving,
        })
    }

    /// The pages of the entries: they must reach the store together with these.
    pub fn pages(&self) -> impl Iterator<Item = SavePage<'_>> {
        self.pages.iter().map(|page| SavePage {
            space: page.space,
            id: page.id,
            bytes: page.bytes.clone().map(|range| &self.bytes[range]),
        })
    }

    /// Says what the store was found to hold at the key of save `number`.
    pub fn set_stored(&mut self, number: usize, stored: Stored) {
        self.items[number].stored = stored;
    }

    /// Empties the batch, and gives back what memory it has beyond `bytes` of each kind.
    pub fn clear(&mut self, bytes: usize) {
        self.bytes.clear();
        self.bytes.shrink_to(bytes);
        self.items.clear();
        self.items.shrink_to(bytes / size_of::<Item>());
        self.pages.clear();
        self.pages.shrink_to(bytes / size_of::<PageItem>());
        self.last = Lsn::NONE;
    }
}
