//! Looking into sorted members.

use std::ops::ControlFlow;

use super::super::map::scan;
use super::cell::{self, ByMember, ByScore, ordered};
use crate::tree::{self, Absent, Direction, Key, Pages, Side, Tree, Which};

/// A bound of scores: what is below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Below {
    /// Less.
    Score(f64),
    /// Less, or the same.
    After(f64),
}

/// A bound of members, among members of one score: what is below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowMember<'a> {
    /// Nothing.
    All,
    /// Less.
    Member(&'a [u8]),
    /// Less, or the same.
    After(&'a [u8]),
    /// Everything.
    None,
}

/// Sorted members to be read.
#[derive(Debug)]
pub struct SortedRef<'a, P: ?Sized> {
    by_score: Tree<'a, P>,
    /// Only if it is large.
    by_member: Option<Tree<'a, P>>,
    order: ByMember,
}

impl<'a, P: Pages + ?Sized> SortedRef<'a, P> {
    /// The members with this payload (empty: none). Those of a large one are found, and scanned,
    /// by hashes with this seed.
    pub fn new(payload: &'a [u8], pages: &'a P, seed: u64) -> Self {
        let is_large = tree::generation(payload).is_some();
        Self {
            by_score: Tree::new(payload, pages, Which::First),
            by_member: is_large.then(|| Tree::new(payload, pages, Which::Second)),
            order: ByMember { seed },
        }
    }

    /// How many members there are.
    pub fn len(&self) -> u64 {
        self.by_score.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes members and scores are, about.
    pub fn bytes(&self) -> u64 {
        self.by_score.bytes()
    }

    /// A member's score.
    pub fn score(&self, member: &[u8]) -> Result<Option<f64>, Absent> {
        let cell = match &self.by_member {
            Some(tree) => tree.find(&self.order, &self.order.key_of(member))?,
            None => self.find_by_walk(member),
        };
        Ok(cell.map(|cell| cell::read(cell).1))
    }

    /// How many members are before this one.
    pub fn rank(&self, member: &[u8]) -> Result<Option<u64>, Absent> {
        let Some(score) = self.score(member)? else { return Ok(None) };
        self.by_score.rank(&ByScore, &cell::key_of(member, score), Side::Before).map(Some)
    }

    /// Notes the pages that are absent and needed to remove `member` or put it with `score`.
    pub fn want(&self, member: &[u8], score: f64) {
        // What is absent has been noted, which is all that is wanted here.
        if let Ok(Some(old)) = self.score(member) {
            _ = self.want_score(member, old);
        }
        _ = self.want_score(member, score);
    }

    /// Notes the pages that are absent and needed to remove `count` members from a rank on.
    pub fn want_removed(&self, start: u64, count: u64) {
        // What is absent has been noted, which is all that is wanted here.
        _ = self.range(start, count, Direction::Forward, &mut |member, _| {
            _ = self.score(member);
            ControlFlow::Continue(())
        });
    }

    /// The member that `rank` others are before, and its score.
    pub fn at(&self, rank: u64) -> Result<Option<(&'a [u8], f64)>, Absent> {
        Ok(self.by_score.at(rank)?.map(cell::read))
    }

    /// Calls `f` with at most `count` members from a rank on, until told to stop. Not at all if not
    /// all of them are in memory.
    pub fn range(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8], f64) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        self.by_score.range(start, count, direction, &mut |cell| {
            let (member, score) = cell::read(cell);
            f(member, score)
        })
    }

    /// Calls `f` with at most `count` members from a rank on, as far as they are in one page: to go
    /// through members of any number step by step. Returns how many those were; 0 if there is no
    /// such rank.
    pub fn stretch(
        &self,
        start: u64,
        count: u64,
        direction: Direction,
        f: &mut dyn FnMut(&'a [u8], f64),
    ) -> Result<u64, Absent> {
        self.by_score.stretch(start, count, direction, &mut |cell| {
            let (member, score) = cell::read(cell);
            f(member, score);
        })
    }

    /// Calls `f` with all members in order, until told to stop. Not at all if not all are in
    /// memory.
    pub fn walk(&self, f: &mut dyn FnMut(&'a [u8], f64) -> ControlFlow<()>) -> Result<(), Absent> {
        self.range(0, self.len(), Direction::Forward, f)
    }

    /// How many members have a score below the bound: the rank of the first one that has not.
    pub fn count_below(&self, bound: Below) -> Result<u64, Absent> {
        let head = match bound {
            Below::Score(score) => ordered(score),
            // Nothing lies between a score and the next number.
            Below::After(score) => ordered(score) + 1,
        };
        self.by_score.rank(&ByScore, &Key { head, tail: &[] }, Side::Before)
    }

    /// How many members are below the bound, if all have one score. If not, what a binary search
    /// finds that takes them to be in order all the same, as Redis does.
    pub fn count_below_lex(&self, bound: BelowMember<'_>) -> Result<u64, Absent> {
        let (tail, side) = match bound {
            BelowMember::All => return Ok(0),
            BelowMember::None => return Ok(self.len()),
            BelowMember::Member(member) => (member, Side::Before),
            BelowMember::After(member) => (member, Side::After),
        };
        let Some((_, score)) = self.at(0)? else { return Ok(0) };
        if self.at(self.len() - 1)?.is_some_and(|(_, last)| ordered(last) == ordered(score)) {
            return self.by_score.rank(&ByScore, &cell::key_of(tail, score), side);
        }
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = u64::midpoint(low, high);
            let member = self.at(middle)?.map_or(&[][..], |(member, _)| member);
            match side {
                Side::Before if member < tail => low = middle + 1,
                Side::After if member <= tail => low = middle + 1,
                Side::Before | Side::After => high = middle,
            }
        }
        Ok(low)
    }

    /// Calls `f` with about `count` members from a position on, and answers the position to go on
    /// from, as [`MapRef::scan`](super::super::map::MapRef::scan) does. With all members at once
    /// if there are few.
    pub fn scan(
        &self,
        from: u64,
        count: u64,
        f: &mut dyn FnMut(&'a [u8], f64),
    ) -> Result<u64, Absent> {
        let mut f = |cell| {
            let (member, score) = cell::read(cell);
            f(member, score);
        };
        let Some(tree) = &self.by_member else {
            let all = self.len();
            self.by_score.range(0, all, Direction::Forward, &mut |cell| {
                f(cell);
                ControlFlow::Continue(())
            })?;
            return Ok(0);
        };
        scan(tree, &self.order, from, count, &mut f)
    }

    /// Notes the pages that are absent on the way to where a member has a score, or would have it.
    pub(super) fn want_score(&self, member: &[u8], score: f64) -> Result<(), Absent> {
        self.by_score.want_key(&cell::key_of(member, score))
    }

    fn find_by_walk(&self, member: &[u8]) -> Option<&'a [u8]> {
        self.by_score.cells()?.find(|cell| cell::read(cell).0 == member)
    }
}
