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
}

impl<'a, P: PagesMut + ?Sized> SequenceMut<'a, P> {
    /// The sequence with this payload (empty: without elements).
    pub fn new(payload: &'a mut Vec<u8>, pages: &'a mut P, limits: &'a Limits) -> Self {
        Self { payload, pages, limits }
    }

    /// The same sequence, to be read.
    pub fn as_ref(&self) -> SequenceRef<'_, P> {
        SequenceRef::new(self.payload, self.pages)
    }

    /// Notes the pages that are absent and needed to push or pop at either end.
    pub fn want_ends(&self) {
        self.want(0);
        self.want(self.as_ref().len().saturating_sub(1));
        self.as_ref().want_end();
    }

    /// Notes the pages that are absent and needed to change the element at `index`, or to insert
    /// one before it.
    pub fn want(&self, index: u64) {
        // What is absent has been noted, which is all that is wanted here.
        _ = self.as_ref().at(index);
        if index >= self.as_ref().len() {
            self.as_ref().want_end();
        }
    }

    /// Puts an element before all others.
    pub fn push_front(&mut self, value: &[u8]) -> Result<(), Absent> {
        self.insert(0, value)
    }

    /// Puts an element behind all others.
    pub fn push_back(&mut self, value: &[u8]) -> Result<(), Absent> {
        self.insert(self.as_ref().len(), value)
    }

    /// Puts an element before the one at `index`, or behind all others if there is none.
    pub fn insert(&mut self, index: u64, value: &[u8]) -> Result<(), Absent> {
        if self.payload.is_empty() {
            tree::begin(self.payload, mark::byte(Container::Sequence, Shape::Listpack));
            listpack::begin(self.payload);
        }
        let mut tree = self.tree();
        let spot = tree.seek_at(index)?;
        tree.insert(&ByPosition, &spot, &Cell::whole(value));
        self.changed(value, &[]);
        Ok(())
    }

    /// Puts another value in the place of the element at `index`. Tells whether there was one.
    pub fn replace(&mut self, index: u64, value: &[u8]) -> Result<bool, Absent> {
        let Some(old) = self.as_ref().at(index)? else { return Ok(false) };
        let old_bytes = listpack::element_bytes(old);
        let mut tree = self.tree();
        let spot = tree.seek_at(index)?;
        tree.replace(&ByPosition, &spot, &Cell::whole(value));
        self.changed(value, &[old_bytes]);
        Ok(true)
    }

    /// Takes away the element at `index` and answers it.
    pub fn remove(&mut self, index: u64) -> Result<Option<Vec<u8>>, Absent> {
        let Some(old) = self.as_ref().at(index)? else { return Ok(None) };
        let old = old.to_vec();
        self.remove_range(index, 1)?;
        Ok(Some(old))
    }

    /// Takes away at most `count` elements from an index on.
    pub fn remove_range(&mut self, start: u64, count: u64) -> Result<(), Absent> {
        if start >= self.as_ref().len() || count == 0 {
            return Ok(());
        }
        let removed = match generation(self.payload) {
            Some(_) if count > 1 => None,
            _ => Some(self.listpack_bytes_of(start, count)?),
        };
        self.tree().remove_range(start, count)?;
        if self.as_ref().is_empty() {
            self.tree().clear();
            self.payload.clear();
            return Ok(());
        }
        match removed {
            Some(bytes) => listpack::change(self.payload, 0, bytes),
            // To know what has gone, it would have to be loaded.
            None => listpack::forget(self.payload),
        }
        self.shape();
        Ok(())
    }

    fn listpack_bytes_of(&self, start: u64, count: u64) -> Result<u64, Absent> {
        let mut bytes = 0;
        self.as_ref().range(start, count, Direction::Forward, &mut |element| {
            bytes += listpack::element_bytes(element);
            ControlFlow::Continue(())
        })?;
        Ok(bytes)
    }

    fn tree(&mut self) -> TreeMut<'_, P> {
        TreeMut::new(self.payload, self.pages, self.limits.pages, Which::First)
    }

    fn changed(&mut self, value: &[u8], removed: &[u64]) {
        let removed = removed.iter().sum();
        listpack::change(self.payload, listpack::element_bytes(value), removed);
        self.shape();
    }

    /// What the list would be as a listpack: about, while that is not known exactly.
    fn listpack_bytes(&mut self) -> u64 {
        if let Some(bytes) = listpack::bytes(self.payload) {
            return bytes;
        }
        if generation(self.payload).is_some() {
            return self.as_ref().bytes() + 2 * self.as_ref().len();
        }
        let elements = self.listpack_bytes_of(0, u64::MAX).expect("there are no pages");
        listpack::begin(self.payload);
        listpack::change(self.payload, elements, 0);
        elements
    }

    /// Shows the list as what it has become.
    fn shape(&mut self) {
        let count = self.as_ref().len();
        let bytes = self.listpack_bytes();
        let limits = &self.limits.encoding;
        if listpack::is_large(bytes, count, limits) {
            mark::set_shape(self.payload, Container::Sequence, Shape::Quicklist);
        } else if listpack::is_small(bytes, count, limits) {
            mark::set_shape(self.payload, Container::Sequence, Shape::Listpack);
        }
    }
}
