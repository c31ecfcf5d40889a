//! What a key can hold, and its bytes at rest. Knows no keys, clocks or disks.
#![warn(missing_docs)]

pub mod collection;
pub mod geo;
pub mod glob;
pub mod hll;
mod lsn;
pub mod rdb;
mod record;
pub mod str;
pub mod tree;

pub use lsn::Lsn;
pub use record::{HEADER_BYTES_MAX, Kind, Malformed, Record, generation};
