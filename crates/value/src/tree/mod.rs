//! A counted B+-tree over pages of bytes: what a collection of any size is kept in.
//!
//! A small collection is one leaf within the value of its key. When that grows too large, leaves
//! become pages of their own, and what stays with the key is the root: for each page its number,
//! how many cells are below it, and where in the order it starts. A page is the unit that is
//! loaded, saved and evicted.
//!
//! ```text
//! payload      header | root
//! root, page   level, count | offsets | cells
//! ```
//!
//! Knows no types, no keys and no clocks, and does no I/O: what it needs from elsewhere it asks
//! of [`Pages`], and if that is not in memory the answer is [`Absent`] and nothing has changed.

mod bytes;
#[cfg(test)]
mod check;
mod child;
mod descent;
mod edit;
mod frame;
mod grow;
mod node;
mod order;
mod pages;
mod path;
mod place;
mod range;
mod read;
mod room;
mod seek;
mod shrink;
mod split;
#[cfg(test)]
pub(crate) mod testing;
mod trim;
mod write;

pub use descent::Descent;
pub use pages::{Absent, PageId, PageLimits, Pages, PagesMut};
pub use range::Direction;

#[cfg(test)]
pub(crate) use check::check_tree;
pub(crate) use edit::Cell;
pub(crate) use frame::{Trees, Which};
pub(crate) use node::Node;
pub(crate) use order::{ByPosition, Key, Order};
pub(crate) use read::{Side, Tree};
pub(crate) use write::{Spot, TreeMut};

pub(crate) use frame::{begin, bytes, count, generation, is_paired, is_sound as is_payload};
pub(crate) use frame::{mark, note, set_mark, set_note};

/// Whether `bytes` can be worked with as a page.
pub(crate) fn is_page(bytes: &[u8]) -> bool {
    Node::is_sound(bytes)
}
