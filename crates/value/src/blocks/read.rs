//! Looking into a long string.

use std::ops::{ControlFlow, Range};

use super::root::Root;
use crate::tree::{Absent, Pages};

/// Bytes that a search asks for at once, at least: it may end in the first of them.
const WINDOW_BYTES: u64 = 1 << 20;

/// Bytes that follow each other in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// These.
    Bytes(&'a [u8]),
    /// So many zeros.
    Zeros(u64),
}

/// A long string, to be read.
#[derive(Debug)]
pub struct BlocksRef<'a, P: ?Sized> {
    root: Root<'a>,
    pages: &'a P,
}

impl<'a, P: Pages + ?Sized> BlocksRef<'a, P> {
    /// The string with this payload.
    pub fn new(payload: &'a [u8], pages: &'a P) -> Self {
        Self { root: Root::read(payload), pages }
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.root.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the blocks that a range lies in take in memory, about. Holes take nothing.
    pub fn block_bytes(&self, range: Range<u64>) -> u64 {
        let there = self.root.blocks(&self.cut(range)).filter(|block| self.root.has(*block));
        there.count() as u64 * self.root.block_bytes
    }

    /// Notes what is absent of the blocks that a range lies in.
    ///
    /// # Errors
    /// [`Absent`] if there is any.
    pub fn want(&self, range: Range<u64>) -> Result<(), Absent> {
        self.want_for_write(self.cut(range))
    }

    /// As [`want`](Self::want), for a range that will be written and may be behind the end.
    pub fn want_for_write(&self, range: Range<u64>) -> Result<(), Absent> {
        let mut result = Ok(());
        for block in self.root.blocks(&range) {
            result = result.and(self.block(block).map(|_| ()));
        }
        result
    }

    /// Calls `f` with the bytes of a range, in order, until told to stop. Not at all if some of
    /// them are not in memory.
    pub fn read(
        &self,
        range: Range<u64>,
        f: &mut dyn FnMut(Part<'a>) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        self.want(range.clone())?;
        self.search(range, f)
    }

    /// As [`read`](Self::read), for a search that is likely to end soon: what is absent is wanted
    /// only when it comes to it, and some of what follows with it. So `f` may have been called
    /// although the answer is [`Absent`].
    pub fn search(
        &self,
        range: Range<u64>,
        f: &mut dyn FnMut(Part<'a>) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        let range = self.cut(range);
        for block in self.root.blocks(&range) {
            let start = self.root.start(block);
            let within = range.start.max(start) - start..range.end - start;
            let within = within.start..within.end.min(self.root.block_bytes);
            let Ok(bytes) = self.block(block) else {
                // It will begin again. As much as it has come through, so that it does not often.
                let window = WINDOW_BYTES.max(start.saturating_sub(range.start));
                return self.want(start..range.end.min(start.saturating_add(window)));
            };
            if parts(bytes, within).into_iter().flatten().try_for_each(&mut *f).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What of a range is in the string.
    fn cut(&self, range: Range<u64>) -> Range<u64> {
        range.start..range.end.min(self.root.len)
    }

    /// What is written down of a block: what is missing at its end is zeros.
    fn block(&self, block: u64) -> Result<&'a [u8], Absent> {
        if self.root.has(block) { self.pages.page(self.root.id(block)) } else { Ok(&[]) }
    }
}

/// The bytes of a range of a block, and the zeros that follow them.
fn parts(block: &[u8], range: Range<u64>) -> [Option<Part<'_>>; 2] {
    let end = range.end.min(block.len() as u64);
    let bytes = block.get(range.start as usize..end as usize).unwrap_or_default();
    let zeros = range.end - range.start - bytes.len() as u64;
    let bytes = (!bytes.is_empty()).then_some(Part::Bytes(bytes));
    [bytes, (zeros > 0).then_some(Part::Zeros(zeros))]
}
