//! Taking a range out of a tree. Leaves that go as a whole are not loaded for that.

use super::child::Child;
use super::pages::{Absent, PagesMut};
use super::path::{Path, Place, Step};
use super::read::select;
use super::write::TreeMut;

impl<P: PagesMut + ?Sized> TreeMut<'_, P> {
    /// Takes away `count` cells from rank `start` on, or as many as there are.
    pub(crate) fn remove_range(&mut self, start: u64, count: u64) -> Result<(), Absent> {
        let tree = self.tree();
        let end = start.saturating_add(count).min(tree.count());
        if start >= end {
            return Ok(());
        }
        tree.want_removed(start, count)?;
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
        let (mut node, mut place) = (tree.root, Place::Root);
        let (mut below, mut rest) = (tree.count(), start);
        let mut path = Path::new();
        while node.level() > 0 {
            let Some(chosen) = select(node, below, rest) else { return 0 };
            let index = chosen.index;
            (below, rest) = (chosen.count, rest - chosen.before);
            path.push(Step { place, index, count: node.count() });
            let is_whole = node.level() == 1 && rest == 0 && below <= most;
            place = tree.place(Child::read(node.cell(index)));
            let Some(child) = tree.child_if_present(node, index) else {
                if !is_whole {
                    return 0;
                }
                path.push(Step { place, index: 0, count: 0 });
                self.vacate(&path);
                return below;
            };
            node = child;
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

    /// The path to the cell at `rank`, if all of it is in memory. If it is not, it is not wanted.
    fn path_if_present(&self, rank: u64) -> Option<Path> {
        let tree = self.tree();
        let (mut node, mut place) = (tree.root, Place::Root);
        let (mut below, mut rest) = (tree.count(), rank);
        let mut path = Path::new();
        while node.level() > 0 {
            let chosen = select(node, below, rest)?;
            let index = chosen.index;
            (below, rest) = (chosen.count, rest - chosen.before);
            path.push(Step { place, index, count: node.count() });
            place = tree.place(Child::read(node.cell(index)));
            node = tree.child_if_present(node, index)?;
        }
        path.push(Step { place, index: rest as usize, count: node.count() });
        Some(path)
    }
}
