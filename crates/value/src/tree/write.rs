//! Changing a tree: a place is sought first, then a cell put there or taken away.

use super::child::Child;
use super::edit::Cell;
use super::frame::Which;
use super::node::Node;
use super::order::{Key, Order};
use super::pages::{Absent, PageLimits, PagesMut};
use super::path::{Path, Place, Step};
use super::read::{Tree, select};
use super::seek::{Span, route, search};

/// A place in a tree. Any change of the tree makes it meaningless.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(super) path: Path,
    /// Whether the sought cell is there, or else would be.
    pub(crate) found: bool,
}

/// A tree to be changed. The payload has been begun.
#[derive(Debug)]
pub(crate) struct TreeMut<'a, P: ?Sized> {
    pub(super) payload: &'a mut Vec<u8>,
    pub(super) pages: &'a mut P,
    pub(super) limits: PageLimits,
    pub(super) which: Which,
}

impl<'a, P: PagesMut + ?Sized> TreeMut<'a, P> {
    pub(crate) fn new(
        payload: &'a mut Vec<u8>,
        pages: &'a mut P,
        limits: PageLimits,
        which: Which,
    ) -> Self {
        Self { payload, pages, limits, which }
    }

    /// Where `key` is or would be.
    pub(crate) fn seek(&self, order: &impl Order, key: &Key) -> Result<Spot, Absent> {
        let (mut found, mut span) = (false, Span::ALL);
        let path = self.descend(|node| {
            if node.level() > 0 {
                return Some(route(node, key, &mut span));
            }
            let index = search(node, order, key, span);
            found = index.is_ok();
            index.ok().or(index.err())
        })?;
        Ok(Spot { path, found })
    }

    /// Where the cell at `rank` is, or behind all cells if there is none.
    pub(crate) fn seek_at(&self, rank: u64) -> Result<Spot, Absent> {
        let mut count = self.tree().count();
        let found = rank < count;
        let mut rest = if found { rank } else { u64::MAX };
        let path = self.descend(|node| {
            if !found {
                return None;
            }
            if node.level() == 0 {
                return usize::try_from(rest).ok();
            }
            let chosen = select(node, count, rest)?;
            (count, rest) = (chosen.count, rest - chosen.before);
            Some(chosen.index)
        })?;
        // A disk may have mixed up pages: no count is taken for a promise.
        let found = found && path.last().is_some_and(|leaf| leaf.index < leaf.count);
        Ok(Spot { path, found })
    }

    /// The cell that was found at the spot.
    pub(crate) fn found<'s>(&'s self, spot: &Spot) -> Option<&'s [u8]> {
        let leaf = spot.path.last().filter(|_| spot.found)?;
        Some(self.node(leaf.place).cell(leaf.index))
    }

    /// Puts a new cell at the spot, before the one that is there.
    pub(crate) fn insert(&mut self, order: &impl Order, spot: &Spot, cell: &Cell<'_>) {
        self.put(order, &spot.path, 0, cell);
    }

    /// Puts a new cell behind all others.
    pub(crate) fn append(&mut self, order: &impl Order, cell: &Cell<'_>) -> Result<(), Absent> {
        let spot = self.seek_at(u64::MAX)?;
        self.insert(order, &spot, cell);
        Ok(())
    }

    /// Puts a cell in the place of the one that was found at the spot, which may be another but comes
    /// at the same place in the order.
    pub(crate) fn replace(&mut self, order: &impl Order, spot: &Spot, cell: &Cell<'_>) {
        if !spot.found {
            return;
        }
        let before = self.weight().bytes;
        self.put(order, &spot.path, 1, cell);
        // A cell that has become smaller is where it was: nothing was split.
        if self.weight().bytes < before {
            self.settle(&spot.path);
        }
    }

    /// Takes away the cell that was found at the spot.
    pub(crate) fn remove(&mut self, spot: &Spot) {
        let Some(leaf) = spot.path.last().filter(|_| spot.found) else { return };
        self.cut(&spot.path, leaf.index..leaf.index + 1);
    }

    /// The same tree, to be read.
    pub(super) fn tree(&self) -> Tree<'_, P> {
        Tree::new(self.payload, self.pages, self.which)
    }

    /// Goes down to a leaf, where `choose` says. Where it says nothing, along the end.
    fn descend(&self, mut choose: impl FnMut(Node) -> Option<usize>) -> Result<Path, Absent> {
        let tree = self.tree();
        let (mut node, mut place, mut path) = (tree.root, Place::Root, Path::new());
        loop {
            let count = node.count();
            if node.level() == 0 {
                let index = choose(node).map_or(count, |index| index.min(count));
                path.push(Step { place, index, count });
                return Ok(path);
            }
            let index = choose(node).unwrap_or(count - 1);
            path.push(Step { place, index, count });
            place = tree.place(Child::read(node.cell(index)));
            node = tree.child(node, index)?;
            // No page is empty. One that seems so is no child, because the disk has mixed up
            // pages: another takes its place, and it stays as it is.
            if node.count() == 0 {
                place = Place::Vacant;
            }
        }
    }
}
