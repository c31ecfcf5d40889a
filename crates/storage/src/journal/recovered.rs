//! What an opened journal held.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::format::SEGMENT_HEADER_LEN;
use super::reader::{Next, Reader};
use super::{JournalError, Lsn};
use crate::env::Files;

/// Where a journal was cut when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub file: PathBuf,
    /// Where in it the first thing that is not a record of the journal starts.
    pub offset: u64,
    /// The first record that is not there.
    pub lsn: Lsn,
    /// What is wrong there.
    pub why: &'static str,
}

impl Cut {
    pub(super) fn into_error(self) -> JournalError {
        let Cut { file, offset, lsn, why } = self;
        JournalError::Corrupt { file, offset, lsn, why }
    }
}

/// The records that were in a journal when it was opened: all of them durable, none missing in
/// between (except where an earlier [`Truncate`](super::OnCorruption::Truncate) cut).
#[derive(Clone, Debug)]
pub struct Recovered {
    pub(super) files: Arc<dyn Files>,
    pub(super) extents: VecDeque<Extent>,
    pub(super) torn: Option<Cut>,
    pub(super) corrupt: Option<Cut>,
}

/// A run of records in one segment.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub path: PathBuf,
    pub salt: u64,
    pub first: Lsn,
    pub last: Lsn,
}

impl Recovered {
    /// The LSN of the oldest record, if there is any.
    pub fn first(&self) -> Option<Lsn> {
        self.extents.front().map(|extent| extent.first)
    }

    /// The LSN of the newest record, if there is any.
    pub fn last(&self) -> Option<Lsn> {
        self.extents.back().map(|extent| extent.last)
    }

    /// How many records there are.
    pub fn count(&self) -> u64 {
        self.extents.iter().map(|extent| extent.last.0 - extent.first.0 + 1).sum()
    }

    /// Where writes were cut off by a power failure, if they were: nothing that was ever durable
    /// is lost. Worth a line in the log.
    pub fn torn_tail(&self) -> Option<&Cut> {
        self.torn.as_ref()
    }

    /// Where records were lost that had been durable, if
    /// [`Truncate`](super::OnCorruption::Truncate) allowed it.
    pub fn corruption(&self) -> Option<&Cut> {
        self.corrupt.as_ref()
    }

    /// All records in order, read again from the medium, about a megabyte (and one record) in
    /// memory at a time. To be finished before [`truncate`](super::Journal::truncate) deletes
    /// what it still has to read.
    pub fn records(&self) -> Records {
        Records { files: self.files.clone(), extents: self.extents.clone(), open: None }
    }
}

/// Yields records in order. After an error, nothing more.
pub struct Records {
    pub(super) files: Arc<dyn Files>,
    pub(super) extents: VecDeque<Extent>,
    pub(super) open: Option<(Reader, Lsn)>,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("extents", &self.extents).finish_non_exhaustive()
    }
}

impl Iterator for Records {
    type Item = Result<(Lsn, Vec<u8>), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.read().transpose()?;
        if result.is_err() {
            self.extents.clear();
        }
        Some(result)
    }
}

impl Records {
    fn read(&mut self) -> Result<Option<(Lsn, Vec<u8>)>, JournalError> {
        while let Some(extent) = self.extents.front() {
            if self.open.is_none() {
                let reader = self
                    .files
                    .open(&extent.path)
                    .and_then(|file| Reader::new(file, SEGMENT_HEADER_LEN as u64, extent.salt))
                    .map_err(JournalError::io("open", &extent.path))?;
                self.open = Some((reader, extent.first));
            }
            let Some((reader, expected)) = &mut self.open else { break };
            if *expected > extent.last {
                self.open = None;
                self.extents.pop_front();
                continue;
            }
            let offset = reader.offset();
            let lsn = *expected;
            match reader.next(lsn).map_err(JournalError::io("read", &extent.path))? {
                Next::Record => {
                    *expected = lsn.next();
                    return Ok(Some((lsn, reader.record().to_vec())));
                }
                Next::Mark { .. } => {}
                Next::End | Next::Bad(_) => {
                    let why = "it was there when the journal was opened";
                    let file = extent.path.clone();
                    return Err(JournalError::Corrupt { file, offset, lsn, why });
                }
            }
        }
        Ok(None)
    }
}
