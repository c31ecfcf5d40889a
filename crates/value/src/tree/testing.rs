//! Pages in memory, for tests.

use std::collections::HashMap;

use super::pages::{Absent, PageId, Pages, PagesMut};

/// All pages, and none of them ever leaves.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pages: HashMap<PageId, Vec<u8>>,
    generations: u64,
}

impl Pages for Memory {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        self.pages.get(&id).map(Vec::as_slice).ok_or(Absent)
    }

    fn is_present(&self, id: PageId) -> bool {
        self.pages.contains_key(&id)
    }
}

impl PagesMut for Memory {
    fn page_mut(&mut self, id: PageId) -> Result<&mut Vec<u8>, Absent> {
        self.pages.get_mut(&id).ok_or(Absent)
    }

    fn fresh_generation(&mut self) -> u64 {
        self.generations += 1;
        self.generations
    }

    fn create(&mut self, id: PageId, bytes: Vec<u8>) {
        self.pages.insert(id, bytes);
    }

    fn remove(&mut self, id: PageId) {
        self.pages.remove(&id);
    }
}
