//! What can go wrong, by what the caller must do.

use std::io;
use std::path::{Path, PathBuf};

use super::Lsn;

/// Why the journal could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Someone else has this journal open. Stop the other one, or choose another directory.
    #[error("could not lock the journal: {holder} dir={dir}", dir = .dir.display())]
    Locked {
        /// The journal's directory.
        dir: PathBuf,
        /// Who has it, as far as is known.
        holder: String,
    },
    /// What was once synced can no longer be read. Bring the file back from a copy, or open with
    /// [`OnCorruption::Truncate`](super::OnCorruption::Truncate), which loses this record and all
    /// after it.
    #[error(
        "could not read journal record {lsn}: {why} file={file} offset={offset}",
        file = .file.display()
    )]
    Corrupt {
        /// The segment.
        file: PathBuf,
        /// Where in it the first unreadable byte may be.
        offset: u64,
        /// The first record that is lost.
        lsn: Lsn,
        /// What is wrong there.
        why: &'static str,
    },
    /// A newer release wrote this. Use that release.
    #[error("could not read journal format {found} file={file}", file = .file.display())]
    Version {
        /// The segment.
        file: PathBuf,
        /// The format's number.
        found: u32,
    },
    /// The medium is full. Nothing is lost: what is pending is kept and written by a later
    /// [`write`](super::Journal::write), which also finds out when there is space again.
    #[error("could not write the journal: no space left file={file}", file = .file.display())]
    Full {
        /// What needed space.
        file: PathBuf,
    },
    /// An earlier write or sync failed. Only opening the journal again helps.
    #[error("could not write the journal: it failed before and needs a restart")]
    Failed,
    /// The medium failed. If it happened while writing or syncing records, the journal is
    /// [`Failed`](Self::Failed) from now on.
    #[error("could not {act} the journal file={file}", file = .file.display())]
    Io {
        /// The verb: "open", "read", "write", "sync", "remove"…
        act: &'static str,
        /// On which file or directory.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl JournalError {
    /// For `map_err`: keeps the system's error and says what was tried on which file.
    pub(super) fn io(act: &'static str, file: &Path) -> impl FnOnce(io::Error) -> JournalError {
        let file = file.to_owned();
        move |source| JournalError::Io { act, file, source }
    }
}

/// Why no write is accepted at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The disk is full. Reads go on; writes are accepted again as soon as there is space.
    Full,
    /// A write or sync of the journal failed. Until a restart, no write is accepted.
    Failed,
}
