//! Everything that is true of a tree between two changes, said aloud if it is not.

use std::collections::HashSet;

use super::child::{Child, Separator, Weight};
use super::frame::{self, Which};
use super::node::Node;
use super::order::{Key, Order};
use super::pages::{PageId, PageLimits};
use super::testing::Memory;

/// A tree in memory as a whole, and what has been seen of it.
struct Check<'a, O> {
    memory: &'a Memory,
    generation: u64,
    limits: PageLimits,
    order: &'a O,
    seen: HashSet<PageId>,
    height: u8,
}

/// The separators between which a node's keys are.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    low: &'a [u8],
    high: Option<&'a [u8]>,
}

/// Panics with a sentence if a tree is not as it should be. Answers its pages, and its height.
pub(crate) fn check_tree(
    payload: &[u8],
    memory: &Memory,
    limits: PageLimits,
    which: Which,
    order: &impl Order,
) -> (HashSet<PageId>, u8) {
    assert!(frame::is_sound(payload), "the payload is malformed");
    let root = frame::root(payload, which);
    if root.range.is_empty() {
        return (HashSet::new(), 0);
    }
    let node = Node::new(&payload[root.range.clone()]);
    let height = node.level();
    let generation = frame::generation(payload);
    assert!(generation.is_some() || height == 0, "there are pages without a generation");
    let generation = generation.unwrap_or(0);
    let trees = if frame::is_paired(payload) { 2 } else { 1 };
    let fits = node.len() <= limits.root_bytes / trees || height > 0 && node.count() <= 2;
    assert!(fits, "a root of {} cells has {} bytes", node.count(), node.len());
    let mut check = Check { memory, generation, limits, order, seen: HashSet::new(), height };
    let weight = check.node(node, Bounds { low: &[], high: None });
    assert_eq!(weight, root.weight, "the header does not say what the tree weighs");
    (check.seen, height)
}

impl<O: Order> Check<'_, O> {
    fn node(&mut self, node: Node<'_>, bounds: Bounds<'_>) -> Weight {
        if node.level() == 0 {
            self.leaf(node, bounds);
            return node.weight();
        }
        let children: Vec<_> = node.cells().map(Child::read).collect();
        assert!(children[0].separator.is_empty(), "a first child has a separator");
        for (index, child) in children.iter().enumerate() {
            let low = if index == 0 { bounds.low } else { child.separator };
            if child.is_vacant() {
                assert_eq!(child.weight.bytes, 0, "there is something below a vacant child");
                continue;
            }
            let high = children.get(index + 1).map(|next| next.separator).or(bounds.high);
            let below = self.child(node.level(), child, Bounds { low, high });
            assert_eq!(below, child.weight, "a parent does not know what a child weighs");
        }
        node.weight()
    }

    fn child(&mut self, level: u8, child: &Child<'_>, bounds: Bounds<'_>) -> Weight {
        let id = PageId { generation: self.generation, number: child.number };
        assert!(self.seen.insert(id), "a page has two parents");
        let page = self.memory.any(id).expect("a child has no page");
        assert!(Node::is_sound(page), "a page is malformed");
        let node = Node::new(page);
        assert_eq!(node.level() + 1, level, "a child is not one level below its parent");
        let few = if node.level() > 0 { 2 } else { 1 };
        let fits = node.len() <= self.limits.page_bytes || node.count() <= few;
        assert!(fits, "a page of {} cells has {} bytes", node.count(), node.len());
        self.node(node, bounds)
    }

    fn leaf(&self, leaf: Node<'_>, bounds: Bounds<'_>) {
        let keys: Vec<Key<'_>> = leaf.cells().map(|cell| self.order.key(cell)).collect();
        let is_by_position = bounds.low.is_empty() && bounds.high.is_none_or(<[u8]>::is_empty);
        if self.height > 0 && is_by_position {
            return;
        }
        let ordered = keys.is_sorted_by(|a, b| a < b) || keys.iter().all(|key| *key == keys[0]);
        assert!(ordered, "a leaf is not in order");
        for key in keys {
            assert!(key.reaches(Separator::of(bounds.low)), "a key is before its leaf");
            let below = bounds.high.is_none_or(|high| !key.reaches(Separator::of(high)));
            assert!(below, "a key is behind its leaf");
        }
    }
}
