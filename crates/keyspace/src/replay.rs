//! Effects of the journal's tail on their way into entries.

use hadal_value::{Kind, Lsn};

use crate::edit::Edit;
use crate::effect::Change;
use crate::shard::EditContext;
use crate::{Millis, UnixMillis};

/// What a replay needs beside the shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) edit: EditContext<'a>,
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
    Write {
        offset: usize,
        bytes: Box<[u8]>,
    },
    /// As in the journal.
    Edit {
        kind: Kind,
        edit: Box<[u8]>,
    },
}

impl Pending {
    /// Keeps a copy of an effect that is not whole.
    pub(crate) fn new(lsn: Lsn, change: Change<'_>) -> Self {
        let kept = match change {
            Change::Expire(at) => Kept::Expire(at),
            Change::Write { offset, bytes } => Kept::Write { offset, bytes: bytes.into() },
            Change::Edit { kind, edit } => {
                let mut bytes = Vec::new();
                edit.encode(&mut bytes);
                Kept::Edit { kind, edit: bytes.into() }
            }
            Change::Set { .. } | Change::Delete => unreachable!("a whole effect never waits"),
        };
        Self { lsn, kept }
    }

    pub(crate) fn change(&self) -> Change<'_> {
        match &self.kept {
            Kept::Expire(at) => Change::Expire(*at),
            Kept::Write { offset, bytes } => Change::Write { offset: *offset, bytes },
            Kept::Edit { kind, edit } => {
                let edit = Edit::take(&mut &edit[..]).expect("encoded above");
                Change::Edit { kind: *kind, edit }
            }
        }
    }
}
