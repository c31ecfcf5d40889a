//! One nonblocking connection: a batch of commands out, its replies in, each checked.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use crate::keys;

/// What was asked at a place of the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) key: u64,
    pub(crate) set: bool,
}

/// Counts of replies by what they said.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    pub(crate) replies: u64,
    pub(crate) sets: u64,
    /// GETs that found nothing.
    pub(crate) absent: u64,
    /// GETs that found another value than the one that belongs at the key.
    pub(crate) wrong: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
}

/// A connection and its batch in flight.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    out: Vec<u8>,
    sent: usize,
    input: Vec<u8>,
    start: usize,
    pub(crate) asked: VecDeque<Asked>,
    /// When the batch should have been sent: later than that counts as latency.
    pub(crate) since: Instant,
    /// True while epoll is asked to report room for `out`.
    pub(crate) wants_room: bool,
}

impl Connection {
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            out: Vec::new(),
            sent: 0,
            input: Vec::new(),
            start: 0,
            asked: VecDeque::new(),
            since: Instant::now(),
            wants_room: false,
        })
    }

    /// Adds one command to the batch.
    pub(crate) fn ask(&mut self, asked: Asked, value: &mut [u8]) {
        let name = keys::name(asked.key);
        if asked.set {
            self.out.extend_from_slice(b"*3\r\n$3\r\nSET\r\n$20\r\n");
            self.out.extend_from_slice(&name);
            keys::fill_value(asked.key, value);
            let _ = write!(self.out, "\r\n${}\r\n", value.len());
            self.out.extend_from_slice(value);
        } else {
            self.out.extend_from_slice(b"*2\r\n$3\r\nGET\r\n$20\r\n");
            self.out.extend_from_slice(&name);
        }
        self.out.extend_from_slice(b"\r\n");
        self.asked.push_back(asked);
    }

    /// Sends what there is room for; true when all of it is out.
    pub(crate) fn send(&mut self) -> io::Result<bool> {
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(true)
    }

    /// Reads what has come and checks the replies in it; returns how many there were.
    pub(crate) fn receive(&mut self, value: &mut [u8], tally: &mut Tally) -> io::Result<u64> {
        self.fill()?;
        let before = tally.replies;
        while let Some(asked) = self.asked.front().copied() {
            let Some(len) = check(&self.input[self.start..], asked, value, tally)? else {
                break;
            };
            self.start += len;
            self.asked.pop_front();
        }
        if self.start == self.input.len() {
            self.input.clear();
            self.start = 0;
        }
        Ok(tally.replies - before)
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 64 * 1024 {
            self.input.drain(..self.start);
            self.start = 0;
        }
        let len = self.input.len();
        self.input.resize(len + 32 * 1024, 0);
        let result = self.stream.read(&mut self.input[len..]);
        let count = match &result {
            Ok(count) => *count,
            Err(_) => 0,
        };
        self.input.truncate(len + count);
        match result {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }
}

/// Checks the reply at the front of `input` and returns its length, or `None` if it is not whole.
fn check(
    input: &[u8],
    asked: Asked,
    value: &mut [u8],
    tally: &mut Tally,
) -> io::Result<Option<usize>> {
    let Some(end) = input.iter().take(512).position(|&byte| byte == b'\n') else {
        return Ok(None);
    };
    let (kind, line) = (input[0], &input[1..end.saturating_sub(1).max(1)]);
    let mut whole = end + 1;
    match kind {
        b'$' if line == b"-1" => tally.absent += 1,
        b'$' => {
            let text = std::str::from_utf8(line).ok().and_then(|text| text.parse::<usize>().ok());
            let len = text.ok_or_else(|| odd(input))?;
            whole += len + 2;
            let Some(found) = input.get(end + 1..end + 1 + len) else {
                return Ok(None);
            };
            if input.len() < whole {
                return Ok(None);
            }
            keys::fill_value(asked.key, value);
            tally.wrong += u64::from(found != value);
        }
        b'+' if asked.set => tally.sets += 1,
        b'-' => {
            tally.errors += 1;
            tally.first_error.get_or_insert_with(|| String::from_utf8_lossy(line).into_owned());
        }
        _ => return Err(odd(input)),
    }
    tally.replies += 1;
    Ok(Some(whole))
}

fn odd(input: &[u8]) -> io::Error {
    let start = input[..input.len().min(40)].escape_ascii();
    io::Error::new(io::ErrorKind::InvalidData, format!("not a reply to what was asked: {start}"))
}
