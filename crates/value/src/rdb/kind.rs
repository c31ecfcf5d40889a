//! The byte that every value begins with.

use super::Error;

/// What a value is and how it is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    String = 0,
    List = 1,
    Set = 2,
    SortedSetText = 3,
    Hash = 4,
    SortedSet = 5,
    HashZipmap = 9,
    ListZiplist = 10,
    SetIntset = 11,
    SortedSetZiplist = 12,
    HashZiplist = 13,
    ListQuicklist = 14,
    HashListpack = 16,
    SortedSetListpack = 17,
    ListQuicklist2 = 18,
    SetListpack = 20,
    /// Expiries are absolute: only release candidates of 7.4 wrote it.
    HashExpiringCandidate = 22,
    /// Does not begin with the first expiry: only release candidates of 7.4 wrote it.
    HashListpackExpiringCandidate = 23,
    HashExpiring = 24,
    HashListpackExpiring = 25,
}

impl Kind {
    /// The kind that `byte` stands for.
    pub(super) fn of(byte: u8) -> Result<Self, Error> {
        Ok(match byte {
            0 => Self::String,
            1 => Self::List,
            2 => Self::Set,
            3 => Self::SortedSetText,
            4 => Self::Hash,
            5 => Self::SortedSet,
            9 => Self::HashZipmap,
            10 => Self::ListZiplist,
            11 => Self::SetIntset,
            12 => Self::SortedSetZiplist,
            13 => Self::HashZiplist,
            14 => Self::ListQuicklist,
            16 => Self::HashListpack,
            17 => Self::SortedSetListpack,
            18 => Self::ListQuicklist2,
            20 => Self::SetListpack,
            22 => Self::HashExpiringCandidate,
            23 => Self::HashListpackExpiringCandidate,
            24 => Self::HashExpiring,
            25 => Self::HashListpackExpiring,
            6 | 7 => return Err(Error::Unsupported("module")),
            15 | 19 | 21 => return Err(Error::Unsupported("stream")),
            _ => return Err(Error::Malformed),
        })
    }

    /// The byte that stands for it.
    pub(super) fn byte(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_kind_an_unsupported_one_or_malformed() {
        let mut kinds = 0;
        for byte in 0..=u8::MAX {
            match Kind::of(byte) {
                Ok(kind) => {
                    assert_eq!(kind.byte(), byte);
                    kinds += 1;
                }
                Err(Error::Unsupported(_)) => assert!([6, 7, 15, 19, 21].contains(&byte)),
                Err(error) => assert_eq!(error, Error::Malformed),
            }
        }
        assert_eq!(kinds, 20);
    }
}
