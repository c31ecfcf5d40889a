//! How a map is shown after an element has been put into it, as Redis 7.2 would encode it.

use super::super::limits::EncodingLimits;
use super::super::mark::{Container, Shape};
use super::cell::Entry;
use crate::str::parse_int;

/// The longest integer has this many digits, with its sign.
const INTEGER_LEN_MAX: usize = 20;

/// An element about to be put.
pub(super) struct Coming<'a> {
    pub(super) entry: &'a Entry<'a>,
    /// How many elements there are with it.
    pub(super) count: u64,
    pub(super) is_new: bool,
}

/// The first shape of a container, and that of one that is announced to get `count` elements.
pub(super) fn first(
    container: Container,
    entry: &Entry,
    count: u64,
    limits: &EncodingLimits,
) -> Shape {
    match container {
        Container::Hash => Shape::Listpack,
        _ if parse_int(entry.key).is_some() && count <= limits.set_intset_entries => Shape::Intset,
        _ if count <= limits.set_listpack_entries => Shape::Listpack,
        _ => Shape::Hashtable,
    }
}

/// What a container that is there becomes when `count` elements are announced.
pub(super) fn announced(
    container: Container,
    shape: Shape,
    count: u64,
    limits: &EncodingLimits,
) -> Shape {
    match (container, shape) {
        (Container::Set, Shape::Intset) if count > limits.set_intset_entries => Shape::Hashtable,
        (Container::Set, Shape::Listpack) if count > limits.set_listpack_entries => {
            Shape::Hashtable
        }
        _ => shape,
    }
}

/// What a container becomes when an element is put.
pub(super) fn next(
    container: Container,
    shape: Shape,
    coming: &Coming,
    limits: &EncodingLimits,
) -> Shape {
    match (container, shape) {
        (Container::Hash, Shape::Listpack) => hash(coming, limits),
        (Container::Set, Shape::Intset | Shape::Listpack) if !coming.is_new => shape,
        (Container::Set, Shape::Intset) if parse_int(coming.entry.key).is_some() => {
            if coming.count > limits.set_intset_entries { Shape::Hashtable } else { shape }
        }
        // What is in a set of integers is at most as long as an integer.
        (Container::Set, Shape::Intset)
            if coming.count > 1 && limits.set_listpack_value_bytes < INTEGER_LEN_MAX =>
        {
            Shape::Hashtable
        }
        (Container::Set, Shape::Intset | Shape::Listpack) => set_of_strings(coming, limits),
        _ => shape,
    }
}

fn hash(coming: &Coming, limits: &EncodingLimits) -> Shape {
    let longest = coming.entry.key.len().max(coming.entry.value.len());
    if longest > limits.hash_value_bytes || coming.count > limits.hash_entries {
        Shape::Hashtable
    } else {
        Shape::Listpack
    }
}

fn set_of_strings(coming: &Coming, limits: &EncodingLimits) -> Shape {
    let len = coming.entry.key.len();
    if coming.count > limits.set_listpack_entries || len > limits.set_listpack_value_bytes {
        Shape::Hashtable
    } else {
        Shape::Listpack
    }
}
