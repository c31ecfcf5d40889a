//! Any server that speaks RESP.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::{Judge, print, transcript};

/// A server, and the connections a transcript has opened to it.
pub(crate) struct Socket {
    address: String,
    connections: HashMap<usize, Connection>,
    release: (u32, u32),
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Socket {
    /// Connects, and empties the server.
    pub(crate) fn open(address: &str) -> Self {
        let mut socket =
            Self { address: address.to_owned(), connections: HashMap::new(), release: (0, 0) };
        let told = socket.run(1, &[b"INFO".to_vec(), b"server".to_vec()]).concat();
        let release = told.split("redis_version:").nth(1).unwrap_or_default();
        socket.release = transcript::parse_release(release);
        assert_ne!(socket.release, (0, 0), "no release in {told}");
        assert_eq!(socket.run(1, &[b"FLUSHALL".to_vec()]), ["OK"]);
        socket
    }

    /// What the server's clock says.
    pub(crate) fn unix_millis(&mut self) -> u64 {
        let told = self.run(1, &[b"TIME".to_vec()]);
        let seconds =
            told[0].trim_matches(|c: char| !c.is_ascii_digit()).trim_start_matches("1) \"");
        seconds.parse::<u64>().expect("seconds since 1970") * 1_000
    }
}

impl Judge for Socket {
    fn run(&mut self, connection: usize, words: &[Vec<u8>]) -> Vec<String> {
        let address = &self.address;
        let connection =
            self.connections.entry(connection).or_insert_with(|| Connection::open(address));
        connection.run(words)
    }

    #[expect(clippy::disallowed_methods, reason = "a server's own clock can only be waited for")]
    fn pass(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn release(&self) -> (u32, u32) {
        self.release
    }
}

impl Connection {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address)
            .unwrap_or_else(|error| panic!("could not connect to {address}: {error}"));
        stream.set_nodelay(true).expect("it was just connected");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("not zero");
        Self { stream, received: Vec::new() }
    }

    fn run(&mut self, words: &[Vec<u8>]) -> Vec<String> {
        let mut call = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            call.extend(format!("${}\r\n", word.len()).bytes());
            call.extend(word);
            call.extend(b"\r\n");
        }
        if self.stream.write_all(&call).is_err() {
            return vec!["(closed)".to_owned()];
        }
        loop {
            let mut wire = &self.received[..];
            if let Some(reply) = print::parse(&mut wire) {
                self.received = wire.to_vec();
                return reply.lines();
            }
            let mut part = [0; 16_384];
            match self.stream.read(&mut part) {
                Ok(0) => return vec!["(closed)".to_owned()],
                Ok(len) => self.received.extend(&part[..len]),
                Err(error) => return vec![format!("(no reply: {error})")],
            }
        }
    }
}
