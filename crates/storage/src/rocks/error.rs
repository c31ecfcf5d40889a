//! What an error of RocksDB means for the caller.

use rocksdb::ErrorKind;

use crate::StoreError;

/// Sorts by what the caller must do. RocksDB says "no room" only in the text.
pub(super) fn from_rocksdb(error: rocksdb::Error) -> StoreError {
    let kind = error.kind();
    let reason = error.into_string();
    let no_room = ["No space left", "NoSpace", "Disk quota exceeded", "Space limit reached"];
    if no_room.iter().any(|text| reason.contains(text)) {
        return StoreError::Full { reason };
    }
    match kind {
        ErrorKind::Corruption => StoreError::Corrupt { reason },
        ErrorKind::ShutdownInProgress => StoreError::Closed,
        _ => StoreError::Unavailable { reason },
    }
}
