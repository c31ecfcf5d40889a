//! What the store has not yet heard of an entry.

use hadal_value::collection::map;
use hadal_value::{Kind, Lsn, Record, generation};

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
        /// As in the record, and so in the index of keys that expire.
        expiry: Option<UnixMillis>,
        /// When a hash's first field expires, or a time before that: as in the record, and so in
        /// the index of fields that expire.
        field_expiry: Option<UnixMillis>,
        /// The generation of the pages that the record is the root of; 0 if it has none.
        generation: u64,
    },
}

impl Stored {
    /// A record of this value.
    pub(crate) fn value(kind: Kind, payload: &[u8], expiry: Option<UnixMillis>) -> Self {
        let soonest = || map::soonest_expiry(payload);
        Self::Present {
            expiry,
            field_expiry: if kind == Kind::Hash { soonest() } else { None },
            generation: generation(kind, payload),
        }
    }

    /// When it expires, if it is known to.
    pub fn expiry(self) -> Option<UnixMillis> {
        match self {
            Self::Present { expiry, .. } => expiry,
            Self::Unknown | Self::Absent => None,
        }
    }

    /// No field of it expires before, if it is known to have such fields.
    pub fn field_expiry(self) -> Option<UnixMillis> {
        match self {
            Self::Present { field_expiry, .. } => field_expiry,
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

impl From<Option<Record<'_>>> for Stored {
    fn from(found: Option<Record<'_>>) -> Self {
        let of = |record: Record<'_>| Self::value(record.kind, record.payload, record.expiry);
        found.map_or(Self::Absent, of)
    }
}

/// The debt of one entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    /// What the store holds now.
    pub(crate) stored: Stored,
    /// What it will hold once the save in flight ends.
    pub(crate) saving: Stored,
    /// The first effect that is not in the store.
    pub(crate) first: Lsn,
    /// Its place in the order of saves: what [`Due::first`] is there.
    pub(crate) place: Lsn,
    /// A whole effect that may not be durable yet, or `NONE`.
    whole: Lsn,
    /// The last such effect.
    last_whole: Lsn,
    /// A durable effect that makes those before it superfluous: whole. Or `NONE`.
    superseding: Lsn,
    /// The first effect that the save in flight does not carry.
    pub(crate) overtaking: Lsn,
    /// The last effect: the journal must be durable up to here before a save.
    pub(crate) last: Lsn,
}

impl Owed {
    /// A debt whose effects have no numbers yet.
    pub(crate) fn new(stored: Stored) -> Self {
        Self {
            stored,
            saving: stored,
            first: Lsn::NONE,
            place: Lsn::NONE,
            whole: Lsn::NONE,
            last_whole: Lsn::NONE,
            superseding: Lsn::NONE,
            overtaking: Lsn::NONE,
            last: Lsn::NONE,
        }
    }

    /// An effect says all that is at the key, whatever was there before.
    pub(crate) fn note_whole(&mut self, lsn: Lsn) {
        self.last_whole = lsn;
        // One of them is waited for until it is durable: each would be later than the one before.
        if self.whole == Lsn::NONE {
            self.whole = lsn;
        }
    }

    /// The journal must be kept from here on, when it is durable up to `durable`. A whole effect
    /// makes those before it superfluous, but not before it is durable itself: a crash would take
    /// it, and they would be what is left.
    pub(crate) fn kept_from(&mut self, durable: Lsn) -> Lsn {
        if self.last_whole <= durable {
            (self.superseding, self.whole) = (self.last_whole, Lsn::NONE);
        } else if self.whole <= durable {
            (self.superseding, self.whole) = (self.whole, self.last_whole);
        }
        if self.first == Lsn::NONE { Lsn::NONE } else { self.first.max(self.superseding) }
    }
}

/// An entry's place in the order of saves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) at: crate::Millis,
    /// The journal was to be kept from here on for it, when it took the place.
    pub(crate) first: Lsn,
    pub(crate) slot: crate::slab::SlotId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_superseded_is_kept_until_its_successor_is_durable() {
        let mut owed = Owed::new(Stored::Unknown);
        assert_eq!(owed.kept_from(Lsn(9)), Lsn::NONE, "it has no number yet");
        owed.first = Lsn(2);
        for lsn in [4, 6, 8] {
            owed.note_whole(Lsn(lsn));
        }
        assert_eq!(owed.kept_from(Lsn(3)), Lsn(2));
        assert_eq!(owed.kept_from(Lsn(7)), Lsn(4), "one that is known to be durable");
        owed.note_whole(Lsn(10));
        assert_eq!(owed.kept_from(Lsn(7)), Lsn(4));
        assert_eq!(owed.kept_from(Lsn(9)), Lsn(8));
        assert_eq!(owed.kept_from(Lsn(10)), Lsn(10));
        owed.first = Lsn(12);
        assert_eq!(owed.kept_from(Lsn(12)), Lsn(12), "a save has carried what was before");
    }
}
