//! What the packed formats have in common: elements in a row, each an integer or bytes.

use super::{Error, reader};
use crate::str::IntText;

/// One element of a listpack or ziplist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element<'a> {
    Int(i64),
    Bytes(&'a [u8]),
}

impl Element<'_> {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Int(int) => IntText::new(int).as_bytes().to_vec(),
            Self::Bytes(bytes) => bytes.to_vec(),
        }
    }

    pub(super) fn to_score(self) -> Result<f64, Error> {
        match self {
            Self::Int(int) => Ok(int as f64),
            Self::Bytes(text) => reader::parse_score(text),
        }
    }

    /// When a field expires; zero is never.
    pub(super) fn to_expiry(self) -> Result<Option<u64>, Error> {
        let Self::Int(int) = self else { return Err(Error::Malformed) };
        let at = u64::try_from(int).map_err(|_| Error::Malformed)?;
        Ok((at > 0).then_some(at))
    }
}

/// Takes elements `N` at a time; the last ones must be as many.
pub(super) fn groups<'a, const N: usize>(
    mut elements: impl Iterator<Item = Result<Element<'a>, Error>>,
) -> impl Iterator<Item = Result<[Element<'a>; N], Error>> {
    std::iter::from_fn(move || {
        let mut group = [Element::Int(0); N];
        for (number, place) in group.iter_mut().enumerate() {
            match elements.next() {
                Some(Ok(element)) => *place = element,
                Some(Err(error)) => return Some(Err(error)),
                None if number == 0 => return None,
                None => return Some(Err(Error::Malformed)),
            }
        }
        Some(Ok(group))
    })
}

/// How many elements a header of 16 bits counts; it gives up at the last number.
pub(super) const COUNT_UNKNOWN: u16 = u16::MAX;

/// Whether a header may say `count` of this many elements.
pub(super) fn counts(header: u16, count: usize) -> bool {
    header == COUNT_UNKNOWN || usize::from(header) == count
}
