//! In which order a tree keeps its cells, if not in the order they were put.

use std::cmp::Ordering;

/// A place in the order: by number, then byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) head: u64,
    pub(crate) tail: &'a [u8],
}

/// An order of cells. Nothing but this tells what is in a cell.
pub(crate) trait Order {
    fn key<'c>(&self, cell: &'c [u8]) -> Key<'c>;

    fn compare(&self, cell: &[u8], key: &Key<'_>) -> Ordering {
        self.key(cell).cmp(key)
    }
}
