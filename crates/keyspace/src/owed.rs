//! What the store has not yet heard of an entry.

use hadal_value::Lsn;

use crate::UnixMillis;

/// What the store holds at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nobody has looked: the key was written without being loaded.
    Unknown,
    /// Nothing.
    Absent,
    /// A record.
    Present {
        /// As in the record, and so in the index of expiry times.
        expiry: Option<UnixMillis>,
        /// The generation of the pages that the record is the root of; 0 if it has none.
        generation: u64,
    },
}

impl Stored {
    /// When it expires, if it is known to.
    pub(crate) fn expiry(self) -> Option<UnixMillis> {
        match self {
            Self::Present { expiry, .. } => expiry,
            Self::Unknown | Self::Absent => None,
        }
    }

    /// The generation of its pages, 0 if it has none or nobody knows.
    pub fn generation(self) -> u64 {
        match self {
            Self::Present { generation, .. } => generation,
            Self::Unknown | Self::Absent => 0,
        }
    }

    pub(crate) fn is_present(self) -> bool {
        matches!(self, Self::Present { .. })
    }
}

/// The debt of one entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    /// What the store holds now.
    pub(crate) stored: Stored,
    /// What it will hold once the save in flight ends.
    pub(crate) saving: Stored,
    /// The first effect that is not in the store: the journal must be kept from here on.
    pub(crate) first: Lsn,
    /// The first effect that the save in flight does not carry.
    pub(crate) overtaking: Lsn,
    /// The last effect: the journal must be durable up to here before a save.
    pub(crate) last: Lsn,
}

/// An entry's place in the order of saves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) at: crate::Millis,
    pub(crate) first: Lsn,
    pub(crate) slot: crate::slab::SlotId,
}
