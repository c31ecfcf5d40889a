//! Reading a journal while it is written: for copies of a dataset.

use super::directory::Segment;
use super::format::{SEGMENT_HEADER_LEN, SegmentHeader};
use super::recovered::{Extent, Records};
use super::{Journal, JournalError, Lsn};

impl Journal {
    /// Every record up to `last` that has not been truncated, oldest first, and the LSN of the
    /// first. Nobody may truncate before they are read.
    ///
    /// # Errors
    /// [`JournalError::Io`] when a segment could not be read.
    ///
    /// # Panics
    /// If `last` is not durable yet.
    pub fn records(&self, last: Lsn) -> Result<(Lsn, Records), JournalError> {
        assert!(last <= self.durable(), "records are read back once they are durable");
        let segments = self.directory.segments();
        let mut extents = std::collections::VecDeque::new();
        for (number, segment) in segments.iter().enumerate() {
            let end = segments.get(number + 1).map_or(last, |next| next.follows.min(last));
            if segment.first <= end {
                let (path, salt) = (segment.path.clone(), self.salt_of(segment)?);
                extents.push_back(Extent { path, salt, first: segment.first, last: end });
            }
        }
        let first = extents.front().map_or(last.next(), |extent| extent.first);
        Ok((first, Records { files: self.directory.files(), extents, open: None }))
    }

    fn salt_of(&self, segment: &Segment) -> Result<u64, JournalError> {
        let path = &segment.path;
        let mut header = [0; SEGMENT_HEADER_LEN];
        let files = self.directory.files();
        files
            .open(path)
            .and_then(|file| file.read_at(&mut header, 0))
            .map_err(JournalError::io("read", path))?;
        let header = SegmentHeader::decode(&header).map_err(|_| JournalError::Corrupt {
            file: path.clone(),
            offset: 0,
            lsn: segment.first,
            why: "its header was whole when it was written",
        })?;
        Ok(header.salt)
    }
}
