//! Redis's glob, for keys and for names of commands and options: `*`, `?`, `[a-z]`, `[^a-z]`, `\c`.

/// Whether letters of different case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// They are not.
    Matters,
    /// They are, in ASCII.
    Ignored,
}

impl Case {
    fn fold(self, byte: u8) -> u8 {
        match self {
            Self::Matters => byte,
            Self::Ignored => byte.to_ascii_lowercase(),
        }
    }
}

/// Whether `text` matches all of `pattern`.
pub fn matches(pattern: &[u8], text: &[u8], case: Case) -> bool {
    // Going back to the last star only is enough, and keeps the worst case at pattern × text.
    let mut star: Option<(&[u8], &[u8])> = None;
    let (mut pattern, mut text) = (pattern, text);
    loop {
        if let [b'*', after @ ..] = pattern {
            star = Some((after, text));
            pattern = after;
            continue;
        }
        let next = match text {
            [] => return pattern.is_empty(),
            [byte, rest @ ..] => take_one(pattern, *byte, case).map(|after| (after, rest)),
        };
        if let Some(next) = next {
            (pattern, text) = next;
        } else if let Some((after, [_, rest @ ..])) = star {
            star = Some((after, rest));
            (pattern, text) = (after, rest);
        } else {
            return false;
        }
    }
}

/// Whether `pattern` has any of the characters that make it more than a name.
pub fn is_pattern(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| b"*?[".contains(byte))
}

/// Matches one byte against the front of `pattern` and returns what follows.
fn take_one(pattern: &[u8], byte: u8, case: Case) -> Option<&[u8]> {
    match pattern {
        [] => None,
        [b'?', after @ ..] => Some(after),
        [b'[', after @ ..] => take_class(after, byte, case),
        [b'\\', escaped, after @ ..] | [escaped, after @ ..] => {
            (case.fold(*escaped) == case.fold(byte)).then_some(after)
        }
    }
}

/// `pattern` begins after the `[`. A class nobody closes ends with the pattern.
fn take_class(pattern: &[u8], byte: u8, case: Case) -> Option<&[u8]> {
    let (negated, mut rest) = match pattern {
        [b'^', after @ ..] => (true, after),
        _ => (false, pattern),
    };
    let folded = case.fold(byte);
    let mut found = false;
    loop {
        rest = match rest {
            [] => break,
            [b']', after @ ..] => {
                rest = after;
                break;
            }
            [b'\\', escaped, after @ ..] => {
                // Redis compares what is escaped as it is, whatever the case of the rest.
                found |= *escaped == byte;
                after
            }
            [from, b'-', to, after @ ..] => {
                let (from, to) = (case.fold(*from.min(to)), case.fold(*from.max(to)));
                found |= (from.min(to)..=from.max(to)).contains(&folded);
                after
            }
            [one, after @ ..] => {
                found |= case.fold(*one) == folded;
                after
            }
        };
    }
    (found != negated).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{Case, matches};

    fn check(pattern: &str, text: &str) -> bool {
        matches(pattern.as_bytes(), text.as_bytes(), Case::Matters)
    }

    #[test]
    fn stars_match_any_run_and_question_marks_one_byte() {
        assert!(check("*", ""));
        assert!(check("h*llo", "heeello"));
        assert!(check("h?llo", "hello"));
        assert!(!check("h?llo", "hllo"));
        assert!(check("***a", "bca"));
        assert!(!check("a", "ab"));
    }

    #[test]
    fn classes_take_ranges_negation_and_escapes() {
        assert!(check("h[ae]llo", "hallo"));
        assert!(!check("h[^e]llo", "hello"));
        assert!(check("h[a-c]llo", "hbllo"));
        assert!(check("h[c-a]llo", "hbllo"));
        assert!(check("[\\]]", "]"));
        assert!(check("h[al", "ha"));
        assert!(check("a\\*b", "a*b"));
        assert!(!check("a\\*b", "axb"));
    }

    #[test]
    fn case_matters_unless_told_otherwise() {
        assert!(!check("ABC*", "abcd"));
        for pattern in ["ABC*", "[A]bcd", "a[A-C]cd", "abc[\\d]"] {
            assert!(matches(pattern.as_bytes(), b"abcd", Case::Ignored), "{pattern}");
        }
        assert!(!matches(b"abc[\\D]", b"abcd", Case::Ignored), "what is escaped is as it is");
        assert!(matches(b"abc[\\D]", b"abcD", Case::Ignored));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!check(&"*a".repeat(30), &"a".repeat(29)));
        assert!(!check(&format!("{}b", "*a".repeat(50)), &"a".repeat(5000)));
    }
}
