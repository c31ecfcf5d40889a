//! Redis's glob: `*`, `?`, `[a-z]`, `[^a-z]`, `\c`. Case is ignored, as option names ask for.

/// Whether `text` matches all of `pattern`.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // Where the last `*` was and how much text it has swallowed so far: going back to that one
    // only keeps the worst case at pattern × text.
    let mut retry: Option<(&[u8], &[u8])> = None;
    let (mut pattern, mut text) = (pattern, text);
    loop {
        if let [b'*', after @ ..] = pattern {
            retry = Some((after, text));
            pattern = after;
            continue;
        }
        let step = match text.split_first() {
            None if pattern.is_empty() => return true,
            None => return false,
            Some((&byte, text_after)) => one(pattern, byte).map(|after| (after, text_after)),
        };
        (pattern, text) = match (step, retry) {
            (Some(next), _) => next,
            (None, Some((after_star, [_, swallowed @ ..]))) => {
                retry = Some((after_star, swallowed));
                (after_star, swallowed)
            }
            (None, _) => return false,
        };
    }
}

/// Whether `pattern` has any of the characters that make it more than a name.
pub(super) fn is_pattern(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| b"*?[".contains(byte))
}

/// Matches one byte against the front of `pattern` and returns what follows it.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [] => None,
        [b'?', after @ ..] => Some(after),
        [b'[', after @ ..] => class(after, byte),
        [b'\\', literal, after @ ..] | [literal, after @ ..] => {
            literal.eq_ignore_ascii_case(&byte).then_some(after)
        }
    }
}

/// Matches a character class; `pattern` begins after its `[`. An unclosed one ends at the end.
fn class(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (negated, mut rest) = match pattern {
        [b'^', after @ ..] => (true, after),
        _ => (false, pattern),
    };
    let byte = byte.to_ascii_lowercase();
    let mut found = false;
    loop {
        rest = match rest {
            [] => break,
            [b']', after @ ..] => {
                rest = after;
                break;
            }
            [b'\\', literal, after @ ..] => {
                found |= literal.to_ascii_lowercase() == byte;
                after
            }
            [from, b'-', to, after @ ..] => {
                let (from, to) = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
                found |= (from.min(to)..=from.max(to)).contains(&byte);
                after
            }
            [literal, after @ ..] => {
                found |= literal.to_ascii_lowercase() == byte;
                after
            }
        };
    }
    (found != negated).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn check(pattern: &str, text: &str) -> bool {
        matches(pattern.as_bytes(), text.as_bytes())
    }

    #[test]
    fn stars_match_any_run_and_question_marks_one_byte() {
        assert!(check("*", ""));
        assert!(check("maxmemory*", "maxmemory"));
        assert!(check("*max-*-entries", "hash-max-listpack-entries"));
        assert!(check("p?rt", "port"));
        assert!(!check("p?rt", "pooort"));
        assert!(!check("maxmemory", "maxmemory-policy"));
    }

    #[test]
    fn case_is_ignored() {
        assert!(check("MAX*", "maxmemory"));
    }

    #[test]
    fn classes_ranges_and_negation_work() {
        assert!(check("[a-p]ort", "port"));
        assert!(check("[P]ort", "port"));
        assert!(!check("[^p]ort", "port"));
        assert!(check("por[t", "port"));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!check(&"*a".repeat(30), &"a".repeat(29)));
        assert!(!check(&format!("{}b", "*a".repeat(50)), &"a".repeat(5000)));
    }
}
