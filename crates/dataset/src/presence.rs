//! Learning which keys the store holds, so that absent ones cost nothing: see
//! [`Presence`](hadal_keyspace::Presence).

use crate::layout::{self, POSITION_END};
use crate::{Dataset, DatasetError};

impl Dataset {
    /// Learns all keys that are stored; those that will be are added when they are saved. Reads
    /// the whole store once, behind the clients, who are served meanwhile. Stops early, with
    /// nothing learned, when `go_on` says so.
    pub fn learn_presence(&self, go_on: &dyn Fn() -> bool) -> Result<(), DatasetError> {
        let presence = self.keyspace.presence();
        if presence.is_complete() {
            return Ok(());
        }
        let count: i64 = self.counts_opened.values().sum();
        if count > 0 {
            presence.reserve(usize::try_from(count).unwrap_or(0) / 4 * 5);
        }
        // Whatever is saved after this is added by the save.
        let snapshot = self.store.snapshot();
        for space in self.counts_opened.keys() {
            let range = layout::records(*space, 0..POSITION_END);
            for entry in snapshot.scan(&range.start..&range.end) {
                let (key, _) = entry?;
                let malformed = DatasetError::Malformed { what: "a record's key" };
                let (place, _) = layout::parse_record_key(&key).ok_or(malformed)?;
                presence.add(*space, place);
                if !go_on() {
                    return Ok(());
                }
            }
        }
        presence.complete();
        Ok(())
    }
}
