//! What a client can do wrong below the level of commands.

use std::fmt;

use crate::Writer;

/// Why a client cannot be understood any more. It gets the text of this error, then the
/// connection must be closed: where its next command would start is not known.
///
/// [`Display`](fmt::Display) is the text of Redis 7.2 without its `ERR` in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolError {
    /// The count of words is no number or exceeds [`Limits::words_max`](crate::Limits::words_max).
    InvalidMultibulkLength,
    /// More than 10 words before authentication.
    UnauthenticatedMultibulkLength,
    /// The line with the count of words does not end.
    TooBigMultibulkCount,
    /// The line with the length of a bulk does not end.
    TooBigBulkCount,
    /// A word does not start with `$`, but with this byte.
    ExpectedBulk(u8),
    /// The length of a bulk is no number, is negative, or exceeds
    /// [`Limits::bulk_len_max`](crate::Limits::bulk_len_max).
    InvalidBulkLength,
    /// A bulk of more than 16384 bytes before authentication.
    UnauthenticatedBulkLength,
    /// An inline command does not end.
    TooBigInline,
    /// A quote in an inline command does not end, or something follows its end directly.
    UnbalancedQuotes,
}

impl ProtocolError {
    /// Writes the reply a client gets for this: `-ERR Protocol error: …`.
    pub fn write(&self, writer: &mut Writer) {
        writer.error(format!("ERR {self}"));
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::InvalidMultibulkLength => "invalid multibulk length",
            Self::UnauthenticatedMultibulkLength => "unauthenticated multibulk length",
            Self::TooBigMultibulkCount => "too big mbulk count string",
            Self::TooBigBulkCount => "too big bulk count string",
            Self::ExpectedBulk(got) => {
                let got = if matches!(got, b'\r' | b'\n') { ' ' } else { char::from(*got) };
                return write!(f, "Protocol error: expected '$', got '{got}'");
            }
            Self::InvalidBulkLength => "invalid bulk length",
            Self::UnauthenticatedBulkLength => "unauthenticated bulk length",
            Self::TooBigInline => "too big inline request",
            Self::UnbalancedQuotes => "unbalanced quotes in request",
        };
        write!(f, "Protocol error: {text}")
    }
}

impl std::error::Error for ProtocolError {}
