//! The way from a root to a leaf.

use smallvec::SmallVec;

use super::pages::PageId;

/// Where a node lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Page(PageId),
    /// Nowhere yet: it is a child without cells.
    Vacant,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) place: Place,
    /// Which cell: that of the child where the way goes on, in a leaf that at its end.
    pub(super) index: usize,
    /// How many cells the node had.
    pub(super) count: usize,
}

/// The steps, the root's first, the leaf's last. Any change of the tree makes them meaningless,
/// but for those above the change.
pub(super) type Path = SmallVec<[Step; 5]>;

/// At which end of the tree a cell is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    First,
    Last,
    Neither,
}

/// Where a cell stands that is put in front of the one at the end of the path.
pub(super) fn edge(path: &Path) -> Edge {
    let Some((leaf, above)) = path.split_last() else { return Edge::Neither };
    if leaf.index == leaf.count && above.iter().all(|step| step.index + 1 == step.count) {
        Edge::Last
    } else if path.iter().all(|step| step.index == 0) {
        Edge::First
    } else {
        Edge::Neither
    }
}
