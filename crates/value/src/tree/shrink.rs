//! Taking cells out of a tree, and what follows where little is left: neighbours become one node,
//! and in the end all is one leaf again.
//!
//! All of this is done only with nodes that are in memory: it saves room, and is not worth loading
//! anything. So a leaf may be small for a long time, and even empty. An empty one stays until there
//! is a neighbour in memory to take its keys: a key that could be put before a change can be put
//! after it.

use std::ops::Range;

use super::child::{Change, Child, FIXED_BYTES, Weight};
use super::edit::Cell;
use super::frame::{self, Frame};
use super::node::{HEADER_BYTES, Node, OFFSET_BYTES};
use super::pages::{PageId, Pages, PagesMut};
use super::path::{Place, Step};
use super::read::Tree;
use super::split;
use super::write::TreeMut;

/// Two children to be made one.
struct Merged {
    /// The page that stays, and its bytes if they change.
    kept: u64,
    bytes: Option<Vec<u8>>,
    removed: u64,
    weight: Weight,
    separator: Vec<u8>,
}

impl<P: PagesMut + ?Sized> TreeMut<'_, P> {
    /// Takes cells out of the leaf at the end of the path.
    pub(super) fn cut(&mut self, path: &[Step], cells: Range<usize>) {
        let Some((leaf, above)) = path.split_last() else { return };
        let node = self.node(leaf.place);
        let bytes = node.start(cells.end) - node.start(cells.start);
        let removed = Weight { count: cells.len() as u64, bytes: bytes as u64 };
        self.edit(leaf.place, |node| node.remove(cells));
        self.weigh(above, Change { removed, ..Change::default() });
    }

    /// Joins what has become small along a path.
    pub(super) fn settle(&mut self, path: &[Step]) {
        for depth in (1..path.len()).rev() {
            if self.node(path[depth].place).len() <= self.page_bytes_max() / 2 {
                self.join(path[depth - 1]);
            }
        }
        self.settle_root();
    }

    /// Joins a child with the one behind it, or else with the one before it.
    fn join(&mut self, parent: Step) {
        let index = parent.index;
        let pairs = [Some(index), index.checked_sub(1)].into_iter().flatten();
        let mut found = pairs.filter_map(|left| Some((left, self.merged(parent.place, left)?)));
        let Some((left, merged)) = found.next() else { return };
        let (kept, removed) = (self.id(merged.kept), self.id(merged.removed));
        if let Some(bytes) = merged.bytes {
            self.edit(Place::Page(kept), |node| node.become_node(&bytes));
        }
        self.pages.remove(removed);
        let (number, separator) = (merged.kept, &merged.separator[..]);
        let child = Child { number, weight: merged.weight, separator }.to_vec();
        self.edit(parent.place, |node| {
            node.replace(left, &Cell::whole(&child));
            node.remove(left + 1..left + 2);
        });
    }

    /// What a child and the next one would be together, if that is in memory and one node.
    fn merged(&self, parent: Place, left: usize) -> Option<Merged> {
        let (tree, node) = (self.tree(), self.node(parent));
        if left + 1 >= node.count() {
            return None;
        }
        let (a, b) = (Child::read(node.cell(left)), Child::read(node.cell(left + 1)));
        let (weight, separator) = (a.weight.plus(b.weight), a.separator.to_vec());
        let keep = |kept: usize, removed: u64| {
            let kept = tree.child_if_present(node, kept).map(|_| Child::read(node.cell(kept)))?;
            let (kept, separator) = (kept.number, separator.clone());
            Some(Merged { kept, bytes: None, removed, weight, separator })
        };
        if node.level() == 1 && b.weight.count == 0 {
            return keep(left, b.number);
        }
        if node.level() == 1 && a.weight.count == 0 {
            return keep(left + 1, a.number);
        }
        let first = tree.child_if_present(node, left)?;
        let second = tree.child_if_present(node, left + 1)?;
        let len = first.len() + second.len() + b.separator.len();
        let level = node.level() - 1;
        if len > self.page_bytes_max() / 4 * 3 || first.level() != level || second.level() != level
        {
            return None;
        }
        let bytes = Some(concatenated(first, second, b.separator));
        Some(Merged { kept: a.number, bytes, removed: b.number, weight, separator })
    }

    /// Lets the root take the place of what is below it, where that is little.
    pub(super) fn settle_root(&mut self) {
        while let Some((child, root)) = self.only_child() {
            self.pages.remove(child);
            self.edit(Place::Root, |node| node.become_node(&root));
        }
        if let Some((pages, leaf)) = self.gathered() {
            let weight = Node::new(&leaf).weight();
            for page in pages {
                self.pages.remove(page);
            }
            self.edit(Place::Root, |node| node.become_node(&leaf));
            frame::put_weight(self.payload, self.which, weight);
        }
        let frame = Frame::read(self.payload);
        let is_one = frame.generation.is_some() && frame.second.is_none();
        if is_one && self.tree().root.level() == 0 {
            self.end_pages();
        }
    }

    /// Gives up what the payload has for pages, and with it the second tree. The first one has to
    /// be one leaf.
    pub(crate) fn end_pages(&mut self) {
        frame::end_pages(self.payload);
    }

    /// Whether the tree is one leaf, and has room enough to stay one for a while even if there
    /// are no pages.
    pub(crate) fn is_little(&self) -> bool {
        let root = self.tree().root;
        root.level() == 0 && root.len() <= self.limits.root_bytes / 2
    }

    /// Whether the root is a leaf that stays one if a cell of so many bytes is added.
    pub(crate) fn root_takes(&self, cell_bytes: usize) -> bool {
        let root = self.tree().root;
        let len = root.len() + OFFSET_BYTES + cell_bytes;
        root.level() == 0 && self.fits(Place::Root, 0, len, root.count() + 1)
    }

    /// Forgets all pages that can be found in memory. The tree is not to be used after that.
    pub(crate) fn clear(&mut self) {
        let (tree, mut pages) = (self.tree(), Vec::new());
        find_pages(&tree, tree.root, &mut pages);
        for page in pages {
            self.pages.remove(page);
        }
    }

    /// The root's only child and what it is, if that is an inner node which could be the root.
    fn only_child(&self) -> Option<(PageId, Vec<u8>)> {
        let tree = self.tree();
        let root = tree.root;
        if root.level() < 2 || root.count() > 1 {
            return None;
        }
        let child = tree.child_if_present(root, 0)?;
        let fits = self.fits(Place::Root, child.level(), child.len(), child.count());
        let id = self.id(Child::read(root.cell(0)).number);
        (fits && child.level() > 0).then(|| (id, child.bytes().to_vec()))
    }

    /// All pages, and the one leaf that all cells would be. Only if that is small enough to stay
    /// one for a while.
    fn gathered(&self) -> Option<(Vec<PageId>, Vec<u8>)> {
        let (tree, max) = (self.tree(), self.root_bytes_max() / 2);
        let len = |count: u64, bytes: u64| {
            (HEADER_BYTES as u64).saturating_add(OFFSET_BYTES as u64 * count).saturating_add(bytes)
        };
        if tree.root.level() == 0 || len(tree.count(), tree.bytes()) > max as u64 {
            return None;
        }
        let (mut pages, mut cells) = (Vec::new(), Vec::new());
        self.gather(&tree, tree.root, &mut pages, &mut cells)?;
        (split::node_len(&cells) <= max).then(|| (pages, split::node(0, cells.iter().copied())))
    }

    fn gather<'t>(
        &self,
        tree: &Tree<'t, P>,
        node: Node<'t>,
        pages: &mut Vec<PageId>,
        cells: &mut Vec<&'t [u8]>,
    ) -> Option<()> {
        if node.level() == 0 {
            cells.extend(node.cells());
            return Some(());
        }
        for index in 0..node.count() {
            let child = Child::read(node.cell(index));
            pages.push(self.id(child.number));
            // An empty leaf can go without having been looked at.
            if node.level() > 1 || child.weight.count > 0 {
                self.gather(tree, tree.child_if_present(node, index)?, pages, cells)?;
            }
        }
        Some(())
    }
}

fn find_pages<'t, P: Pages + ?Sized>(tree: &Tree<'t, P>, node: Node<'t>, pages: &mut Vec<PageId>) {
    if node.level() == 0 {
        return;
    }
    for index in 0..node.count() {
        pages.push(tree.child_id(node, index));
        let child = (node.level() > 1).then(|| tree.child_if_present(node, index));
        if let Some(child) = child.flatten() {
            find_pages(tree, child, pages);
        }
    }
}

/// The cells of both nodes. The first child of the second one gets a separator.
fn concatenated(first: Node, second: Node, separator: &[u8]) -> Vec<u8> {
    if first.level() == 0 {
        return split::node(0, first.cells().chain(second.cells()));
    }
    let joint = Child { separator, ..Child::read(second.cell(0)) }.to_vec();
    let rest = second.cells().skip(1);
    split::node(first.level(), first.cells().chain(std::iter::once(&joint[..])).chain(rest))
}

/// A child's cell as that of a first child, which has no separator.
pub(super) fn first_child(cell: &[u8]) -> [u8; FIXED_BYTES] {
    cell[..FIXED_BYTES].try_into().expect("a child's cell begins with this")
}
