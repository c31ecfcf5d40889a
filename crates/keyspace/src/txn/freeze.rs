//! A collection as it is at one instant, for an answer that is made when the locks have gone.

use std::collections::HashMap;

use hadal_value::tree::PageId;

use super::Txn;
use crate::slab::SlotId;

/// What must be copied of a collection so that it can be read later as it is now: all other pages
/// are in the store as they are in memory, as long as the locks are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The space that its key is in.
    pub space: u32,
    /// The value as it lies in the key's record.
    pub payload: Vec<u8>,
    /// Seeds the order of a hash or a set.
    pub seed: u64,
    /// The pages that the store does not have as they are, or may not have.
    pub pages: HashMap<PageId, Vec<u8>>,
}

impl Txn<'_> {
    /// Lets a call end in an answer that is made step by step: whoever runs it
    /// [freezes](Self::freeze) what it answers with. Where this has not been said (EXEC, scripts),
    /// what does not fit is refused.
    pub fn let_stream(&mut self) {
        self.may_stream = true;
    }

    /// Whether a call may end in an answer that is made step by step.
    pub fn may_stream(&self) -> bool {
        self.may_stream
    }

    /// How many bytes [`freeze`](Self::freeze) would copy, at most.
    pub fn image_bytes(&mut self, key: &[u8]) -> usize {
        let Some((guard, id)) = self.opened_before(key) else { return 0 };
        let shard = &self.guards[guard].1;
        let payload = shard.view(id).content.map_or(0, |content| content.payload.len());
        payload + shard.unsaved_pages(id).map(|(_, bytes)| bytes.len()).sum::<usize>()
    }

    /// Copies what the store lacks of the collection at `key`, one of the call's own that it has
    /// opened. Take the store's snapshot before the locks go.
    pub fn freeze(&mut self, key: &[u8]) -> Image {
        let space = self.keyspace.spaces().of(self.db);
        let seed = self.keyspace.seed();
        let Some((guard, id)) = self.opened_before(key) else {
            return Image { space, seed, ..Image::default() };
        };
        let shard = &self.guards[guard].1;
        let content = shard.view(id).content;
        let payload = content.map_or_else(Vec::new, |content| content.payload.to_vec());
        let pages = shard.unsaved_pages(id).map(|(page, bytes)| (page, bytes.to_vec())).collect();
        Image { space, payload, seed, pages }
    }

    /// The entry of a key that the call has opened under these locks; `None` if it was not there.
    fn opened_before(&mut self, key: &[u8]) -> Option<(usize, SlotId)> {
        self.found(key).expect("what a call has opened is in memory until its locks go")
    }
}
