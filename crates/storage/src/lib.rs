//! Ordered bytes on a medium: what the dataset needs from a disk, and nothing about what it means.
//!
//! - [`store`]: the [`Store`] trait every engine implements, with [`Batch`], [`Snapshot`],
//!   [`StoreError`] and [`Stats`]. [`conformance`] is the suite an engine must pass.
//! - [`memory`]: the exact model of a store, which can also lose power. [`faulty`]: any store,
//!   failing on demand.
//! - `rocks`: the embedded engine, behind the cargo feature `rocksdb` (on by default).
//! - [`journal`]: the redo log. [`mod@env`]: the one door for time, randomness and files.
//!
//! Nothing here parses a value or knows what a key stands for.
#![warn(missing_docs)]
#![deny(clippy::indexing_slicing)]

pub mod batch;
pub mod conformance;
pub mod env;
pub mod faulty;
pub mod journal;
pub mod memfiles;
pub mod memory;
#[cfg(feature = "rocksdb")]
pub mod rocks;
pub mod store;

pub use batch::{Batch, Op};
pub use faulty::FaultyStore;
pub use memory::MemoryStore;
pub use store::{Entries, Entry, Snapshot, Stats, Store, StoreError};
