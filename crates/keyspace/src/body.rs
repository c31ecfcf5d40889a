//! One key and its value as one piece of memory; or one page of a collection.
//!
//! ```text
//! small   marks u8 | space varint | key length varint | [expiry u64] | key | payload
//! large   the same as fields, with a payload that can grow in place
//! page    the page's name and bytes
//! ```
//!
//! A key of 20 bytes with a value of 100 is one allocation of 123 bytes, which the allocator
//! rounds to 128.

use hadal_value::tree::PageId;
use hadal_value::{Kind, generation, size_class};

use crate::varint;

/// Payloads from here up get room of their own, so that growing one does not copy it each time.
const LARGE_PAYLOAD_BYTES: usize = 4_096;
/// Those of collections sooner: they are changed in place more often than replaced. And roots of
/// pages always: each change of a page changes the root.
const LARGE_COLLECTION_BYTES: usize = 2_048;

const ABSENT: u8 = 1;
const HAS_EXPIRY: u8 = 2;
const GROWN: u8 = 4;
const KIND_SHIFT: u8 = 3;

/// A key and what is known to be at it, or a page.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Small(Box<[u8]>),
    Large(Box<Large>),
}

#[derive(Clone, Debug)]
pub(crate) enum Large {
    Value(LargeValue),
    Page(Page),
}

#[derive(Clone, Debug)]
pub(crate) struct LargeValue {
    space: u32,
    kind: Kind,
    grown: bool,
    expiry: Option<u64>,
    key: Box<[u8]>,
    payload: Vec<u8>,
}

/// A page of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The space of the collection's key.
    pub(crate) space: u32,
    pub(crate) id: PageId,
    /// Empty while it is being loaded.
    pub(crate) bytes: Vec<u8>,
}

/// A value to put at a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
    pub(crate) expiry: Option<u64>,
    pub(crate) grown: bool,
}

/// A body taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) space: u32,
    pub(crate) key: &'a [u8],
    /// `None`: the key is known to hold nothing.
    pub(crate) content: Option<Content<'a>>,
}

impl Body {
    /// A body of no key, for a slot nobody uses. Allocates nothing.
    pub(crate) fn vacant() -> Self {
        Self::Small(Box::default())
    }

    pub(crate) fn new(space: u32, key: &[u8], content: Option<Content<'_>>) -> Self {
        match content {
            Some(content) if is_large(content.kind, content.payload) => {
                Self::value(space, key.into(), content, content.payload.to_vec())
            }
            _ => Self::Small(pack(space, key, content)),
        }
    }

    /// A page of a collection in `space`.
    pub(crate) fn of_page(space: u32, id: PageId, bytes: Vec<u8>) -> Self {
        Self::Large(Box::new(Large::Page(Page { space, id, bytes })))
    }

    fn value(space: u32, key: Box<[u8]>, content: Content<'_>, payload: Vec<u8>) -> Self {
        let Content { kind, expiry, grown, .. } = content;
        Self::Large(Box::new(Large::Value(LargeValue { space, kind, grown, expiry, key, payload })))
    }

    /// The key and its value. A page is not at any key.
    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Small(bytes) => unpack(bytes),
            Self::Large(large) => match &**large {
                Large::Value(value) => View {
                    space: value.space,
                    key: &value.key,
                    content: Some(Content {
                        kind: value.kind,
                        payload: &value.payload,
                        expiry: value.expiry,
                        grown: value.grown,
                    }),
                },
                Large::Page(page) => View { space: page.space, key: &[], content: None },
            },
        }
    }

    /// The page, if it is one.
    pub(crate) fn page(&self) -> Option<&Page> {
        match self {
            Self::Large(large) => match &**large {
                Large::Page(page) => Some(page),
                Large::Value(_) => None,
            },
            Self::Small(_) => None,
        }
    }

    pub(crate) fn page_mut(&mut self) -> Option<&mut Page> {
        match self {
            Self::Large(large) => match &mut **large {
                Large::Page(page) => Some(page),
                Large::Value(_) => None,
            },
            Self::Small(_) => None,
        }
    }

    /// A first and a last byte: of any use only to have looked at them.
    pub(crate) fn ends(&self) -> Option<(u8, u8)> {
        match self {
            Self::Small(bytes) => bytes.first().copied().zip(bytes.last().copied()),
            Self::Large(large) => match &**large {
                Large::Value(value) => value.key.first().copied().zip(value.key.last().copied()),
                Large::Page(_) => None,
            },
        }
    }

    /// Whether this is the body of `key` in `space`, without taking the rest apart.
    pub(crate) fn is(&self, space: u32, key: &[u8]) -> bool {
        let view = self.view();
        view.key == key && view.space == space && self.page().is_none()
    }

    /// Replaces what is at the key.
    pub(crate) fn put(&mut self, content: Option<Content<'_>>) {
        if let (Self::Small(bytes), Some(content)) = (&mut *self, content)
            && overwrite(bytes, content)
        {
            return;
        }
        let view = self.view();
        *self = Self::new(view.space, view.key, content);
    }

    /// Changes the expiry of a key that holds something.
    pub(crate) fn put_expiry(&mut self, expiry: Option<u64>) {
        if let Some(value) = self.large_value() {
            value.expiry = expiry;
            return;
        }
        let View { space, key, content: Some(content) } = self.view() else { return };
        *self = Self::new(space, key, Some(Content { expiry, ..content }));
    }

    /// Writes `bytes` at `offset` of the string, padding a gap with zeros.
    pub(crate) fn write_at(&mut self, offset: usize, bytes: &[u8]) {
        if let Some(value) = self.large_value() {
            value.grown = true;
            write_at(&mut value.payload, offset, bytes);
            return;
        }
        let View { space, key, content } = self.view();
        let old = content.unwrap_or(Content::EMPTY_STRING);
        let mut payload = Vec::with_capacity(old.payload.len().max(offset + bytes.len()));
        payload.extend_from_slice(old.payload);
        write_at(&mut payload, offset, bytes);
        *self = if payload.len() < LARGE_PAYLOAD_BYTES {
            let content = Content { payload: &payload, grown: true, ..old };
            Self::Small(pack(space, key, Some(content)))
        } else {
            Self::value(space, key.into(), Content { grown: true, ..old }, payload)
        };
    }

    /// Lends the payload of a collection, or of a long string, for a change in place, empty if the
    /// key holds nothing: [`give_back`](Self::give_back) ends it. A small one is copied into
    /// `scratch`.
    pub(crate) fn lend(&mut self, scratch: Vec<u8>) -> Vec<u8> {
        if let Some(value) = self.large_value() {
            return std::mem::take(&mut value.payload);
        }
        let mut payload = scratch;
        payload.clear();
        payload.extend_from_slice(self.view().content.map_or(&[], |content| content.payload));
        payload
    }

    /// Takes a lent payload back, changed or not. Returns what can serve as scratch again. An
    /// empty payload leaves the key with nothing.
    pub(crate) fn give_back(&mut self, kind: Kind, payload: Vec<u8>) -> Vec<u8> {
        let is_large = is_large(kind, &payload);
        if let Some(value) = self.large_value() {
            if is_large {
                (value.kind, value.payload) = (kind, payload);
                return Vec::new();
            }
            let expiry = value.expiry;
            let (space, key) = (value.space, std::mem::take(&mut value.key));
            let content = Content { kind, payload: &payload, expiry, grown: false };
            *self = Self::Small(pack(space, &key, (!payload.is_empty()).then_some(content)));
            return payload;
        }
        let view = self.view();
        let expiry = view.content.and_then(|content| content.expiry);
        let content = Content { kind, payload: &payload, expiry, grown: false };
        if is_large {
            let content = Content { payload: &[], ..content };
            *self = Self::value(view.space, view.key.into(), content, payload);
            return Vec::new();
        }
        self.put((!payload.is_empty()).then_some(content));
        payload
    }

    /// Bytes that the allocator gives for this body.
    pub(crate) fn allocated_bytes(&self) -> usize {
        match self {
            Self::Small(bytes) => size_class(bytes.len()),
            Self::Large(large) => {
                let rest = match &**large {
                    Large::Value(value) => {
                        size_class(value.key.len()) + size_class(value.payload.capacity())
                    }
                    Large::Page(page) => size_class(page.bytes.capacity()),
                };
                size_class(size_of::<Large>()) + rest
            }
        }
    }

    fn large_value(&mut self) -> Option<&mut LargeValue> {
        match self {
            Self::Large(large) => match &mut **large {
                Large::Value(value) => Some(value),
                Large::Page(_) => None,
            },
            Self::Small(_) => None,
        }
    }
}

impl Content<'_> {
    const EMPTY_STRING: Content<'static> =
        Content { kind: Kind::String, payload: &[], expiry: None, grown: false };
}

fn is_large(kind: Kind, payload: &[u8]) -> bool {
    match kind {
        Kind::String => payload.len() >= LARGE_PAYLOAD_BYTES,
        _ => payload.len() >= LARGE_COLLECTION_BYTES || generation(kind, payload) != 0,
    }
}

fn write_at(payload: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if payload.len() < end {
        payload.resize(end, 0);
    }
    payload[offset..end].copy_from_slice(bytes);
}

fn pack(space: u32, key: &[u8], content: Option<Content<'_>>) -> Box<[u8]> {
    let (marks, expiry, payload) = match content {
        None => (ABSENT, None, &[][..]),
        Some(content) => (marks(content), content.expiry, content.payload),
    };
    let expiry_len = if expiry.is_some() { 8 } else { 0 };
    let len = 1
        + varint::len(u64::from(space))
        + varint::len(key.len() as u64)
        + expiry_len
        + key.len()
        + payload.len();
    let mut bytes = Vec::with_capacity(len);
    bytes.push(marks);
    varint::put(&mut bytes, u64::from(space));
    varint::put(&mut bytes, key.len() as u64);
    if let Some(at) = expiry {
        bytes.extend_from_slice(&at.to_le_bytes());
    }
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(payload);
    debug_assert_eq!(bytes.len(), len);
    bytes.into_boxed_slice()
}

fn marks(content: Content<'_>) -> u8 {
    let expiry = if content.expiry.is_some() { HAS_EXPIRY } else { 0 };
    let grown = if content.grown { GROWN } else { 0 };
    content.kind.code() << KIND_SHIFT | expiry | grown
}

fn unpack(bytes: &[u8]) -> View<'_> {
    let Some((&marks, mut rest)) = bytes.split_first() else {
        return View { space: 0, key: &[], content: None };
    };
    let space = varint::take(&mut rest).expect("packed by this module") as u32;
    let key_len = varint::take(&mut rest).expect("packed by this module") as usize;
    let mut expiry = None;
    if marks & HAS_EXPIRY != 0 {
        let (at, after) = rest.split_first_chunk().expect("packed by this module");
        (expiry, rest) = (Some(u64::from_le_bytes(*at)), after);
    }
    let (key, payload) = rest.split_at(key_len);
    let kind = Kind::from_code(marks >> KIND_SHIFT).filter(|_| marks & ABSENT == 0);
    let grown = marks & GROWN != 0;
    let content = kind.map(|kind| Content { kind, payload, expiry, grown });
    View { space, key, content }
}

/// Overwrites the content in place if it fits exactly. Returns whether it did.
fn overwrite(bytes: &mut Box<[u8]>, content: Content<'_>) -> bool {
    let Some(old) = unpack(bytes).content else { return false };
    if old.payload.len() != content.payload.len()
        || old.expiry.is_some() != content.expiry.is_some()
    {
        return false;
    }
    let start = bytes.len() - content.payload.len();
    bytes[start..].copy_from_slice(content.payload);
    let (first, mut rest) = bytes.split_first_mut().expect("a body with content is not empty");
    *first = marks(content);
    if let Some(at) = content.expiry {
        let skip = rest.iter().position(|byte| *byte < 0x80).expect("a varint ends") + 1;
        rest = &mut rest[skip..];
        let skip = rest.iter().position(|byte| *byte < 0x80).expect("a varint ends") + 1;
        rest[skip..skip + 8].copy_from_slice(&at.to_le_bytes());
    }
    true
}

#[cfg(test)]
mod tests;
