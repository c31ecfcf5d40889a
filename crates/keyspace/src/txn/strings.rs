//! Strings in a transaction: read as a whole or in parts, written as a whole or in place.
//!
//! A long string is in blocks, and not all of them need be in memory. [`Txn::text`] gives a string
//! of either form to whoever needs parts of it; [`Txn::get`] is where the blocks of a whole one are
//! put together.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::{ControlFlow, Range};

use hadal_value::Kind;
use hadal_value::blocks::{BlocksRef, Part};
use hadal_value::tree::Absent;

use super::{Denied, Expiry, Miss, Opened, Txn};
use crate::body::Content;
use crate::effect::Change;
use crate::shard::{Resident, Wanted};
use crate::slab::SlotId;

/// A string, to be read in parts. What is asked for and is not in memory is noted, as it is of a
/// collection.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t>(Form<'t>);

#[derive(Clone, Copy, Debug)]
enum Form<'t> {
    Whole(&'t [u8]),
    Blocks(Opened<'t>),
}

impl<'t> Text<'t> {
    /// How many bytes it has.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Whole(bytes) => bytes.len(),
            Form::Blocks(opened) => opened.blocks().len() as usize,
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it takes to have a range at hand, as far as they come and go: holes of
    /// a long string take none.
    pub fn block_bytes(&self, range: Range<usize>) -> u64 {
        match &self.0 {
            Form::Whole(_) => 0,
            Form::Blocks(opened) => opened.blocks().block_bytes(wide(range)),
        }
    }

    /// Notes what is absent and needed to read a range, or to write there. It may lie behind the
    /// end.
    pub fn want(&self, range: Range<usize>) -> Result<(), Absent> {
        match &self.0 {
            Form::Whole(_) => Ok(()),
            Form::Blocks(opened) => opened.blocks().want_for_write(wide(range)),
        }
    }

    /// The byte at a place, if the string reaches as far.
    pub fn byte(&self, at: usize) -> Result<Option<u8>, Absent> {
        if at >= self.len() {
            return Ok(None);
        }
        Ok(self.part(at..at + 1)?.first().copied())
    }

    /// The bytes of a range, as far as the string goes: ask
    /// [`answer_fits`](Txn::answer_fits) before if they may be many.
    pub fn part(&self, range: Range<usize>) -> Result<Cow<'t, [u8]>, Absent> {
        match &self.0 {
            Form::Whole(bytes) => {
                let range = range.start..range.end.min(bytes.len());
                Ok(Cow::Borrowed(bytes.get(range).unwrap_or_default()))
            }
            Form::Blocks(opened) => opened.text_part(range).map(Cow::Owned),
        }
    }

    /// Calls `f` with a range, in order, until told to stop. What is absent is wanted when it
    /// comes to it, with some of what follows: `f` may have been called although the answer is
    /// [`Absent`].
    pub fn search(
        &self,
        range: Range<usize>,
        f: &mut dyn FnMut(Part<'_>) -> ControlFlow<()>,
    ) -> Result<(), Absent> {
        match &self.0 {
            Form::Whole(bytes) => {
                let range = range.start..range.end.min(bytes.len());
                _ = f(Part::Bytes(bytes.get(range).unwrap_or_default()));
                Ok(())
            }
            Form::Blocks(opened) => opened.blocks().search(wide(range), f),
        }
    }
}

impl<'t> Opened<'t> {
    /// A long string.
    pub fn blocks(&self) -> BlocksRef<'_, Resident<'t>> {
        BlocksRef::new(self.payload(), self.pages())
    }

    /// All bytes of a long string.
    pub(super) fn whole_text(&self) -> Result<Vec<u8>, Absent> {
        self.text_part(0..self.blocks().len() as usize)
    }

    fn text_part(&self, range: Range<usize>) -> Result<Vec<u8>, Absent> {
        let blocks = self.blocks();
        let end = range.end.min(blocks.len() as usize);
        blocks.want(wide(range.clone()))?;
        let mut bytes = Vec::with_capacity(end.saturating_sub(range.start));
        blocks.search(wide(range), &mut |part| {
            match part {
                Part::Bytes(part) => bytes.extend_from_slice(part),
                Part::Zeros(count) => bytes.resize(bytes.len() + count as usize, 0),
            }
            ControlFlow::Continue(())
        })?;
        Ok(bytes)
    }
}

fn wide(range: Range<usize>) -> Range<u64> {
    range.start as u64..range.end as u64
}

impl Txn<'_> {
    /// The string at `key`, or `None` if there is none. Counts as an access.
    ///
    /// # Errors
    /// [`Denied::WrongKind`] if the key holds a collection, [`Denied::TooLarge`] if it is a long
    /// string of which not all can be had at once.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<Cow<'_, [u8]>>, Denied> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        let shard = &self.guards[guard].1;
        shard.touch(id, self.now.seconds());
        let Some(Content { kind, payload, .. }) = shard.view(id).content else { return Ok(None) };
        match kind {
            Kind::String => Ok(Some(Cow::Borrowed(payload))),
            Kind::LongString => self.gather(guard, id, key).map(|bytes| Some(Cow::Owned(bytes))),
            _ => Err(Denied::WrongKind),
        }
    }

    /// The string at `key` to be read in parts, or `None` if there is none. Counts as an access.
    ///
    /// # Errors
    /// [`Denied::WrongKind`] if the key holds a collection.
    pub fn text<'t>(&'t mut self, key: &'t [u8]) -> Result<Option<Text<'t>>, Denied> {
        let Some((guard, id)) = self.found(key)? else { return Ok(None) };
        let shard = &self.guards[guard].1;
        shard.touch(id, self.now.seconds());
        let Some(Content { kind, payload, .. }) = shard.view(id).content else { return Ok(None) };
        match kind {
            Kind::String => Ok(Some(Text(Form::Whole(payload)))),
            Kind::LongString => Ok(Some(Text(Form::Blocks(self.opened(guard, id, key))))),
            _ => Err(Denied::WrongKind),
        }
    }

    #[cold]
    fn gather(&self, guard: usize, id: SlotId, key: &[u8]) -> Result<Vec<u8>, Denied> {
        let opened = self.opened(guard, id, key);
        if !self.answer_fits(opened.blocks().len()) {
            return Err(Denied::TooLarge);
        }
        opened.whole_text().map_err(|Absent| Denied::Miss)
    }

    /// Replaces whatever is at `key`. Looks at what was there only for [`Expiry::Keep`].
    pub fn set(&mut self, key: &[u8], value: &[u8], expiry: Expiry) -> Result<(), Miss> {
        self.put(key, value, expiry, false)
    }

    /// As [`set`](Self::set), of a string that has grown in place (`BITOP`).
    pub fn set_grown(&mut self, key: &[u8], value: &[u8], expiry: Expiry) -> Result<(), Miss> {
        self.put(key, value, expiry, true)
    }

    fn put(&mut self, key: &[u8], payload: &[u8], expiry: Expiry, grown: bool) -> Result<(), Miss> {
        let expiry = self.expiry_of(key, expiry)?;
        self.put_content(key, Content { kind: Kind::String, payload, expiry, grown })
    }

    /// Puts a value at a key, whatever is there; one without pages, or any string.
    pub(super) fn put_content(&mut self, key: &[u8], value: Content<'_>) -> Result<(), Miss> {
        let (guard, id) = self.blind(key)?;
        self.guards[guard].1.touch(id, self.now.seconds());
        if value.kind == Kind::String && self.is_long(value.payload.len()) {
            self.is_changing(guard, id);
            let (limits, notes) = (self.keyspace.limits(), RefCell::default());
            let (wanted, now_s) = (Wanted::of_nobody(&notes), self.now.seconds());
            let context = self.keyspace.edit_context(&limits, wanted, now_s);
            self.guards[guard].1.put_value(id, value, &context);
        } else {
            self.change(guard, id, |body| body.put(Some(value)));
        }
        let Content { kind, payload, expiry, grown } = value;
        self.effect(guard, id, key, Change::Set { kind, payload, expiry, grown });
        Ok(())
    }

    /// Writes into the string at `key` from `offset` on, padding a gap with zeros; creates the
    /// key if there is none. Keeps its expiry. Returns the new length.
    ///
    /// # Errors
    /// [`Denied::WrongKind`] if the key holds a collection.
    pub fn write_at(&mut self, key: &[u8], offset: usize, bytes: &[u8]) -> Result<usize, Denied> {
        let (guard, id) = self.resident(key)?;
        let shard = &mut self.guards[guard].1;
        let (kind, len) = match shard.view(id).content {
            None => (Kind::String, 0),
            Some(content) => (content.kind, text_len(content)),
        };
        if !kind.is_string() {
            return Err(Denied::WrongKind);
        }
        shard.touch(id, self.now.seconds());
        let len = len.max(offset + bytes.len());
        if kind == Kind::LongString || self.is_long(len) {
            self.write_blocks(guard, id, key, (offset, bytes))?;
        } else {
            self.change(guard, id, |body| body.write_at(offset, bytes));
        }
        self.effect(guard, id, key, Change::Write { offset, bytes });
        Ok(len)
    }

    fn write_blocks(
        &mut self,
        guard: usize,
        id: SlotId,
        key: &[u8],
        (offset, bytes): (usize, &[u8]),
    ) -> Result<(), Miss> {
        self.is_changing(guard, id);
        let limits = self.keyspace.limits();
        let wanted = Wanted { notes: &self.missed, db: self.database_before_moves(), key };
        let context = self.keyspace.edit_context(&limits, wanted, self.now.seconds());
        let written = self.guards[guard].1.write_at(id, offset, bytes, &context);
        written.map_err(|Absent| Miss)
    }

    /// Whether a string of this length is kept in blocks.
    fn is_long(&self, len: usize) -> bool {
        len > self.keyspace.record_string_bytes()
    }
}

fn text_len(content: Content<'_>) -> usize {
    match content.kind {
        Kind::LongString => hadal_value::blocks::len(content.payload) as usize,
        _ => content.payload.len(),
    }
}
