//! Keys in the order of their hashes, with a value each (a hash) or without (a set).
//!
//! The order makes a position that means the same however the map grows or shrinks: a scan that
//! goes on from one misses nothing that was there all the time.

mod cell;
mod expiries;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod write;

pub use cell::Entry;
pub(super) use cell::key_of;
pub use expiries::{found_soonest_expiry, soonest_expiry};
pub use read::MapRef;
pub(super) use read::scan;
pub use write::MapMut;
