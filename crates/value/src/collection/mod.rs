//! What lists, hashes, sets and sorted sets are kept in: shapes over [trees](crate::tree).
//!
//! - [`map`]: keys in the order of their hashes, each with a value or without (hash, set)
//! - [`sorted`]: members in the order of their scores (sorted set)
//! - [`sequence`]: values in the order they were put (list)
//!
//! A collection is its payload, which stays with its key, and pages, which come and go. An
//! operation that needs a page which is not in memory answers [`Absent`](tree::Absent),
//! and neither has changed anything nor called anybody. Whoever ends a collection, or changes one
//! so that its [`generation`] is another or none, forgets all pages of the former generation.
//!
//! Knows no commands, no clocks and no texts of errors.

mod limits;
pub mod map;
mod mark;
pub mod sequence;
pub mod sorted;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod varint;

pub use limits::{EncodingLimits, Limits};
pub use mark::{Container, Shape};

use crate::Malformed;
use crate::tree::{self, Descent, PageId, Pages, Tree, Which};

/// What [`put`](map::MapMut::put) of a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was not there before.
    Added,
    /// It was there, and what belongs to it has changed.
    Replaced,
    /// It was there, and nothing belongs to it: nothing has changed.
    Same,
}

/// The generation of a collection's pages, if it has any.
pub fn generation(payload: &[u8]) -> Option<u64> {
    tree::generation(payload)
}

/// The way to where a hash's field, or a set's member, is or would be, from the root of its
/// collection on, with the seed that it was made with. `None`: it is no such collection, or it has
/// no pages.
pub fn descent<'a>(payload: &'a [u8], seed: u64, element: &'a [u8]) -> Option<Descent<'a>> {
    let which = match mark::read(payload)?.0 {
        Container::Hash | Container::Set => Which::First,
        Container::Sorted => Which::Second,
        Container::Sequence => return None,
    };
    Descent::new(payload, which, map::key_of(element, seed))
}

/// How many bytes the elements are, about.
pub fn bytes(payload: &[u8]) -> u64 {
    tree::bytes(payload)
}

/// What a payload is, as `OBJECT ENCODING` sees it. `None`: it is empty.
pub fn shape(payload: &[u8]) -> Option<Shape> {
    mark::read(payload).map(|(_, shape)| shape)
}

/// The pages of a collection, as far as what names them is in memory: each once, unless a disk has
/// mixed them up.
pub fn pages<P: Pages>(payload: &[u8], pages: &P) -> Vec<PageId> {
    let mut found = Vec::new();
    for which in [Which::First, Which::Second] {
        let tree = Tree::new(payload, pages, which);
        tree.find_pages(tree.root, &mut found);
    }
    found
}

/// Whether a payload that comes from a disk can be worked with.
///
/// # Errors
/// [`Malformed`]: its parts do not fit together, or it is not of this container.
pub fn check_payload(container: Container, payload: &[u8]) -> Result<(), Malformed> {
    let known = payload.is_empty() || mark::read(payload).is_some_and(|(it, _)| it == container);
    if !known || !tree::is_payload(payload) {
        return Err(Malformed);
    }
    let is_paired = container == Container::Sorted && generation(payload).is_some();
    if tree::is_paired(payload) == is_paired { Ok(()) } else { Err(Malformed) }
}

/// Whether a page that comes from a disk can be worked with.
///
/// # Errors
/// [`Malformed`]: its parts do not fit together.
pub fn check_page(page: &[u8]) -> Result<(), Malformed> {
    if tree::is_page(page) { Ok(()) } else { Err(Malformed) }
}
