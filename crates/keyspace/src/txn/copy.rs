//! All there is at a key, taken out to be put elsewhere: COPY, MOVE, RENAME.

use std::ops::ControlFlow;

use hadal_value::tree::{Absent, Direction};
use hadal_value::{Kind, generation};

use super::{Expiry, Miss, Txn};
use crate::UnixMillis;
use crate::body::Content;
use crate::edit::Edit;

/// A key's value and expiry, copied.
#[derive(Clone, Debug)]
pub struct Whole {
    kind: Kind,
    grown: bool,
    expiry: Option<UnixMillis>,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    /// As it lies in the key's record, or the bytes of a string.
    Payload(Vec<u8>),
    /// Of a collection with pages.
    Elements(Vec<Element>),
}

#[derive(Clone, Debug)]
enum Element {
    Field { field: Box<[u8]>, value: Box<[u8]>, expiry: Option<UnixMillis> },
    Scored { member: Box<[u8]>, score: f64 },
    Item { at: u64, item: Box<[u8]> },
}

impl Whole {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// When it expires.
    pub fn expiry(&self) -> Option<UnixMillis> {
        self.expiry
    }
}

impl Element {
    fn as_edit(&self) -> Edit<'_> {
        match self {
            Self::Field { field, value, expiry } => {
                Edit::Put { member: field, value, expiry: *expiry }
            }
            Self::Scored { member, score } => Edit::Score { member, score: *score },
            Self::Item { at, item } => Edit::Insert { at: *at, item },
        }
    }
}

impl Txn<'_> {
    /// A copy of all there is at `key`. Does not count as an access. What has
    /// pages must be in memory with all of them: ask [`answer_fits`](Self::answer_fits) before.
    pub fn whole(&mut self, key: &[u8]) -> Result<Option<Whole>, Miss> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        let Some(content) = self.guards[guard].1.view(id).content else { return Ok(None) };
        let Content { kind, grown, expiry, payload } = content;
        if kind == Kind::LongString {
            let bytes = self.opened(guard, id, key).whole_text().map_err(|Absent| Miss)?;
            let (kind, value) = (Kind::String, Value::Payload(bytes));
            return Ok(Some(Whole { kind, grown, expiry, value }));
        }
        let value = if generation(kind, payload) == 0 {
            Value::Payload(payload.to_vec())
        } else {
            Value::Elements(self.elements(guard, id, key, kind).map_err(|Absent| Miss)?)
        };
        Ok(Some(Whole { kind, grown, expiry, value }))
    }

    /// Puts a copy at `key`, whatever is there.
    pub fn put_whole(&mut self, key: &[u8], whole: &Whole) -> Result<(), Miss> {
        let Whole { kind, grown, expiry, .. } = *whole;
        match &whole.value {
            Value::Payload(payload) => {
                self.put_content(key, Content { kind, payload, expiry, grown })
            }
            Value::Elements(elements) => {
                let edits: Vec<_> = elements.iter().map(Element::as_edit).collect();
                self.put_collection(key, kind, &edits, expiry.map_or(Expiry::None, Expiry::At))
            }
        }
    }

    fn elements(
        &self,
        guard: usize,
        id: crate::slab::SlotId,
        key: &[u8],
        kind: Kind,
    ) -> Result<Vec<Element>, Absent> {
        let opened = self.opened(guard, id, key);
        let mut elements = Vec::new();
        match kind {
            Kind::String | Kind::LongString => {}
            Kind::Hash | Kind::Set => opened.map().walk(&mut |entry| {
                let (field, value) = (entry.key.into(), entry.value.into());
                elements.push(Element::Field { field, value, expiry: entry.expiry });
                ControlFlow::Continue(())
            })?,
            Kind::SortedSet => opened.sorted().walk(&mut |member, score| {
                elements.push(Element::Scored { member: member.into(), score });
                ControlFlow::Continue(())
            })?,
            Kind::List => {
                let list = opened.sequence();
                list.range(0, list.len(), Direction::Forward, &mut |item| {
                    elements.push(Element::Item { at: elements.len() as u64, item: item.into() });
                    ControlFlow::Continue(())
                })?;
            }
        }
        Ok(elements)
    }
}
