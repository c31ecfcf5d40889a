//! Walks a whole dataset with SCAN and counts what it returned never, once, and more than once.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use crate::keys;
use crate::options::{Known, Options};

pub(crate) const OPTIONS: &[Known] = &[
    Known { name: "port", default: "6379", help: "server on 127.0.0.1" },
    Known { name: "keys", default: "1000000", help: "keys 0 to this - 1 must be there" },
    Known { name: "count", default: "1000", help: "COUNT of each SCAN" },
];

/// Two bits per key: seen, and seen again.
struct Seen {
    once: Vec<u64>,
    twice: u64,
    unknown: u64,
}

impl Seen {
    fn mark(&mut self, name: &[u8], keys: u64) {
        match keys::number(name).filter(|&number| number < keys) {
            None => self.unknown += 1,
            Some(number) => {
                let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
                self.twice += u64::from(self.once[word] & bit != 0);
                self.once[word] |= bit;
            }
        }
    }
}

/// Scans and prints one line of JSON.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let (keys, count): (u64, u64) = (options.get("keys")?, options.get("count")?);
    let port: u16 = options.get("port")?;
    let once = vec![0; keys.div_ceil(64) as usize];
    let mut seen = Seen { once, twice: 0, unknown: 0 };
    let started = Instant::now();
    let calls = walk(port, count, |name| seen.mark(name, keys))
        .map_err(|error| format!("could not scan: {error}"))?;
    let found: u64 = seen.once.iter().map(|word| u64::from(word.count_ones())).sum();
    println!(
        "{{\"seconds\":{},\"calls\":{calls},\"found\":{found},\"missing\":{},\"twice\":{},\
         \"unknown\":{}}}",
        started.elapsed().as_secs_f64(),
        keys - found,
        seen.twice,
        seen.unknown
    );
    Ok(())
}

fn walk(port: u16, count: u64, mut each: impl FnMut(&[u8])) -> std::io::Result<u64> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut input = BufReader::with_capacity(256 * 1024, stream);
    let (mut cursor, mut calls) = (b"0".to_vec(), 0);
    loop {
        let text = String::from_utf8_lossy(&cursor).into_owned();
        writeln!(input.get_mut(), "SCAN {text} COUNT {count}\r")?;
        calls += 1;
        header(&mut input, b'*')?;
        cursor = bulk(&mut input)?;
        for _ in 0..header(&mut input, b'*')? {
            each(&bulk(&mut input)?);
        }
        if cursor == b"0" {
            return Ok(calls);
        }
    }
}

fn header(input: &mut impl BufRead, kind: u8) -> std::io::Result<usize> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let number = line.strip_prefix(kind as char).and_then(|rest| rest.trim_end().parse().ok());
    number.ok_or_else(|| std::io::Error::other(format!("unexpected reply {line:?}")))
}

fn bulk(input: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let len = header(input, b'$')?;
    let mut bytes = vec![0; len + 2];
    input.read_exact(&mut bytes)?;
    bytes.truncate(len);
    Ok(bytes)
}
