//! What lies in a store, and what must.

use std::collections::{BTreeMap, BTreeSet};

use hadal_storage::Snapshot;
use hadal_value::collection::map::soonest_expiry;
use hadal_value::tree::{Absent, PageId, Pages};
use hadal_value::{Kind, Record};

use crate::contents;
use crate::model::{Model, Value};
use crate::op::name;
use crate::witness::{Witness, page_of};

/// What the index of keys that expire says of one: its generation, and when a field expires.
type Indexed = (u64, Option<u64>);

/// What lies in a store, by space.
#[derive(Debug, Default)]
pub(super) struct Medium {
    records: BTreeMap<(u32, Vec<u8>), Vec<u8>>,
    index: BTreeSet<(u32, u64, Vec<u8>, Indexed)>,
    fields: BTreeSet<(u32, u64, Vec<u8>)>,
    counts: BTreeMap<u32, i64>,
    pages: BTreeMap<u32, BTreeMap<PageId, Vec<u8>>>,
    /// Collections whose pages are still to be deleted.
    dead: BTreeSet<Vec<u8>>,
}

impl Medium {
    pub(super) fn read(snapshot: &dyn Snapshot) -> Self {
        let mut medium = Self::default();
        for entry in snapshot.scan(&b"\0"[..]..&b"\xff"[..]) {
            let (key, value) = entry.expect("the medium never fails");
            medium.take(&key, value);
        }
        medium.counts.retain(|_, count| *count != 0);
        medium
    }

    /// Reads an entry of the store, as the dataset's layout says.
    fn take(&mut self, key: &[u8], value: Vec<u8>) {
        let space = || u32::from_be_bytes(key[1..5].try_into().expect("4 bytes"));
        match key[0] {
            b'c' => {
                let count = i64::from_le_bytes(value[..].try_into().expect("8 bytes"));
                self.counts.insert(space(), count);
            }
            b'f' => {
                let expiry = u64::from_be_bytes(key[5..13].try_into().expect("8 bytes"));
                self.fields.insert((space(), expiry, key[13..].to_vec()));
            }
            b'g' => _ = self.dead.insert(key.to_vec()),
            b'k' => _ = self.records.insert((space(), key[15..].to_vec()), value),
            b'm' => {}
            b'p' => _ = self.pages.entry(space()).or_default().insert(page_of(key), value),
            b'x' => {
                let expiry = u64::from_be_bytes(key[5..13].try_into().expect("8 bytes"));
                let words: Vec<_> =
                    value.as_chunks().0.iter().copied().map(u64::from_le_bytes).collect();
                let generation = words.first().copied().unwrap_or(0);
                let of_fields = words.get(1).copied();
                self.index.insert((space(), expiry, key[13..].to_vec(), (generation, of_fields)));
            }
            other => panic!("an entry of kind {other}"),
        }
    }

    /// The store must hold the model: records with their pages, the indexes of expiry times, counts.
    /// Nothing else.
    pub(super) fn judge(
        &self,
        spaces: &[u32],
        model: &Model,
        now: u64,
        seed: u64,
        witness: &Witness,
    ) {
        let mut counts = BTreeMap::new();
        let (mut index, mut fields) = (BTreeSet::new(), BTreeSet::new());
        let mut expected = BTreeMap::new();
        for (db, space) in spaces.iter().enumerate() {
            for key in model.keys(db as u32, now) {
                let value = model.get(db as u32, key, now).expect("just listed").clone();
                *counts.entry(*space).or_default() += 1;
                expected.insert((*space, name(key)), value);
            }
        }
        let mut found = BTreeMap::new();
        let mut unnamed = self.pages.clone();
        for ((space, key), bytes) in &self.records {
            let record = Record::decode(bytes).expect("a record");
            let at = (*space, key.clone());
            let is_hash = record.kind == Kind::Hash;
            let soonest = if is_hash { soonest_expiry(record.payload) } else { None };
            fields.extend(soonest.map(|at| (*space, at, key.clone())));
            let generation = record.generation();
            index.extend(record.expiry.map(|at| (*space, at, key.clone(), (generation, soonest))));
            let value = self.value_of(*space, &record, seed, unnamed.entry(*space).or_default());
            found.insert(at, value);
        }
        assert_eq!(self.counts, counts, "the counts in the store, by space");
        assert_eq!(found, expected, "the records in the store");
        assert_eq!(self.index, index, "the store's index of expiry times");
        assert_eq!(self.fields, fields, "the store's index of hashes with fields that expire");
        assert_eq!(self.dead, BTreeSet::new(), "collections that are gone");
        let unnamed = unnamed.values().flat_map(BTreeMap::keys);
        let unnamed: Vec<_> = unnamed.filter(|page| !witness.is_damaged(page.generation)).collect();
        assert!(unnamed.is_empty(), "pages that no collection names: {unnamed:?}");
    }

    /// Reads a record with all of its pages, which are taken out of `unnamed`.
    fn value_of(
        &self,
        space: u32,
        record: &Record<'_>,
        seed: u64,
        unnamed: &mut BTreeMap<PageId, Vec<u8>>,
    ) -> Value {
        let empty = BTreeMap::new();
        let lying = self.pages.get(&space).unwrap_or(&empty);
        let pages = Lying(lying);
        let Record { kind, payload, expiry, .. } = *record;
        let content = contents::of_payload(kind, payload, &pages, seed).expect("all are there");
        for page in hadal_value::pages(kind, payload, &pages) {
            assert_eq!(page.generation, record.generation(), "a page of another collection");
            assert!(unnamed.remove(&page).is_some(), "a page that is not there once: {page:?}");
        }
        Value { content, expiry }
    }
}

/// Pages as they lie in the store.
struct Lying<'a>(&'a BTreeMap<PageId, Vec<u8>>);

impl Pages for Lying<'_> {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        let page = self.0.get(&id);
        Ok(page.unwrap_or_else(|| panic!("a page that is not in the store: {id:?}")))
    }

    fn is_present(&self, id: PageId) -> bool {
        self.0.contains_key(&id)
    }
}
