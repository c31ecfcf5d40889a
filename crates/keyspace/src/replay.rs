//! Effects of the journal's tail on their way into entries.

use hadal_value::Lsn;

use crate::body::{Body, Content};
use crate::effect::Change;
use crate::{Millis, UnixMillis};

/// The time, as the parts of a shard need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// For idle times.
    pub(crate) seconds: u16,
    /// When a change made now should be saved.
    pub(crate) due_at: Millis,
}

/// An effect that waits for its key to be loaded.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) lsn: Lsn,
    kept: Kept,
}

#[derive(Clone, Debug)]
enum Kept {
    Expire(Option<UnixMillis>),
    Write { offset: usize, bytes: Box<[u8]> },
}

impl Pending {
    /// Keeps a copy of an effect that is not whole.
    pub(crate) fn new(lsn: Lsn, change: Change<'_>) -> Self {
        let kept = match change {
            Change::Expire(at) => Kept::Expire(at),
            Change::Write { offset, bytes } => Kept::Write { offset, bytes: bytes.into() },
            Change::Set { .. } | Change::Delete => unreachable!("a whole effect never waits"),
        };
        Self { lsn, kept }
    }

    pub(crate) fn change(&self) -> Change<'_> {
        match &self.kept {
            Kept::Expire(at) => Change::Expire(*at),
            Kept::Write { offset, bytes } => Change::Write { offset: *offset, bytes },
        }
    }
}

/// Makes the change that an effect states.
pub(crate) fn apply(body: &mut Body, change: Change<'_>) {
    match change {
        Change::Set { payload, expiry, grown } => {
            body.put(Some(Content { payload, expiry, grown }));
        }
        Change::Delete => body.put(None),
        Change::Expire(expiry) => body.put_expiry(expiry),
        Change::Write { offset, bytes } => body.write_at(offset, bytes),
    }
}
