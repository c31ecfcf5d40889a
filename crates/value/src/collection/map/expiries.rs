//! What a hash notes about fields that expire: how many there are, and when the first one is due.
//!
//! ```text
//! u64   no field expires before, in Unix milliseconds, little endian
//! u48   how many fields expire
//! ```
//!
//! A hash without such fields has no note.

use crate::tree::{note, set_note};

const NOTE_BYTES: usize = 14;

/// No field of the hash with this payload expires before, in Unix milliseconds. `None`: none ever
/// does.
pub fn soonest_expiry(payload: &[u8]) -> Option<u64> {
    Expiries::read(payload).soonest()
}

/// Somebody has looked at all fields of the hash with this payload: the soonest expires at `at`.
pub fn found_soonest_expiry(payload: &mut Vec<u8>, at: u64) {
    let expiries = Expiries::read(payload);
    if expiries.count > 0 {
        Expiries { soonest: at, ..expiries }.write(payload);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expiries {
    count: u64,
    soonest: u64,
}

impl Expiries {
    pub(super) fn read(payload: &[u8]) -> Self {
        let note = note(payload);
        let Some((soonest, count)) = note.split_first_chunk().filter(|_| note.len() == NOTE_BYTES)
        else {
            return Self::default();
        };
        let mut wide = [0; 8];
        wide[..count.len()].copy_from_slice(count);
        Self { count: u64::from_le_bytes(wide), soonest: u64::from_le_bytes(*soonest) }
    }

    pub(super) fn write(self, payload: &mut Vec<u8>) {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.soonest.to_le_bytes());
        bytes[8..].copy_from_slice(&self.count.to_le_bytes());
        set_note(payload, if self.count == 0 { &[] } else { &bytes[..NOTE_BYTES] });
    }

    /// No field expires before.
    pub(super) fn soonest(self) -> Option<u64> {
        (self.count > 0).then_some(self.soonest)
    }

    /// One field's expiry, or that of a field which is not there, becomes another.
    pub(super) fn change(&mut self, old: Option<u64>, new: Option<u64>) {
        if let Some(at) = new {
            self.soonest = if self.count == 0 { at } else { self.soonest.min(at) };
            self.count += 1;
        }
        self.count = self.count.saturating_sub(u64::from(old.is_some()));
    }
}
