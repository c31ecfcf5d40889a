//! Changing a sequence.

use std::ops::ControlFlow;

use super::super::generation;
use super::super::limits::Limits;
use super::super::mark::{self, Container, Shape};
use super::listpack;
use super::read::SequenceRef;
use crate::tree::{self, Absent, ByPosition, Cell, Direction, PagesMut, TreeMut, Which};

/// A sequence to be changed.
#[derive(Debug)]
pub struct SequenceMut<'a, P: ?Sized> {
    payload: &'a mut Vec<u8>,
    pages: &'a mut P,
    limits: &'a Limits,
    /// How many elements of those that were announced have not been put yet.
    announced: u64,
}

impl<'a, P: PagesMut + ?Sized> SequenceMut<'a, P> {
    /// The sequence with this payload (empty: without elements).
    pub fn new(payload: &'a mut Vec<u8>, pages: &'a mut P, limits: &'a Limits) -> Self {
        Self { payload, pages, limits, announced: 0 }
    }

    /// The same sequence, to be read.
    pub fn as_ref(&self) -> SequenceRef<'_, P> {
        SequenceRef::new(self.payload, self.pages)
    }

    /// Notes the pages that are absent and needed to push or pop at either end.
    pub fn want_ends(&self) {
        let list = self.as_ref();
        list.want(0);
        list.want(list.len().saturating_sub(1));
        list.want(u64::MAX);
    }

    /// As [`SequenceRef::want`].
    pub fn want(&self, index: u64) {
        self.as_ref().want(index);
    }

    /// As [`SequenceRef::want_removed`].
    pub fn want_removed(&self, start: u64, count: u64) {
        self.as_ref().want_removed(start, count);
    }

    /// Says how many elements a command is going to put, and how many bytes they are together:
    /// whether the list is shown as large is decided for all of them at once.
    pub fn announce(&mut self, count: u64, bytes: u64) {
        self.begin();
        self.grow(count, bytes);
        self.announced = count;
    }

    /// Puts an element before all others.
    pub fn push_front(&mut self, value: &[u8]) -> Result<(), Absent> {
        self.insert(0, value)
    }

    /// Puts an element behind all others. Whoever does so again and again leaves full pages behind.
    pub fn push_back(&mut self, value: &[u8]) -> Result<(), Absent> {
        self.insert(u64::MAX, value)
    }

    /// Puts an element before the one at `index`, or behind all others if there is none.
    pub fn insert(&mut self, index: u64, value: &[u8]) -> Result<(), Absent> {
        self.begin();
        let spot = self.tree().seek_at(index)?;
        self.grow_by(value);
        self.tree().insert(&ByPosition, &spot, &Cell::whole(value));
        listpack::change(self.payload, listpack::element_bytes(value), 0);
        Ok(())
    }

    /// Puts another value in the place of the element at `index`. Tells whether there was one.
    pub fn replace(&mut self, index: u64, value: &[u8]) -> Result<bool, Absent> {
        let Some(old) = self.as_ref().at(index)? else { return Ok(false) };
        let removed = listpack::element_bytes(old);
        self.grow_by(value);
        let mut tree = self.tree();
        let spot = tree.seek_at(index)?;
        tree.replace(&ByPosition, &spot, &Cell::whole(value));
        listpack::change(self.payload, listpack::element_bytes(value), removed);
        self.shrink();
        Ok(true)
    }

    /// Takes away the element at `index`. Tells whether there was one.
    pub fn remove(&mut self, index: u64) -> Result<bool, Absent> {
        let mut tree = self.tree();
        let spot = tree.seek_at(index)?;
        let Some(bytes) = tree.found(&spot).map(listpack::element_bytes) else { return Ok(false) };
        tree.remove(&spot);
        self.removed(Some(bytes));
        Ok(true)
    }

    /// Takes away at most `count` elements from an index on. Pages of which nothing is left are
    /// not loaded for that.
    pub fn remove_range(&mut self, start: u64, count: u64) -> Result<(), Absent> {
        if start >= self.as_ref().len() || count == 0 {
            return Ok(());
        }
        let removed = match generation(self.payload) {
            Some(_) if count > 1 => None,
            _ => Some(self.listpack_bytes_of(start, count)?),
        };
        self.tree().remove_range(start, count)?;
        self.removed(removed);
        Ok(())
    }

    /// Writes down that elements have gone, which in a listpack were so large. Where that is not
    /// known, they would have to be loaded to know it.
    fn removed(&mut self, listpack_bytes: Option<u64>) {
        if self.as_ref().is_empty() {
            self.tree().clear();
            self.payload.clear();
            return;
        }
        match listpack_bytes {
            Some(bytes) => listpack::change(self.payload, 0, bytes),
            None => listpack::forget(self.payload),
        }
        self.shrink();
    }

    fn tree(&mut self) -> TreeMut<'_, P> {
        TreeMut::new(self.payload, self.pages, self.limits.pages, Which::First)
    }

    /// Sees to it that there is a payload.
    fn begin(&mut self) {
        if self.payload.is_empty() {
            tree::begin(self.payload, mark::byte(Container::Sequence, Shape::Listpack));
            listpack::begin(self.payload);
        }
    }

    fn grow_by(&mut self, value: &[u8]) {
        if self.announced > 0 {
            self.announced -= 1;
        } else {
            self.grow(1, value.len() as u64);
        }
    }

    /// Shows the list as a large one if it would be with so much more.
    fn grow(&mut self, count: u64, bytes: u64) {
        let (count, bytes) = (self.as_ref().len() + count, self.listpack_bytes() + bytes);
        if listpack::is_large(bytes, count, &self.limits.encoding) {
            mark::set_shape(self.payload, Container::Sequence, Shape::Quicklist);
        }
    }

    /// Shows the list as a small one if it has become that.
    fn shrink(&mut self) {
        let (count, bytes) = (self.as_ref().len(), self.listpack_bytes());
        if listpack::is_small(bytes, count, &self.limits.encoding) {
            mark::set_shape(self.payload, Container::Sequence, Shape::Listpack);
        }
    }

    /// What the elements would be in a listpack: about, while that is not known exactly.
    fn listpack_bytes(&mut self) -> u64 {
        if let Some(bytes) = listpack::bytes(self.payload) {
            return bytes;
        }
        let about = self.as_ref().bytes() + 2 * self.as_ref().len();
        if generation(self.payload).is_some() {
            return about;
        }
        let bytes = self.listpack_bytes_of(0, u64::MAX).unwrap_or(about);
        listpack::begin(self.payload);
        listpack::change(self.payload, bytes, 0);
        bytes
    }

    fn listpack_bytes_of(&self, start: u64, count: u64) -> Result<u64, Absent> {
        let mut bytes = 0;
        self.as_ref().range(start, count, Direction::Forward, &mut |element| {
            bytes += listpack::element_bytes(element);
            ControlFlow::Continue(())
        })?;
        Ok(bytes)
    }
}
