//! Changing a map.

use super::super::limits::Limits;
use super::super::mark::{self, Container};
use super::super::{Put, map::MapRef};
use super::cell::{ByHash, Entry};
use super::expiries::Expiries;
use super::shape::{self, Coming};
use crate::tree::{self, Absent, PagesMut, Spot, TreeMut, Which};

/// A map to be changed.
#[derive(Debug)]
pub struct MapMut<'a, P: ?Sized> {
    payload: &'a mut Vec<u8>,
    pages: &'a mut P,
    order: ByHash,
    limits: &'a Limits,
    /// How many elements are going to be put, if that was announced.
    announced: u64,
}

impl<'a, P: PagesMut + ?Sized> MapMut<'a, P> {
    /// The fields of a hash with this payload (empty: without elements).
    pub fn hash(payload: &'a mut Vec<u8>, pages: &'a mut P, seed: u64, limits: &'a Limits) -> Self {
        let order = ByHash { seed, container: Container::Hash };
        Self { payload, pages, order, limits, announced: 1 }
    }

    /// The members of a set with this payload (empty: without elements). They have no values and
    /// do not expire.
    pub fn set(payload: &'a mut Vec<u8>, pages: &'a mut P, seed: u64, limits: &'a Limits) -> Self {
        let order = ByHash { seed, container: Container::Set };
        Self { payload, pages, order, limits, announced: 1 }
    }

    /// The same map, to be read.
    pub fn as_ref(&self) -> MapRef<'_, P> {
        MapRef::new(self.payload, self.pages, self.order.seed)
    }

    /// Notes the pages that are absent and needed to put or remove `key`.
    pub fn want(&self, key: &[u8]) {
        // What is absent has been noted, which is all that is wanted here.
        _ = self.as_ref().get(key);
    }

    /// Says how many elements a command is going to put, some of which may be there already: a set
    /// is shown as large from the first of them on.
    pub fn announce(&mut self, count: u64) {
        self.announced = count;
        if let Some((container, shape)) = mark::read(self.payload) {
            let shape = shape::announced(container, shape, count, &self.limits.encoding);
            mark::set_shape(self.payload, container, shape);
        }
    }

    /// Puts a key, or puts another value and expiry to it.
    pub fn put(&mut self, key: &[u8], value: &[u8], expiry: Option<u64>) -> Result<Put, Absent> {
        let entry = Entry { key, value, expiry };
        let order = self.order;
        let (spot, old_expiry) = self.seek(key)?;
        if spot.found && order.container == Container::Set {
            return Ok(Put::Same);
        }
        let count = tree::count(self.payload) + u64::from(!spot.found);
        self.begin(&Coming { entry: &entry, count, is_new: !spot.found });
        let mut tree = self.tree();
        order.with_cell(&entry, |cell| {
            if spot.found {
                tree.replace(&order, &spot, cell);
            } else {
                tree.insert(&order, &spot, cell);
            }
        });
        self.change_expiry(old_expiry, expiry);
        Ok(if spot.found { Put::Replaced } else { Put::Added })
    }

    /// Puts many entries into an empty map, in any order, the last one of several with one key.
    /// Pages are as full as they can be.
    pub fn fill<'e>(&mut self, entries: impl IntoIterator<Item = Entry<'e>>) -> Result<(), Absent> {
        let order = self.order;
        let keyed = entries.into_iter().map(|entry| (order.key_of(entry.key), entry));
        let mut entries: Vec<_> = keyed.collect();
        entries.sort_by_key(|(key, _)| *key);
        // The first of a run stays where duplicates go: make that the last one put.
        entries.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = later.1;
            }
            same
        });
        for (count, (_, entry)) in (1..).zip(&entries) {
            self.begin(&Coming { entry, count, is_new: true });
            let mut tree = self.tree();
            order.with_cell(entry, |cell| tree.append(&order, cell))?;
            self.change_expiry(None, entry.expiry);
        }
        Ok(())
    }

    /// Takes a key away. Tells whether it was there.
    pub fn remove(&mut self, key: &[u8]) -> Result<bool, Absent> {
        let (spot, old_expiry) = self.seek(key)?;
        if !spot.found {
            return Ok(false);
        }
        self.tree().remove(&spot);
        if tree::count(self.payload) == 0 {
            self.tree().clear();
            self.payload.clear();
        } else {
            self.change_expiry(old_expiry, None);
        }
        Ok(true)
    }

    /// Where a key is or would be, and when what is there expires.
    fn seek(&mut self, key: &[u8]) -> Result<(Spot, Option<u64>), Absent> {
        let order = self.order;
        let tree = self.tree();
        let spot = tree.seek(&order, &order.key_of(key))?;
        let old_expiry = tree.found(&spot).and_then(|cell| order.entry(cell).expiry);
        Ok((spot, old_expiry))
    }

    fn tree(&mut self) -> TreeMut<'_, P> {
        TreeMut::new(self.payload, self.pages, self.limits.pages, Which::First)
    }

    /// Sees to it that there is a payload, marked as what it becomes with the element.
    fn begin(&mut self, coming: &Coming) {
        let (container, limits) = (self.order.container, &self.limits.encoding);
        let known = mark::read(self.payload).map(|(_, shape)| shape);
        let first = || shape::first(container, coming.entry, self.announced, limits);
        let shape = known.unwrap_or_else(first);
        if known.is_none() {
            tree::begin(self.payload, mark::byte(container, shape));
        }
        let shape = shape::next(container, shape, coming, limits);
        mark::set_shape(self.payload, container, shape);
    }

    fn change_expiry(&mut self, old: Option<u64>, new: Option<u64>) {
        if old != new {
            let mut expiries = Expiries::read(self.payload);
            expiries.change(old, new);
            expiries.write(self.payload);
        }
    }
}
