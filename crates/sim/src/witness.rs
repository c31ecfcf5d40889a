//! Watches what passes between the dataset and its store: where pages come and go, which nobody
//! else sees.

use std::collections::{BTreeMap, BTreeSet};

use hadal_storage::{Batch, Op};
use hadal_value::Record;
use hadal_value::tree::PageId;

/// What has been seen.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// Pages that were in memory since the last start.
    known: BTreeSet<PageId>,
    /// Loads of pages that are under way because clients want them.
    wanted: BTreeMap<PageId, usize>,
    /// Collections of which a save under way carries pages.
    saving: BTreeSet<u64>,
    /// Collections whose record could not be read once.
    damaged: BTreeSet<u64>,
    marks: Vec<&'static str>,
}

impl Witness {
    /// The process has ended: nothing is in memory, and nothing under way.
    pub(crate) fn stopped(&mut self) {
        self.known.clear();
        self.wanted.clear();
        self.saving.clear();
    }

    /// A client's load of a page begins.
    pub(crate) fn wants(&mut self, page: PageId) {
        *self.wanted.entry(page).or_default() += 1;
    }

    /// It has ended.
    pub(crate) fn has(&mut self, page: PageId) {
        if let Some(count) = self.wanted.get_mut(&page) {
            *count -= 1;
            if *count == 0 {
                self.wanted.remove(&page);
            }
        }
    }

    /// Something has been read.
    pub(crate) fn read(&mut self, key: &[u8], value: &[u8]) {
        match key[0] {
            b'p' => {
                let page = page_of(key);
                if !self.known.insert(page) {
                    self.marks.push("a page was loaded again after it had been evicted");
                }
                if !self.wanted.contains_key(&page) {
                    self.marks.push("a replay wanted pages");
                }
            }
            b'x' if !value.is_empty() => {
                self.marks.push("a collection with pages expired cold");
            }
            _ => {}
        }
    }

    /// The record there could not be read: nobody knows which pages it names.
    pub(crate) fn damaged(&mut self, key: &[u8], value: &[u8]) {
        if key[0] == b'k' {
            self.damaged.extend(Record::decode(value).map(|record| record.generation()));
        }
    }

    /// A batch is on its way.
    pub(crate) fn applies(&mut self, batch: &Batch) {
        for op in batch.iter() {
            if let Op::Put { key: key @ [b'p', ..], .. } = op {
                let page = page_of(key);
                self.saving.insert(page.generation);
                self.known.insert(page);
            }
        }
    }

    /// It has arrived, or failed.
    pub(crate) fn applied(&mut self) {
        self.saving.clear();
    }

    /// Whether a save carries pages of a collection at this moment.
    pub(crate) fn is_saving(&self, generation: u64) -> bool {
        self.saving.contains(&generation)
    }

    /// Whether pages of a collection may have been left behind: its record was overwritten when it
    /// could not be read, and only the record had named them.
    pub(crate) fn is_damaged(&self, generation: u64) -> bool {
        self.damaged.contains(&generation)
    }

    /// What was met since someone last asked.
    pub(crate) fn take_marks(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.marks)
    }
}

/// The page of a key in the store.
pub(crate) fn page_of(key: &[u8]) -> PageId {
    let number = |at: usize| u64::from_be_bytes(key[at..at + 8].try_into().expect("8 bytes"));
    PageId { generation: number(5), number: number(13) }
}
