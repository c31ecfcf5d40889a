//! Random changes of collections whose pages leave memory all the time.

use std::collections::HashSet;

use super::{Limits, check_page, generation};
use crate::tree::testing::Memory;
use crate::tree::{Absent, Order, PageLimits, Pages, Which, check_tree};

/// A payload, its pages, and chance.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) payload: Vec<u8>,
    pub(super) memory: Memory,
    pub(super) limits: Limits,
    random: u64,
    /// One page in this many leaves memory now and then. 0: none does.
    pub(super) forgets: u64,
    pub(super) absences: u64,
    pub(super) height_max: u8,
}

impl Trial {
    /// With pages so small that a hundred elements make a tall tree.
    pub(super) fn new(seed: u64, root_bytes: usize, page_bytes: usize) -> Self {
        let pages = PageLimits { root_bytes, page_bytes };
        Self {
            payload: Vec::new(),
            memory: Memory::default(),
            limits: Limits { pages, ..Limits::default() },
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            forgets: 4,
            absences: 0,
            height_max: 0,
        }
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }

    /// Lets some pages leave memory.
    pub(super) fn forget(&mut self) {
        if self.forgets > 0 && self.below(8) == 0 {
            let (mut random, one_in) = (self.below(u64::MAX >> 12), self.forgets);
            self.memory.evict(|| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 33) % one_in == 0
            });
        }
    }

    /// Does something until nothing is absent for it. As long as something is, nothing may change,
    /// and something must be wanted.
    pub(super) fn insist<R>(
        &mut self,
        mut f: impl FnMut(&mut Vec<u8>, &mut Memory, &Limits) -> Result<R, Absent>,
    ) -> R {
        loop {
            let all_present = self.memory.all_present();
            let before = (!all_present).then(|| (self.payload.clone(), self.memory.snapshot()));
            if let Ok(result) = f(&mut self.payload, &mut self.memory, &self.limits) {
                return result;
            }
            let after = (self.payload.clone(), self.memory.snapshot());
            assert!(before == Some(after), "an absent page, and yet a change");
            assert!(self.memory.load() > 0, "something is absent, and nothing is wanted");
            self.absences += 1;
        }
    }

    /// Checks trees and pages: no page is missing, none too many.
    pub(super) fn check(&mut self, orders: &[(Which, &dyn AnyOrder)]) {
        let generation = generation(&self.payload);
        self.memory.forget_others(generation);
        let mut seen = HashSet::new();
        for (which, order) in orders {
            let (pages, height) =
                order.check(&self.payload, &self.memory, self.limits.pages, *which);
            seen.extend(pages);
            self.height_max = self.height_max.max(height);
        }
        let kept = self.memory.ids(generation.unwrap_or(0));
        assert_eq!(kept.len(), seen.len(), "pages have been left behind");
        for id in kept {
            if let Ok(page) = self.memory.page(id) {
                assert_eq!(check_page(page), Ok(()));
            }
        }
        self.memory.unwant();
    }
}

/// Any order, as an object.
pub(super) trait AnyOrder {
    fn check(
        &self,
        payload: &[u8],
        memory: &Memory,
        limits: PageLimits,
        which: Which,
    ) -> (HashSet<crate::tree::PageId>, u8);
}

impl<O: Order> AnyOrder for O {
    fn check(
        &self,
        payload: &[u8],
        memory: &Memory,
        limits: PageLimits,
        which: Which,
    ) -> (HashSet<crate::tree::PageId>, u8) {
        check_tree(payload, memory, limits, which, self)
    }
}
