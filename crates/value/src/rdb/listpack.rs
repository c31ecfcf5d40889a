//! Listpacks, in which Redis keeps small collections since 7.0.
//!
//! ```text
//! bytes u32 | count u16 | entries | 0xff
//!
//! entry = 0nnnnnnn                       7 bits without a sign
//!       | 10nnnnnn + bytes
//!       | 110nnnnn nnnnnnnn              13 bits
//!       | 1110nnnn nnnnnnnn + bytes
//!       | 0xf0 + u32 + bytes
//!       | 0xf1 + i16 | 0xf2 + i24 | 0xf3 + i32 | 0xf4 + i64
//!       followed by its length up to here, in groups of 7 bits, the highest first; all but the
//!       first are marked with 0x80
//! ```
//!
//! Numbers within a byte's pattern are big-endian, the others little-endian.

use super::{
    Error,
    cursor::Cursor,
    packed::{COUNT_UNKNOWN, Element, counts},
};
use crate::str;

const HEADER_BYTES: usize = 6;
const END: u8 = 0xff;

/// Reads the elements of a listpack; one that is at odds with itself ends in an error.
#[derive(Debug)]
pub(super) struct Listpack<'a> {
    entries: Cursor<'a>,
    count_in_header: u16,
    count: usize,
}

impl<'a> Listpack<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(bytes);
        let len = cursor.u32()?;
        let count_in_header = cursor.array().map(u16::from_le_bytes)?;
        if usize::try_from(len) != Ok(bytes.len()) {
            return Err(Error::Malformed);
        }
        Ok(Self { entries: cursor, count_in_header, count: 0 })
    }

    fn entry(&mut self) -> Result<Option<Element<'a>>, Error> {
        if self.entries.peek()? == END {
            self.entries.byte()?;
            self.entries.end()?;
            let counted = counts(self.count_in_header, self.count);
            return if counted { Ok(None) } else { Err(Error::Malformed) };
        }
        let left = self.entries.left();
        let element = element(&mut self.entries)?;
        let (backlen, len) = backlen(left - self.entries.left());
        if self.entries.take(len)? != backlen.get(..len).unwrap_or_default() {
            return Err(Error::Malformed);
        }
        self.count += 1;
        Ok(Some(element))
    }
}

impl<'a> Iterator for Listpack<'a> {
    type Item = Result<Element<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entry().transpose()
    }
}

fn element<'a>(cursor: &mut Cursor<'a>) -> Result<Element<'a>, Error> {
    let first = cursor.byte()?;
    Ok(match first {
        0..0x80 => Element::Int(i64::from(first)),
        0x80..0xc0 => Element::Bytes(cursor.take(usize::from(first & 0x3f))?),
        0xc0..0xe0 => {
            let bits = i64::from(first & 0x1f) << 8 | i64::from(cursor.byte()?);
            Element::Int(if bits < 1 << 12 { bits } else { bits - (1 << 13) })
        }
        0xe0..0xf0 => {
            let len = usize::from(first & 0x0f) << 8 | usize::from(cursor.byte()?);
            Element::Bytes(cursor.take(len)?)
        }
        0xf0 => {
            let len = cursor.u32()?;
            Element::Bytes(cursor.take_u32(len)?)
        }
        0xf1 => Element::Int(cursor.int::<2>()?),
        0xf2 => Element::Int(cursor.int::<3>()?),
        0xf3 => Element::Int(cursor.int::<4>()?),
        0xf4 => Element::Int(cursor.int::<8>()?),
        0xf5.. => return Err(Error::Malformed),
    })
}

/// An entry's length as written behind it, and how many of the bytes that takes. Redis starts
/// each width one early.
fn backlen(entry_len: usize) -> ([u8; 5], usize) {
    let width = match entry_len {
        ..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        268_435_455.. => 5,
    };
    let mut bytes = [0; 5];
    for (number, byte) in bytes.iter_mut().take(width).enumerate() {
        let group = (entry_len >> (7 * (width - 1 - number))) as u8;
        *byte = if number == 0 { group } else { group | 0x80 };
    }
    (bytes, width)
}

/// A listpack that is being written. No element may be longer than `u32::MAX`, nor all of them.
#[derive(Debug)]
pub(super) struct ListpackWriter {
    bytes: Vec<u8>,
    count: usize,
}

impl ListpackWriter {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; HEADER_BYTES], count: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How long it is so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + 1
    }

    /// Adds bytes, as an integer if they are the text of one.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if let Some(int) = str::parse_int(bytes) {
            return self.push_int(int);
        }
        let start = self.bytes.len();
        match bytes.len() {
            len @ ..0x40 => self.bytes.push(0x80 | len as u8),
            len @ 0x40..0x1000 => self.bytes.extend((0xe000 | len as u16).to_be_bytes()),
            len => {
                self.bytes.push(0xf0);
                self.bytes.extend((len as u32).to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(bytes);
        self.end_entry(start);
    }

    pub(super) fn push_int(&mut self, int: i64) {
        let start = self.bytes.len();
        let marked = match int {
            0..=0x7f => None,
            -0x1000..=0xfff => {
                let bits = 0xc000 | ((int as i16).cast_unsigned() & 0x1fff);
                self.bytes.extend(bits.to_be_bytes());
                return self.end_entry(start);
            }
            -0x8000..=0x7fff => Some((0xf1, 2)),
            -0x80_0000..=0x7f_ffff => Some((0xf2, 3)),
            -0x8000_0000..=0x7fff_ffff => Some((0xf3, 4)),
            _ => Some((0xf4, 8)),
        };
        self.bytes.extend(marked.map(|(mark, _)| mark));
        let width = marked.map_or(1, |(_, width)| width);
        self.bytes.extend(int.to_le_bytes().iter().take(width));
        self.end_entry(start);
    }

    /// The listpack.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(END);
        let len = (self.bytes.len() as u32).to_le_bytes();
        let count = u16::try_from(self.count).unwrap_or(COUNT_UNKNOWN).to_le_bytes();
        let header = len.iter().chain(&count);
        self.bytes.iter_mut().zip(header).for_each(|(place, byte)| *place = *byte);
        self.bytes
    }

    fn end_entry(&mut self, start: usize) {
        let (bytes, width) = backlen(self.bytes.len() - start);
        self.bytes.extend(bytes.iter().take(width));
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Element<'_>>, Error> {
        Listpack::of(bytes)?.collect()
    }

    #[test]
    fn integers_of_every_width_come_back() {
        let mut expected = vec![0, i64::MIN, i64::MAX];
        for bits in 0..63 {
            expected.extend([1 << bits, (1 << bits) - 1, -(1 << bits), -(1 << bits) - 1]);
        }
        let mut writer = ListpackWriter::new();
        for int in &expected {
            writer.push(int.to_string().as_bytes());
        }
        let bytes = writer.finish();
        let expected: Vec<_> = expected.into_iter().map(Element::Int).collect();
        assert_eq!(read(&bytes), Ok(expected));
    }

    #[test]
    fn bytes_of_every_length_come_back() {
        for len in [0, 1, 63, 64, 125, 126, 127, 4_095, 4_096, 16_377, 16_378, 16_379, 2_097_146] {
            let element = vec![b'x'; len];
            let mut writer = ListpackWriter::new();
            writer.push(&element);
            assert_eq!(writer.finish().len(), {
                let mut again = ListpackWriter::new();
                again.push(&element);
                again.len()
            });
            let mut writer = ListpackWriter::new();
            writer.push(&element);
            writer.push(b"7");
            let bytes = writer.finish();
            assert_eq!(read(&bytes), Ok(vec![Element::Bytes(&element), Element::Int(7)]), "{len}");
        }
    }

    #[test]
    fn more_elements_than_the_header_counts_come_back() {
        for count in [65_534, 65_535, 70_000] {
            let mut writer = ListpackWriter::new();
            (0..count).for_each(|_| writer.push(b"1"));
            assert_eq!(read(&writer.finish()).map(|elements| elements.len()), Ok(count));
        }
    }

    #[test]
    fn a_listpack_at_odds_with_itself_is_refused() {
        let mut writer = ListpackWriter::new();
        writer.push(b"abc");
        writer.push(b"500");
        let good = writer.finish();
        assert!(read(&good).is_ok());
        let spoilt = [(0, 1), (4, 1), (4, 3), (6, 0x84), (10, 5), (13, 1), (good.len() - 1, 0)];
        for (at, byte) in spoilt {
            let mut bad = good.clone();
            assert_ne!(bad[at], byte);
            bad[at] = byte;
            assert_eq!(read(&bad), Err(Error::Malformed), "{at}");
        }
        for len in 0..good.len() {
            assert_eq!(read(&good[..len]), Err(Error::Malformed), "{len}");
        }
        assert_eq!(read(&[7, 0, 0, 0, 0, 0, 0xff]), Ok(vec![]));
        assert_eq!(read(&[8, 0, 0, 0, 0, 0, 0xff, 0xff]), Err(Error::Malformed));
    }
}
