//! Lines into words and back, by Redis's quoting rules.
//!
//! A word ends at a blank. `"…"` may hold blanks and the escapes `\n \r \t \b \a \xHH` (any other
//! `\c` is `c`); `'…'` only knows `\'`. A closing quote must be followed by a blank or the end.

/// One word of a line, its quotes and escapes already resolved.
pub(super) type Word = Vec<u8>;

/// The line's quotes do not close, or something follows a closing quote at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbalanced;

/// Splits `line` into its words; none if it is blank.
pub(super) fn split_words(line: &[u8]) -> Result<Vec<Word>, Unbalanced> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(words);
        }
        let mut word = Vec::new();
        rest = take_word(rest, &mut word)?;
        words.push(word);
    }
}

/// Quotes `word` so that [`split_words`] gives it back. Always with quotes, as Redis writes it.
pub(super) fn quote(word: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for &byte in word {
        match byte {
            b'\\' | b'"' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x07 => out.extend(b"\\a"),
            0x08 => out.extend(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").into_bytes()),
        }
    }
    out.push(b'"');
    out
}

/// Moves the first word of `rest` (which does not begin with a blank) into `word`.
fn take_word<'a>(mut rest: &'a [u8], word: &mut Word) -> Result<&'a [u8], Unbalanced> {
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'"' => return take_double_quoted(after, word),
            b'\'' => return take_single_quoted(after, word),
            b' ' | b'\n' | b'\r' | b'\t' => return Ok(after),
            _ => word.push(byte),
        }
        rest = after;
    }
    Ok(rest)
}

fn take_double_quoted<'a>(mut rest: &'a [u8], word: &mut Word) -> Result<&'a [u8], Unbalanced> {
    loop {
        rest = match rest {
            [] => return Err(Unbalanced),
            [b'"', after @ ..] => return after_quote(after),
            [b'\\', b'x', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                word.push(hex(*high) * 16 + hex(*low));
                after
            }
            [b'\\', escaped, after @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 0x08,
                    b'a' => 0x07,
                    other => *other,
                });
                after
            }
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        };
    }
}

fn take_single_quoted<'a>(mut rest: &'a [u8], word: &mut Word) -> Result<&'a [u8], Unbalanced> {
    loop {
        rest = match rest {
            [] => return Err(Unbalanced),
            [b'\'', after @ ..] => return after_quote(after),
            [b'\\', b'\'', after @ ..] => {
                word.push(b'\'');
                after
            }
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        };
    }
}

fn after_quote(rest: &[u8]) -> Result<&[u8], Unbalanced> {
    match rest.first() {
        Some(byte) if !byte.is_ascii_whitespace() => Err(Unbalanced),
        _ => Ok(rest),
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<String>, Unbalanced> {
        let words = split_words(line.as_bytes())?;
        Ok(words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    #[test]
    fn blanks_separate_words() {
        assert_eq!(split("  save  900\t1 \r"), Ok(vec!["save".into(), "900".into(), "1".into()]));
        assert_eq!(split("   "), Ok(vec![]));
    }

    #[test]
    fn quotes_keep_blanks_and_empty_words() {
        assert_eq!(split(r#"a "b c" '' "#), Ok(vec!["a".into(), "b c".into(), String::new()]));
    }

    #[test]
    fn double_quotes_know_escapes_and_single_quotes_only_their_own() {
        assert_eq!(split(r#""\x41\n\"\q""#), Ok(vec!["A\n\"q".into()]));
        assert_eq!(split(r"'\x41\'' b"), Ok(vec![r"\x41'".into(), "b".into()]));
    }

    #[test]
    fn an_open_quote_or_text_right_after_a_quote_is_refused() {
        assert_eq!(split("a \"b"), Err(Unbalanced));
        assert_eq!(split("a 'b"), Err(Unbalanced));
        assert_eq!(split("\"a\"b"), Err(Unbalanced));
        assert_eq!(split("a \"b\\"), Err(Unbalanced));
    }

    #[test]
    fn quoting_round_trips_every_byte() {
        let word: Vec<u8> = (0..=255).collect();
        assert_eq!(split_words(&quote(&word)), Ok(vec![word]));
    }
}
