//! Taking a range out of a tree. Leaves that go as a whole are not looked at.

use super::child::{Change, Child};
use super::edit::Cell;
use super::node::EMPTY_LEAF;
use super::pages::{Absent, PagesMut};
use super::path::{Path, Place, Step};
use super::range::Purpose;
use super::read::select;
use super::shrink::first_child;
use super::write::TreeMut;

impl<P: PagesMut + ?Sized> TreeMut<'_, P> {
    /// Takes away `count` cells from rank `start` on, or as many as there are.
    pub(crate) fn remove_range(&mut self, start: u64, count: u64) -> Result<(), Absent> {
        let tree = self.tree();
        let end = start.saturating_add(count).min(tree.count());
        if start >= end {
            return Ok(());
        }
        tree.want_range(tree.root, &(start..end), Purpose::Remove)?;
        let mut rest = end - start;
        while rest > 0 {
            let removed = self.remove_some(start, rest);
            if removed == 0 {
                break;
            }
            rest = rest.saturating_sub(removed);
        }
        for rank in [Some(start), start.checked_sub(1)].into_iter().flatten() {
            if let Some(path) = self.path_if_present(rank) {
                self.settle(&path);
            }
        }
        self.settle_root();
        Ok(())
    }

    /// Takes away at most `most` cells from rank `start` on that lie in one leaf.
    fn remove_some(&mut self, start: u64, most: u64) -> u64 {
        let tree = self.tree();
        let (mut node, mut place, mut rest) = (tree.root, Place::Root, start);
        let mut path = Path::new();
        while node.level() > 0 {
            let Some((index, before)) = select(node, rest) else { return 0 };
            rest -= before;
            path.push(Step { place, index, count: node.count() });
            let child = Child::read(node.cell(index)).weight;
            if node.level() == 1 && rest == 0 && child.count <= most {
                self.drop_leaf(&path);
                return child.count;
            }
            place = Place::Page(tree.child_id(node, index));
            let Some(below) = tree.child_if_present(node, index) else { return 0 };
            node = below;
        }
        let count = node.count();
        let end = rest.saturating_add(most).min(count as u64);
        if rest >= end {
            return 0;
        }
        path.push(Step { place, index: rest as usize, count });
        self.cut(&path, rest as usize..end as usize);
        end - rest
    }

    /// Forgets the leaf that the path names last without going there, and every node above that
    /// has no other child.
    fn drop_leaf(&mut self, path: &[Step]) {
        let Some((parent, _)) = path.split_last() else { return };
        let child = Child::read(self.node(parent.place).cell(parent.index));
        let (page, removed) = (self.id(child.number), child.weight);
        self.pages.remove(page);
        let mut steps = path;
        while let Some((step, above)) = steps.split_last() {
            steps = above;
            match step.place {
                _ if step.count > 1 => {
                    self.edit(step.place, |node| {
                        node.remove(step.index..step.index + 1);
                        let first = first_child(node.node().cell(0));
                        node.replace(0, &Cell::whole(&first));
                    });
                    break;
                }
                Place::Page(id) => self.pages.remove(id),
                Place::Root => self.edit(Place::Root, |node| node.become_node(EMPTY_LEAF)),
            }
        }
        self.weigh(steps, Change { removed, ..Change::default() });
    }

    /// The path to the cell at `rank`, if all of it is in memory. If it is not, it is not wanted.
    fn path_if_present(&self, rank: u64) -> Option<Path> {
        let tree = self.tree();
        let (mut node, mut place, mut rest) = (tree.root, Place::Root, rank);
        let mut path = Path::new();
        while node.level() > 0 {
            let (index, before) = select(node, rest)?;
            rest -= before;
            path.push(Step { place, index, count: node.count() });
            place = Place::Page(tree.child_id(node, index));
            node = tree.child_if_present(node, index)?;
        }
        path.push(Step { place, index: rest as usize, count: node.count() });
        Some(path)
    }
}
