//! Looking into a map.

use std::ops::ControlFlow;

use super::super::mark::{self, Container};
use super::cell::{ByHash, Entry};
use super::expiries::Expiries;
use crate::tree::{Absent, Direction, Key, Order, Pages, Side, Tree, Which};

/// A map to be read.
#[derive(Debug)]
pub struct MapRef<'a, P: ?Sized> {
    tree: Tree<'a, P>,
    order: ByHash,
    expiries: Expiries,
}

impl<'a, P: Pages + ?Sized> MapRef<'a, P> {
    /// The map with this payload (empty: without elements), ordered by hashes with this seed.
    pub fn new(payload: &'a [u8], pages: &'a P, seed: u64) -> Self {
        let container = mark::read(payload).map_or(Container::Hash, |(container, _)| container);
        Self {
            tree: Tree::new(payload, pages, Which::First),
            order: ByHash { seed, container },
            expiries: Expiries::read(payload),
        }
    }

    /// How many elements it has.
    pub fn len(&self) -> u64 {
        self.tree.count()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes its elements are, about.
    pub fn bytes(&self) -> u64 {
        self.tree.bytes()
    }

    /// No field expires before, in Unix milliseconds. `None`: none ever does.
    pub fn soonest_expiry(&self) -> Option<u64> {
        self.expiries.soonest()
    }

    /// The element with `key`.
    pub fn get(&self, key: &[u8]) -> Result<Option<Entry<'a>>, Absent> {
        let cell = self.tree.find(&self.order, &self.order.key_of(key))?;
        Ok(cell.map(|cell| self.order.entry(cell)))
    }

    /// The element that `rank` others are before. The order is as good as random, the rank of an
    /// element changes with others.
    pub fn at(&self, rank: u64) -> Result<Option<Entry<'a>>, Absent> {
        Ok(self.tree.at(rank)?.map(|cell| self.order.entry(cell)))
    }

    /// Calls `f` with all elements in order, until told to stop. Not at all if not all are in
    /// memory.
    pub fn walk(&self, f: &mut dyn FnMut(Entry<'a>) -> ControlFlow<()>) -> Result<(), Absent> {
        self.range(0, self.len(), f)
    }

    /// Calls `f` with at most `count` elements from a rank on, until told to stop. Not at all if
    /// not all of them are in memory.
    pub fn range(
        &self,
        start: u64,
        count: u64,
        f: &mut dyn FnMut(Entry<'a>) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        let order = self.order;
        self.tree.range(start, count, Direction::Forward, &mut |cell| f(order.entry(cell)))
    }

    /// Calls `f` with at most `count` elements from a rank on, as far as they are in one page: to
    /// go through a map of any size step by step. Returns how many those were; 0 if the map has no
    /// element of that rank.
    pub fn stretch(
        &self,
        start: u64,
        count: u64,
        f: &mut dyn FnMut(Entry<'a>),
    ) -> Result<u64, Absent> {
        let order = self.order;
        self.tree.stretch(start, count, Direction::Forward, &mut |cell| f(order.entry(cell)))
    }

    /// Calls `f` with about `count` elements (more only where several have one position) from a
    /// position on, and answers the position to go on from. 0 is where a scan starts, and as an
    /// answer says that it has ended.
    pub fn scan(&self, from: u64, count: u64, f: &mut dyn FnMut(Entry<'a>)) -> Result<u64, Absent> {
        scan(&self.tree, &self.order, from, count, &mut |cell| f(self.order.entry(cell)))
    }
}

/// Where in a scan a hash stands: its highest 62 bits, and one more, because 0 is the start.
fn position(hash: u64) -> u64 {
    (hash >> 2) + 1
}

/// A scan of any tree that is ordered by hash.
pub(in super::super) fn scan<'a, P: Pages + ?Sized>(
    tree: &Tree<'a, P>,
    order: &impl Order,
    from: u64,
    count: u64,
    f: &mut dyn FnMut(&'a [u8]),
) -> Result<u64, Absent> {
    let head = from.saturating_sub(1).saturating_mul(4);
    let start = tree.rank(order, &Key { head, tail: &[] }, Side::Before)?;
    let position_at = |rank| tree.at(rank).map(|cell| cell.map(|it| position(order.key(it).head)));
    // One more than asked for: where to go on from.
    tree.want(start, count.max(1).saturating_add(1))?;
    let mut end = start.saturating_add(count.max(1)).min(tree.count());
    let mut next = position_at(end)?;
    while next.is_some() && end > 0 && next == position_at(end - 1)? {
        end += 1;
        next = position_at(end)?;
    }
    tree.range(start, end.saturating_sub(start), Direction::Forward, &mut |cell| {
        f(cell);
        ControlFlow::Continue(())
    })?;
    Ok(next.unwrap_or(0))
}
