//! Why a dataset cannot be opened or answer.

use hadal_storage::StoreError;
use hadal_storage::journal::{JournalError, Lsn};

/// What went wrong with the whole dataset, not with one key.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// One key that the answer depends on could not be loaded.
    #[error("could not load a key that the answer depends on: {0:?}")]
    Load(hadal_keyspace::LoadFailed),
    /// The store was written by a version that this one cannot read.
    #[error("could not read a dataset of format {found}: this version reads {known}")]
    Format {
        /// What the store says.
        found: u32,
        /// What this version reads.
        known: u32,
    },
    /// A record of the journal is whole, but not of this version.
    #[error("could not understand journal record {lsn}: it was written by a newer version")]
    Effect {
        /// The record.
        lsn: Lsn,
    },
    /// What the dataset keeps of itself is not readable.
    #[error("could not understand {what} in the store")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
}
