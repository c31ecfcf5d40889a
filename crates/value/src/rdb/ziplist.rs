//! Ziplists, in which Redis kept small collections before 7.0. Read only.
//!
//! ```text
//! bytes u32 | place of the last entry u32 | count u16 | entries | 0xff
//!
//! entry   = length of the entry before it: u8 below 254, or 254 + u32, and then one of
//!           00nnnnnn + bytes | 01nnnnnn nnnnnnnn + bytes | 10?????? + u32 big-endian + bytes
//!         | 0xc0 + i16 | 0xd0 + i32 | 0xe0 + i64 | 0xf0 + i24 | 0xfe + i8
//!         | 1111nnnn                     n - 1, where that is from 0 to 12
//! ```

use super::{
    Error,
    cursor::Cursor,
    packed::{Element, counts},
};

const HEADER_BYTES: usize = 10;
const LONG: u8 = 254;
const END: u8 = 255;

/// Reads the elements of a ziplist; one that is at odds with itself ends in an error.
#[derive(Debug)]
pub(super) struct Ziplist<'a> {
    entries: Cursor<'a>,
    len: usize,
    last_in_header: usize,
    count_in_header: u16,
    count: usize,
    /// Bytes of the entry before.
    entry_len: usize,
}

impl<'a> Ziplist<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(bytes);
        let (len, last) = (cursor.u32()?, cursor.u32()?);
        let count_in_header = cursor.array().map(u16::from_le_bytes)?;
        let last_in_header = usize::try_from(last).map_err(|_| Error::Malformed)?;
        if usize::try_from(len) != Ok(bytes.len()) || last_in_header >= bytes.len() {
            return Err(Error::Malformed);
        }
        let (len, count, entry_len) = (bytes.len(), 0, 0);
        Ok(Self { entries: cursor, len, last_in_header, count_in_header, count, entry_len })
    }

    fn entry(&mut self) -> Result<Option<Element<'a>>, Error> {
        let at = self.len - self.entries.left();
        let first = self.entries.byte()?;
        if first == END {
            self.entries.end()?;
            let last = at - self.entry_len;
            let found = last == self.last_in_header || at == HEADER_BYTES;
            let counted = counts(self.count_in_header, self.count);
            return if found && counted { Ok(None) } else { Err(Error::Malformed) };
        }
        let before = if first == LONG { self.entries.u32()? } else { u32::from(first) };
        if usize::try_from(before) != Ok(self.entry_len) {
            return Err(Error::Malformed);
        }
        let element = element(&mut self.entries)?;
        self.entry_len = self.len - self.entries.left() - at;
        self.count += 1;
        Ok(Some(element))
    }
}

impl<'a> Iterator for Ziplist<'a> {
    type Item = Result<Element<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entry().transpose()
    }
}

fn element<'a>(cursor: &mut Cursor<'a>) -> Result<Element<'a>, Error> {
    let first = cursor.byte()?;
    Ok(match first {
        0..0x40 => Element::Bytes(cursor.take(usize::from(first))?),
        0x40..0x80 => {
            let len = usize::from(first & 0x3f) << 8 | usize::from(cursor.byte()?);
            Element::Bytes(cursor.take(len)?)
        }
        0x80..0xc0 => {
            let len = cursor.array().map(u32::from_be_bytes)?;
            Element::Bytes(cursor.take_u32(len)?)
        }
        0xc0 => Element::Int(cursor.int::<2>()?),
        0xd0 => Element::Int(cursor.int::<4>()?),
        0xe0 => Element::Int(cursor.int::<8>()?),
        0xf0 => Element::Int(cursor.int::<3>()?),
        0xfe => Element::Int(cursor.int::<1>()?),
        0xf1..=0xfd => Element::Int(i64::from(first & 0x0f) - 1),
        _ => return Err(Error::Malformed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries without the lengths before them, as a ziplist.
    fn ziplist(entries: &[&[u8]]) -> Vec<u8> {
        let (mut body, mut before, mut last) = (Vec::new(), 0, HEADER_BYTES);
        for entry in entries {
            last = HEADER_BYTES + body.len();
            if before < usize::from(LONG) {
                body.push(before as u8);
            } else {
                body.push(LONG);
                body.extend((before as u32).to_le_bytes());
            }
            body.extend_from_slice(entry);
            before = HEADER_BYTES + body.len() - last;
        }
        let mut bytes = ((HEADER_BYTES + body.len() + 1) as u32).to_le_bytes().to_vec();
        bytes.extend((last as u32).to_le_bytes());
        bytes.extend((entries.len() as u16).to_le_bytes());
        bytes.extend(body);
        bytes.push(END);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Element<'_>>, Error> {
        Ziplist::of(bytes)?.collect()
    }

    #[test]
    fn entries_of_every_encoding_are_read() {
        let (middle, long) = ([&[0x41, 0x2c][..], &[b'y'; 300]].concat(), [b'z'; 20]);
        let long = [&[0x80, 0, 0, 0, 20][..], &long].concat();
        let bytes = ziplist(&[
            b"\x03abc",
            &middle,
            &long,
            b"\xc0\xfe\xff",
            b"\xd0\x00\x00\x00\x80",
            b"\xe0\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"\xf0\x00\x00\x80",
            b"\xfe\x80",
            b"\xf1",
            b"\xfd",
            b"\x00",
        ]);
        let expected = [
            Element::Bytes(b"abc"),
            Element::Bytes(&[b'y'; 300]),
            Element::Bytes(&[b'z'; 20]),
            Element::Int(-2),
            Element::Int(i64::from(i32::MIN)),
            Element::Int(i64::MAX),
            Element::Int(-0x80_0000),
            Element::Int(-128),
            Element::Int(0),
            Element::Int(12),
            Element::Bytes(b""),
        ];
        assert_eq!(read(&bytes), Ok(expected.to_vec()));
        assert_eq!(read(&ziplist(&[])), Ok(vec![]));
    }

    #[test]
    fn a_ziplist_at_odds_with_itself_is_refused() {
        let good = ziplist(&[b"\x03abc", b"\xf5", b"\x01d"]);
        assert!(read(&good).is_ok());
        for (at, byte) in
            [(0, 99), (4, 15), (8, 2), (8, 4), (10, 1), (11, 0xc1), (15, 4), (16, 0xff)]
        {
            let mut bad = good.clone();
            assert_ne!(bad[at], byte);
            bad[at] = byte;
            assert_eq!(read(&bad), Err(Error::Malformed), "{at}");
        }
        for len in 0..good.len() {
            assert_eq!(read(&good[..len]), Err(Error::Malformed), "{len}");
        }
    }
}
