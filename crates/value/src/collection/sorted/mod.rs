//! Members in the order of their scores, those of one score byte by byte.
//!
//! A small one is one leaf in this order, and a member is found by looking at all of them. A large
//! one has a second tree with the same cells, in the order of the members' hashes.

mod cell;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Below, BelowMember, SortedRef};
pub use write::{PutScore, SortedMut};
