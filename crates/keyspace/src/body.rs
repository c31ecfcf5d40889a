//! One key and its value as one piece of memory.
//!
//! ```text
//! small   marks u8 | space varint | key length varint | [expiry u64] | key | payload
//! large   the same as fields, with a payload that can grow in place
//! ```
//!
//! A key of 20 bytes with a value of 100 is one allocation of 123 bytes, which the allocator
//! rounds to 128.

use crate::varint;

/// Payloads from here up get room of their own, so that growing one does not copy it each time.
const LARGE_PAYLOAD_BYTES: usize = 4_096;

const ABSENT: u8 = 1;
const HAS_EXPIRY: u8 = 2;
const GROWN: u8 = 4;

/// A key, and what is known to be at it.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Small(Box<[u8]>),
    Large(Box<Large>),
}

#[derive(Clone, Debug)]
pub(crate) struct Large {
    space: u32,
    grown: bool,
    expiry: Option<u64>,
    key: Box<[u8]>,
    payload: Vec<u8>,
}

/// A value to put at a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
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
            Some(content) if content.payload.len() >= LARGE_PAYLOAD_BYTES => {
                Self::Large(Box::new(Large {
                    space,
                    grown: content.grown,
                    expiry: content.expiry,
                    key: key.into(),
                    payload: content.payload.to_vec(),
                }))
            }
            _ => Self::Small(pack(space, key, content)),
        }
    }

    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Small(bytes) => unpack(bytes),
            Self::Large(large) => View {
                space: large.space,
                key: &large.key,
                content: Some(Content {
                    payload: &large.payload,
                    expiry: large.expiry,
                    grown: large.grown,
                }),
            },
        }
    }

    /// Whether this is the body of `key` in `space`, without taking the rest apart.
    pub(crate) fn is(&self, space: u32, key: &[u8]) -> bool {
        let view = self.view();
        view.key == key && view.space == space
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
        if let Self::Large(large) = self {
            large.expiry = expiry;
            return;
        }
        let View { space, key, content: Some(content) } = self.view() else { return };
        *self = Self::new(space, key, Some(Content { expiry, ..content }));
    }

    /// Writes `bytes` at `offset` of the payload, padding a gap with zeros.
    pub(crate) fn write_at(&mut self, offset: usize, bytes: &[u8]) {
        if let Self::Small(small) = self {
            let View { space, key, content } = unpack(small);
            let old = content.unwrap_or(Content { payload: &[], expiry: None, grown: false });
            let mut payload = Vec::with_capacity(old.payload.len().max(offset + bytes.len()));
            payload.extend_from_slice(old.payload);
            write_at(&mut payload, offset, bytes);
            let content = Content { payload: &payload, expiry: old.expiry, grown: true };
            *self = if payload.len() < LARGE_PAYLOAD_BYTES {
                Self::Small(pack(space, key, Some(content)))
            } else {
                let (key, expiry) = (key.into(), old.expiry);
                Self::Large(Box::new(Large { space, grown: true, expiry, key, payload }))
            };
        } else if let Self::Large(large) = self {
            large.grown = true;
            write_at(&mut large.payload, offset, bytes);
        }
    }

    /// Bytes that the allocator gives for this body.
    pub(crate) fn allocated_bytes(&self) -> usize {
        match self {
            Self::Small(bytes) => size_class(bytes.len()),
            Self::Large(large) => {
                size_class(size_of::<Large>())
                    + size_class(large.key.len())
                    + size_class(large.payload.capacity())
            }
        }
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
        Some(Content { payload, expiry, grown }) => {
            let marks = if expiry.is_some() { HAS_EXPIRY } else { 0 };
            (marks | if grown { GROWN } else { 0 }, expiry, payload)
        }
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
    let content =
        (marks & ABSENT == 0).then_some(Content { payload, expiry, grown: marks & GROWN != 0 });
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
    let (marks, mut rest) = bytes.split_first_mut().expect("a body with content is not empty");
    *marks = *marks & !GROWN | if content.grown { GROWN } else { 0 };
    if let Some(at) = content.expiry {
        let skip = rest.iter().position(|byte| *byte < 0x80).expect("a varint ends") + 1;
        rest = &mut rest[skip..];
        let skip = rest.iter().position(|byte| *byte < 0x80).expect("a varint ends") + 1;
        rest[skip..skip + 8].copy_from_slice(&at.to_le_bytes());
    }
    true
}

/// What jemalloc gives for a request: classes of 16 up to 128, then four to each doubling.
pub(crate) fn size_class(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        1..=8 => 8,
        9..=128 => bytes.next_multiple_of(16),
        _ => bytes.next_multiple_of(bytes.next_power_of_two() / 8),
    }
}

#[cfg(test)]
mod tests;
