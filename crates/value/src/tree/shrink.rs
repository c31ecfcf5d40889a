//! Taking cells out of a tree, and what follows where little is left: neighbours become one node,
//! and in the end all is one leaf again.
//!
//! Nodes are joined only if both are in memory: it saves room, and is not worth loading anything.
//! So a node may be small for a long time. One that has become empty leaves a vacant child behind,
//! until there is a neighbour in memory to take its keys.

use std::ops::Range;

use super::child::{self, Change, Child, Weight};
use super::edit::Cell;
use super::frame;
use super::node::{HEADER_BYTES, Node, OFFSET_BYTES};
use super::pages::{PageId, Pages, PagesMut};
use super::path::{Place, Step};
use super::read::{Side, Tree, children};
use super::split;
use super::write::TreeMut;

/// Two children that have become one.
struct Merged {
    /// What their parent is to know of it.
    child: Vec<u8>,
    /// The page that stays, with its bytes, and the one that goes, if there are two.
    pages: Option<(PageId, Vec<u8>, PageId)>,
}

impl<P: PagesMut + ?Sized> TreeMut<'_, P> {
    /// Takes cells out of the leaf at the end of the path, and joins what has become small.
    pub(super) fn cut(&mut self, path: &[Step], cells: Range<usize>) {
        let Some((leaf, above)) = path.split_last() else { return };
        let node = self.node(leaf.place);
        if cells.len() == node.count() && leaf.place != Place::Root {
            return self.vacate(path);
        }
        let bytes = node.start(cells.end) - node.start(cells.start);
        let removed = Weight { count: cells.len() as u64, bytes: bytes as u64 };
        self.edit(leaf.place, |node| node.remove(cells));
        self.weigh(above, Change { removed, ..Change::default() });
        self.settle(path);
    }

    /// Removes the node at the end of the path, which need not be in memory, and all above that
    /// have nothing else below.
    pub(super) fn vacate(&mut self, path: &[Step]) {
        let mut steps = path;
        while let Some((last, above)) = steps.split_last() {
            let Some((parent, grand)) = above.split_last() else { return };
            if let Place::Page(id) = last.place {
                self.pages.remove(id);
            }
            let node = self.node(parent.place);
            let child = Child::read(node.cell(parent.index));
            let (removed, vacant) = (child.weight, Child::vacant(child.separator).to_vec());
            steps = above;
            if parent.place == Place::Root || node.weight() != removed {
                self.edit(parent.place, |node| node.replace(parent.index, &Cell::whole(&vacant)));
                self.weigh(grand, Change { removed, ..Change::default() });
                self.join(*parent, 0);
                break;
            }
        }
        self.settle(steps);
    }

    /// Joins what has become small along a path.
    pub(super) fn settle(&mut self, path: &[Step]) {
        for depth in (1..path.len()).rev() {
            let len = self.node(path[depth].place).len();
            self.join(path[depth - 1], len);
        }
        self.settle_root();
    }

    /// Joins a child, of this length, with the one behind it, or else with the one before it, if
    /// that is worth it.
    fn join(&mut self, parent: Step, len: usize) {
        let node = self.node(parent.place);
        let near = parent.index.saturating_sub(1)..node.count().min(parent.index + 2);
        let is_vacant = |index| child::count_at(node, index) == 0;
        if len > self.page_bytes_max() / 2 && !near.into_iter().any(is_vacant) {
            return;
        }
        let pairs = [Some(parent.index), parent.index.checked_sub(1)].into_iter().flatten();
        let mut found = pairs.filter_map(|left| Some((left, self.merged(parent, left, len)?)));
        let Some((left, merged)) = found.next() else { return };
        if let Some((kept, bytes, removed)) = merged.pages {
            self.edit(Place::Page(kept), |node| node.become_node(&bytes));
            self.pages.remove(removed);
        }
        self.edit(parent.place, |node| {
            node.replace(left, &Cell::whole(&merged.child));
            node.remove(left + 1..left + 2);
        });
    }

    /// What a child and the next one are together, if they are to be joined.
    fn merged(&self, parent: Step, left: usize, len: usize) -> Option<Merged> {
        let (tree, node) = (self.tree(), self.node(parent.place));
        if left + 1 >= node.count() {
            return None;
        }
        let (a, b) = (Child::read(node.cell(left)), Child::read(node.cell(left + 1)));
        // Whoever takes the keys of a vacant child must be in memory, down to the leaf.
        let kept = match (a.is_vacant(), b.is_vacant()) {
            (_, true) => Some(a).filter(|_| tree.has_edge(node, left, Side::After)),
            (true, false) => Some(b).filter(|_| tree.has_edge(node, left + 1, Side::Before)),
            (false, false) if len > self.page_bytes_max() / 2 => None,
            (false, false) => return self.merged_nodes(node, left),
        };
        let child = Child { separator: a.separator, ..kept? }.to_vec();
        Some(Merged { child, pages: None })
    }

    /// The same where both have cells: what they would be as one node, if that leaves room in it.
    fn merged_nodes(&self, node: Node<'_>, left: usize) -> Option<Merged> {
        let tree = self.tree();
        let (a, b) = (Child::read(node.cell(left)), Child::read(node.cell(left + 1)));
        let (weight, max) = (a.weight.plus(b.weight), self.page_bytes_max() / 4 * 3);
        if node.level() == 1 && weight.bytes > max as u64 {
            return None;
        }
        let first = tree.child_if_present(node, left)?;
        let second = tree.child_if_present(node, left + 1)?;
        let (len, level) = (first.len() + second.len() + b.separator.len(), node.level() - 1);
        let is_child = |node: Node<'_>| node.level() == level && node.count() > 0;
        if len > max || !is_child(first) || !is_child(second) {
            return None;
        }
        let bytes = concatenated(first, second, b.separator);
        let pages = Some((tree.id(a), bytes, tree.id(b)));
        Some(Merged { child: Child { weight, ..a }.to_vec(), pages })
    }

    /// Lets the root take the place of what is below it, where that is little.
    pub(super) fn settle_root(&mut self) {
        let root = self.tree().root;
        if root.level() > 0
            && root.count() > 1
            && self.weight().bytes > self.root_bytes_max() as u64
        {
            return;
        }
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
        let is_paged = frame::generation(self.payload).is_some();
        if is_paged && !frame::is_paired(self.payload) && self.tree().root.level() == 0 {
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

    /// Whether the root is a leaf that stays one if cells of so many bytes are added.
    pub(crate) fn root_takes(&self, cells: impl IntoIterator<Item = usize>) -> bool {
        let root = self.tree().root;
        let added: usize = cells.into_iter().map(|bytes| OFFSET_BYTES + bytes).sum();
        root.level() == 0 && root.len() + added <= self.root_bytes_max()
    }

    /// Forgets all pages that can be found in memory. The tree is not to be used after that.
    pub(crate) fn clear(&mut self) {
        let (tree, mut pages) = (self.tree(), Vec::new());
        tree.find_pages(tree.root, &mut pages);
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
        gather(&tree, tree.root, &mut pages, &mut cells)?;
        (split::node_len(&cells) <= max).then(|| (pages, split::node(0, cells.iter().copied())))
    }
}

/// Collects all cells below a node, and the pages they are in, if all are in memory.
fn gather<'t, P: Pages + ?Sized>(
    tree: &Tree<'t, P>,
    node: Node<'t>,
    pages: &mut Vec<PageId>,
    cells: &mut Vec<&'t [u8]>,
) -> Option<()> {
    if node.level() == 0 {
        cells.extend(node.cells());
        return Some(());
    }
    for (index, child) in children(node).enumerate().filter(|(_, child)| !child.is_vacant()) {
        pages.push(tree.id(child));
        gather(tree, tree.child_if_present(node, index)?, pages, cells)?;
    }
    Some(())
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
