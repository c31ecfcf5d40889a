//! Replies, written straight into a byte buffer in the protocol the connection speaks.
//!
//! What RESP2 has no type for is sent as Redis sends it: a map as an array of twice the length, a
//! double as a bulk, a boolean as 0 or 1, both nulls apart.

mod decimal;
mod double;
#[cfg(test)]
mod tests;

use std::mem;

use decimal::Decimal;

/// The protocol a connection speaks: chosen by `HELLO`, RESP2 until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proto {
    /// What every client understands.
    #[default]
    Resp2,
    /// With maps, sets, doubles, booleans and pushes.
    Resp3,
}

/// Replies not yet sent, in the order their commands were received.
///
/// The length of an aggregate is written before its members, and nothing checks that as many
/// follow.
#[derive(Debug, Default)]
pub struct Writer {
    buf: Vec<u8>,
    proto: Proto,
}

impl Writer {
    /// A writer with nothing written.
    pub fn new(proto: Proto) -> Writer {
        Writer { buf: Vec::new(), proto }
    }

    /// A writer that appends to `buf`, to use an allocation again.
    pub fn with_buffer(proto: Proto, buf: Vec<u8>) -> Writer {
        Writer { buf, proto }
    }

    /// The protocol of what is written next.
    pub fn proto(&self) -> Proto {
        self.proto
    }

    /// Changes the protocol of what is written next.
    pub fn set_proto(&mut self, proto: Proto) {
        self.proto = proto;
    }

    /// Bytes written and not taken.
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.buf.is_empty()
    }

    /// A place to go back to with [`truncate`](Writer::truncate).
    pub fn mark(&self) -> usize {
        self.buf.len()
    }

    /// Takes back everything written since `mark`.
    pub fn truncate(&mut self, mark: usize) {
        self.buf.truncate(mark);
    }

    /// Everything written, with its allocation; leaves none behind.
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.buf)
    }

    /// Forgets everything written, and keeps the allocation.
    pub fn clear(&mut self) {
        self.buf.clear();
    }

    /// Everything written.
    pub fn as_slice(&self) -> &[u8] {
        &self.buf
    }

    /// Bytes that fit before the buffer must grow, those written included.
    pub fn capacity(&self) -> usize {
        self.buf.capacity()
    }

    /// Gives back memory beyond `bytes` and what is written.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.buf.shrink_to(bytes);
    }

    /// Makes room for `bytes` more, for a reply of many parts whose size is known.
    pub fn reserve(&mut self, bytes: usize) {
        self.buf.reserve(bytes);
    }

    /// A status such as `OK`. Line ends in it become spaces.
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.raw(b"+OK\r\n");
    }

    /// An error: `text` is its code and message, such as `ERR no such key`.
    ///
    /// It may quote what the client sent: line ends in it become spaces, those at its end vanish.
    pub fn error(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
        self.line(b'-', text.get(..end.map_or(0, |last| last + 1)).unwrap_or_default());
    }

    /// An integer.
    pub fn int(&mut self, number: i64) {
        self.header(b':', number);
    }

    /// A string of any bytes.
    pub fn bulk(&mut self, bytes: &[u8]) {
        // Number, marker and line ends are 25 bytes at most.
        self.buf.reserve(bytes.len() + 32);
        self.header(b'$', len_of(bytes));
        self.raw(bytes);
        self.raw(b"\r\n");
    }

    /// The decimal text of `number`, as a string.
    pub fn bulk_int(&mut self, number: i64) {
        self.bulk(Decimal::new(number).as_bytes());
    }

    /// The text of `number`, as a string in either protocol.
    pub fn bulk_double(&mut self, number: f64) {
        self.bulk(double::text(number).as_bytes());
    }

    /// No value, where a string would be: `$-1` in RESP2.
    pub fn null(&mut self) {
        self.raw(match self.proto {
            Proto::Resp2 => b"$-1\r\n",
            Proto::Resp3 => b"_\r\n",
        });
    }

    /// No value, where an array would be: `*-1` in RESP2.
    pub fn null_array(&mut self) {
        self.raw(match self.proto {
            Proto::Resp2 => b"*-1\r\n",
            Proto::Resp3 => b"_\r\n",
        });
    }

    /// Starts an array; `len` replies follow.
    pub fn array(&mut self, len: usize) {
        self.aggregate(b'*', len);
    }

    /// Starts a map; twice `pairs` replies follow, key and value in turn.
    pub fn map(&mut self, pairs: usize) {
        match self.proto {
            Proto::Resp2 => self.aggregate(b'*', pairs * 2),
            Proto::Resp3 => self.aggregate(b'%', pairs),
        }
    }

    /// Starts a set; `len` replies follow.
    pub fn set(&mut self, len: usize) {
        match self.proto {
            Proto::Resp2 => self.aggregate(b'*', len),
            Proto::Resp3 => self.aggregate(b'~', len),
        }
    }

    /// Starts a message nobody asked for; `len` replies follow.
    pub fn push(&mut self, len: usize) {
        match self.proto {
            Proto::Resp2 => self.aggregate(b'*', len),
            Proto::Resp3 => self.aggregate(b'>', len),
        }
    }

    /// Starts what is said *about* the reply after it; twice `pairs` replies follow, then the
    /// reply itself.
    ///
    /// There is no such thing in RESP2, where this must not be called.
    pub fn attribute(&mut self, pairs: usize) {
        assert!(self.proto == Proto::Resp3, "attributes exist only in RESP3");
        self.aggregate(b'|', pairs);
    }

    /// A floating point number, in the text Redis 7.2 gives it: the fewest digits that mean
    /// exactly this number.
    pub fn double(&mut self, number: f64) {
        self.double_text(&double::text(number));
    }

    /// A floating point number of any precision, given by its text.
    pub fn double_text(&mut self, text: &str) {
        match self.proto {
            Proto::Resp2 => self.bulk(text.as_bytes()),
            Proto::Resp3 => self.line(b',', text.as_bytes()),
        }
    }

    /// True or false: 1 or 0 in RESP2.
    pub fn boolean(&mut self, truth: bool) {
        self.raw(match (self.proto, truth) {
            (Proto::Resp2, true) => b":1\r\n",
            (Proto::Resp2, false) => b":0\r\n",
            (Proto::Resp3, true) => b"#t\r\n",
            (Proto::Resp3, false) => b"#f\r\n",
        });
    }

    /// An integer of any size, given by its decimal digits.
    pub fn big_number(&mut self, digits: &str) {
        match self.proto {
            Proto::Resp2 => self.bulk(digits.as_bytes()),
            Proto::Resp3 => self.line(b'(', digits.as_bytes()),
        }
    }

    /// Text to show as it is. `format` is three characters, `txt` or `mkd`; RESP2 drops it.
    pub fn verbatim(&mut self, format: &str, bytes: &[u8]) {
        if self.proto == Proto::Resp2 {
            return self.bulk(bytes);
        }
        self.header(b'=', len_of(bytes) + 4);
        self.buf.extend(format.bytes().chain(std::iter::repeat(b' ')).take(3));
        self.raw(b":");
        self.raw(bytes);
        self.raw(b"\r\n");
    }

    /// Bytes that are a reply already.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    fn aggregate(&mut self, marker: u8, len: usize) {
        self.header(marker, i64::try_from(len).unwrap_or(i64::MAX));
    }

    fn header(&mut self, marker: u8, number: i64) {
        // Most numbers in replies: this takes 2 ns instead of 8.
        if let Ok(digit @ 0..=9) = u8::try_from(number) {
            return self.raw(&[marker, b'0' + digit, b'\r', b'\n']);
        }
        self.raw(Decimal::line(marker, number).as_bytes());
    }

    /// `text` must not end the line early, whatever is in it: a client would take the rest for
    /// the next reply.
    fn line(&mut self, marker: u8, text: &[u8]) {
        self.buf.reserve(text.len() + 3);
        self.buf.push(marker);
        let start = self.buf.len();
        self.raw(text);
        for byte in self.buf.iter_mut().skip(start) {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        self.raw(b"\r\n");
    }
}

fn len_of(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}
