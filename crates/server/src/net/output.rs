//! Replies on their way to a client.

use hadal_keyspace::Committed;
use hadal_resp::{Proto, Writer};

use crate::dispatch::{NOTHING, later};

/// Replies that have not been written to the socket, and what they must wait for.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) writer: Writer,
    /// How much of it has been written.
    sent: usize,
    committed: Committed,
}

impl Default for Output {
    fn default() -> Self {
        Self { writer: Writer::new(Proto::Resp2), sent: 0, committed: NOTHING }
    }
}

impl Output {
    /// Holds all replies back until `committed` may be told.
    #[inline]
    pub(super) fn wait_for(&mut self, committed: Committed) {
        self.committed = later(self.committed, committed);
    }

    pub(super) fn committed(&self) -> Committed {
        self.committed
    }

    /// What is to be written next.
    pub(super) fn unsent(&self) -> &[u8] {
        &self.writer.as_slice()[self.sent..]
    }

    pub(super) fn unsent_bytes(&self) -> usize {
        self.writer.len() - self.sent
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writer.is_empty()
    }

    /// `bytes` more have been written.
    pub(super) fn has_sent(&mut self, bytes: usize) {
        self.sent += bytes;
        if self.sent == self.writer.len() {
            self.writer.clear();
            self.sent = 0;
        } else if self.sent > self.writer.len() / 2 {
            // A slow reader that is always behind must not keep what it has read.
            let rest = self.unsent().to_vec();
            self.writer = Writer::with_buffer(self.writer.proto(), rest);
            self.sent = 0;
        }
    }

    /// Gives back memory beyond `bytes`, if nothing is unsent.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        if self.writer.is_empty() && self.writer.capacity() > bytes {
            self.writer.shrink_to(bytes);
        }
    }

    /// Bytes allocated.
    pub(super) fn bytes(&self) -> usize {
        self.writer.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_not_sent_again() {
        let mut output = Output::default();
        output.writer.raw(b"0123456789");
        output.has_sent(3);
        assert_eq!(output.unsent(), b"3456789");
        output.has_sent(4);
        assert_eq!(output.unsent(), b"789");
        output.writer.raw(b"ab");
        output.has_sent(5);
        assert!(output.is_empty());
    }

    #[test]
    fn a_big_buffer_is_given_back_when_it_is_empty() {
        let mut output = Output::default();
        output.writer.raw(&vec![0; 1 << 20]);
        output.has_sent(10);
        output.shrink_to(1_000);
        assert_eq!(output.unsent_bytes(), (1 << 20) - 10);
        output.has_sent((1 << 20) - 10);
        output.shrink_to(1_000);
        assert!(output.bytes() <= 1_000);
    }
}
