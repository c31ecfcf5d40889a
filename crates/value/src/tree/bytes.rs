//! Integers of fixed width within bytes, little endian.
//!
//! Counts and page numbers have 48 bits: at a million new pages a second that lasts for nine years,
//! and a quarter less room in each root is a level less in many trees.

pub(super) const U48_BYTES: usize = 6;

pub(super) fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().expect("two bytes")))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(super) fn put_u16(bytes: &mut [u8], at: usize, value: usize) {
    let value = u16::try_from(value).expect("nodes of several cells are far below 64 KiB");
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

pub(super) fn u48_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | (u16_at(bytes, at + 4) as u64) << 32
}

pub(super) fn put_u48(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + U48_BYTES].copy_from_slice(&value.to_le_bytes()[..U48_BYTES]);
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
