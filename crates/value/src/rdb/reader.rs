//! Lengths, strings and scores: what all values are made of.

use std::{borrow::Cow, str};

use super::{Error, cursor::Cursor, lzf};
use crate::str::IntText;

/// Reads the parts of a value one after the other.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    cursor: Cursor<'a>,
    /// How many bytes may still come out of compressed strings.
    expandable: usize,
}

enum Length {
    Plain(u64),
    /// Not a length: the encoding of a string.
    Special(u8),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], expanded_bytes_max: usize) -> Self {
        Self { cursor: Cursor::new(bytes), expandable: expanded_bytes_max }
    }

    /// Nothing must be left.
    pub(super) fn end(&self) -> Result<(), Error> {
        self.cursor.end()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Error> {
        self.cursor.byte()
    }

    /// A number in the form of a length.
    pub(super) fn number(&mut self) -> Result<u64, Error> {
        match self.length()? {
            Length::Plain(number) => Ok(number),
            Length::Special(_) => Err(Error::Malformed),
        }
    }

    /// How many items follow, of at least so many bytes each. Some do: nothing is empty.
    pub(super) fn count(&mut self, item_bytes_min: usize) -> Result<usize, Error> {
        let count = usize::try_from(self.number()?).map_err(|_| Error::Malformed)?;
        if count == 0 || count > self.cursor.left() / item_bytes_min {
            return Err(Error::Malformed);
        }
        Ok(count)
    }

    pub(super) fn string(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        let int = match self.length()? {
            Length::Plain(len) => {
                let len = usize::try_from(len).map_err(|_| Error::Malformed)?;
                return self.cursor.take(len).map(Cow::Borrowed);
            }
            Length::Special(0) => self.cursor.int::<1>()?,
            Length::Special(1) => self.cursor.int::<2>()?,
            Length::Special(2) => self.cursor.int::<4>()?,
            Length::Special(3) => return self.compressed().map(Cow::Owned),
            Length::Special(_) => return Err(Error::Malformed),
        };
        Ok(Cow::Owned(IntText::new(int).as_bytes().to_vec()))
    }

    pub(super) fn score(&mut self) -> Result<f64, Error> {
        number(f64::from_le_bytes(self.cursor.array()?))
    }

    /// A score as versions before 8 wrote it.
    pub(super) fn text_score(&mut self) -> Result<f64, Error> {
        match self.cursor.byte()? {
            255 => Ok(f64::NEG_INFINITY),
            254 => Ok(f64::INFINITY),
            253 => Err(Error::Malformed),
            len => parse_score(self.cursor.take(usize::from(len))?),
        }
    }

    /// A point in time, in Unix milliseconds.
    pub(super) fn millis(&mut self) -> Result<u64, Error> {
        self.cursor.array().map(u64::from_le_bytes)
    }

    fn length(&mut self) -> Result<Length, Error> {
        let first = self.cursor.byte()?;
        let low = first & 0x3f;
        Ok(match (first >> 6, first) {
            (0, _) => Length::Plain(u64::from(low)),
            (1, _) => Length::Plain(u64::from(low) << 8 | u64::from(self.cursor.byte()?)),
            (2, 0x80) => Length::Plain(u64::from(u32::from_be_bytes(self.cursor.array()?))),
            (2, 0x81) => Length::Plain(u64::from_be_bytes(self.cursor.array()?)),
            (2, _) => return Err(Error::Malformed),
            _ => Length::Special(low),
        })
    }

    fn compressed(&mut self) -> Result<Vec<u8>, Error> {
        let compressed_len = usize::try_from(self.number()?).map_err(|_| Error::Malformed)?;
        let len = usize::try_from(self.number()?).map_err(|_| Error::Malformed)?;
        let compressed = self.cursor.take(compressed_len)?;
        if len > lzf::len_max(compressed) {
            return Err(Error::Malformed);
        }
        self.expandable = self.expandable.checked_sub(len).ok_or(Error::TooLong)?;
        lzf::decompress(compressed, len).ok_or(Error::Malformed)
    }
}

/// A score from its text.
pub(super) fn parse_score(text: &[u8]) -> Result<f64, Error> {
    let text = str::from_utf8(text).map_err(|_| Error::Malformed)?;
    number(text.parse().map_err(|_| Error::Malformed)?)
}

/// A score has a place in an order.
fn number(score: f64) -> Result<f64, Error> {
    if score.is_nan() { Err(Error::Malformed) } else { Ok(score) }
}
