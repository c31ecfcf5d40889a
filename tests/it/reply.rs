//! Replies of both protocol versions, decoded from bytes. Strict: anything else is an error.

use std::io;

/// One reply. RESP2 and RESP3 nulls are one and the same here; the bytes are checked where a test
/// asks for bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`
    Simple(String),
    /// `-ERR …`, without the `-`
    Error(String),
    /// `:1`
    Int(i64),
    /// `$2 hi`
    Bulk(Vec<u8>),
    /// `$-1`, `*-1` or `_`
    Null,
    /// `*2 …`
    Array(Vec<Reply>),
    /// `%1 …`
    Map(Vec<(Reply, Reply)>),
    /// `~2 …`
    Set(Vec<Reply>),
    /// `>2 …`
    Push(Vec<Reply>),
    /// `,1.5`, kept as the text that came
    Double(String),
    /// `#t`
    Boolean(bool),
    /// `(123…`
    BigNumber(String),
    /// `=7 txt:hi!`, with the format and the colon cut off
    Verbatim(Vec<u8>),
}

impl Reply {
    /// `+OK`
    pub fn ok() -> Self {
        Self::Simple("OK".into())
    }

    /// A bulk reply of these bytes.
    pub fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bulk(bytes.as_ref().to_vec())
    }

    /// An array of bulk replies.
    pub fn bulks<W: AsRef<[u8]>>(words: &[W]) -> Self {
        Self::Array(words.iter().map(Self::bulk).collect())
    }

    /// The text of an error reply, or `None`.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Error(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where only a number would do.
    #[track_caller]
    pub fn int(&self) -> i64 {
        match self {
            Self::Int(number) => *number,
            other => panic!("expected a number, got {other:?}"),
        }
    }

    /// The number as a count of something.
    #[track_caller]
    pub fn count(&self) -> usize {
        usize::try_from(self.int()).expect("a count is not negative")
    }

    /// A number reply with a count of something.
    pub fn of_count(count: usize) -> Self {
        Self::Int(i64::try_from(count).expect("counts here are small"))
    }

    /// The elements, where only an array (or a set or push) would do.
    #[track_caller]
    pub fn elements(self) -> Vec<Self> {
        match self {
            Self::Array(items) | Self::Set(items) | Self::Push(items) => items,
            other => panic!("expected an array, got {other:?}"),
        }
    }

    /// The bytes of a bulk, simple or verbatim reply.
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bulk(bytes) | Self::Verbatim(bytes) => bytes,
            Self::Simple(text) => text.into_bytes(),
            other => panic!("expected a string, got {other:?}"),
        }
    }

    /// The same as text.
    #[track_caller]
    pub fn text(self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// Decodes the reply at the front of `buffer`: it and its length, or `None` if more must come.
pub(crate) fn decode(buffer: &[u8]) -> io::Result<Option<(Reply, usize)>> {
    let mut cursor = Cursor { buffer, at: 0 };
    match cursor.reply() {
        Ok(reply) => Ok(Some((reply, cursor.at))),
        Err(Stop::More) => Ok(None),
        Err(Stop::Bad(what)) => Err(io::Error::new(io::ErrorKind::InvalidData, what)),
    }
}

enum Stop {
    More,
    Bad(String),
}

struct Cursor<'a> {
    buffer: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn reply(&mut self) -> Result<Reply, Stop> {
        let line = self.line()?;
        let Some((kind, rest)) = line.split_at_checked(1) else {
            return Err(Stop::Bad("an empty reply line".into()));
        };
        Ok(match kind {
            "+" => Reply::Simple(rest.into()),
            "-" => Reply::Error(rest.into()),
            ":" => Reply::Int(number(rest)?),
            "_" => Reply::Null,
            "#" => Reply::Boolean(rest == "t"),
            "," => Reply::Double(rest.into()),
            "(" => Reply::BigNumber(rest.into()),
            "$" => self.bulk(number(rest)?)?,
            "=" => match self.bulk(number(rest)?)? {
                Reply::Bulk(bytes) => Reply::Verbatim(bytes[4..].to_vec()),
                _ => return Err(Stop::Bad("a null verbatim string".into())),
            },
            "*" if rest == "-1" => Reply::Null,
            "*" => Reply::Array(self.replies(number(rest)?)?),
            "~" => Reply::Set(self.replies(number(rest)?)?),
            ">" => Reply::Push(self.replies(number(rest)?)?),
            "%" => {
                let flat = self.replies(number(rest)? * 2)?;
                let mut flat = flat.into_iter();
                let mut pairs = Vec::new();
                while let (Some(key), Some(value)) = (flat.next(), flat.next()) {
                    pairs.push((key, value));
                }
                Reply::Map(pairs)
            }
            _ => return Err(Stop::Bad(format!("unknown reply line {line:?}"))),
        })
    }

    fn line(&mut self) -> Result<String, Stop> {
        let rest = &self.buffer[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or(Stop::More)?;
        let Some(line) = rest[..end].strip_suffix(b"\r") else {
            return Err(Stop::Bad("a line without CR".into()));
        };
        self.at += end + 1;
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    fn bulk(&mut self, len: i64) -> Result<Reply, Stop> {
        if len == -1 {
            return Ok(Reply::Null);
        }
        let len = usize::try_from(len).map_err(|_| Stop::Bad(format!("bulk length {len}")))?;
        let end = self.at + len;
        let bytes = self.buffer.get(self.at..end + 2).ok_or(Stop::More)?;
        if &bytes[len..] != b"\r\n" {
            return Err(Stop::Bad("a bulk string not ended by CRLF".into()));
        }
        self.at = end + 2;
        Ok(Reply::Bulk(bytes[..len].to_vec()))
    }

    fn replies(&mut self, count: i64) -> Result<Vec<Reply>, Stop> {
        (0..count).map(|_| self.reply()).collect()
    }
}

fn number(text: &str) -> Result<i64, Stop> {
    text.parse().map_err(|_| Stop::Bad(format!("not a number: {text:?}")))
}
