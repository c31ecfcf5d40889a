//! Looking into a tree: for a key, and at a rank.

use std::ops::Range;

use super::child::{self, Child, Weight};
use super::frame::{self, Root, Which};
use super::node::Node;
use super::order::{Key, Order};
use super::pages::{Absent, PageId, Pages};
use super::path::Place;
use super::range::Purpose;
use super::seek::{Span, route, search};

/// On which side of a key's own cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// A tree to be read.
#[derive(Debug)]
pub(crate) struct Tree<'a, P: ?Sized> {
    pub(crate) root: Node<'a>,
    weight: Weight,
    generation: u64,
    pub(super) pages: &'a P,
}

impl<'a, P: Pages + ?Sized> Tree<'a, P> {
    pub(crate) fn new(payload: &'a [u8], pages: &'a P, which: Which) -> Self {
        let generation = frame::generation(payload).unwrap_or(0);
        let Root { weight, range } = frame::root(payload, which);
        let root = if range.is_empty() { Node::EMPTY } else { Node::new(&payload[range]) };
        Self { root, weight, generation, pages }
    }

    pub(crate) fn count(&self) -> u64 {
        self.weight.count
    }

    /// Bytes of all cells.
    pub(crate) fn bytes(&self) -> u64 {
        self.weight.bytes
    }

    /// All cells, if there is nothing but the root.
    pub(crate) fn cells(&self) -> Option<impl Iterator<Item = &'a [u8]> + use<'a, P>> {
        (self.root.level() == 0).then(|| self.root.cells())
    }

    /// The cell with `key`.
    pub(crate) fn find(&self, order: &impl Order, key: &Key) -> Result<Option<&'a [u8]>, Absent> {
        let (leaf, span) = self.leaf(key)?;
        Ok(search(leaf, order, key, span).ok().map(|index| leaf.cell(index)))
    }

    /// The cell that `rank` others are before.
    pub(crate) fn at(&self, rank: u64) -> Result<Option<&'a [u8]>, Absent> {
        let (mut node, mut count, mut rank) = (self.root, self.count(), rank);
        while node.level() > 0 {
            let Some(chosen) = select(node, count, rank) else { return Ok(None) };
            node = self.child(node, chosen.index)?;
            (count, rank) = (chosen.count, rank - chosen.before);
        }
        Ok((rank < node.count() as u64).then(|| node.cell(rank as usize)))
    }

    /// How many cells are before `key`, or before what follows it.
    pub(crate) fn rank(&self, order: &impl Order, key: &Key, side: Side) -> Result<u64, Absent> {
        let (mut node, mut count, mut rank) = (self.root, self.count(), 0);
        let mut span = Span::ALL;
        while node.level() > 0 {
            let index = route(node, key, &mut span);
            rank += before(node, count, index);
            count = child::count_at(node, index);
            node = self.child(node, index)?;
        }
        Ok(match (search(node, order, key, span), side) {
            (Ok(index), Side::After) => rank + index as u64 + 1,
            (Ok(index) | Err(index), _) => rank + index as u64,
        })
    }

    /// Notes what is absent of `count` cells from rank `start` on.
    pub(crate) fn want(&self, start: u64, count: u64) -> Result<(), Absent> {
        let end = start.saturating_add(count).min(self.count());
        if start < end { self.want_range(self.root, &(start..end), Purpose::Read) } else { Ok(()) }
    }

    /// Notes what is absent on the way to `key`.
    pub(crate) fn want_key(&self, key: &Key) -> Result<(), Absent> {
        self.leaf(key).map(|_| ())
    }

    /// Notes what is absent and needed to take away `count` cells from rank `start` on.
    pub(crate) fn want_removed(&self, start: u64, count: u64) -> Result<(), Absent> {
        let end = start.saturating_add(count).min(self.count());
        if start < end {
            self.want_range(self.root, &(start..end), Purpose::Remove)
        } else {
            Ok(())
        }
    }

    /// Notes what is absent on the way to the end, where a cell is put behind all others.
    pub(crate) fn want_end(&self) {
        let mut node = self.root;
        while node.level() > 0 {
            let Ok(child) = self.child(node, node.count() - 1) else { return };
            node = child;
        }
    }

    /// The leaf where `key` is or would be.
    fn leaf(&self, key: &Key) -> Result<(Node<'a>, Span), Absent> {
        let (mut node, mut span) = (self.root, Span::ALL);
        while node.level() > 0 {
            let index = route(node, key, &mut span);
            node = self.child(node, index)?;
        }
        Ok((node, span))
    }

    /// A child of an inner node. One that is no child, because the disk has mixed up pages, is as
    /// good as empty.
    pub(super) fn child(&self, parent: Node<'a>, index: usize) -> Result<Node<'a>, Absent> {
        let child = Child::read(parent.cell(index));
        if child.is_vacant() {
            return Ok(Node::EMPTY);
        }
        Ok(child_of(parent, self.pages.page(self.id(child))?))
    }

    /// The same if the page is in memory. Else it is not wanted.
    pub(super) fn child_if_present(&self, parent: Node<'a>, index: usize) -> Option<Node<'a>> {
        let child = Child::read(parent.cell(index));
        let is_present = child.is_vacant() || self.pages.is_present(self.id(child));
        if is_present { self.child(parent, index).ok() } else { None }
    }

    /// All pages that can be found in memory below a node, and those that they name.
    pub(crate) fn find_pages(&self, node: Node<'a>, pages: &mut Vec<PageId>) {
        if node.level() == 0 {
            return;
        }
        for (index, child) in children(node).enumerate().filter(|(_, child)| !child.is_vacant()) {
            pages.push(self.id(child));
            let child = (node.level() > 1).then(|| self.child_if_present(node, index));
            if let Some(child) = child.flatten() {
                self.find_pages(child, pages);
            }
        }
    }

    /// Whether a child is in memory, and all below it along one side, down to the leaf.
    pub(super) fn has_edge(&self, parent: Node<'a>, index: usize, side: Side) -> bool {
        let (mut node, mut index) = (parent, index);
        while node.level() > 0 {
            let Some(child) = self.child_if_present(node, index) else { return false };
            node = child;
            index = if side == Side::Before { 0 } else { node.count().saturating_sub(1) };
        }
        true
    }

    pub(super) fn id(&self, child: Child) -> PageId {
        PageId { generation: self.generation, number: child.number }
    }

    pub(super) fn place(&self, child: Child) -> Place {
        if child.is_vacant() { Place::Vacant } else { Place::Page(self.id(child)) }
    }
}

pub(super) fn child_of<'a>(parent: Node, page: &'a [u8]) -> Node<'a> {
    let node = Node::new(page);
    if node.level() == parent.level() - 1 { node } else { Node::EMPTY }
}

pub(super) fn children(inner: Node<'_>) -> impl Iterator<Item = Child<'_>> {
    inner.cells().map(Child::read)
}

/// A child that has the cell at some rank below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    pub(super) index: usize,
    /// How many cells are before its own.
    pub(super) before: u64,
    /// How many it has.
    pub(super) count: u64,
}

/// Which child of a node with `count` cells below it has the one at `rank`: sought from the nearer
/// end.
pub(super) fn select(inner: Node, count: u64, rank: u64) -> Option<Chosen> {
    if rank >= count {
        return None;
    }
    if rank < count / 2 {
        let mut before = 0;
        for index in 0..inner.count() {
            let count = child::count_at(inner, index);
            if rank - before < count {
                return Some(Chosen { index, before, count });
            }
            before += count;
        }
        return None;
    }
    let mut before = count;
    for index in (0..inner.count()).rev() {
        let count = child::count_at(inner, index);
        // What a disk says of the whole need not agree with what it says of the parts.
        before = before.checked_sub(count)?;
        if rank >= before {
            return Some(Chosen { index, before, count });
        }
    }
    None
}

/// How many of the `count` cells below a node are before those of a child.
fn before(inner: Node, count: u64, index: usize) -> u64 {
    let sum = |children: Range<usize>| children.map(|at| child::count_at(inner, at)).sum::<u64>();
    if index <= inner.count() / 2 {
        sum(0..index)
    } else {
        count.saturating_sub(sum(index..inner.count()))
    }
}
