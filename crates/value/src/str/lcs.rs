//! The longest common subsequence of two strings.

use std::ops::Range;

/// The longest bytes that appear in both strings in this order, not necessarily side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lcs {
    /// The bytes.
    pub text: Vec<u8>,
    /// The runs it is made of, the last one first.
    pub matches: Vec<Match>,
}

/// A run of bytes that is the same in both strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Where it is in the first string.
    pub a: Range<usize>,
    /// Where it is in the second string.
    pub b: Range<usize>,
}

/// The length of the longest common subsequence. Time grows with the product of the lengths,
/// memory with the shorter one.
pub fn lcs_len(a: &[u8], b: &[u8]) -> usize {
    let (rows, columns) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut lengths = vec![0_u32; columns.len() + 1];
    for row in rows {
        next_row(&mut lengths, *row, columns, |_| {});
    }
    lengths.last().map_or(0, |len| *len as usize)
}

/// The longest common subsequence; of several, the one Redis finds. Time grows with the product
/// of the lengths, memory with an eighth byte of it.
pub fn lcs(a: &[u8], b: &[u8]) -> Lcs {
    let turns = Turns::new(a, b);
    let mut found = Lcs::default();
    let (mut i, mut j) = (a.len(), b.len());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            found.text.push(a[i - 1]);
            (i, j) = (i - 1, j - 1);
            match found.matches.last_mut() {
                Some(run) if run.a.start == i + 1 && run.b.start == j + 1 => {
                    (run.a.start, run.b.start) = (i, j);
                }
                _ => found.matches.push(Match { a: i..i + 1, b: j..j + 1 }),
            }
        } else if turns.up(i, j) {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    found.text.reverse();
    found
}

/// From each pair of prefixes that end in different bytes, which of the two to shorten: one bit,
/// where a table of lengths would take four bytes.
struct Turns {
    up: Vec<u64>,
    columns: usize,
}

impl Turns {
    fn new(a: &[u8], b: &[u8]) -> Self {
        let columns = b.len();
        let mut up = vec![0_u64; (a.len() * columns).div_ceil(64)];
        let mut lengths = vec![0_u32; columns + 1];
        for (row, byte) in a.iter().enumerate() {
            next_row(&mut lengths, *byte, b, |column| {
                let at = row * columns + column;
                up[at / 64] |= 1 << (at % 64);
            });
        }
        Self { up, columns }
    }

    /// Whether the first string is the one to shorten, at lengths `i` and `j`.
    fn up(&self, i: usize, j: usize) -> bool {
        let at = (i - 1) * self.columns + (j - 1);
        self.up[at / 64] >> (at % 64) & 1 == 1
    }
}

/// Turns the lengths for a prefix of one string into those for the prefix one `byte` longer.
/// Tells in which columns the shorter prefix had the greater length.
fn next_row(lengths: &mut [u32], byte: u8, columns: &[u8], mut up: impl FnMut(usize)) {
    let (mut left, mut diagonal) = (0, 0);
    for (column, (other, length)) in columns.iter().zip(&mut lengths[1..]).enumerate() {
        let above = *length;
        left = if *other == byte {
            diagonal + 1
        } else if above > left {
            up(column);
            above
        } else {
            left
        };
        diagonal = above;
        *length = left;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_manual() {
        let found = lcs(b"ohmytext", b"mynewtext");
        assert_eq!(found.text, b"mytext");
        let runs = [Match { a: 4..8, b: 5..9 }, Match { a: 2..4, b: 0..2 }];
        assert_eq!(found.matches, runs);
    }

    #[test]
    fn of_several_the_one_that_ends_first_in_the_second_string_is_found() {
        assert_eq!(lcs(b"ab", b"ba").text, b"b");
        assert_eq!(lcs(b"ba", b"ab").text, b"a");
    }

    #[test]
    fn nothing_in_common_is_empty() {
        assert_eq!(lcs(b"abc", b"xyz"), Lcs::default());
        assert_eq!(lcs(b"", b"xyz"), Lcs::default());
        assert_eq!(lcs_len(b"", b""), 0);
    }

    /// Whether `part` is what remains of `whole` after leaving out bytes.
    fn is_subsequence(part: &[u8], whole: &[u8]) -> bool {
        let mut whole = whole.iter();
        part.iter().all(|byte| whole.any(|other| other == byte))
    }

    /// The length by trying everything.
    fn brute(a: &[u8], b: &[u8]) -> usize {
        match (a, b) {
            ([x, a @ ..], [y, b @ ..]) if x == y => 1 + brute(a, b),
            ([_, rest_a @ ..], [_, rest_b @ ..]) => brute(rest_a, b).max(brute(a, rest_b)),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn it_is_common_and_none_is_longer(a in "[abc]{0,8}", b in "[abc]{0,8}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let found = lcs(a, b);
            prop_assert!(is_subsequence(&found.text, a) && is_subsequence(&found.text, b));
            prop_assert_eq!(found.text.len(), brute(a, b));
            prop_assert_eq!(found.text.len(), lcs_len(a, b));
            let runs = found.matches.iter().rev();
            let joined: Vec<u8> = runs.clone().flat_map(|run| a[run.a.clone()].to_vec()).collect();
            let other: Vec<u8> = runs.flat_map(|run| b[run.b.clone()].to_vec()).collect();
            prop_assert_eq!(&joined, &found.text);
            prop_assert_eq!(&other, &found.text);
        }
    }
}
