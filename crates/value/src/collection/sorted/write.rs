//! Changing sorted members.

use std::ops::ControlFlow;

use super::super::generation;
use super::super::limits::{EncodingLimits, Limits};
use super::super::mark::{self, Container, Shape};
use super::cell::{self, ByMember, ByScore, SCORE_BYTES};
use super::read::SortedRef;
use crate::tree::{self, Absent, Direction, PagesMut, TreeMut, Trees, Which};

/// What [`SortedMut::put`] did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PutScore {
    /// The member was not there before.
    Added,
    /// It was there with this score.
    Replaced(f64),
    /// It was there with this score, or with the other zero, and stays as it was.
    Same,
}

/// Sorted members to be changed.
#[derive(Debug)]
pub struct SortedMut<'a, P: ?Sized> {
    payload: &'a mut Vec<u8>,
    pages: &'a mut P,
    order: ByMember,
    limits: &'a Limits,
}

impl<'a, P: PagesMut + ?Sized> SortedMut<'a, P> {
    /// The members with this payload (empty: none).
    pub fn new(payload: &'a mut Vec<u8>, pages: &'a mut P, seed: u64, limits: &'a Limits) -> Self {
        Self { payload, pages, order: ByMember { seed }, limits }
    }

    /// The same members, to be read.
    pub fn as_ref(&self) -> SortedRef<'_, P> {
        SortedRef::new(self.payload, self.pages, self.order.seed)
    }

    /// Notes the pages that are absent and needed to remove `member` or put it with `score`.
    pub fn want(&self, member: &[u8], score: f64) {
        self.as_ref().want(member, score);
    }

    /// Notes the pages that are absent and needed to remove `count` members from a rank on.
    pub fn want_removed(&self, start: u64, count: u64) {
        self.as_ref().want_removed(start, count);
    }

    /// Puts a member, or gives it another score. Never called with a score that is not a number.
    pub fn put(&mut self, member: &[u8], score: f64) -> Result<PutScore, Absent> {
        let old = self.as_ref().score(member);
        let place = self.as_ref().want_score(member, score);
        let Some(old) = old? else {
            place?;
            self.begin(member);
            self.insert_by_score(member, score)?;
            self.put_by_member(member, score)?;
            return Ok(PutScore::Added);
        };
        #[expect(clippy::float_cmp, reason = "the same score, and nothing near it")]
        if old == score {
            return Ok(PutScore::Same);
        }
        let old_place = self.tree(Which::First).seek(&ByScore, &cell::key_of(member, old));
        let old_place = old_place.and_then(|spot| place.map(|()| spot))?;
        self.tree(Which::First).remove(&old_place);
        self.insert_by_score(member, score)?;
        self.put_by_member(member, score)?;
        Ok(PutScore::Replaced(old))
    }

    /// Puts many members into an empty collection, in any order, the last one of several with one
    /// name. Pages are as full as they can be.
    pub fn fill(&mut self, members: Vec<(Vec<u8>, f64)>) -> Result<(), Absent> {
        let mut members = members;
        let order = self.order;
        members.sort_by(|a, b| order.key_of(&a.0).cmp(&order.key_of(&b.0)));
        // The first of a run stays where duplicates go: make that the last one put.
        members.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = later.1;
            }
            same
        });
        let Some(longest) = members.iter().map(|(member, _)| member.len()).max() else {
            return Ok(());
        };
        let is_large = is_large(members.len() as u64, longest, &self.limits.encoding);
        let shape = if is_large { Shape::Skiplist } else { Shape::Listpack };
        tree::begin(self.payload, mark::byte(Container::Sorted, shape));
        let cells = members.iter().map(|(member, _)| SCORE_BYTES + member.len());
        if !self.tree(Which::First).root_takes(cells) {
            self.tree(Which::First).begin_pages(Trees::Two);
            let mut by_member = self.tree(Which::Second);
            for (member, score) in &members {
                cell::with_cell(member, *score, |cell| by_member.append(&order, cell))?;
            }
        }
        members.sort_by(|a, b| cell::key_of(&a.0, a.1).cmp(&cell::key_of(&b.0, b.1)));
        let mut by_score = self.tree(Which::First);
        members.iter().try_for_each(|(member, score)| {
            cell::with_cell(member, *score, |cell| by_score.append(&ByScore, cell))
        })
    }

    /// Takes a member away. Answers the score it had.
    pub fn remove(&mut self, member: &[u8]) -> Result<Option<f64>, Absent> {
        let Some(score) = self.as_ref().score(member)? else { return Ok(None) };
        self.as_ref().want_score(member, score)?;
        self.remove_by_score(member, score)?;
        self.remove_by_member(member)?;
        self.end();
        Ok(Some(score))
    }

    /// Takes away at most `count` members from a rank on. Tells `f` each.
    pub fn remove_range(
        &mut self,
        start: u64,
        count: u64,
        f: &mut dyn FnMut(&[u8], f64),
    ) -> Result<(), Absent> {
        if count == 1 {
            return self.remove_at(start, f);
        }
        let mut members = Vec::new();
        let sorted = self.as_ref();
        sorted.range(start, count, Direction::Forward, &mut |member, score| {
            members.push((member.to_vec(), score));
            ControlFlow::Continue(())
        })?;
        // All of them, even after an absent one: it notes what is absent for each.
        let absent = members.iter().filter(|(member, _)| sorted.score(member).is_err());
        if absent.count() > 0 {
            return Err(Absent);
        }
        self.tree(Which::First).remove_range(start, count)?;
        for (member, score) in &members {
            self.remove_by_member(member)?;
            f(member, *score);
        }
        self.end();
        Ok(())
    }

    /// Takes away the member at a rank, if there is one. Tells `f` which.
    fn remove_at(&mut self, rank: u64, f: &mut dyn FnMut(&[u8], f64)) -> Result<(), Absent> {
        let order = self.order;
        let is_large = generation(self.payload).is_some();
        let tree = self.tree(Which::First);
        let spot = tree.seek_at(rank)?;
        let Some((member, score)) = tree.found(&spot).map(cell::read) else { return Ok(()) };
        let member = member.to_vec();
        if is_large {
            let mut by_member = self.tree(Which::Second);
            let spot = by_member.seek(&order, &order.key_of(&member))?;
            by_member.remove(&spot);
        }
        self.tree(Which::First).remove(&spot);
        f(&member, score);
        self.end();
        Ok(())
    }

    fn tree(&mut self, which: Which) -> TreeMut<'_, P> {
        TreeMut::new(self.payload, self.pages, self.limits.pages, which)
    }

    fn insert_by_score(&mut self, member: &[u8], score: f64) -> Result<(), Absent> {
        let added = SCORE_BYTES + member.len();
        let is_small = generation(self.payload).is_none();
        if is_small && !self.tree(Which::First).root_takes([added]) {
            self.grow()?;
        }
        let mut tree = self.tree(Which::First);
        let spot = tree.seek(&ByScore, &cell::key_of(member, score))?;
        cell::with_cell(member, score, |cell| tree.insert(&ByScore, &spot, cell));
        Ok(())
    }

    fn remove_by_score(&mut self, member: &[u8], score: f64) -> Result<(), Absent> {
        let mut tree = self.tree(Which::First);
        let spot = tree.seek(&ByScore, &cell::key_of(member, score))?;
        tree.remove(&spot);
        Ok(())
    }

    fn put_by_member(&mut self, member: &[u8], score: f64) -> Result<(), Absent> {
        if generation(self.payload).is_none() {
            return Ok(());
        }
        let order = self.order;
        let mut tree = self.tree(Which::Second);
        let spot = tree.seek(&order, &order.key_of(member))?;
        cell::with_cell(member, score, |cell| {
            if spot.found {
                tree.replace(&order, &spot, cell);
            } else {
                tree.insert(&order, &spot, cell);
            }
        });
        Ok(())
    }

    fn remove_by_member(&mut self, member: &[u8]) -> Result<(), Absent> {
        if generation(self.payload).is_none() {
            return Ok(());
        }
        let order = self.order;
        let mut tree = self.tree(Which::Second);
        let spot = tree.seek(&order, &order.key_of(member))?;
        tree.remove(&spot);
        Ok(())
    }

    /// Gives the members a second tree, now that they do not fit into one leaf any more.
    fn grow(&mut self) -> Result<(), Absent> {
        let mut members = Vec::new();
        self.as_ref().walk(&mut |member, score| {
            members.push((member.to_vec(), score));
            ControlFlow::Continue(())
        })?;
        self.tree(Which::First).begin_pages(Trees::Two);
        members.iter().try_for_each(|(member, score)| self.put_by_member(member, *score))
    }

    /// Sees to it that there is a payload, marked as what it becomes with the member.
    fn begin(&mut self, member: &[u8]) {
        if self.payload.is_empty() {
            tree::begin(self.payload, mark::byte(Container::Sorted, Shape::Listpack));
        }
        let count = self.as_ref().len() + 1;
        if is_large(count, member.len(), &self.limits.encoding) {
            mark::set_shape(self.payload, Container::Sorted, Shape::Skiplist);
        }
    }

    /// Without members there is no payload.
    fn end(&mut self) {
        if self.as_ref().is_empty() {
            self.tree(Which::First).clear();
            self.tree(Which::Second).clear();
            self.payload.clear();
            return;
        }
        if generation(self.payload).is_some() && self.tree(Which::First).is_little() {
            self.tree(Which::Second).clear();
            self.tree(Which::First).end_pages();
        }
    }
}

fn is_large(count: u64, member_len: usize, limits: &EncodingLimits) -> bool {
    count > limits.zset_entries || member_len > limits.zset_value_bytes
}
