//! Changing a long string: it grows, and its bytes become others.

use std::ops::Range;

use super::read::BlocksRef;
use super::root::{self, Root};
use crate::tree::{Absent, PagesMut};

/// A long string to be changed.
#[derive(Debug)]
pub struct BlocksMut<'a, P: ?Sized> {
    payload: &'a mut Vec<u8>,
    pages: &'a mut P,
}

impl<'a, P: PagesMut + ?Sized> BlocksMut<'a, P> {
    /// The string with this payload.
    pub fn new(payload: &'a mut Vec<u8>, pages: &'a mut P) -> Self {
        Self { payload, pages }
    }

    /// A string without bytes, whatever the payload was.
    pub fn begin(payload: &'a mut Vec<u8>, pages: &'a mut P, block_bytes: u32) -> Self {
        root::begin(payload, block_bytes.max(1), pages.fresh_generation());
        Self { payload, pages }
    }

    /// Writes bytes from `offset` on. A gap before them is zeros.
    ///
    /// # Errors
    /// [`Absent`]: some of them are in blocks that are not in memory. Nothing has changed.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Absent> {
        let end = offset + bytes.len() as u64;
        BlocksRef::new(self.payload, &*self.pages).want_for_write(offset..end)?;
        let mut rest = bytes;
        for block in Root::read(self.payload).blocks(&(offset..end)) {
            let root = Root::read(self.payload);
            let start = root.start(block);
            let from = offset.max(start) - start;
            let to = (end - start).min(root.block_bytes);
            let (here, behind) = rest.split_at((to - from) as usize);
            rest = behind;
            self.write_block(block, from as usize..to as usize, here)?;
        }
        if end > Root::read(self.payload).len {
            root::set_len(self.payload, end);
        }
        Ok(())
    }

    fn write_block(&mut self, block: u64, range: Range<usize>, bytes: &[u8]) -> Result<(), Absent> {
        let root = Root::read(self.payload);
        let (id, block_bytes) = (root.id(block), root.block_bytes as usize);
        let is_there = root.has(block);
        if !is_there && bytes.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        // Only a disk that has mixed up payloads lets a page be there that the root does not name.
        if !is_there && !self.pages.is_present(id) {
            let mut page = vec![0; range.end];
            page[range].copy_from_slice(bytes);
            self.pages.create(id, page);
        } else {
            let page = self.pages.page_mut(id)?;
            if !is_there {
                page.clear();
            }
            make_room(page, range.end, block_bytes);
            page[range].copy_from_slice(bytes);
        }
        if !is_there {
            root::set_has(self.payload, block);
        }
        Ok(())
    }
}

/// Lets a block reach as far. One that grows again and again is not copied each time.
fn make_room(page: &mut Vec<u8>, end: usize, block_bytes: usize) {
    if end > page.capacity() {
        let room = (end + end / 2).min(block_bytes).max(end);
        page.reserve_exact(room - page.len());
    }
    if end > page.len() {
        page.resize(end, 0);
    }
}
