//! Prints replies as `redis-cli --no-raw` does.

/// One reply, off the wire.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply {
    Simple(Vec<u8>),
    Error(Vec<u8>),
    /// An integer, and what looks like one: `(integer)`, `(double)`.
    Number(&'static str, Vec<u8>),
    Bulk(Vec<u8>),
    /// Printed as it is: verbatim text, big numbers.
    Text(Vec<u8>),
    Bool(bool),
    Null,
    /// The letter after the index, what it is called when empty, the elements.
    List(char, &'static str, Vec<Reply>),
    Map(Vec<(Reply, Reply)>),
}

/// Takes one reply off the front of `wire`, or `None` if it has not all arrived.
pub(crate) fn parse(wire: &mut &[u8]) -> Option<Reply> {
    let end = wire.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, rest) = (&wire[..end], &wire[end + 2..]);
    *wire = rest;
    let (kind, text) = line.split_first().expect("a reply has a type");
    let reply = match kind {
        b'+' => Reply::Simple(text.to_vec()),
        b'-' => Reply::Error(text.to_vec()),
        b':' => Reply::Number("integer", text.to_vec()),
        b',' => Reply::Number("double", text.to_vec()),
        b'(' => Reply::Text(text.to_vec()),
        b'#' => Reply::Bool(text == b"t"),
        b'_' => Reply::Null,
        b'$' | b'=' => {
            let Some(len) = length(text) else { return Some(Reply::Null) };
            let bytes = wire.get(..len)?.to_vec();
            *wire = wire.get(len + 2..)?;
            if *kind == b'$' { Reply::Bulk(bytes) } else { Reply::Text(bytes[4..].to_vec()) }
        }
        b'%' => {
            let pairs = length(text).unwrap_or_default();
            Reply::Map(
                (0..pairs).map(|_| Some((parse(wire)?, parse(wire)?))).collect::<Option<_>>()?,
            )
        }
        b'*' | b'~' | b'>' => {
            let Some(len) = length(text) else { return Some(Reply::Null) };
            let (letter, empty) = match kind {
                b'*' => (')', "(empty array)"),
                b'~' => ('~', "(empty set)"),
                _ => ('>', "(empty push)"),
            };
            Reply::List(letter, empty, (0..len).map(|_| parse(wire)).collect::<Option<_>>()?)
        }
        other => panic!("no reply begins with {:?}", char::from(*other)),
    };
    Some(reply)
}

/// Minus one is a null.
fn length(text: &[u8]) -> Option<usize> {
    let text = str::from_utf8(text).expect("a length is digits");
    assert!(text == "-1" || text.parse::<usize>().is_ok(), "no length: {text:?}");
    text.parse().ok()
}

impl Reply {
    /// The lines redis-cli prints.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Simple(text) => vec![lossless(text)],
            Self::Error(text) => vec![format!("(error) {}", lossless(text))],
            Self::Number(kind, text) => vec![format!("({kind}) {}", lossless(text))],
            Self::Bulk(bytes) => vec![quote(bytes)],
            Self::Text(text) => lossless(text).split('\n').map(str::to_owned).collect(),
            Self::Bool(truth) => vec![format!("({truth})")],
            Self::Null => vec!["(nil)".to_owned()],
            Self::List(_, empty, elements) if elements.is_empty() => vec![(*empty).to_owned()],
            Self::List(letter, _, elements) => numbered(*letter, elements.iter().map(Self::lines)),
            Self::Map(pairs) if pairs.is_empty() => vec!["(empty hash)".to_owned()],
            Self::Map(pairs) => numbered('#', pairs.iter().map(pair_lines)),
        }
    }
}

/// Several lines begin on the line below the key.
fn pair_lines((key, value): &(Reply, Reply)) -> Vec<String> {
    let mut lines = key.lines();
    let value = value.lines();
    let last = lines.last_mut().expect("every reply prints something");
    last.push_str(" => ");
    if let [line] = &value[..] {
        last.push_str(line);
    } else {
        lines.extend(value);
    }
    lines
}

/// An index before the first line of each, blanks before the others.
fn numbered(letter: char, elements: impl ExactSizeIterator<Item = Vec<String>>) -> Vec<String> {
    let width = elements.len().to_string().len();
    let mut all = Vec::new();
    for (at, lines) in elements.enumerate() {
        let index = format!("{:width$}{letter} ", at + 1);
        let blank = " ".repeat(index.len());
        for (line, text) in lines.iter().enumerate() {
            all.push(format!("{}{text}", if line == 0 { &index } else { &blank }));
        }
    }
    all
}

pub(crate) fn quote(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b'\n' => quoted.push_str("\\n"),
            b'\r' => quoted.push_str("\\r"),
            b'\t' => quoted.push_str("\\t"),
            7 => quoted.push_str("\\a"),
            8 => quoted.push_str("\\b"),
            0x20..=0x7e => quoted.push(char::from(byte)),
            _ => quoted.extend(format!("\\x{byte:02x}").chars()),
        }
    }
    quoted.push('"');
    quoted
}

/// Each byte as the character of that number.
fn lossless(text: &[u8]) -> String {
    text.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(mut wire: &[u8]) -> Vec<String> {
        let reply = parse(&mut wire).expect("complete");
        assert!(wire.is_empty());
        reply.lines()
    }

    #[test]
    fn nested_replies_are_indented_under_their_index() {
        let mut wire = b"*10\r\n*2\r\n:1\r\n*0\r\n".to_vec();
        wire.extend(b"$1\r\na\r\n".repeat(9));
        let lines = printed(&wire);
        assert_eq!(lines[..3], [" 1) 1) (integer) 1", "    2) (empty array)", " 2) \"a\""]);
        assert_eq!(lines[10], "10) \"a\"");
    }

    #[test]
    fn maps_print_one_pair_per_index() {
        let lines = printed(b"%2\r\n$1\r\na\r\n:1\r\n+b\r\n~2\r\n#t\r\n_\r\n");
        assert_eq!(lines, ["1# \"a\" => (integer) 1", "2# b => ", "   1~ (true)", "   2~ (nil)"]);
    }

    #[test]
    fn bytes_are_quoted_and_nulls_are_nil() {
        assert_eq!(printed(b"$6\r\na\"\\\n\x00\xff\r\n"), [r#""a\"\\\n\x00\xff""#]);
        assert_eq!(printed(b"$-1\r\n"), ["(nil)"]);
        assert_eq!(printed(b"*-1\r\n"), ["(nil)"]);
        assert_eq!(printed(b"-ERR no\r\n"), ["(error) ERR no"]);
        assert_eq!(printed(b"=7\r\ntxt:a\nb\r\n"), ["a", "b"]);
    }

    #[test]
    fn half_a_reply_is_none() {
        for wire in [&b""[..], b"*2\r\n:1\r\n", b"$5\r\nabc", b"$3\r\nabc", b"+OK\r"] {
            assert_eq!(parse(&mut &*wire), None, "{wire:?}");
        }
    }
}
