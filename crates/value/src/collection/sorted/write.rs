//! Changing sorted members.

use std::ops::ControlFlow;

use super::super::limits::{EncodingLimits, Limits};
use super::super::mark::{self, Container, Shape};
use super::cell::{self, ByMember, ByScore};
use super::read::SortedRef;
use crate::tree::{self, Absent, Direction, PagesMut, TreeMut, Which};

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
        let sorted = self.as_ref();
        // What is absent has been noted, which is all that is wanted here.
        _ = sorted.rank(member);
        _ = sorted.count_below_key(&cell::key_of(member, score));
    }

    /// Puts a member, or gives it another score. Never called with a score that is not a number.
    pub fn put(&mut self, member: &[u8], score: f64) -> Result<PutScore, Absent> {
        let old = self.as_ref().score(member)?;
        match old {
            #[expect(clippy::float_cmp, reason = "the same score, and nothing near it")]
            Some(old) if old == score => return Ok(PutScore::Same),
            Some(old) => {
                let mut tree = self.by_score();
                let spot = tree.seek(&ByScore, &cell::key_of(member, old))?;
                tree.remove(&spot);
            }
            None => self.begin(member),
        }
        let mut tree = self.by_score();
        let spot = tree.seek(&ByScore, &cell::key_of(member, score))?;
        cell::with_cell(member, score, |cell| tree.insert(&spot, cell));
        Ok(old.map_or(PutScore::Added, PutScore::Replaced))
    }

    /// Takes a member away. Answers the score it had.
    pub fn remove(&mut self, member: &[u8]) -> Result<Option<f64>, Absent> {
        let Some(score) = self.as_ref().score(member)? else { return Ok(None) };
        let mut tree = self.by_score();
        let spot = tree.seek(&ByScore, &cell::key_of(member, score))?;
        tree.remove(&spot);
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
        self.as_ref().range(start, count, Direction::Forward, &mut |member, score| {
            f(member, score);
            ControlFlow::Continue(())
        })?;
        self.by_score().remove_range(start, count)?;
        self.end();
        Ok(())
    }

    fn by_score(&mut self) -> TreeMut<'_, P> {
        TreeMut::new(self.payload, self.pages, self.limits.pages, Which::First)
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
            self.payload.clear();
        }
    }
}

fn is_large(count: u64, member_len: usize, limits: &EncodingLimits) -> bool {
    count > limits.zset_entries || member_len > limits.zset_value_bytes
}
