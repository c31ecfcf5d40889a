//! What a client has sent and has not been run.

use std::ops::Range;

use hadal_resp::{Decoder, Limits, Parsed, ProtocolError};

use super::window::Window;

/// The first buffer: enough for a client that sends one command at a time.
const READ_BYTES_MIN: usize = 1 << 10;
/// The most that is read at once, unless a single word is longer.
const READ_BYTES_MAX: usize = 64 << 10;
/// Reads far below the buffer's size before it shrinks.
const SMALL_READS_MAX: u32 = 64;
/// A buffer for words beyond this is given back at once.
const KEPT_WORDS_MAX: usize = 256;

/// One reusable buffer and the decoder that walks over it.
#[derive(Debug)]
pub(super) struct Input {
    buf: Vec<u8>,
    /// Where the next command starts. Everything before has run.
    at: usize,
    decoder: Decoder,
    words: Vec<Range<usize>>,
    /// How long the buffer must be before decoding can go on.
    need: usize,
    read_bytes: usize,
    small_reads: u32,
    error: Option<ProtocolError>,
    /// Nothing more will come.
    pub(super) ended: bool,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            buf: Vec::new(),
            at: 0,
            decoder: Decoder::new(),
            words: Vec::new(),
            need: 0,
            read_bytes: READ_BYTES_MIN,
            small_reads: 0,
            error: None,
            ended: false,
        }
    }
}

impl Input {
    /// Fills `window` with the next complete commands, if there are any. An error counts once the
    /// commands in front of it have run: [`error`](Self::error).
    pub(super) fn decode(&mut self, window: &mut Window, limits: &Limits) {
        window.clear();
        // Commands that wait read on meanwhile: what has run may never be all that there is.
        if self.at > READ_BYTES_MAX && self.at > self.buf.len() / 2 {
            self.forget_run();
            self.buf.shrink_to(self.buf.len() + READ_BYTES_MAX);
        }
        while !window.is_full() && self.error.is_none() {
            let rest = self.buf.get_mut(self.at..).unwrap_or_default();
            if rest.is_empty() || self.at + rest.len() < self.need {
                break;
            }
            match self.decoder.decode(rest, &mut self.words, limits) {
                Ok(Parsed::Command { consumed }) => {
                    window.push(&self.words, self.at);
                    self.at += consumed;
                    self.need = 0;
                }
                Ok(Parsed::Empty { consumed }) => {
                    self.at += consumed;
                    self.need = 0;
                }
                Ok(Parsed::Incomplete { need }) => {
                    self.need = self.at + need;
                    break;
                }
                Err(error) => self.error = Some(error),
            }
        }
        if self.words.capacity() > KEPT_WORDS_MAX {
            self.words = Vec::new();
        }
    }

    /// What was found after the commands that have been decoded.
    pub(super) fn error(&self) -> Option<ProtocolError> {
        self.error
    }

    /// The buffer that windows point into.
    pub(super) fn buffer(&self) -> &[u8] {
        &self.buf
    }

    /// The buffer to read into: see [`make_room`](Self::make_room).
    pub(super) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }

    /// Makes room to read into, and forgets what has run: no window may be in use.
    pub(super) fn make_room(&mut self) -> &mut Vec<u8> {
        self.forget_run();
        let missing = self.need.saturating_sub(self.buf.len());
        let (len, capacity) = (self.buf.len(), self.buf.capacity());
        if len == 0 && (capacity < self.read_bytes || capacity > self.read_bytes * 2) {
            self.buf = Vec::with_capacity(self.read_bytes);
        } else if capacity - len < READ_BYTES_MIN / 2 && capacity - len < missing.max(1) {
            // What the client announces is not taken on trust: memory follows what has come.
            self.buf.reserve_exact(missing.min(len).max(self.read_bytes));
        }
        &mut self.buf
    }

    fn forget_run(&mut self) {
        if self.at == self.buf.len() {
            self.buf.clear();
        } else if self.at > 0 {
            self.buf.drain(..self.at);
        }
        self.need = self.need.saturating_sub(self.at);
        self.at = 0;
    }

    /// Learns from a read of `bytes` how much to read at a time.
    pub(super) fn has_read(&mut self, bytes: usize) {
        if bytes >= self.read_bytes && self.read_bytes < READ_BYTES_MAX {
            self.read_bytes *= 2;
            self.small_reads = 0;
        } else if bytes < self.read_bytes / 8 && self.read_bytes > READ_BYTES_MIN {
            self.small_reads += 1;
            if self.small_reads == SMALL_READS_MAX {
                self.read_bytes /= 2;
                self.small_reads = 0;
            }
        } else {
            self.small_reads = 0;
        }
    }

    /// Reads little at a time from here on: there are too many clients for more.
    pub(super) fn read_less(&mut self) {
        self.read_bytes = READ_BYTES_MIN;
    }

    /// Adds what was read elsewhere meanwhile.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// Bytes that have come and have not run.
    pub(super) fn pending_bytes(&self) -> usize {
        self.buf.len() - self.at
    }

    /// Bytes of the buffer that are free.
    pub(super) fn free_bytes(&self) -> usize {
        self.buf.capacity() - self.buf.len()
    }

    /// Bytes allocated.
    pub(super) fn bytes(&self) -> usize {
        self.buf.capacity() + self.words.capacity() * size_of::<Range<usize>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_run_is_forgotten_though_more_comes_all_the_time() {
        let (mut input, mut window) = (Input::default(), Window::default());
        let command = b"*2\r\n$3\r\nGET\r\n$100\r\n".iter().copied().chain([b'k'; 100]);
        let command: Vec<u8> = command.chain(*b"\r\n").collect();
        (0..100).for_each(|_| input.append(&command));
        for _ in 0..1_000 {
            input.decode(&mut window, &Limits::default());
            (0..window.len()).for_each(|_| input.append(&command));
        }
        assert_eq!(input.pending_bytes(), 100 * command.len());
        assert!(input.bytes() < 8 * READ_BYTES_MAX, "{}", input.bytes());
    }

    fn run(input: &mut Input, window: &mut Window) -> Vec<Vec<Vec<u8>>> {
        input.decode(window, &Limits::default());
        let slices = window.slices(input.buffer());
        (0..window.len())
            .map(|at| window.words(at, &slices).iter().map(|word| word.to_vec()).collect())
            .collect()
    }

    fn words(words: &[&str]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn commands_come_out_however_the_bytes_are_cut() {
        let sent = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nECHO 'a b'\r\n\r\n*1\r\n$4\r\nPING\r\n";
        for step in 1..sent.len() {
            let (mut input, mut window) = (Input::default(), Window::default());
            let mut seen = Vec::new();
            for piece in sent.chunks(step) {
                input.make_room().extend_from_slice(piece);
                input.has_read(piece.len());
                seen.extend(run(&mut input, &mut window));
            }
            let expected = [words(&["GET", "k"]), words(&["ECHO", "a b"]), words(&["PING"])];
            assert_eq!(seen, expected, "cut every {step} bytes");
        }
    }

    #[test]
    fn an_error_waits_for_the_commands_before_it() {
        let (mut input, mut window) = (Input::default(), Window::default());
        input.make_room().extend_from_slice(b"PING\r\n*1\r\nx\r\n");
        assert_eq!(run(&mut input, &mut window), [words(&["PING"])]);
        assert_eq!(input.error(), Some(ProtocolError::ExpectedBulk(b'x')));
    }

    #[test]
    fn a_window_takes_sixteen_commands_and_leaves_the_rest() {
        let (mut input, mut window) = (Input::default(), Window::default());
        input.make_room().extend_from_slice(&b"PING\r\n".repeat(20));
        assert_eq!(run(&mut input, &mut window).len(), 16);
        assert_eq!(run(&mut input, &mut window).len(), 4);
        assert_eq!(run(&mut input, &mut window).len(), 0);
    }

    #[test]
    fn an_announced_length_takes_no_memory_before_it_comes() {
        let (mut input, mut window) = (Input::default(), Window::default());
        input.make_room().extend_from_slice(b"*2\r\n$4\r\nECHO\r\n$100000000\r\n");
        assert_eq!(run(&mut input, &mut window).len(), 0);
        input.make_room();
        assert!(input.bytes() < 16 << 10);
    }

    #[test]
    fn a_big_buffer_shrinks_after_many_small_reads() {
        let mut input = Input::default();
        for _ in 0..8 {
            let room = input.make_room();
            let len = room.capacity();
            room.resize(len, b'\n');
            input.has_read(len);
            input.decode(&mut Window::default(), &Limits::default());
            while input.pending_bytes() > 0 {
                input.decode(&mut Window::default(), &Limits::default());
            }
        }
        assert!(input.bytes() >= 32 << 10);
        for _ in 0..2_000 {
            input.make_room().push(b'\n');
            input.has_read(1);
            input.decode(&mut Window::default(), &Limits::default());
        }
        assert!(input.bytes() < 4 << 10);
    }
}
