//! What a key can hold, and its bytes at rest. Knows no keys, clocks or disks.
#![warn(missing_docs)]

pub mod blocks;
pub mod collection;
pub mod geo;
pub mod glob;
pub mod hll;
mod lsn;
mod paged;
pub mod rdb;
mod record;
mod size_class;
pub mod str;
pub mod tree;

pub use lsn::Lsn;
pub use paged::{check_page, check_payload, generation, pages};
pub use record::{HEADER_BYTES_MAX, Kind, Malformed, Record};
pub use size_class::size_class;
