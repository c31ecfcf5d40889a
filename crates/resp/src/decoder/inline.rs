//! Commands typed by hand, one to a line, with the quoting of `redis-cli`:
//!
//! ```text
//! SET key "two words\n\x00"     escapes: \n \r \t \b \a \xHH, and \ before any other byte
//! SET key 'it\'s'               no escapes but \'
//! ```
//!
//! A word may be put together of plain and quoted pieces, but a closing quote ends it: what
//! follows must be a space or the end of the line.

use std::ops::Range;

use super::{Decoder, Parsed};
use crate::{Limits, ProtocolError};

impl Decoder {
    pub(super) fn inline(
        &mut self,
        buffer: &mut [u8],
        words: &mut Vec<Range<usize>>,
        limits: &Limits,
    ) -> Result<Parsed, ProtocolError> {
        let Some(len) = self.search(buffer, b'\n', limits.inline_len_max) else {
            return if buffer.len() > limits.inline_len_max {
                Err(ProtocolError::TooBigInline)
            } else {
                Ok(Parsed::Incomplete { need: buffer.len() + 1 })
            };
        };
        let line = buffer.get_mut(..len).unwrap_or_default();
        // A `\r` at the end is a space to `split`: either kind of line end will do.
        split(line, words)?;
        let consumed = len + 1;
        Ok(if words.is_empty() { Parsed::Empty { consumed } } else { Parsed::Command { consumed } })
    }
}

/// Pushes the words of `line`, replacing quoted ones by what they stand for. That is never longer
/// than the text read so far, so it is written over it.
fn split(line: &mut [u8], words: &mut Vec<Range<usize>>) -> Result<(), ProtocolError> {
    let mut cursor = Cursor { line, read: 0, write: 0 };
    loop {
        while cursor.peek(0).is_some_and(is_space) {
            cursor.read += 1;
        }
        if cursor.peek(0).is_none() {
            return Ok(());
        }
        let start = cursor.read;
        cursor.write = start;
        cursor.word()?;
        words.push(start..cursor.write);
    }
}

/// What separates words, and may follow a closing quote. Inside a word only some of these end it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// A line being read at one place and overwritten at another, which is never ahead.
struct Cursor<'l> {
    line: &'l mut [u8],
    read: usize,
    write: usize,
}

impl Cursor<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.line.get(self.read + ahead).copied()
    }

    /// Writes `byte` for the `len` bytes it was spelled with.
    fn replace(&mut self, len: usize, byte: u8) {
        if let Some(slot) = self.line.get_mut(self.write) {
            *slot = byte;
        }
        self.write += 1;
        self.read += len;
    }

    fn word(&mut self) -> Result<(), ProtocolError> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => return Ok(()),
                b'"' => return self.double_quoted(),
                b'\'' => return self.single_quoted(),
                byte => self.replace(1, byte),
            }
        }
        Ok(())
    }

    fn double_quoted(&mut self) -> Result<(), ProtocolError> {
        self.read += 1;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'"', _) => return self.closing_quote(),
                (b'\\', Some(escaped)) => {
                    if let Some(byte) = self.hexadecimal() {
                        self.replace(4, byte);
                    } else {
                        self.replace(2, unescape(escaped));
                    }
                }
                (byte, _) => self.replace(1, byte),
            }
        }
        Err(ProtocolError::UnbalancedQuotes)
    }

    fn single_quoted(&mut self) -> Result<(), ProtocolError> {
        self.read += 1;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'\'', _) => return self.closing_quote(),
                (b'\\', Some(b'\'')) => self.replace(2, b'\''),
                (byte, _) => self.replace(1, byte),
            }
        }
        Err(ProtocolError::UnbalancedQuotes)
    }

    fn closing_quote(&mut self) -> Result<(), ProtocolError> {
        self.read += 1;
        match self.peek(0) {
            Some(byte) if !is_space(byte) => Err(ProtocolError::UnbalancedQuotes),
            _ => Ok(()),
        }
    }

    /// The byte that `\xHH` stands for, if that is what comes next.
    fn hexadecimal(&self) -> Option<u8> {
        let digit = |ahead| char::from(self.peek(ahead)?).to_digit(16);
        if self.peek(1) != Some(b'x') {
            return None;
        }
        u8::try_from(digit(2)? * 16 + digit(3)?).ok()
    }
}

fn unescape(escaped: u8) -> u8 {
    match escaped {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}
