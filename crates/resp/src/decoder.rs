//! Finds commands at the front of a buffer, in either form a client may use:
//!
//! ```text
//! *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\n     words in bulks: any bytes
//! SET k "hel\x6co"\r\n                             a line typed by hand: see `inline`
//! ```
//!
//! A command may arrive in any number of pieces. What has been understood is remembered, so every
//! byte of a line is looked at once, and the bytes inside bulks are never looked at.
//!
//! As in Redis, the two bytes after a bulk and the one after a line's `\r` are skipped unseen. One
//! thing differs: a zero byte in a line hides its end from Redis, which then waits for more until
//! the line is too long; here it is a byte like any other.

mod inline;
#[cfg(test)]
mod tests;

use std::mem;
use std::ops::Range;

use memchr::memchr;

use crate::limits::{UNAUTHENTICATED_BULK_LEN_MAX, UNAUTHENTICATED_WORDS_MAX};
use crate::{Limits, ProtocolError};

/// What is at the front of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    /// A command of at least one word.
    Command {
        /// Its length: the next command starts here.
        consumed: usize,
    },
    /// A blank line or a count of words of zero or less: nothing to run and nothing to reply.
    Empty {
        /// Its length: the next command starts here.
        consumed: usize,
    },
    /// Only part of a command. Call again with the same start once there are more bytes.
    Incomplete {
        /// How long the buffer must be at least before another call can find more: more than
        /// it is now, and never more than the command's length. Inside a bulk this is the end
        /// of the bulk, so one reservation is enough for it. It is what the client *says*
        /// (up to [`Limits::bulk_len_max`]): reserve, but do not fill.
        need: usize,
    },
}

/// Finds the words of commands, keeping its place in a command that has arrived in part.
///
/// One per connection. All that it needs to remember is here; what it returns are ranges into
/// the caller's buffer.
///
/// # Pipelines
/// Give [`decode`](Decoder::decode) the rest of the buffer after the commands already consumed.
/// Ranges count from the first byte given, so the words of earlier commands stay valid until the
/// bytes are dropped. Drop consumed bytes, and only those, whenever it suits: a command that has
/// arrived in part must start at the first byte given again, wherever that is in memory by then.
///
/// ```
/// # use hadal_resp::{Decoder, Limits, Parsed};
/// let mut buffer = b"*1\r\n$4\r\nPING\r\nECHO hi\r\n*2\r\n$3\r\nGET\r\n$".to_vec();
/// let (mut decoder, mut words, limits) = (Decoder::new(), Vec::new(), Limits::default());
/// let (mut at, mut seen) = (0, Vec::new());
/// let need = loop {
///     let rest = &mut buffer[at..];
///     match decoder.decode(rest, &mut words, &limits)? {
///         Parsed::Command { consumed } => {
///             seen.push(words.iter().map(|word| rest[word.clone()].to_vec()).collect::<Vec<_>>());
///             at += consumed;
///         }
///         Parsed::Empty { consumed } => at += consumed,
///         Parsed::Incomplete { need } => break need,
///     }
/// };
/// buffer.drain(..at);
/// assert_eq!(seen, [vec![b"PING".to_vec()], vec![b"ECHO".to_vec(), b"hi".to_vec()]]);
/// assert!(need > buffer.len());
/// # Ok::<(), hadal_resp::ProtocolError>(())
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    /// Where the next line or bulk starts.
    at: usize,
    /// How many bytes from `at` are known not to hold the end of the line.
    searched: usize,
    /// Words still to come. Zero: the line that says how many has not been read.
    missing: usize,
    /// The length of the bulk at `at`, once the line in front of it has been read.
    bulk_len: Option<usize>,
    /// The words found so far, while a command is incomplete.
    partial: Vec<Range<usize>>,
}

impl Decoder {
    /// A decoder that expects the start of a command.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Looks for a command at the front of `buffer` and leaves its words in `words`, as ranges
    /// into `buffer`; empty unless a command is returned.
    ///
    /// `buffer` is changed only for a complete inline command, whose quoted words are replaced
    /// by what they stand for.
    ///
    /// Allocates only if `words` is too small. A command of very many words leaves it large; the
    /// caller decides when to shrink it.
    ///
    /// # Errors
    /// The client cannot be understood any more: tell it and close the connection.
    pub fn decode(
        &mut self,
        buffer: &mut [u8],
        words: &mut Vec<Range<usize>>,
        limits: &Limits,
    ) -> Result<Parsed, ProtocolError> {
        words.clear();
        let parsed = match buffer.first() {
            None => return Ok(Parsed::Incomplete { need: 1 }),
            Some(b'*') => self.multibulk(buffer, words, limits),
            Some(_) => self.inline(buffer, words, limits),
        };
        match parsed {
            Ok(Parsed::Incomplete { .. }) => {}
            Ok(_) => self.reset(),
            Err(_) => {
                self.reset();
                words.clear();
            }
        }
        parsed
    }

    /// Whether part of a command has been understood, and the rest is awaited.
    pub fn is_inside_command(&self) -> bool {
        self.at > 0 || self.searched > 0
    }

    fn reset(&mut self) {
        self.at = 0;
        self.searched = 0;
        self.missing = 0;
        self.bulk_len = None;
    }

    fn multibulk(
        &mut self,
        buffer: &[u8],
        words: &mut Vec<Range<usize>>,
        limits: &Limits,
    ) -> Result<Parsed, ProtocolError> {
        if self.missing == 0 {
            match self.word_count(buffer, limits)? {
                None => return Ok(Parsed::Incomplete { need: buffer.len() + 1 }),
                Some(0) => return Ok(Parsed::Empty { consumed: self.at }),
                Some(count) => self.missing = count,
            }
        } else {
            // Swapping, not copying: a command of a million words may come in a thousand pieces.
            mem::swap(words, &mut self.partial);
        }
        while self.missing > 0 {
            let bulk_len = match self.bulk_len {
                Some(bulk_len) => bulk_len,
                None => match self.bulk_len(buffer, limits)? {
                    Some(bulk_len) => bulk_len,
                    None => return Ok(self.suspend(words, buffer.len() + 1)),
                },
            };
            let end = self.at.saturating_add(bulk_len);
            let next = end.saturating_add(2);
            if next > buffer.len() {
                self.bulk_len = Some(bulk_len);
                return Ok(self.suspend(words, next));
            }
            words.push(self.at..end);
            self.at = next;
            self.bulk_len = None;
            self.missing -= 1;
        }
        Ok(Parsed::Command { consumed: self.at })
    }

    fn suspend(&mut self, words: &mut Vec<Range<usize>>, need: usize) -> Parsed {
        mem::swap(words, &mut self.partial);
        Parsed::Incomplete { need }
    }

    /// Reads the line `*count` and steps over it; a negative count is as good as none.
    fn word_count(
        &mut self,
        buffer: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, ProtocolError> {
        let count = if let Some((count, len)) = short_header(buffer, b'*') {
            self.step(len);
            count
        } else {
            let too_long = ProtocolError::TooBigMultibulkCount;
            let Some(line) = self.line(buffer, limits, too_long)? else { return Ok(None) };
            let count = line.split_first().and_then(|(_, digits)| parse_count(digits));
            let count = count.ok_or(ProtocolError::InvalidMultibulkLength)?;
            usize::try_from(count).unwrap_or(0)
        };
        if count > limits.words_max {
            return Err(ProtocolError::InvalidMultibulkLength);
        }
        if count > UNAUTHENTICATED_WORDS_MAX && !limits.authenticated {
            return Err(ProtocolError::UnauthenticatedMultibulkLength);
        }
        Ok(Some(count))
    }

    /// Reads the line `$length` and steps over it.
    fn bulk_len(&mut self, buffer: &[u8], limits: &Limits) -> Result<Option<usize>, ProtocolError> {
        let rest = buffer.get(self.at..).unwrap_or_default();
        let bulk_len = if let Some((bulk_len, len)) = short_header(rest, b'$') {
            self.step(len);
            bulk_len
        } else {
            let too_long = ProtocolError::TooBigBulkCount;
            let Some(line) = self.line(buffer, limits, too_long)? else { return Ok(None) };
            match line.split_first() {
                Some((b'$', digits)) => parse_count(digits)
                    .and_then(|bulk_len| usize::try_from(bulk_len).ok())
                    .ok_or(ProtocolError::InvalidBulkLength)?,
                Some((&got, _)) => return Err(ProtocolError::ExpectedBulk(got)),
                None => return Err(ProtocolError::ExpectedBulk(b'\r')),
            }
        };
        if bulk_len > limits.bulk_len_max {
            return Err(ProtocolError::InvalidBulkLength);
        }
        if bulk_len > UNAUTHENTICATED_BULK_LEN_MAX && !limits.authenticated {
            return Err(ProtocolError::UnauthenticatedBulkLength);
        }
        Ok(Some(bulk_len))
    }

    /// The line at `self.at` without its end, and steps over both. None if it has not ended yet.
    fn line<'b>(
        &mut self,
        buffer: &'b [u8],
        limits: &Limits,
        too_long: ProtocolError,
    ) -> Result<Option<&'b [u8]>, ProtocolError> {
        let rest = buffer.get(self.at..).unwrap_or_default();
        let Some(len) = self.search(rest, b'\r', limits.inline_len_max) else {
            return if rest.len() > limits.inline_len_max { Err(too_long) } else { Ok(None) };
        };
        if rest.len() < len + 2 {
            return Ok(None);
        }
        self.step(len + 2);
        Ok(rest.get(..len))
    }

    /// Steps over a line of `len` bytes. How far it was searched says nothing about the next one.
    fn step(&mut self, len: usize) {
        self.at += len;
        self.searched = 0;
    }

    /// Where in `rest` the line ends, if within `len_max` bytes; searches no byte twice.
    ///
    /// The bound holds however the bytes arrive: a long line with its end must not pass where the
    /// same line in two pieces would not.
    fn search(&mut self, rest: &[u8], end: u8, len_max: usize) -> Option<usize> {
        let window = rest.get(..=len_max).unwrap_or(rest);
        let found = memchr(end, window.get(self.searched..).unwrap_or_default());
        let len = found.map(|at| self.searched + at);
        self.searched = len.unwrap_or(window.len());
        len
    }
}

/// The number and the length of a line of `marker` and one to three digits, which most are.
///
/// None says nothing: the line may be longer, wrong or not complete.
#[inline]
fn short_header(rest: &[u8], marker: u8) -> Option<(usize, usize)> {
    let digit = |byte: u8| usize::from(byte - b'0');
    match *rest {
        [m, a @ b'0'..=b'9', b'\r', _, ..] if m == marker => Some((digit(a), 4)),
        [m, a @ b'1'..=b'9', b @ b'0'..=b'9', b'\r', _, ..] if m == marker => {
            Some((digit(a) * 10 + digit(b), 5))
        }
        [m, a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b'\r', _, ..] if m == marker => {
            Some((digit(a) * 100 + digit(b) * 10 + digit(c), 6))
        }
        _ => None,
    }
}

/// The number that `digits` spell, under the rules of Redis: one way to write each number, so
/// no `+`, no leading zeros, no `-0`, no space.
fn parse_count(digits: &[u8]) -> Option<i64> {
    let (negative, digits) = match digits {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] => {}
        _ => return None,
    }
    // Towards the sign from the start: the lowest i64 has no positive counterpart.
    digits.iter().try_fold(0i64, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        let shifted = number.checked_mul(10)?;
        if negative { shifted.checked_sub(digit) } else { shifted.checked_add(digit) }
    })
}
