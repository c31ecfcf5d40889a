//! The way down to a key, a node at a time: so that several can be gone side by side.

use super::child::Child;
use super::frame::{self, Which};
use super::node::Node;
use super::order::Key;
use super::pages::PageId;
use super::read::child_of;
use super::seek::{Span, route};

/// How far the way to one key has been gone.
#[derive(Clone, Copy, Debug)]
pub struct Descent<'a> {
    node: Node<'a>,
    key: Key<'a>,
    generation: u64,
}

impl<'a> Descent<'a> {
    /// At the root. `None`: there is no page to go to.
    pub(crate) fn new(payload: &'a [u8], which: Which, key: Key<'a>) -> Option<Self> {
        let generation = frame::generation(payload)?;
        let root = frame::root(payload, which).range;
        let node = Node::new(payload.get(root).filter(|root| !root.is_empty())?);
        Some(Self { node, key, generation })
    }

    /// The page where it goes on. `None`: this is the end.
    pub fn next(&self) -> Option<PageId> {
        if self.node.level() == 0 {
            return None;
        }
        let index = route(self.node, &self.key, &mut { Span::ALL });
        let child = Child::read(self.node.cell(index));
        let id = PageId { generation: self.generation, number: child.number };
        (!child.is_vacant()).then_some(id)
    }

    /// Goes on in that page.
    pub fn enter(&mut self, page: &'a [u8]) {
        self.node = child_of(self.node, page);
    }
}
