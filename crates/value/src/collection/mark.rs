//! The first byte of a payload: what is in it (high 4 bits), and how it is shown (low 4 bits).

use crate::{Kind, tree};

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A [`map`](super::map) with values.
    Hash,
    /// A [`map`](super::map) without values.
    Set,
    /// [`sorted`](super::sorted) members.
    Sorted,
    /// A [`sequence`](super::sequence).
    Sequence,
}

impl Container {
    /// What a key of this kind holds; none for a string.
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::String | Kind::LongString => None,
            Kind::List => Some(Self::Sequence),
            Kind::Set => Some(Self::Set),
            Kind::SortedSet => Some(Self::Sorted),
            Kind::Hash => Some(Self::Hash),
        }
    }
}

/// In which of its encodings Redis would keep a collection. It has become that by changes: once a
/// collection is shown as a large one, it stays so when it shrinks. Only lists come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A small collection of any type.
    Listpack,
    /// A set of integers.
    Intset,
    /// A large hash or set.
    Hashtable,
    /// A large sorted set.
    Skiplist,
    /// A large list.
    Quicklist,
}

impl Shape {
    /// What `OBJECT ENCODING` answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listpack => "listpack",
            Self::Intset => "intset",
            Self::Hashtable => "hashtable",
            Self::Skiplist => "skiplist",
            Self::Quicklist => "quicklist",
        }
    }
}

const CONTAINERS: [Container; 4] =
    [Container::Hash, Container::Set, Container::Sorted, Container::Sequence];
const SHAPES: [Shape; 5] =
    [Shape::Listpack, Shape::Intset, Shape::Hashtable, Shape::Skiplist, Shape::Quicklist];

pub(super) fn byte(container: Container, shape: Shape) -> u8 {
    (container as u8) << 4 | shape as u8
}

/// `None`: the payload is empty, or of a later version.
pub(super) fn read(payload: &[u8]) -> Option<(Container, Shape)> {
    let mark = tree::mark(payload)?;
    let container = CONTAINERS.get(usize::from(mark >> 4))?;
    Some((*container, *SHAPES.get(usize::from(mark & 0x0f))?))
}

pub(super) fn set_shape(payload: &mut [u8], container: Container, shape: Shape) {
    tree::set_mark(payload, byte(container, shape));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_reads_back_as_it_was_written() {
        for container in CONTAINERS {
            for shape in SHAPES {
                assert_eq!(read(&[byte(container, shape)]), Some((container, shape)));
            }
        }
        assert_eq!(read(&[0x45]), None);
        assert_eq!(read(&[0x05]), None);
        assert_eq!(read(&[]), None);
    }
}
