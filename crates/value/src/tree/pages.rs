//! What a tree asks of whoever keeps its pages.

/// Names a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId {
    /// Of the collection: no other has or had the same.
    pub generation: u64,
    /// Never used twice within the generation.
    pub number: u64,
}

/// What must be loaded first is not in memory. Which pages, [`Pages`] has noted. Nothing has
/// changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent;

/// Pages to be read.
pub trait Pages {
    /// The page's bytes, which have passed [`check_page`](crate::check_page).
    ///
    /// # Errors
    /// [`Absent`]: not in memory, and now noted as wanted.
    fn page(&self, id: PageId) -> Result<&[u8], Absent>;

    /// Whether the page is in memory. It is not wanted if it is not: the answer decides about work
    /// that can as well be done another day.
    fn is_present(&self, id: PageId) -> bool;
}

impl<P: Pages + ?Sized> Pages for &P {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        (**self).page(id)
    }

    fn is_present(&self, id: PageId) -> bool {
        (**self).is_present(id)
    }
}

/// Pages to be changed.
pub trait PagesMut: Pages {
    /// For a change of a page in memory, read before.
    fn page_mut(&mut self, id: PageId) -> Result<&mut Vec<u8>, Absent>;
    /// A number that no collection has had: asked once, when a collection grows into pages.
    fn fresh_generation(&mut self) -> u64;
    /// A new page.
    fn create(&mut self, id: PageId, bytes: Vec<u8>);
    /// Forgets a page, whether or not it is in memory.
    fn remove(&mut self, id: PageId);
}

/// How large the parts of a tree may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// What stays with the key: the whole of a small collection, the root of a large one.
    pub root_bytes: usize,
    /// A page. One that holds a single cell is as large as that is.
    pub page_bytes: usize,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { root_bytes: 8 << 10, page_bytes: 2 << 10 }
    }
}
