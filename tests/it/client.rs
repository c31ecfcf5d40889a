//! A blocking client: one socket, timeouts on everything, pipelines as long as one likes.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::reply::{self, Reply};

/// Long enough for a busy machine, short enough that a hang is a failure and not a riddle.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection to a server.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    received: Vec<u8>,
    start: usize,
    queued: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Client {
    /// Connects to `port` on 127.0.0.1.
    pub fn tcp(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Self::over(Stream::Tcp(stream))
    }

    /// Connects to a unix socket.
    pub fn unix(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Self::over(Stream::Unix(stream))
    }

    fn over(stream: Stream) -> io::Result<Self> {
        let client = Self { stream, received: Vec::new(), start: 0, queued: Vec::new() };
        client.set_timeout(PATIENCE)?;
        Ok(client)
    }

    /// How long [`Client::receive`] waits for a byte.
    pub fn set_timeout(&self, time: Duration) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => stream.set_read_timeout(Some(time)),
            Stream::Unix(stream) => stream.set_read_timeout(Some(time)),
        }
    }

    /// How long [`Client::send_raw`] waits for room.
    pub fn set_write_timeout(&self, time: Duration) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => stream.set_write_timeout(Some(time)),
            Stream::Unix(stream) => stream.set_write_timeout(Some(time)),
        }
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes),
            Stream::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// Adds a command to what the next [`Client::flush`] sends.
    pub fn queue<W: AsRef<[u8]>>(&mut self, words: &[W]) {
        encode(words, &mut self.queued);
    }

    /// Sends everything queued, in one piece.
    pub fn flush(&mut self) -> io::Result<()> {
        let queued = std::mem::take(&mut self.queued);
        self.send_raw(&queued)
    }

    /// Sends one command without waiting for its reply.
    pub fn send<W: AsRef<[u8]>>(&mut self, words: &[W]) -> io::Result<()> {
        self.queue(words);
        self.flush()
    }

    /// The next reply. An end of the stream is [`io::ErrorKind::UnexpectedEof`].
    pub fn receive(&mut self) -> io::Result<Reply> {
        let (reply, len) = self.decode()?;
        self.pass_over(len);
        Ok(reply)
    }

    /// The next reply, and its bytes.
    pub fn receive_both(&mut self) -> io::Result<(Reply, Vec<u8>)> {
        let (reply, len) = self.decode()?;
        let bytes = self.received[self.start..self.start + len].to_vec();
        self.pass_over(len);
        Ok((reply, bytes))
    }

    /// The start of a reply of several, each of which is then to be [received](Self::receive): for
    /// one too large to be held. Returns how many those are; of a map, keys and values together.
    pub fn receive_start(&mut self) -> io::Result<usize> {
        loop {
            let received = &self.received[self.start..];
            if let Some(end) = received.windows(2).position(|bytes| bytes == b"\r\n") {
                let line = String::from_utf8_lossy(&received[..end]).into_owned();
                self.pass_over(end + 2);
                let count = line.get(1..).and_then(|count| count.parse::<usize>().ok());
                return match (line.as_bytes().first(), count) {
                    (Some(b'*' | b'~'), Some(count)) => Ok(count),
                    (Some(b'%'), Some(count)) => Ok(count * 2),
                    _ => Err(io::Error::new(io::ErrorKind::InvalidData, line)),
                };
            }
            self.fill()?;
        }
    }

    fn decode(&mut self) -> io::Result<(Reply, usize)> {
        loop {
            if let Some(found) = reply::decode(&self.received[self.start..])? {
                return Ok(found);
            }
            self.fill()?;
        }
    }

    fn pass_over(&mut self, len: usize) {
        self.start += len;
        if self.start == self.received.len() {
            self.received.clear();
            self.start = 0;
        }
    }

    /// The next `len` bytes as they came, for tests of the bytes themselves.
    pub fn receive_raw(&mut self, len: usize) -> io::Result<Vec<u8>> {
        while self.received.len() - self.start < len {
            self.fill()?;
        }
        let bytes = self.received[self.start..self.start + len].to_vec();
        self.start += len;
        Ok(bytes)
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.received.drain(..self.start);
            self.start = 0;
        }
        let mut chunk = vec![0; 256 * 1024];
        let count = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(&mut chunk),
            Stream::Unix(stream) => stream.read(&mut chunk),
        }?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.received.extend_from_slice(&chunk[..count]);
        Ok(())
    }

    /// Sends a command and waits for its reply.
    ///
    /// # Panics
    /// When the connection fails or stays silent: in a test that is the result.
    #[track_caller]
    pub fn command<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Reply {
        match self.send(words).and_then(|()| self.receive()) {
            Ok(reply) => reply,
            Err(error) => panic!("could not get a reply: {error} command={}", shown(words)),
        }
    }

    /// Sends the words of `line` as a command and waits for its reply.
    #[track_caller]
    pub fn call(&mut self, line: &str) -> Reply {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        self.command(&words)
    }

    /// Like [`Client::call`], where any reply but `+OK` fails the test.
    #[track_caller]
    pub fn must(&mut self, line: &str) {
        assert_eq!(self.call(line), Reply::ok(), "{line}");
    }

    /// Sends all lines at once, then reads all replies.
    #[track_caller]
    pub fn pipeline(&mut self, lines: &[&str]) -> Vec<Reply> {
        for line in lines {
            self.queue(&line.split_ascii_whitespace().collect::<Vec<_>>());
        }
        self.flush().expect("the server takes the pipeline");
        lines.iter().map(|line| self.receive().expect(line)).collect()
    }

    /// One field of INFO, if it is there.
    #[track_caller]
    pub fn info(&mut self, section: &str, field: &str) -> Option<String> {
        let text = self.command(&["INFO", section]).text();
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name == field).then(|| value.trim().to_owned())
        })
    }

    /// True once the server has closed the connection; replies still on the way are passed over.
    pub fn closed(&mut self) -> bool {
        loop {
            match self.receive() {
                Ok(_) => {}
                Err(error) => {
                    return matches!(
                        error.kind(),
                        io::ErrorKind::UnexpectedEof
                            | io::ErrorKind::ConnectionReset
                            | io::ErrorKind::BrokenPipe
                    );
                }
            }
        }
    }
}

fn encode<W: AsRef<[u8]>>(words: &[W], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        let word = word.as_ref();
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

fn shown<W: AsRef<[u8]>>(words: &[W]) -> String {
    let words = words.iter().map(AsRef::as_ref);
    words.map(|word: &[u8]| word[..word.len().min(64)].escape_ascii().to_string() + " ").collect()
}
