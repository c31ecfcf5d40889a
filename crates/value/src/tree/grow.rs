//! Putting cells into a tree, and what follows where a node is full: it becomes several, which its
//! parent has to take, and so on up to the root.

use super::child::{Change, Child, Weight};
use super::edit::Cell;
use super::frame::{self, Trees};
use super::node::{Node, OFFSET_BYTES};
use super::order::Order;
use super::pages::PagesMut;
use super::path::{Edge, Path, Place, Step, edge};
use super::split::{self, Part};
use super::write::TreeMut;

/// What is going on while nodes are split.
#[derive(Clone, Copy, Debug)]
struct Growth {
    edge: Edge,
    change: Change,
}

impl<P: PagesMut + ?Sized> TreeMut<'_, P> {
    /// Puts a cell at the end of the path, in the place of as many as are removed there: one or
    /// none.
    pub(super) fn put(&mut self, order: &impl Order, path: &Path, removed: usize, cell: &Cell<'_>) {
        let Some((leaf, above)) = path.split_last() else { return };
        if leaf.place == Place::Vacant {
            return self.occupy(above, cell);
        }
        let node = self.node(leaf.place);
        let old = if removed > 0 { node.cell(leaf.index).len() } else { 0 };
        let change = Change {
            added: Weight { count: 1, bytes: cell.len() as u64 },
            removed: Weight { count: removed as u64, bytes: old as u64 },
        };
        let count = node.count() + 1 - removed;
        let len = node.len() + OFFSET_BYTES * (1 - removed) + cell.len() - old;
        if self.fits(leaf.place, 0, len, count) {
            self.edit(leaf.place, |node| match removed {
                0 => node.insert(leaf.index, cell),
                _ => node.replace(leaf.index, cell),
            });
            self.weigh(above, change);
            return;
        }
        let (old, new) = (node.bytes().to_vec(), cell.to_vec());
        let mut cells: Vec<_> = Node::new(&old).cells().collect();
        cells.splice(leaf.index..leaf.index + removed, [&new[..]]);
        let edge = if removed == 0 { edge(path) } else { Edge::Neither };
        let parts = split::leaves(&cells, self.page_bytes_max(), edge, order);
        self.spread(path, parts, Growth { edge, change });
    }

    /// Puts a cell where a child has none below: gives that a leaf, and what belongs between.
    fn occupy(&mut self, path: &[Step], cell: &Cell<'_>) {
        let Some((parent, above)) = path.split_last() else { return };
        let weight = Weight { count: 1, bytes: cell.len() as u64 };
        let leaf = cell.to_vec();
        let mut number = self.create_page(split::node(0, std::iter::once(&leaf[..])));
        for level in 1..self.node(parent.place).level() {
            let child = Child { number, weight, separator: &[] }.to_vec();
            number = self.create_page(split::node(level, std::iter::once(&child[..])));
        }
        self.edit(parent.place, |node| {
            let separator = Child::read(node.node().cell(parent.index)).separator.to_vec();
            let child = Child { number, weight, separator: &separator }.to_vec();
            node.replace(parent.index, &Cell::whole(&child));
        });
        self.weigh(above, Change { added: weight, ..Change::default() });
    }

    /// Lets the node at the end of the path become several.
    fn spread(&mut self, path: &[Step], parts: Vec<Part>, growth: Growth) {
        let Some((step, above)) = path.split_last() else { return };
        let (Place::Page(id), Some((parent, grand))) = (step.place, above.split_last()) else {
            return self.raise(parts, growth);
        };
        let node = self.node(parent.place);
        let old = node.cell(parent.index);
        let (level, old_len) = (node.level(), old.len());
        let own = (id.number, Child::read(old).separator.to_vec());
        let (count, len) = (node.count(), node.len());
        let new = self.place_parts(Some(own), parts);
        let count = count + new.len() - 1;
        let added: usize = new.iter().map(|cell| OFFSET_BYTES + cell.len()).sum();
        let len = len - OFFSET_BYTES - old_len + added;
        if self.fits(parent.place, level, len, count) {
            self.edit(parent.place, |node| {
                node.remove(parent.index..parent.index + 1);
                for (index, cell) in new.iter().enumerate() {
                    node.insert(parent.index + index, &Cell::whole(cell));
                }
            });
            self.weigh(grand, growth.change);
            return;
        }
        let old = self.node(parent.place).bytes().to_vec();
        let mut cells: Vec<_> = Node::new(&old).cells().collect();
        cells.splice(parent.index..=parent.index, new.iter().map(Vec::as_slice));
        let parts = split::inners(level, &cells, self.page_bytes_max(), growth.edge);
        self.spread(above, parts, growth);
    }

    /// Lets the root become several pages, with a new root above.
    fn raise(&mut self, parts: Vec<Part>, growth: Growth) {
        self.begin_pages(Trees::One);
        let level = self.tree().root.level();
        self.set_root_above(level, parts, growth.edge);
        self.weigh(&[], growth.change);
    }

    /// Makes a root of parts that have this level, or of as few above them as it can hold.
    pub(super) fn set_root_above(&mut self, level: u8, parts: Vec<Part>, edge: Edge) {
        let (mut level, mut parts) = (level, parts);
        loop {
            level += 1;
            let cells = self.place_parts(None, parts);
            let cells: Vec<_> = cells.iter().map(Vec::as_slice).collect();
            let len = split::node_len(&cells);
            if self.fits(Place::Root, level, len, cells.len()) {
                let root = split::node(level, cells.iter().copied());
                self.edit(Place::Root, |node| node.become_node(&root));
                return;
            }
            parts = split::inners(level, &cells, self.page_bytes_max(), edge);
        }
    }

    /// Sees to it that the payload can have pages.
    pub(crate) fn begin_pages(&mut self, trees: Trees) {
        if frame::generation(self.payload).is_none() {
            let generation = self.pages.fresh_generation();
            frame::begin_pages(self.payload, generation, trees);
        }
    }
}
