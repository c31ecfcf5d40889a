//! What the slow log keeps: the last commands that took long, newest first.

use std::collections::VecDeque;

use hadal_command::Words;
use hadal_resp::Writer;

/// Words of a call that are kept; the last one says how many more there were.
const WORDS_MAX: usize = 32;
/// Bytes of a word that are kept.
const WORD_LEN_MAX: usize = 128;

/// One command that took long.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: i64,
    unix_seconds: i64,
    micros: i64,
    words: Vec<Vec<u8>>,
    client_address: String,
    client_name: Vec<u8>,
}

/// The ring of entries. Whoever adds one says how many to keep, as that can be set at any time.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    next_id: i64,
}

/// A command that just ended.
#[derive(Clone, Copy, Debug)]
pub struct Slow<'a> {
    pub unix_seconds: i64,
    pub micros: i64,
    pub words: Words<'a>,
    pub client_address: &'a str,
    pub client_name: &'a [u8],
}

impl Log {
    /// Adds an entry and drops the oldest beyond `entries_max`.
    pub fn add(&mut self, slow: &Slow<'_>, entries_max: usize) {
        self.entries.push_front(Entry {
            id: self.next_id,
            unix_seconds: slow.unix_seconds,
            micros: slow.micros,
            words: abridged(slow.words),
            client_address: slow.client_address.to_owned(),
            client_name: slow.client_name.to_owned(),
        });
        self.next_id += 1;
        self.entries.truncate(entries_max);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets the entries; IDs go on.
    pub(super) fn reset(&mut self) {
        self.entries.clear();
    }

    /// Replies with the newest `count` entries.
    pub(super) fn write(&self, count: usize, reply: &mut Writer) {
        let count = count.min(self.entries.len());
        reply.array(count);
        for entry in self.entries.iter().take(count) {
            reply.array(6);
            reply.int(entry.id);
            reply.int(entry.unix_seconds);
            reply.int(entry.micros);
            reply.array(entry.words.len());
            for word in &entry.words {
                reply.bulk(word);
            }
            reply.bulk(entry.client_address.as_bytes());
            reply.bulk(&entry.client_name);
        }
    }
}

fn abridged(words: Words<'_>) -> Vec<Vec<u8>> {
    let kept = if words.len() > WORDS_MAX { WORDS_MAX - 1 } else { words.len() };
    let (kept, rest) = words.split_at(kept);
    let mut abridged: Vec<_> = kept.iter().map(|word| abridged_word(word)).collect();
    if !rest.is_empty() {
        abridged.push(format!("... ({} more arguments)", rest.len()).into_bytes());
    }
    abridged
}

fn abridged_word(word: &[u8]) -> Vec<u8> {
    let (kept, rest) = word.split_at(word.len().min(WORD_LEN_MAX));
    let mut kept = kept.to_vec();
    if !rest.is_empty() {
        kept.extend_from_slice(format!("... ({} more bytes)", rest.len()).as_bytes());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use hadal_resp::Proto;

    fn slow(words: Words<'_>) -> Slow<'_> {
        Slow {
            unix_seconds: 1_700_000_000,
            micros: 12,
            words,
            client_address: "127.0.0.1:1",
            client_name: b"",
        }
    }

    #[test]
    fn only_the_newest_entries_are_kept_and_ids_go_on_after_a_reset() {
        let mut log = Log::default();
        for _ in 0..5 {
            log.add(&slow(&[b"ping"]), 3);
        }
        assert_eq!(log.len(), 3);
        log.reset();
        log.add(&slow(&[b"ping"]), 3);
        let ids: Vec<_> = log.entries.iter().map(|entry| entry.id).collect();
        assert_eq!(ids, [5]);
    }

    #[test]
    fn a_log_of_length_zero_keeps_nothing() {
        let mut log = Log::default();
        log.add(&slow(&[b"ping"]), 0);
        assert_eq!(log.len(), 0);
    }

    #[test]
    fn long_calls_and_long_words_are_cut_with_a_note() {
        let long = vec![b'x'; 130];
        assert_eq!(abridged(&[&long])[0].len(), 128 + "... (2 more bytes)".len());
        let words: Vec<&[u8]> = vec![b"a"; 33];
        let kept = abridged(&words);
        assert_eq!(kept.len(), 32);
        assert_eq!(kept[31], b"... (2 more arguments)");
        assert_eq!(abridged(&words[..32]).len(), 32);
    }

    #[test]
    fn a_reply_has_six_parts_per_entry_and_no_more_entries_than_there_are() {
        let mut log = Log::default();
        log.add(&slow(&[b"get", b"k"]), 10);
        let mut reply = Writer::new(Proto::Resp2);
        log.write(100, &mut reply);
        let expected = "*1\r\n*6\r\n:0\r\n:1700000000\r\n:12\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n\
                        $11\r\n127.0.0.1:1\r\n$0\r\n\r\n";
        assert_eq!(str::from_utf8(reply.as_slice()), Ok(expected));
    }
}
