//! What is read and written.

use std::borrow::Cow;

/// A value, as far as Redis's formats tell. Borrows its bytes where they lie open in what it was
/// read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A string, of any length.
    String(Cow<'a, [u8]>),
    /// The elements of a list from left to right, at least one.
    List(Vec<Cow<'a, [u8]>>),
    /// The members of a set, at least one and no two alike.
    Set(Vec<Cow<'a, [u8]>>),
    /// The fields of a hash, at least one and no two of one name.
    Hash(Vec<Field<'a>>),
    /// The members of a sorted set, at least one and no two alike, each with its score, which is a
    /// number. By score, then by bytes.
    SortedSet(Vec<(Cow<'a, [u8]>, f64)>),
}

/// A field of a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name.
    pub name: Cow<'a, [u8]>,
    /// What it holds.
    pub value: Cow<'a, [u8]>,
    /// When it expires, in Unix milliseconds of at most 48 bits.
    pub expiry: Option<u64>,
}

/// Why bytes were not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Cut short, at odds with itself, empty, or of a type that no Redis has.
    #[error("not a value that Redis could have written")]
    Malformed,
    /// A value of a type that is not read here.
    #[error("a value of type {0}, which is not supported")]
    Unsupported(&'static str),
    /// Its compressed strings are longer than the caller allows.
    #[error("too long when decompressed")]
    TooLong,
}

impl Value<'_> {
    /// What `TYPE` answers for it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Hash(_) => "hash",
            Self::SortedSet(_) => "zset",
        }
    }
}
