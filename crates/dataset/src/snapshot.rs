//! A copy of the dataset as it is at one moment, while writes go on.

use std::path::Path;

use hadal_storage::journal::{self, Journal};
use hadal_value::Lsn;

use crate::{Dataset, DatasetError};

/// Where the store lies in a dataset's folder.
pub const STORE_DIR: &str = "store";
/// Where the journal lies in a dataset's folder.
pub const JOURNAL_DIR: &str = "journal";
/// Bytes of the copy's journal that gather before they are written.
const PENDING_BYTES_MAX: usize = 4 << 20;

impl Dataset {
    /// Makes a copy of the dataset in `dir`, which must not exist: the store by hard links, then
    /// the journal's tail up to a record later than all that the store has. So the copy is the
    /// dataset right after that record, exactly.
    pub fn snapshot(&self, dir: &Path) -> Result<(), DatasetError> {
        let _truncating = self.truncating.lock();
        let file = dir.to_owned();
        let failed = |source| journal::JournalError::Io { act: "create", file, source };
        self.env.files.create_dir(dir).map_err(failed)?;
        self.store.checkpoint(&dir.join(STORE_DIR))?;
        let last = self.journal.last();
        self.sync_journal(Lsn(last.0))?;
        let (first, records) = self.journal.records(last)?;
        let options = journal::Options { after: journal::Lsn(first.0 - 1), ..Default::default() };
        let (copy, _) = Journal::open(&self.env, &dir.join(JOURNAL_DIR), &options)?;
        for record in records {
            let (lsn, bytes) = record?;
            let copied = copy.append(&bytes);
            assert_eq!(copied, lsn, "a copy has the numbers of the original");
            if copy.pending_bytes() > PENDING_BYTES_MAX {
                copy.write(false)?;
            }
        }
        copy.close();
        copy.write(true)?;
        Ok(())
    }
}
