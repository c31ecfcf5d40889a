//! Which words name elements of a collection, so that their pages can be looked up ahead.

use super::{Spec, Words};

/// Where the fields or members of the first key stand among the words. A word too many does no
/// harm: nobody learns anything but that its page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elements {
    /// Nowhere.
    None,
    /// One, there.
    One(usize),
    /// All from there on.
    From(usize),
    /// Every second from there on.
    Pairs(usize),
    /// Every second counted from the last one, down to there.
    PairsFromEnd(usize),
}

impl Spec {
    /// Calls `f` with each word of a call that names an element.
    pub fn each_element<'a>(&self, words: Words<'a>, f: &mut dyn FnMut(&'a [u8])) {
        let from = |first: usize| words.get(first..).unwrap_or_default().iter().copied();
        match self.elements {
            Elements::None => {}
            Elements::One(at) => from(at).take(1).for_each(f),
            Elements::From(first) => from(first).for_each(f),
            Elements::Pairs(first) => from(first).step_by(2).for_each(f),
            Elements::PairsFromEnd(first) => from(first).rev().step_by(2).for_each(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(elements: Elements, words: &[&str]) -> Vec<String> {
        let spec = Spec { elements, ..Spec::BASE };
        let bytes: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let mut found = Vec::new();
        spec.each_element(&bytes, &mut |word| found.push(String::from_utf8_lossy(word).into()));
        found
    }

    #[test]
    fn elements_are_found_where_the_command_names_them() {
        assert_eq!(elements(Elements::None, &["GET", "k"]), [""; 0]);
        assert_eq!(elements(Elements::One(2), &["HGET", "h", "f"]), ["f"]);
        assert_eq!(elements(Elements::From(2), &["SADD", "s", "a", "b"]), ["a", "b"]);
        let words = ["HSET", "h", "f", "1", "g", "2"];
        assert_eq!(elements(Elements::Pairs(2), &words), ["f", "g"]);
        let words = ["ZADD", "z", "CH", "1", "a", "2", "b"];
        assert_eq!(elements(Elements::PairsFromEnd(3), &words), ["b", "a"]);
        assert_eq!(elements(Elements::One(3), &["ZADD", "z"]), [""; 0]);
    }
}
