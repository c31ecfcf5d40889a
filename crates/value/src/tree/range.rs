//! Walking along a tree, from one rank to another.

use std::ops::{ControlFlow, Range};

use super::child;
use super::node::Node;
use super::pages::{Absent, Pages};
use super::read::{Tree, select};

/// From where a range is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards higher ranks.
    Forward,
    /// Towards lower ranks.
    Backward,
}

/// What is to become of a range, and so which of its pages it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    /// A leaf that goes as a whole is not looked at.
    Remove,
}

impl<'a, P: Pages + ?Sized> Tree<'a, P> {
    /// Calls `f` with the cells from rank `start` on in the direction, at most `count`, until told
    /// to stop. Not at all if one of them is absent.
    pub(crate) fn range(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        let ranks = ranks(self.count(), start, count, direction);
        if ranks.is_empty() {
            return Ok(());
        }
        self.want_range(self.root, &ranks, Purpose::Read)?;
        self.visit(self.root, &ranks, direction, f).map(|_| ())
    }

    /// As [`range`](Self::range), but not beyond the leaf that `start` is in: so much must be in
    /// memory for a step of a long walk. Returns how many cells that were.
    pub(crate) fn stretch(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8]),
    ) -> Result<u64, Absent> {
        let (mut node, mut below, mut rank) = (self.root, self.count(), start);
        while node.level() > 0 {
            let Some(chosen) = select(node, below, rank) else { return Ok(0) };
            node = self.child(node, chosen.index)?;
            (below, rank) = (chosen.count, rank - chosen.before);
        }
        let ranks = ranks(node.count() as u64, rank, count, direction);
        let cells = ranks.start as usize..ranks.end as usize;
        match direction {
            Direction::Forward => cells.for_each(|index| f(node.cell(index))),
            Direction::Backward => cells.rev().for_each(|index| f(node.cell(index))),
        }
        Ok(ranks.end - ranks.start)
    }

    /// Notes all that is absent of the ranks below a node.
    pub(super) fn want_range(
        &self,
        node: Node<'a>,
        ranks: &Range<u64>,
        purpose: Purpose,
    ) -> Result<(), Absent> {
        if node.level() == 0 {
            return Ok(());
        }
        let mut result = Ok(());
        for part in parts(node, ranks) {
            let whole = part.ranks == (0..part.count);
            if purpose == Purpose::Remove && node.level() == 1 && whole {
                continue;
            }
            let below = self.child(node, part.child);
            let below = below.and_then(|child| self.want_range(child, &part.ranks, purpose));
            result = result.and(below);
        }
        result
    }

    fn visit(
        &self,
        node: Node<'a>,
        ranks: &Range<u64>,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Absent> {
        if node.level() == 0 {
            let end = ranks.end.min(node.count() as u64);
            let mut cells = (ranks.start as usize..end as usize).map(|index| node.cell(index));
            return Ok(match direction {
                Direction::Forward => cells.try_for_each(f),
                Direction::Backward => cells.rev().try_for_each(f),
            });
        }
        let mut visit = |part: Part| {
            let child = self.child(node, part.child)?;
            self.visit(child, &part.ranks, direction, f)
        };
        match direction {
            Direction::Forward => until_break(parts(node, ranks), &mut visit),
            Direction::Backward => until_break(parts_backward(node, ranks), &mut visit),
        }
    }
}

fn until_break(
    parts: impl Iterator<Item = Part>,
    visit: &mut dyn FnMut(Part) -> Result<ControlFlow<()>, Absent>,
) -> Result<ControlFlow<()>, Absent> {
    for part in parts {
        if visit(part)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// What of a range lies below one child.
struct Part {
    child: usize,
    /// How many cells the child has.
    count: u64,
    /// Which of them.
    ranks: Range<u64>,
}

fn parts<'n>(inner: Node<'n>, ranks: &Range<u64>) -> impl Iterator<Item = Part> + use<'n> {
    let (ranks, mut before) = (ranks.clone(), 0);
    let children = (0..inner.count()).map_while(move |index| {
        let (start, count) = (before, child::count_at(inner, index));
        before += count;
        (start < ranks.end).then(|| part(index, start, count, &ranks))
    });
    children.flatten()
}

fn parts_backward<'n>(inner: Node<'n>, ranks: &Range<u64>) -> impl Iterator<Item = Part> + use<'n> {
    let all = (0..inner.count()).map(|index| child::count_at(inner, index)).sum();
    let (ranks, mut before): (_, u64) = (ranks.clone(), all);
    let children = (0..inner.count()).rev().map_while(move |index| {
        let (end, count) = (before, child::count_at(inner, index));
        before -= count;
        (end > ranks.start).then(|| part(index, before, count, &ranks))
    });
    children.flatten()
}

/// What of a range is below a child that has `start` cells before its own.
fn part(child: usize, start: u64, count: u64, ranks: &Range<u64>) -> Option<Part> {
    let below = ranks.start.max(start)..ranks.end.min(start + count);
    let ranks = below.start.saturating_sub(start)..below.end.saturating_sub(start);
    (!below.is_empty()).then_some(Part { child, count, ranks })
}

/// The ranks of a range, from the lowest to one past the highest.
fn ranks(len: u64, start: u64, count: u64, direction: Direction) -> Range<u64> {
    match direction {
        _ if start >= len => 0..0,
        Direction::Forward => start..start.saturating_add(count).min(len),
        Direction::Backward => (start + 1).saturating_sub(count)..start + 1,
    }
}
