//! Strings in memory: a short one in its entry, a long one in blocks, which are pages.

use hadal_value::Kind;
use hadal_value::blocks::BlocksMut;
use hadal_value::tree::Absent;

use super::Shard;
use super::edit::{Change, Context};
use crate::UnixMillis;
use crate::body::Content;
use crate::slab::SlotId;

impl Shard {
    /// Puts a value at an entry, whatever is there; a long string in blocks.
    pub(crate) fn put_value(&mut self, id: SlotId, value: Content<'_>, context: &Context<'_>) {
        if value.kind == Kind::String && value.payload.len() > record_bytes(context) {
            self.put_blocks(id, value.payload, value.expiry, context);
        } else {
            self.put(id, Some(value));
        }
    }

    /// Writes bytes into the string at an entry, which holds a string or nothing. A gap before
    /// them is zeros.
    ///
    /// # Errors
    /// [`Absent`]: they are in blocks that are not in memory. Nothing has changed.
    pub(crate) fn write_at(
        &mut self,
        id: SlotId,
        offset: usize,
        bytes: &[u8],
        context: &Context<'_>,
    ) -> Result<(), Absent> {
        let held = self.view(id).content;
        if held.is_none_or(|content| content.kind == Kind::String) {
            let len = held.map_or(0, |content| content.payload.len());
            if len.max(offset + bytes.len()) <= record_bytes(context) {
                self.change(id, |body| body.write_at(offset, bytes));
                return Ok(());
            }
            let payload = held.map_or_else(Vec::new, |content| content.payload.to_vec());
            let expiry = held.and_then(|content| content.expiry);
            self.put_blocks(id, &payload, expiry, context);
        }
        let written = self.edit_with(id, Kind::LongString, context, |payload, pages| {
            BlocksMut::new(payload, pages).write(offset as u64, bytes)?;
            Ok(Change::Replaced)
        });
        written.map(|_| ())
    }

    /// Puts a string at an entry, in blocks of its own.
    fn put_blocks(
        &mut self,
        id: SlotId,
        bytes: &[u8],
        expiry: Option<UnixMillis>,
        context: &Context<'_>,
    ) {
        let block_bytes = context.limits.strings.block_bytes;
        self.put(id, None);
        let made = self.edit_with(id, Kind::LongString, context, |payload, pages| {
            BlocksMut::begin(payload, pages, block_bytes).write(0, bytes)?;
            Ok(Change::Added)
        });
        assert!(made.is_ok(), "what has just been made is in memory");
        if expiry.is_some() {
            self.change(id, |body| body.put_expiry(expiry));
        }
    }
}

fn record_bytes(context: &Context<'_>) -> usize {
    context.limits.strings.record_bytes
}
