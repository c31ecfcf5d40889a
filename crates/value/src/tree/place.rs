//! Nodes where they lie, and what is written down about them above.

use super::child::{self, Change, Child, Weight};
use super::edit::NodeMut;
use super::frame;
use super::node::Node;
use super::pages::{PageId, PagesMut};
use super::path::{Place, Step};
use super::split::Part;
use super::write::TreeMut;

/// More than any node of several cells may have: offsets have 16 bits.
const NODE_BYTES_MAX: usize = 60 << 10;
impl<P: PagesMut + ?Sized> TreeMut<'_, P> {
    /// A node on the way to a place that has been sought, and so in memory. Only where the disk has
    /// mixed up pages it may be gone; then it is empty.
    pub(super) fn node(&self, place: Place) -> Node<'_> {
        match place {
            Place::Root => self.tree().root,
            Place::Page(id) => self.pages.page(id).map_or(Node::EMPTY, Node::new),
            Place::Vacant => Node::EMPTY,
        }
    }

    /// Changes such a node.
    pub(super) fn edit(&mut self, place: Place, f: impl FnOnce(&mut NodeMut<'_>)) {
        match place {
            Place::Root => {
                let range = frame::root(self.payload, self.which).range;
                if range.is_empty() {
                    return;
                }
                let mut node = NodeMut::new(self.payload, range);
                f(&mut node);
                let len = node.len();
                frame::put_root_len(self.payload, self.which, len);
            }
            Place::Page(id) => {
                if let Ok(page) = self.pages.page_mut(id) {
                    f(&mut NodeMut::page(page));
                }
            }
            Place::Vacant => {}
        }
    }

    /// Writes down, in each of the steps and in the header, what has changed below.
    pub(super) fn weigh(&mut self, steps: &[Step], change: Change) {
        if change.added == change.removed {
            return;
        }
        for step in steps {
            self.edit(step.place, |node| {
                let cell = node.cell_mut(step.index);
                let weight = change.of(Child::read(cell).weight);
                child::put_weight(cell, weight);
            });
        }
        let weight = change.of(self.weight());
        frame::put_weight(self.payload, self.which, weight);
    }

    /// What all cells weigh.
    pub(super) fn weight(&self) -> Weight {
        frame::root(self.payload, self.which).weight
    }

    /// Whether a node of this size may stay as it is.
    pub(super) fn fits(&self, place: Place, level: u8, len: usize, count: usize) -> bool {
        match place {
            Place::Root => len <= self.root_bytes_max() || level > 0 && count <= 2,
            Place::Page(_) | Place::Vacant => {
                len <= self.page_bytes_max() || count <= if level > 0 { 2 } else { 1 }
            }
        }
    }

    /// A payload's second tree takes half of the room for roots.
    pub(super) fn root_bytes_max(&self) -> usize {
        let trees = if frame::is_paired(self.payload) { 2 } else { 1 };
        self.limits.root_bytes.min(NODE_BYTES_MAX) / trees
    }

    pub(super) fn page_bytes_max(&self) -> usize {
        self.limits.page_bytes.min(NODE_BYTES_MAX)
    }

    pub(super) fn id(&self, number: u64) -> PageId {
        let generation = frame::generation(self.payload);
        PageId { generation: generation.expect("there are no pages without generation"), number }
    }

    /// Makes a page and answers its number.
    pub(super) fn create_page(&mut self, bytes: Vec<u8>) -> u64 {
        let mut number = frame::take_page_number(self.payload);
        // Only a disk that has mixed up payloads says that a number is free which is not. The page
        // may be one that is just being changed.
        while self.pages.is_present(self.id(number)) {
            number = frame::take_page_number(self.payload);
        }
        self.pages.create(self.id(number), bytes);
        number
    }

    /// Gives pages to parts of a node: to the first one the node's own, if it had one, and none to
    /// a part that has only vacant children. Answers what their parent is to know of them.
    pub(super) fn place_parts(
        &mut self,
        own: Option<(u64, Vec<u8>)>,
        parts: Vec<Part>,
    ) -> Vec<Vec<u8>> {
        let mut own = own;
        let mut place = |part: Part| {
            let (page, separator) = match own.take() {
                Some((number, separator)) => (Some(number), separator),
                None => (None, part.separator),
            };
            let is_vacant = part.weight.count == 0;
            let number = match page {
                Some(number) if is_vacant => {
                    self.pages.remove(self.id(number));
                    0
                }
                Some(number) => {
                    self.edit(Place::Page(self.id(number)), |node| node.become_node(&part.bytes));
                    number
                }
                None if is_vacant => 0,
                None => self.create_page(part.bytes),
            };
            Child { number, weight: part.weight, separator: &separator }.to_vec()
        };
        parts.into_iter().map(&mut place).collect()
    }
}
