//! Reads transcripts, and compares a reply with the one written down.

use std::{iter::Peekable, str::Chars, time::Duration};

/// One file.
#[derive(Debug)]
pub(crate) struct Transcript {
    pub(crate) name: String,
    pub(crate) socket_only: bool,
    pub(crate) steps: Vec<Step>,
}

/// One command and the reply to it.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) line: usize,
    /// Counted from 1.
    pub(crate) connection: usize,
    pub(crate) typed: String,
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) reply: Vec<String>,
    /// The first release that answers like this, if it matters.
    pub(crate) since: Option<(u32, u32)>,
    /// How much time passes before.
    pub(crate) after: Duration,
    /// Whether the elements of the reply may come in another order.
    pub(crate) any_order: bool,
}

impl Step {
    /// Whether this reply is what was written down.
    pub(crate) fn accepts(&self, got: &[String]) -> bool {
        if self.any_order {
            return elements(&self.reply) == elements(got);
        }
        self.reply.len() == got.len()
            && self.reply.iter().zip(got).all(|(expected, got)| same(expected, got.trim_end()))
    }
}

/// Reads a transcript; what cannot be read is a mistake of whoever wrote it.
pub(crate) fn parse(name: &str, text: &str) -> Transcript {
    let mut transcript =
        Transcript { name: name.to_owned(), socket_only: false, steps: Vec::new() };
    let mut next = Step::default();
    let mut in_reply = false;
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{name}:{}: {line}", at + 1);
        if let Some(comment) = line.strip_prefix('#') {
            in_reply = false;
            let words: Vec<_> = comment.split_whitespace().collect();
            match words[..] {
                ["socket", "only"] => transcript.socket_only = true,
                ["in", "any", "order"] => next.any_order = true,
                ["since", release] => next.since = Some(parse_release(release)),
                ["after", time] => {
                    next.after += parse_time(time).unwrap_or_else(|| panic!("{}", place()));
                }
                _ => {}
            }
        } else if let Some((connection, typed)) = parse_prompt(line) {
            let words =
                split_words(typed).unwrap_or_else(|| panic!("unbalanced quotes: {}", place()));
            let step = Step {
                line: at + 1,
                connection,
                typed: typed.to_owned(),
                words,
                ..std::mem::take(&mut next)
            };
            transcript.steps.push(step);
            in_reply = true;
        } else if line.is_empty() {
            in_reply = false;
        } else {
            assert!(in_reply, "a reply to nothing: {}", place());
            let step = transcript.steps.last_mut().expect("a reply follows a command");
            step.reply.push(line.trim_end().to_owned());
        }
    }
    for step in &transcript.steps {
        assert!(!step.reply.is_empty(), "no reply is written down: {name}:{}", step.line);
    }
    transcript
}

/// The elements of a reply, without their numbers, sorted.
pub(crate) fn elements(reply: &[String]) -> Vec<&str> {
    let mut elements: Vec<_> =
        reply.iter().map(|line| line.split_once(") ").map_or(&**line, |(_, it)| it)).collect();
    elements.sort_unstable();
    elements
}

/// The `major.minor` of a release.
pub(crate) fn parse_release(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or_default());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn parse_time(text: &str) -> Option<Duration> {
    text.strip_suffix("ms")?.parse().ok().map(Duration::from_millis)
}

/// `2> GET k`: the connection and what is typed on it.
fn parse_prompt(line: &str) -> Option<(usize, &str)> {
    let (connection, typed) = line.split_once("> ")?;
    if connection.is_empty() {
        return Some((1, typed));
    }
    connection.parse().ok().map(|connection| (connection, typed))
}

/// Splits what is typed as redis-cli does: `"a\x00b"`, `'a b'`, or anything without spaces.
pub(crate) fn split_words(typed: &str) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut chars = typed.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let Some(first) = chars.peek() else { return Some(words) };
        let word = match first {
            '"' => double_quoted(&mut chars)?,
            '\'' => single_quoted(&mut chars)?,
            _ => {
                let mut word = String::new();
                while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                    word.push(c);
                }
                word.into_bytes()
            }
        };
        words.push(word);
    }
}

fn double_quoted(chars: &mut Peekable<Chars<'_>>) -> Option<Vec<u8>> {
    let mut word = Vec::new();
    chars.next();
    loop {
        match chars.next()? {
            '"' => return Some(word),
            '\\' => match chars.next()? {
                'x' => {
                    let digits = [chars.next()?, chars.next()?].iter().collect::<String>();
                    word.push(u8::from_str_radix(&digits, 16).ok()?);
                }
                'n' => word.push(b'\n'),
                'r' => word.push(b'\r'),
                't' => word.push(b'\t'),
                'a' => word.push(7),
                'b' => word.push(8),
                c => word.extend(c.to_string().bytes()),
            },
            c => word.extend(c.to_string().bytes()),
        }
    }
}

fn single_quoted(chars: &mut Peekable<Chars<'_>>) -> Option<Vec<u8>> {
    let mut word = Vec::new();
    chars.next();
    loop {
        match chars.next()? {
            '\'' => return Some(word),
            '\\' if chars.next_if_eq(&'\'').is_some() => word.push(b'\''),
            c => word.extend(c.to_string().bytes()),
        }
    }
}

/// Compares one line, with `<ANY>` and `(integer) ~100` in the one written down.
fn same(expected: &str, got: &str) -> bool {
    if let Some((before, about)) = expected.split_once("(integer) ~") {
        let got = got.strip_prefix(before).and_then(|rest| rest.strip_prefix("(integer) "));
        return match (about.parse::<i64>(), got.and_then(|got| got.parse::<i64>().ok())) {
            (Ok(about), Some(got)) => got.abs_diff(about) <= about.unsigned_abs() / 10,
            _ => false,
        };
    }
    let Some((first, expected)) = expected.split_once("<ANY>") else { return expected == got };
    let (middle, last) = expected.rsplit_once("<ANY>").unwrap_or(("", expected));
    let rest = got.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    let Some(rest) = rest else { return false };
    // Each part at the first place where it can be: leaves the most for the next.
    let mut parts = middle.split("<ANY>");
    parts.try_fold(rest, |rest, part| rest.split_once(part).map(|(_, rest)| rest)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_redis_cli_splits_them() {
        let split = |typed| split_words(typed).expect("balanced");
        assert_eq!(split(r#"SET "a b" 'c d'  x"#), [&b"SET"[..], b"a b", b"c d", b"x"]);
        assert_eq!(split(r#""a\x00\xff\n\"""#), [b"a\x00\xff\n\""]);
        assert_eq!(split(r"'it\'s'"), [b"it's"]);
        assert_eq!(split(r"a\b"), [br"a\b"]);
        assert_eq!(split(r#""" x"#), [&b""[..], b"x"]);
        assert_eq!(split_words("\"open"), None);
        assert_eq!(split_words("'open"), None);
    }

    #[test]
    fn directives_reach_the_next_command_only() {
        let text = "# socket only\n# a comment\n> A\n1\n# since 7.2\n# after 30ms\n2> B c\n2\n3\n\n> D\n4\n";
        let transcript = parse("t", text);
        assert!(transcript.socket_only);
        let [a, b, d] = &transcript.steps[..] else { panic!("three steps") };
        assert_eq!((a.connection, a.since, a.after), (1, None, Duration::ZERO));
        assert_eq!((b.connection, b.since), (2, Some((7, 2))));
        assert_eq!(b.after, Duration::from_millis(30));
        assert_eq!(b.reply, ["2", "3"]);
        assert_eq!((d.connection, d.since, d.after), (1, None, Duration::ZERO));
    }

    #[test]
    fn a_reply_must_match_line_by_line_but_for_what_varies() {
        assert!(same("(integer) ~100", "(integer) 99"));
        assert!(!same("(integer) ~100", "(integer) 80"));
        assert!(!same("(integer) ~100", "(integer) -1"));
        assert!(!same("(integer) ~100", "\"100\""));
        assert!(same("2) <ANY>", "2) \"noeviction\""));
        assert!(!same("2) <ANY>", "3) \"noeviction\""));
        assert!(same("a <ANY> c", "a b c"));
        assert!(same("a=<ANY> b=<ANY> c", "a=1 b=2 b=3 c"));
        assert!(!same("a=<ANY> b=<ANY> c", "a=1 c"));
        assert!(!same("a<ANY>a", "a"));
        assert!(!same("OK", "(nil)"));
        let lines =
            |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let mut step = Step { reply: lines(&["1) \"a\"", "2) \"b\""]), ..Step::default() };
        assert!(!step.accepts(&lines(&["1) \"b\"", "2) \"a\""])));
        step.any_order = true;
        assert!(step.accepts(&lines(&["1) \"b\"", "2) \"a\""])));
        assert!(!step.accepts(&lines(&["1) \"b\"", "2) \"b\""])));
        let step = Step { reply: vec!["OK".into()], ..Step::default() };
        assert!(step.accepts(&["OK".into()]));
        assert!(!step.accepts(&["OK".into(), "OK".into()]));
        assert!(!step.accepts(&[]));
    }
}
