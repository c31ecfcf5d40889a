//! A long string: its bytes in blocks, which are pages.
//!
//! Nothing is ever put between the bytes of a string, so block *n* has the bytes from *n* times
//! the size of a block on, and its number is that of its page. What stays with the key is the
//! root: how long the string is, and which blocks there are. One that is not there is zeros, and so
//! is what a block lacks at its end: a hole takes no room anywhere.
//!
//! ```text
//! root     bytes 0..4    bytes of a block
//!          bytes 4..12   generation of the pages
//!          bytes 12..20  length of the string
//!          rest          one bit for each block, set if it has a page: the lowest bit of the first
//!                        byte is that of block 0; what is missing at the end is zeros
//! page     bytes of the string
//! ```
//!
//! Integers are little endian. The number of a block's page has its highest bit set, by which it
//! is told from a page of a collection.
//!
//! Knows no keys and no clocks, and does no I/O: what it needs from elsewhere it asks of
//! [`Pages`](crate::tree::Pages), and if that is not in memory the answer is
//! [`Absent`](crate::tree::Absent) and nothing has changed.

mod limits;
mod read;
mod root;
#[cfg(test)]
mod tests;
mod write;

pub use limits::StringLimits;
pub use read::{BlocksRef, Part};
pub use root::{allocated_bytes, check_payload, generation, is_block, len, pages};
pub use write::BlocksMut;
