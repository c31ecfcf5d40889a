//! The root of a long string: its length, and which blocks there are.

use std::ops::Range;

use crate::Malformed;
use crate::tree::PageId;

/// Bytes before the bits.
const FIXED_BYTES: usize = 20;
const GENERATION: Range<usize> = 4..12;
const LEN: Range<usize> = 12..20;
/// The bit of a page's number that says that the page is a block.
const BLOCK: u64 = 1 << 63;
/// Far more than any string has; the number of a bit of it is far from the end of numbers.
const LEN_MAX: u64 = 1 << 48;

/// A root, read. What is read from has been checked, or was made here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root<'a> {
    pub(super) block_bytes: u64,
    pub(super) generation: u64,
    pub(super) len: u64,
    bits: &'a [u8],
}

impl<'a> Root<'a> {
    pub(super) fn read(payload: &'a [u8]) -> Self {
        let (fixed, bits) = payload.split_at(FIXED_BYTES);
        let block_bytes = u32::from_le_bytes(fixed[..4].try_into().expect("four bytes"));
        Self {
            block_bytes: u64::from(block_bytes),
            generation: u64_at(fixed, GENERATION),
            len: u64_at(fixed, LEN),
            bits,
        }
    }

    /// Whether a block has a page.
    pub(super) fn has(&self, block: u64) -> bool {
        let byte = usize::try_from(block / 8).ok().and_then(|at| self.bits.get(at));
        byte.is_some_and(|byte| byte >> (block % 8) & 1 > 0)
    }

    pub(super) fn id(&self, block: u64) -> PageId {
        PageId { generation: self.generation, number: BLOCK | block }
    }

    /// The blocks that bytes lie in.
    pub(super) fn blocks(&self, bytes: &Range<u64>) -> Range<u64> {
        if bytes.is_empty() {
            return 0..0;
        }
        bytes.start / self.block_bytes..bytes.end.div_ceil(self.block_bytes)
    }

    /// Where a block begins.
    pub(super) fn start(&self, block: u64) -> u64 {
        block * self.block_bytes
    }
}

/// The root of a string without bytes.
pub(super) fn begin(payload: &mut Vec<u8>, block_bytes: u32, generation: u64) {
    payload.clear();
    payload.extend_from_slice(&block_bytes.to_le_bytes());
    payload.extend_from_slice(&generation.to_le_bytes());
    payload.extend_from_slice(&[0; 8]);
}

pub(super) fn set_len(payload: &mut [u8], len: u64) {
    payload[LEN].copy_from_slice(&len.to_le_bytes());
}

/// Writes down that a block has a page.
pub(super) fn set_has(payload: &mut Vec<u8>, block: u64) {
    let at = FIXED_BYTES + (block / 8) as usize;
    if payload.len() <= at {
        payload.resize(at + 1, 0);
    }
    payload[at] |= 1 << (block % 8);
}

/// The generation of a long string's pages.
pub fn generation(payload: &[u8]) -> u64 {
    Root::read(payload).generation
}

/// How long the string is.
pub fn len(payload: &[u8]) -> u64 {
    Root::read(payload).len
}

/// The pages that there are.
pub fn pages(payload: &[u8]) -> Vec<PageId> {
    let root = Root::read(payload);
    let blocks = 0..root.bits.len() as u64 * 8;
    blocks.filter(|block| root.has(*block)).map(|block| root.id(block)).collect()
}

/// What the blocks take that there are, if all of them are in memory.
pub fn allocated_bytes(payload: &[u8]) -> u64 {
    pages(payload).len() as u64 * Root::read(payload).block_bytes
}

/// Whether a page is one of a long string. Any bytes can be a block.
pub fn is_block(page: PageId) -> bool {
    page.number & BLOCK > 0
}

/// Whether a payload that comes from a disk can be worked with.
///
/// # Errors
/// [`Malformed`]: it is cut short, or says of itself what cannot be.
pub fn check_payload(payload: &[u8]) -> Result<(), Malformed> {
    if payload.len() < FIXED_BYTES {
        return Err(Malformed);
    }
    let root = Root::read(payload);
    let has_pages = root.block_bytes > 0 && root.generation > 0;
    if !has_pages || root.len > LEN_MAX {
        return Err(Malformed);
    }
    let blocks = root.len.div_ceil(root.block_bytes);
    let is_named = |at: u64| (at * 8..at * 8 + 8).any(|block| root.has(block) && block >= blocks);
    // No block is behind the end of the string: writing there would take it for a new one.
    if (blocks / 8..root.bits.len() as u64).any(is_named) { Err(Malformed) } else { Ok(()) }
}

fn u64_at(bytes: &[u8], range: Range<usize>) -> u64 {
    u64::from_le_bytes(bytes[range].try_into().expect("eight bytes"))
}
