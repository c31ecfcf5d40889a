//! Finds out what a directory of segments holds, and makes it fit to go on from.
//!
//! What counts as torn and what as corrupt is defined in `docs/internals/journal.md`. In short: a
//! segment with a successor was synced to the record its successor names, so anything wrong up to
//! there is corruption. In the newest segment, anything wrong at a record that a mark behind it
//! calls durable is corruption; everything else is a torn write, and the journal ends before it.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::{self, Segment};
use super::format::{FRAME_HEADER_LEN, NotAHeader, SEGMENT_HEADER_LEN, SegmentHeader};
use super::reader::{Next, Reader};
use super::recovered::{Cut, Extent, Recovered};
use super::{JournalError, Lsn, OnCorruption, Options};
use crate::env::{File, Files};

/// How much is rewritten at once.
const REWRITE_LEN: usize = 1 << 20;

/// What recovery found and kept.
#[derive(Debug, Default)]
pub(super) struct Found {
    kept: Vec<Kept>,
    /// The newest record kept.
    pub follows: Lsn,
    /// No record above this was ever given out.
    pub last: Lsn,
    /// Segments that the next one supersedes, or that an existing one does.
    pub stale: Vec<PathBuf>,
    torn: Option<Cut>,
    corrupt: Option<Cut>,
}

#[derive(Debug)]
struct Kept {
    segment: Segment,
    salt: u64,
    last: Lsn,
}

/// A file with the name of a segment.
struct Candidate {
    path: PathBuf,
    /// What its name says.
    first: Lsn,
    len: u64,
    header: Result<SegmentHeader, NotAHeader>,
}

/// Where reading a segment ended.
struct Scan {
    last: Lsn,
    end: u64,
    /// Why it ended there, if not because nothing more was written or asked for.
    bad: Option<&'static str>,
    /// Everything before this offset is known to have been synced.
    proven: u64,
    file: Box<dyn File>,
    /// What marks behind `end` call durable. Looked for only in the newest segment.
    marked: Option<Lsn>,
}

/// Where a record is missing that was once durable.
struct Corruption {
    offset: u64,
    lsn: Lsn,
    why: &'static str,
}

pub(super) fn recover(
    files: &dyn Files,
    dir: &Path,
    options: &Options,
) -> Result<Found, JournalError> {
    let mut found = Found::default();
    let mut candidates = live_candidates(files, dir, &mut found.stale)?;
    leave_out_superfluous(&mut candidates, options.needed, &mut found.stale);
    let oldest = candidates.front().map_or(Lsn(1), |oldest| oldest.first);
    found.follows = Lsn(oldest.0.saturating_sub(1));
    let mut candidates = candidates.into_iter().peekable();
    while let Some(candidate) = candidates.next() {
        let next = candidates.peek();
        match check(files, &candidate, next, &mut found)? {
            Ok(()) => {}
            Err(corruption) => {
                let Corruption { offset, lsn, why } = corruption;
                let cut = Cut { file: candidate.path.clone(), offset, lsn, why };
                if options.on_corruption == OnCorruption::Refuse {
                    return Err(cut.into_error());
                }
                found.cut_at(cut, candidate, candidates.collect());
                break;
            }
        }
    }
    found.last = found.last.max(found.follows);
    Ok(found)
}

/// The segments that count, oldest first; the others go to `stale`.
fn live_candidates(
    files: &dyn Files,
    dir: &Path,
    stale: &mut Vec<PathBuf>,
) -> Result<VecDeque<Candidate>, JournalError> {
    let mut live: VecDeque<Candidate> = VecDeque::new();
    let mut oldest = Lsn(0);
    let names = files.list(dir).map_err(JournalError::io("list", dir))?;
    for name in names.iter().rev() {
        let Some(first) = directory::parse_segment_name(name) else { continue };
        let path = dir.join(name);
        let next = live.front().and_then(|next| next.header.ok());
        oldest = oldest.max(next.map_or(Lsn(0), |next| next.oldest));
        if first < oldest || next.is_some_and(|next| first > next.follows) {
            stale.push(path);
            continue;
        }
        let (len, header) = read_header(files, &path).map_err(JournalError::io("read", &path))?;
        if let Err(NotAHeader::Version(found)) = header {
            return Err(JournalError::Version { file: path, found });
        }
        live.push_front(Candidate { path, first, len, header });
    }
    Ok(live)
}

/// Moves the oldest segments to `stale` as far as all that they hold is before `needed`, as if
/// they had been truncated.
fn leave_out_superfluous(
    candidates: &mut VecDeque<Candidate>,
    needed: Lsn,
    stale: &mut Vec<PathBuf>,
) {
    while candidates.get(1).is_some_and(|next| next.header.is_ok_and(|it| it.follows < needed)) {
        stale.extend(candidates.pop_front().map(|oldest| oldest.path));
    }
}

fn read_header(
    files: &dyn Files,
    path: &Path,
) -> io::Result<(u64, Result<SegmentHeader, NotAHeader>)> {
    let file = files.open(path)?;
    let mut bytes = [0; SEGMENT_HEADER_LEN];
    let read = file.read_at(&mut bytes, 0)?;
    let header = SegmentHeader::decode(bytes.get(..read).unwrap_or_default());
    Ok((file.len()?, header))
}

/// Reads one segment and adds what it holds to `found`.
fn check(
    files: &dyn Files,
    candidate: &Candidate,
    next: Option<&Candidate>,
    found: &mut Found,
) -> Result<Result<(), Corruption>, JournalError> {
    let damaged = |why| Ok(Err(Corruption { offset: 0, lsn: candidate.first, why }));
    let header = match candidate.header {
        Ok(header) => header,
        Err(NotAHeader::Damaged(why)) => return damaged(why),
        Err(NotAHeader::Version(_)) => return damaged("the segment has another version"),
    };
    if header.first != candidate.first || header.follows >= header.first {
        return damaged("the segment header belongs to another segment");
    }
    // A damaged header of the next segment is told when its turn comes. Until then its name says
    // how far this one must reach, unless records were cut away in between.
    let until = next.map(|next| match next.header {
        Ok(header) => header.follows,
        Err(_) => Lsn(next.first.0.saturating_sub(1)),
    });
    let scan = scan(files, &candidate.path, header, until)
        .map_err(JournalError::io("read", &candidate.path))?;
    let expected = if scan.last < header.first { header.first } else { scan.last.next() };
    let is_durable = match until {
        Some(until) => scan.last < until,
        None => scan.marked.is_some_and(|marked| marked >= expected),
    };
    if is_durable {
        let why = scan.bad.unwrap_or("records are missing");
        found.keep(candidate, header, &scan);
        return Ok(Err(Corruption { offset: scan.end, lsn: expected, why }));
    }
    if until.is_none() {
        rewrite(scan.file.as_ref(), scan.proven, scan.end, &candidate.path)?;
        if scan.bad.is_some() || scan.marked.is_some() {
            let why = scan.bad.unwrap_or("a part that was not synced is missing");
            let (file, offset) = (candidate.path.clone(), scan.end);
            found.torn = Some(Cut { file, offset, lsn: expected, why });
        }
        // Only to give the space back: what is behind the end does not count anyway, once there
        // is a next segment, so it does not matter if this fails.
        let _ = scan.file.set_len(scan.end);
    }
    found.keep(candidate, header, &scan);
    Ok(Ok(()))
}

fn scan(
    files: &dyn Files,
    path: &Path,
    header: SegmentHeader,
    until: Option<Lsn>,
) -> io::Result<Scan> {
    let start = SEGMENT_HEADER_LEN as u64;
    let mut reader = Reader::new(files.open(path)?, start, header.salt)?;
    let mut expected = header.first;
    // Marks as (offset, LSN expected there), of which only those that may still turn out to be
    // the last in front of what is proven are kept.
    let mut marks = VecDeque::from([(start, header.first)]);
    let mut bad = None;
    while until.is_none_or(|until| expected <= until) {
        let offset = reader.offset();
        match reader.next(expected)? {
            Next::Record => expected = expected.next(),
            Next::Mark { durable } => {
                marks.push_back((offset, expected));
                while marks.get(1).is_some_and(|(_, at)| at.0 <= durable.0 + 1) {
                    marks.pop_front();
                }
            }
            Next::End => break,
            Next::Bad(why) => {
                bad = Some(why);
                break;
            }
        }
    }
    let end = reader.offset();
    let marked = if until.is_none() { reader.highest_mark()? } else { None };
    let proven = marks.front().map_or(start, |(offset, _)| *offset);
    let last = Lsn(expected.0.saturating_sub(1));
    Ok(Scan { last, end, bad, proven, file: reader.into_file(), marked })
}

/// Writes what may never have reached the medium once more, and syncs it. Reading it back proves
/// nothing: after a failed sync, Linux calls pages clean that are in memory only, and another
/// sync would skip them.
fn rewrite(file: &dyn File, from: u64, to: u64, path: &Path) -> Result<(), JournalError> {
    let mut buffer = vec![0; REWRITE_LEN];
    let mut offset = from;
    while offset < to {
        let len = usize::try_from(to - offset).unwrap_or(usize::MAX).min(REWRITE_LEN);
        let bytes = buffer.get_mut(..len).unwrap_or_default();
        let read = file.read_at(bytes, offset).map_err(JournalError::io("read", path))?;
        if read < len {
            let error = io::Error::from(io::ErrorKind::UnexpectedEof);
            return Err(JournalError::io("read", path)(error));
        }
        file.write_at(bytes, offset).map_err(JournalError::io("write", path))?;
        offset += len as u64;
    }
    if from < to {
        file.sync_data().map_err(JournalError::io("sync", path))?;
    }
    Ok(())
}

impl Found {
    fn keep(&mut self, candidate: &Candidate, header: SegmentHeader, scan: &Scan) {
        if scan.last < header.first {
            // It holds nothing; the LSNs before it are used up all the same.
            self.last = self.last.max(Lsn(header.first.0 - 1));
            self.stale.push(candidate.path.clone());
            return;
        }
        self.follows = scan.last;
        let len = scan.file.len().unwrap_or(candidate.len);
        let segment = Segment {
            path: candidate.path.clone(),
            first: header.first,
            follows: header.follows,
            len,
        };
        self.kept.push(Kept { segment, salt: header.salt, last: scan.last });
    }

    /// Drops everything from a corrupt place on. The LSNs of what is dropped may be known to the
    /// store, so none of them may be given out again: a frame takes at least its header, which
    /// bounds how many there were.
    fn cut_at(&mut self, cut: Cut, candidate: Candidate, later: Vec<Candidate>) {
        let last = later.last().unwrap_or(&candidate);
        let frames_max = last.len / FRAME_HEADER_LEN as u64;
        self.last = self.last.max(Lsn(last.first.0.saturating_add(frames_max)));
        let is_kept = self.kept.iter().any(|kept| kept.segment.path == candidate.path);
        let dropped = (!is_kept).then_some(candidate);
        for candidate in dropped.into_iter().chain(later) {
            if !self.stale.contains(&candidate.path) {
                self.stale.push(candidate.path);
            }
        }
        self.corrupt = Some(cut);
    }

    /// The segments kept, as the directory goes on with them.
    pub(super) fn segments(&self) -> VecDeque<Segment> {
        self.kept.iter().map(|kept| kept.segment.clone()).collect()
    }

    pub(super) fn into_recovered(self, files: Arc<dyn Files>) -> Recovered {
        let extents = self
            .kept
            .into_iter()
            .map(|kept| Extent {
                path: kept.segment.path,
                salt: kept.salt,
                first: kept.segment.first,
                last: kept.last,
            })
            .collect();
        Recovered { files, extents, torn: self.torn, corrupt: self.corrupt }
    }
}
