//! What is found must not depend on how the bytes arrive: most tests run their input whole, byte
//! by byte, and cut anywhere.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

type Words = Vec<Vec<u8>>;

/// Everything found in some bytes: the commands, and how it ended.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    commands: Vec<Words>,
    /// Bytes that belong to no complete command.
    left: usize,
    error: Option<ProtocolError>,
}

/// Feeds `pieces` as a connection would: appends each to a buffer, decodes until more is needed,
/// then drops what was consumed.
fn feed<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, limits: &Limits) -> Seen {
    let (mut decoder, mut buffer) = (Decoder::new(), Vec::new());
    let mut seen = Seen { commands: Vec::new(), left: 0, error: None };
    // What the partial command at the front has been said to need.
    let mut needed = 0;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let mut at = 0;
        loop {
            // Another vector for each call: the words found so far must not depend on it.
            let mut words = vec![7..9; 3];
            let rest = &mut buffer[at..];
            match decoder.decode(rest, &mut words, limits) {
                Ok(Parsed::Command { consumed }) => {
                    assert!(!words.is_empty() && consumed <= rest.len() && needed <= consumed);
                    seen.commands.push(words.iter().map(|w| rest[w.clone()].to_vec()).collect());
                    (at, needed) = (at + consumed, 0);
                }
                Ok(Parsed::Empty { consumed }) => {
                    assert!(words.is_empty() && 0 < consumed && consumed <= rest.len());
                    assert!(needed <= consumed);
                    (at, needed) = (at + consumed, 0);
                }
                Ok(Parsed::Incomplete { need }) => {
                    assert!(words.is_empty() && need > rest.len());
                    needed = need;
                    break;
                }
                Err(error) => {
                    assert!(words.is_empty());
                    seen.error = Some(error);
                    return seen;
                }
            }
        }
        buffer.drain(..at);
    }
    seen.left = buffer.len();
    seen
}

/// Whole and byte by byte.
fn decode_with(bytes: &[u8], limits: &Limits) -> Seen {
    let seen = feed([bytes], limits);
    assert_eq!(seen, feed(bytes.chunks(1), limits), "byte by byte");
    seen
}

fn decode(bytes: &[u8]) -> Seen {
    decode_with(bytes, &Limits::default())
}

#[track_caller]
fn assert_words(bytes: &[u8], words: &[&[u8]]) {
    let commands = if words.is_empty() { vec![] } else { vec![words.to_vec()] };
    let seen = decode(bytes);
    assert_eq!(seen.commands, commands, "{:?}", bytes.escape_ascii().to_string());
    assert_eq!((seen.left, seen.error), (0, None));
}

#[track_caller]
fn assert_error(bytes: &[u8], limits: &Limits, text: &str) {
    let error = decode_with(bytes, limits).error.map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(text), "{:?}", bytes.escape_ascii().to_string());
}

fn multibulk<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend(word);
        bytes.extend(b"\r\n");
    }
    bytes
}

fn stranger() -> Limits {
    Limits { authenticated: false, ..Limits::default() }
}

#[test]
fn words_in_bulks_may_be_any_bytes() {
    assert_words(b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n\0*\r\n", &[b"SET", b"", b"\r\n\0*"]);
}

#[test]
fn headers_of_every_length_are_read() {
    for len in [0, 1, 9, 10, 99, 100, 999, 1_000, 20_000] {
        assert_words(&multibulk(&[vec![b'x'; len]]), &[&vec![b'x'; len]]);
        let words = vec!["w"; len];
        assert_words(&multibulk(&words), &words.iter().map(|w| w.as_bytes()).collect::<Vec<_>>());
    }
}

#[test]
fn counts_of_zero_or_less_and_blank_lines_are_no_commands() {
    assert_words(b"*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n\n \t\r\n*1\r\n$1\r\nx\r\n", &[b"x"]);
}

#[test]
fn line_ends_are_trusted_as_in_redis() {
    assert_words(b"*1\r?$1\r?x??", &[b"x"]);
}

#[test]
fn a_pipeline_may_mix_both_forms() {
    let seen = decode(b"PING\r\n*1\r\n$4\r\nPING\r\nGET 'a b'\n*2\r\n$1");
    let commands: [&[&[u8]]; 3] = [&[b"PING"], &[b"PING"], &[b"GET", b"a b"]];
    assert_eq!(seen.commands, commands);
    assert_eq!(seen.left, b"*2\r\n$1".len());
}

#[test]
fn what_redis_refuses_is_refused_in_its_words() {
    let limits = Limits::default();
    for (bytes, text) in [
        ("*a\r\n", "invalid multibulk length"),
        ("*\r\n", "invalid multibulk length"),
        ("*-\r\n", "invalid multibulk length"),
        ("*-0\r\n", "invalid multibulk length"),
        ("*+1\r\n", "invalid multibulk length"),
        ("*01\r\n", "invalid multibulk length"),
        ("*1 \r\n", "invalid multibulk length"),
        ("*1\n\r\n", "invalid multibulk length"),
        ("*1\0\r\n", "invalid multibulk length"),
        ("*2147483648\r\n", "invalid multibulk length"),
        ("*9223372036854775808\r\n", "invalid multibulk length"),
        ("*-9223372036854775809\r\n", "invalid multibulk length"),
        ("*1\r\n$-1\r\n", "invalid bulk length"),
        ("*1\r\n$\r\n", "invalid bulk length"),
        ("*1\r\n$00\r\n", "invalid bulk length"),
        ("*1\r\n$2x\r\n", "invalid bulk length"),
        ("*1\r\n$536870913\r\n", "invalid bulk length"),
        ("*1\r\n$9223372036854775808\r\n", "invalid bulk length"),
        ("*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "expected '$', got 'f'"),
        ("*1\r\n*1\r\n", "expected '$', got '*'"),
        ("*1\r\n\r\n", "expected '$', got ' '"),
        ("SET k \"v\r\n", "unbalanced quotes in request"),
    ] {
        assert_error(bytes.as_bytes(), &limits, &format!("Protocol error: {text}"));
    }
}

#[test]
fn the_largest_counts_allowed_are_only_waited_for() {
    for bytes in ["*2147483647\r\n$1\r\nx\r\n", "*1\r\n$536870912\r\n"] {
        let seen = decode(bytes.as_bytes());
        assert_eq!((seen.commands, seen.left, seen.error), (vec![], bytes.len(), None));
    }
}

#[test]
fn a_stranger_gets_ten_words_of_16384_bytes() {
    let most = multibulk(&vec![vec![b'x'; 16_384]; 10]);
    assert_eq!(decode_with(&most, &stranger()).commands.len(), 1);
    let words = "Protocol error: unauthenticated multibulk length";
    assert_error(b"*11\r\n", &stranger(), words);
    let bulk = "Protocol error: unauthenticated bulk length";
    assert_error(b"*1\r\n$16385\r\n", &stranger(), bulk);
    let invalid = "Protocol error: invalid bulk length";
    assert_error(b"*1\r\n$536870913\r\n", &stranger(), invalid);
}

#[test]
fn limits_set_are_limits_kept() {
    let limits = Limits { bulk_len_max: 5, words_max: 2, inline_len_max: 8, authenticated: true };
    assert_eq!(decode_with(&multibulk(&["12345", ""]), &limits).commands.len(), 1);
    assert_error(&multibulk(&["123456"]), &limits, "Protocol error: invalid bulk length");
    assert_error(&multibulk(&["", "", ""]), &limits, "Protocol error: invalid multibulk length");
    assert_eq!(decode_with(b"12345678\n", &limits).commands.len(), 1);
    assert_error(b"123456789\n", &limits, "Protocol error: too big inline request");
}

#[test]
fn a_line_longer_than_64_kib_is_refused_even_if_it_ends() {
    let limits = Limits::default();
    let (most, more) = ("1".repeat(64 * 1024), "1".repeat(64 * 1024 + 1));
    assert_eq!(decode(format!("{most}\n").as_bytes()).commands.len(), 1);
    for end in ["", "\r\n"] {
        let inline = format!("{more}{end}");
        assert_error(inline.as_bytes(), &limits, "Protocol error: too big inline request");
        let count = format!("*{most}{end}");
        assert_error(count.as_bytes(), &limits, "Protocol error: too big mbulk count string");
        let bulk = format!("*1\r\n${most}{end}");
        assert_error(bulk.as_bytes(), &limits, "Protocol error: too big bulk count string");
    }
    let count = format!("*{}\r\n", &most[1..]);
    assert_error(count.as_bytes(), &limits, "Protocol error: invalid multibulk length");
}

#[test]
fn inline_words_are_quoted_as_in_redis_cli() {
    let cases: &[(&str, &[&[u8]])] = &[
        ("  SET\tk  v ", &[b"SET", b"k", b"v"]),
        (r#"a "b c" 'd e'"#, &[b"a", b"b c", b"d e"]),
        (r#""" ''"#, &[b"", b""]),
        (r#"pre"fix ed" pre'fix ed'"#, &[b"prefix ed", b"prefix ed"]),
        (r#""\n\r\t\b\a\q\"\\""#, &[b"\n\r\t\x08\x07q\"\\"]),
        (r#""\x00\xfF\x4G\x""#, &[b"\x00\xffx4Gx"]),
        (r"'it\'s' '\n' '\\ '", &[b"it's", b"\\n", b"\\\\ "]),
        (r"plain\n\x00 \", &[b"plain\\n\\x00", b"\\"]),
        ("\x0b\x0ca\x0bb \"c\"\x0bd", &[b"a\x0bb", b"c", b"d"]),
    ];
    for (line, words) in cases {
        assert_words(format!("{line}\n").as_bytes(), words);
        assert_words(format!("{line}\r\n").as_bytes(), words);
    }
}

#[test]
fn quotes_must_end_and_end_the_word() {
    for line in [r#"""#, "'", r#"a"b"#, r#""a"b"#, "'a'b", r#""a"'b'"#, r#""a\""#, r"'a\'", r#""\"#]
    {
        let text = "Protocol error: unbalanced quotes in request";
        assert_error(format!("{line}\n").as_bytes(), &Limits::default(), text);
        assert_error(format!("{line}\r\n").as_bytes(), &Limits::default(), text);
    }
}

#[test]
fn the_end_of_a_big_bulk_is_known_as_soon_as_its_length_is() {
    let (mut decoder, mut words, limits) = (Decoder::new(), Vec::new(), Limits::default());
    let mut buffer = b"*2\r\n$3\r\nGET\r\n$1000000\r\nx".to_vec();
    let need = buffer.len() - 1 + 1_000_000 + 2;
    let parsed = decoder.decode(&mut buffer, &mut words, &limits);
    assert_eq!(parsed, Ok(Parsed::Incomplete { need }));
    assert!(decoder.is_inside_command());
    buffer.resize(need, b'x');
    let parsed = decoder.decode(&mut buffer, &mut words, &limits);
    assert_eq!(parsed, Ok(Parsed::Command { consumed: need }));
    assert_eq!(words, [8..11, 23..1_000_023]);
    assert!(!decoder.is_inside_command());
}

#[test]
fn nothing_is_looked_at_twice() {
    let (mut decoder, mut words, limits) = (Decoder::new(), Vec::new(), Limits::default());
    for (read, unread, rest) in [
        ("*2\r\n$1\r\na\r\n", "$2", "\r\nbc\r\n"),
        ("*2\r\n$1\r\na\r\n$2\r\nb", "", "c\r\n"),
        ("*1\r\n$", "2\r", "\nbc\r\n"),
        ("GET somewhat", "", "longer\n"),
    ] {
        let mut buffer = [read, unread].concat().into_bytes();
        let parsed = decoder.decode(&mut buffer, &mut words, &limits);
        assert!(matches!(parsed, Ok(Parsed::Incomplete { .. })));
        // Line ends in place of what has been read: reading it again would end an inline command
        // early, or find no `$`. Only the first byte tells the form, every time.
        let again = if read.ends_with('$') { 1..read.len() - 1 } else { 1..read.len() };
        buffer[again].fill(b'\n');
        buffer.extend(rest.as_bytes());
        let parsed = decoder.decode(&mut buffer, &mut words, &limits);
        assert_eq!(parsed, Ok(Parsed::Command { consumed: buffer.len() }), "{read:?}");
    }
}

#[test]
fn how_far_a_line_was_searched_is_forgotten_with_it() {
    let pieces = [&b"*2\r\n$12"[..], b"\r\n123456789012\r\nf\r\n"];
    let seen = feed(pieces, &Limits::default());
    assert_eq!(seen.error, Some(ProtocolError::ExpectedBulk(b'f')));
    let words = [vec![b'a'; 10_000], vec![b'b'; 1_000], vec![b'c'; 1]];
    assert_eq!(decode(&multibulk(&words)).commands, [words]);
}

#[test]
fn after_an_error_the_decoder_starts_afresh() {
    let (mut decoder, mut words, limits) = (Decoder::new(), Vec::new(), Limits::default());
    let mut wrong = b"*2\r\n$1\r\nx\r\n$x\r\n".to_vec();
    assert!(decoder.decode(&mut wrong[..12], &mut words, &limits).is_ok());
    assert!(decoder.decode(&mut wrong, &mut words, &limits).is_err());
    let mut right = multibulk(&["PING"]);
    let parsed = decoder.decode(&mut right, &mut words, &limits);
    assert_eq!(parsed, Ok(Parsed::Command { consumed: right.len() }));
    assert_eq!(words.len(), 1);
}

#[test]
fn a_buffer_that_is_not_the_one_begun_does_not_panic() {
    let limits = Limits::default();
    for other in [&b""[..], b"*", b"x", b"x\n", b"*1\r\n$1\r\n"] {
        let (mut decoder, mut words) = (Decoder::new(), Vec::new());
        let mut begun = b"*2\r\n$1\r\nx\r\n$100\r\nxxxx".to_vec();
        assert!(decoder.decode(&mut begun, &mut words, &limits).is_ok());
        let _ = decoder.decode(&mut other.to_vec(), &mut words, &limits);
        assert!(words.iter().all(|word| word.end <= other.len()));
    }
}

#[test]
fn the_reply_to_an_error_is_one_line() {
    let mut writer = crate::Writer::default();
    ProtocolError::ExpectedBulk(b'\n').write(&mut writer);
    assert_eq!(writer.as_slice(), b"-ERR Protocol error: expected '$', got ' '\r\n");
}

/// Bytes that often look like the protocol, so that more than the first branch is reached.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let command = || vec(vec(any::<u8>(), 0..20), 0..5).prop_map(|words| multibulk(&words));
    let damage = (any::<prop::sample::Index>(), prop::sample::select(b"*$\r\n019-f\0".to_vec()));
    let damaged = (command(), damage).prop_map(|(mut bytes, (at, byte))| {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    let piece = prop_oneof![
        3 => command(),
        2 => damaged,
        2 => prop::sample::select(vec![
            "*", "$", "\r", "\n", "\r\n", "*1\r\n", "*2\r\n", "*11\r\n", "*0\r\n", "*-1\r\n",
            "$1\r\n", "$0\r\n\r\n", "$16385\r\n", "$-1\r\n", "\"", "'", "\\", "\\x", "00", " ",
            "PING\r\n", "SET k \"v w\"\r\n", "GET 'a\\'b'\n", "\0",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..10),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Limits so small that they are met, or those of Redis.
fn limits() -> impl Strategy<Value = Limits> {
    let small = (0..20usize, 0..5usize, 4..30usize, any::<bool>()).prop_map(
        |(bulk_len_max, words_max, inline_len_max, authenticated)| Limits {
            bulk_len_max,
            words_max,
            inline_len_max,
            authenticated,
        },
    );
    prop_oneof![1 => small, 2 => Just(Limits::default()), 1 => Just(stranger())]
}

fn cut<'b>(mut bytes: &'b [u8], lens: &[usize]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    for &len in lens {
        let (piece, rest) = bytes.split_at(len.min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

/// `word` in double quotes, each byte spelled in one of the ways it can be.
fn quote(word: &[u8], plain: bool) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in word {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', byte]),
            b'\n' => quoted.extend(b"\\n"),
            _ if plain => quoted.push(byte),
            _ => quoted.extend(format!("\\x{byte:02X}").bytes()),
        }
    }
    quoted.push(b'"');
    quoted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn any_bytes_give_the_same_however_they_are_cut(
        bytes in bytes(),
        limits in limits(),
        lens in vec(0..12usize, 0..12),
    ) {
        let whole = feed([&bytes[..]], &limits);
        prop_assert_eq!(&whole, &feed(bytes.chunks(1), &limits));
        prop_assert_eq!(&whole, &feed(cut(&bytes, &lens), &limits));
    }

    #[test]
    fn bulks_come_back_as_they_were_sent(
        commands in vec(vec(vec(any::<u8>(), 0..300), 1..6), 0..6),
        lens in vec(0..200usize, 0..12),
    ) {
        let bytes = commands.iter().map(|words| multibulk(words)).collect::<Vec<_>>().concat();
        let seen = feed(cut(&bytes, &lens), &Limits::default());
        prop_assert_eq!(seen, Seen { commands, left: 0, error: None });
    }

    #[test]
    fn quoted_words_come_back_as_they_were_typed(
        words in vec((vec(any::<u8>(), 0..20), any::<bool>()), 1..6),
        lens in vec(0..40usize, 0..6),
    ) {
        let quoted: Vec<_> = words.iter().map(|(word, plain)| quote(word, *plain)).collect();
        let line = [&quoted.join(&b' ')[..], b"\r\n"].concat();
        let commands = vec![words.into_iter().map(|(word, _)| word).collect()];
        let seen = feed(cut(&line, &lens), &Limits::default());
        prop_assert_eq!(seen, Seen { commands, left: 0, error: None });
    }

    #[test]
    fn counts_are_read_as_rust_reads_them_if_spelled_as_rust_spells_them(
        text in prop_oneof!["-?[0-9]{0,22}", "[-+ 0-9a]{0,4}", any::<i64>().prop_map(|n| n.to_string())],
    ) {
        let expected = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
        prop_assert_eq!(parse_count(text.as_bytes()), expected);
    }
}
