//! The bytes of a segment: header, frames, marks. Drawn in `docs/internals/journal.md`.

use super::Lsn;

/// The longest record, in bytes: 2 GiB.
pub const RECORD_LEN_MAX: usize = 1 << 31;

pub(super) const VERSION: u32 = 1;
pub(super) const SEGMENT_HEADER_LEN: usize = 64;
pub(super) const FRAME_HEADER_LEN: usize = 16;
pub(super) const MARK_LEN: usize = 24;
/// Zeros behind the newest frame: where a reader knows that the journal ends.
pub(super) const END_LEN: usize = FRAME_HEADER_LEN;

const MAGIC: [u8; 8] = *b"HADALJNL";
/// Stands where a frame has its length.
const MARK: u32 = u32::MAX;

/// The start of every segment. Synced before the segment gets its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    /// The LSN of the first record here.
    pub first: Lsn,
    /// The LSN of the last record before this segment: one less than `first`, unless a corrupt
    /// part was cut away in between. What earlier segments hold beyond it does not count.
    pub follows: Lsn,
    /// The first LSN of the oldest segment there was when this one was started. Whatever is older
    /// was deleted, and does not count if a failing medium brings it back.
    pub oldest: Lsn,
    /// Random. Goes into every checksum, so that no stale frame and no record that happens to
    /// look like frames can pass for a frame of this segment.
    pub salt: u64,
}

/// Why bytes are not a segment header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAHeader {
    Damaged(&'static str),
    Version(u32),
}

impl SegmentHeader {
    pub(super) fn encode(&self) -> [u8; SEGMENT_HEADER_LEN] {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.first.0.to_le_bytes());
        bytes.extend_from_slice(&self.follows.0.to_le_bytes());
        bytes.extend_from_slice(&self.oldest.0.to_le_bytes());
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.resize(SEGMENT_HEADER_LEN, 0);
        let mut header: [u8; SEGMENT_HEADER_LEN] =
            bytes.try_into().expect("it was just resized to this length");
        let sum = header_sum(&header);
        put_u32(&mut header, 12, sum);
        header
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<SegmentHeader, NotAHeader> {
        let header: &[u8; SEGMENT_HEADER_LEN] =
            bytes.first_chunk().ok_or(NotAHeader::Damaged("the segment header is cut short"))?;
        if !header.starts_with(&MAGIC) {
            return Err(NotAHeader::Damaged("it does not start like a journal segment"));
        }
        if u32_at(header, 12) != Some(header_sum(header)) {
            return Err(NotAHeader::Damaged("the checksum of the segment header does not match"));
        }
        let lsn_at = |at| u64_at(header, at).map(Lsn);
        match (u32_at(header, 8), lsn_at(16), lsn_at(24), lsn_at(32), u64_at(header, 40)) {
            (Some(VERSION), Some(first), Some(follows), Some(oldest), Some(salt)) => {
                Ok(SegmentHeader { first, follows, oldest, salt })
            }
            (version, ..) => Err(NotAHeader::Version(version.unwrap_or_default())),
        }
    }
}

fn header_sum(header: &[u8; SEGMENT_HEADER_LEN]) -> u32 {
    let (front, rest) = header.split_at(12);
    crc32c::crc32c_append(crc32c::crc32c(front), rest.get(4..).unwrap_or_default())
}

/// What the first 16 bytes of a frame say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameHeader {
    /// All zeros: nothing was written here since.
    End,
    /// A record of `len` bytes follows.
    Record { len: usize, lsn: Lsn },
    /// The segment's salt follows. Everything up to `durable` was synced when this was written.
    Mark { durable: Lsn },
}

impl FrameHeader {
    /// `None` if fewer than 16 bytes are left.
    pub(super) fn decode(bytes: &[u8]) -> Option<FrameHeader> {
        let (len, sum, lsn) = (u32_at(bytes, 0)?, u32_at(bytes, 4)?, u64_at(bytes, 8)?);
        Some(match (len, sum, lsn) {
            (0, 0, 0) => FrameHeader::End,
            (MARK, _, durable) => FrameHeader::Mark { durable: Lsn(durable) },
            (len, _, lsn) => FrameHeader::Record { len: len as usize, lsn: Lsn(lsn) },
        })
    }

    /// Bytes from the start of this frame to the start of the next.
    pub(super) fn frame_len(self) -> usize {
        match self {
            FrameHeader::End => END_LEN,
            FrameHeader::Record { len, .. } => FRAME_HEADER_LEN + len,
            FrameHeader::Mark { .. } => MARK_LEN,
        }
    }
}

/// Appends a frame to `buffer`, with its checksum still missing: [`seal`] fills it in once the
/// segment is known.
pub(super) fn push_frame(buffer: &mut Vec<u8>, lsn: Lsn, record: &[u8]) {
    let len = u32::try_from(record.len()).expect("RECORD_LEN_MAX is below 2^32");
    buffer.extend_from_slice(&len.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&lsn.0.to_le_bytes());
    buffer.extend_from_slice(record);
}

/// The bytes of a mark, with its checksum still missing.
pub(super) fn mark(durable: Lsn, salt: u64) -> [u8; MARK_LEN] {
    let mut bytes = [0; MARK_LEN];
    put_u32(&mut bytes, 0, MARK);
    put_u64(&mut bytes, 8, durable.0);
    put_u64(&mut bytes, 16, salt);
    bytes
}

/// Fills in the checksum of the one frame or mark that `frame` is.
pub(super) fn seal(frame: &mut [u8], salt: u64) {
    let sum = frame_sum(frame, salt);
    put_u32(frame, 4, sum);
}

/// Whether the checksum of the one frame or mark that `frame` is belongs to it and the segment.
pub(super) fn is_sealed(frame: &[u8], salt: u64) -> bool {
    u32_at(frame, 4) == Some(frame_sum(frame, salt))
}

/// Covers the salt, the length, and everything behind the checksum.
fn frame_sum(frame: &[u8], salt: u64) -> u32 {
    let sum = crc32c::crc32c(&salt.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, frame.get(..4).unwrap_or_default());
    crc32c::crc32c_append(sum, frame.get(8..).unwrap_or_default())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes
        .get_mut(at..at + 4)
        .expect("callers pass at least a header")
        .copy_from_slice(&value.to_le_bytes());
}

fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes
        .get_mut(at..at + 8)
        .expect("callers pass at least a header")
        .copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_of_a_header_is_noticed() {
        let header = SegmentHeader {
            first: Lsn(7),
            follows: Lsn(5),
            oldest: Lsn(3),
            salt: 0x1234_5678_9abc_def0,
        };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Ok(header));
        for bit in 0..SEGMENT_HEADER_LEN * 8 {
            let mut bytes = bytes;
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let decoded = SegmentHeader::decode(&bytes);
            assert!(matches!(decoded, Err(NotAHeader::Damaged(_))), "bit {bit}: {decoded:?}");
        }
    }

    #[test]
    fn a_header_of_a_newer_format_is_told_from_a_damaged_one() {
        let header = SegmentHeader { first: Lsn(1), follows: Lsn(0), oldest: Lsn(1), salt: 1 };
        let mut bytes = header.encode();
        put_u32(&mut bytes, 8, VERSION + 1);
        let sum = header_sum(&bytes);
        put_u32(&mut bytes, 12, sum);
        assert_eq!(SegmentHeader::decode(&bytes), Err(NotAHeader::Version(VERSION + 1)));
    }

    #[test]
    fn every_flipped_bit_of_a_frame_and_every_other_salt_is_noticed() {
        let mut frame = Vec::new();
        push_frame(&mut frame, Lsn(3), b"record");
        seal(&mut frame, 9);
        assert!(is_sealed(&frame, 9));
        assert!(!is_sealed(&frame, 8));
        for bit in 0..frame.len() * 8 {
            let mut frame = frame.clone();
            if let Some(byte) = frame.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            assert!(!is_sealed(&frame, 9), "bit {bit}");
        }
    }
}
