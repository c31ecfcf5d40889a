//! Answers with more elements of one collection than may be in memory at once.
//!
//! The handler decides what such an answer has in it, and ends in [`Stop::Stream`]. Whoever runs it
//! keeps the collection as it is at that moment, and has the answer written part by part when the
//! locks have gone. Shapes and elements are written by what writes them in an answer at once.

use std::ops::Range;

use hadal_keyspace::{Opened, Txn, UnixMillis};
use hadal_resp::Writer;
use hadal_value::collection::map::Entry;
use hadal_value::tree::{Absent, Direction, Pages};

use crate::{Fault, Stop, hash, sorted_set};

/// A part is written once it has so many bytes.
const PART_BYTES: usize = 128 << 10;
/// Or when so many bytes of elements have been looked at: a part is a bounded piece of work.
const LOOKED_AT_BYTES_MAX: usize = 1 << 20;

/// What is left of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    elements: Content,
    ranks: Range<u64>,
    direction: Direction,
    phase: Phase,
    /// How many elements of the phase are behind.
    done: u64,
    looked_at_bytes: usize,
}

/// What an answer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Of a set.
    Members,
    /// Of a hash, those whose time has not come at this one.
    Fields(hash::Shown, UnixMillis),
    /// Of a list.
    Items,
    /// Of a sorted set.
    Scored(sorted_set::Shown),
}

/// What the elements are gone through for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To learn how many the answer will have: so many up to here.
    Count(u64),
    /// To write how many there are, then each of them.
    Begin(u64),
    Write,
}

/// How far [`Stream::write`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// What is there may be sent, and more will follow. Where elements are only counted, nothing
    /// is there.
    Part,
    /// That was all.
    Last,
}

/// Why an answer cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A page must be loaded, then it goes on where it was.
    Absent,
    /// There are fewer elements than the collection says it has.
    Damaged,
}

impl From<Absent> for Broken {
    fn from(_: Absent) -> Self {
        Self::Absent
    }
}

impl Stream {
    /// All members of a set of so many.
    pub(crate) fn members(len: u64) -> Self {
        Self::new(Content::Members, 0..len, Direction::Forward, Phase::Begin(len))
    }

    /// All fields of a hash of so many, some of which have expired.
    pub(crate) fn some_fields(shown: hash::Shown, len: u64, now: UnixMillis) -> Self {
        Self::new(Content::Fields(shown, now), 0..len, Direction::Forward, Phase::Count(0))
    }

    /// All fields of a hash of so many, none of which has expired.
    pub(crate) fn fields(shown: hash::Shown, len: u64, now: UnixMillis) -> Self {
        Self::new(Content::Fields(shown, now), 0..len, Direction::Forward, Phase::Begin(len))
    }

    /// Items of a list.
    pub(crate) fn items(part: Range<u64>) -> Self {
        let count = part.end - part.start;
        Self::new(Content::Items, part, Direction::Forward, Phase::Begin(count))
    }

    /// Members of a sorted set.
    pub(crate) fn scored(
        shown: sorted_set::Shown,
        ranks: Range<u64>,
        direction: Direction,
    ) -> Self {
        let count = ranks.end - ranks.start;
        Self::new(Content::Scored(shown), ranks, direction, Phase::Begin(count))
    }

    fn new(elements: Content, ranks: Range<u64>, direction: Direction, phase: Phase) -> Self {
        Self { elements, ranks, direction, phase, done: 0, looked_at_bytes: 0 }
    }

    /// Writes the next part of the answer with what `from` has, which must be the collection as it
    /// was at the call. If a page is absent, `out` keeps what has been written, and the same part
    /// goes on with the next call.
    pub fn write<P: Pages>(
        &mut self,
        from: &Opened<'_, P>,
        out: &mut Writer,
    ) -> Result<Written, Broken> {
        let len = self.ranks.end - self.ranks.start;
        loop {
            match self.phase {
                Phase::Count(count) if self.done == len => {
                    (self.phase, self.done) = (Phase::Begin(count), 0);
                }
                Phase::Begin(count) => {
                    self.elements.begin(count, out);
                    self.phase = Phase::Write;
                }
                Phase::Write if self.done == len => return Ok(Written::Last),
                Phase::Count(_) | Phase::Write => {}
            }
            if out.len() >= PART_BYTES || self.looked_at_bytes >= LOOKED_AT_BYTES_MAX {
                self.looked_at_bytes = 0;
                return Ok(Written::Part);
            }
            if self.done < len {
                self.step(from, len - self.done, out)?;
            }
        }
    }

    /// Goes through the elements of one page.
    fn step<P: Pages>(
        &mut self,
        from: &Opened<'_, P>,
        left: u64,
        out: &mut Writer,
    ) -> Result<(), Broken> {
        let at = match self.direction {
            Direction::Forward => self.ranks.start + self.done,
            Direction::Backward => self.ranks.end - 1 - self.done,
        };
        let Self { elements, direction, phase, looked_at_bytes, .. } = self;
        let count = match *elements {
            Content::Members => from.map().stretch(at, left, &mut |entry| {
                *looked_at_bytes += entry.key.len();
                out.bulk(entry.key);
            }),
            Content::Fields(shown, now) => from.map().stretch(at, left, &mut |entry| {
                *looked_at_bytes += entry.key.len() + entry.value.len();
                field(phase, shown, &entry, now, out);
            }),
            Content::Items => from.sequence().stretch(at, left, *direction, &mut |item| {
                *looked_at_bytes += item.len();
                out.bulk(item);
            }),
            Content::Scored(shown) => {
                from.sorted().stretch(at, left, *direction, &mut |member, score| {
                    *looked_at_bytes += member.len();
                    shown.member(member, score, out);
                })
            }
        }?;
        if count == 0 {
            return Err(Broken::Damaged);
        }
        self.done += count;
        Ok(())
    }
}

impl Content {
    fn begin(self, count: u64, out: &mut Writer) {
        match self {
            Self::Members => out.set(count as usize),
            Self::Fields(shown, _) => shown.begin(count, out),
            Self::Items => out.array(count as usize),
            Self::Scored(shown) => shown.begin(count, out),
        }
    }
}

/// Counts or writes a field, if clients see it.
fn field(
    phase: &mut Phase,
    shown: hash::Shown,
    entry: &Entry<'_>,
    now: UnixMillis,
    out: &mut Writer,
) {
    if hash::is_due(entry, now) {
        return;
    }
    match phase {
        Phase::Count(count) => *count += 1,
        Phase::Begin(_) | Phase::Write => shown.field(entry, out),
    }
}

/// What a call may answer with at once, and what becomes of it if that is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    bytes_max: u64,
    may_stream: bool,
}

impl Room {
    pub(crate) fn of(txn: &Txn<'_>) -> Self {
        Self { bytes_max: txn.answer_bytes_max(), may_stream: txn.may_stream() }
    }

    pub(crate) fn fits(self, bytes: u64) -> bool {
        bytes <= self.bytes_max
    }

    /// Ends a call whose answer takes about so many bytes, if that is too much at once: with
    /// `stream` instead where it may, else as [`Fault::TooLarge`].
    pub(crate) fn check(self, bytes: u64, stream: impl FnOnce() -> Stream) -> Result<(), Stop> {
        if self.fits(bytes) {
            return Ok(());
        }
        if self.may_stream {
            return Err(Stop::Stream(Box::new(stream())));
        }
        Err(Fault::TooLarge.into())
    }
}

#[cfg(test)]
mod tests;
