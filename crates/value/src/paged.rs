//! What is asked of a value with pages, or of one of its pages, whatever it is.

use crate::collection::Container;
use crate::tree::{PageId, Pages};
use crate::{Kind, Malformed, blocks, collection};

/// The generation of a value's pages; 0 if it has none.
pub fn generation(kind: Kind, payload: &[u8]) -> u64 {
    match kind {
        Kind::String => 0,
        Kind::LongString => blocks::generation(payload),
        Kind::List | Kind::Set | Kind::SortedSet | Kind::Hash => {
            collection::generation(payload).unwrap_or(0)
        }
    }
}

/// The pages of a value, as far as what names them is in memory: each once, unless a disk has
/// mixed them up.
pub fn pages<P: Pages>(kind: Kind, payload: &[u8], pages: &P) -> Vec<PageId> {
    match kind {
        Kind::String => Vec::new(),
        Kind::LongString => blocks::pages(payload),
        Kind::List | Kind::Set | Kind::SortedSet | Kind::Hash => collection::pages(payload, pages),
    }
}

/// Whether a payload that comes from a disk can be worked with.
///
/// # Errors
/// [`Malformed`]: its parts do not fit together, or it is not of this kind.
pub fn check_payload(kind: Kind, payload: &[u8]) -> Result<(), Malformed> {
    match (Container::of(kind), kind) {
        (Some(container), _) => collection::check_payload(container, payload),
        (None, Kind::LongString) => blocks::check_payload(payload),
        (None, _) => Ok(()),
    }
}

/// Whether a page that comes from a disk can be worked with.
///
/// # Errors
/// [`Malformed`]: its parts do not fit together.
pub fn check_page(id: PageId, page: &[u8]) -> Result<(), Malformed> {
    if blocks::is_block(id) { Ok(()) } else { collection::check_page(page) }
}
