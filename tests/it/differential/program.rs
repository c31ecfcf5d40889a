//! A random program: calls made from [templates](super::templates), over few keys.

use hadal_it::{Random, Reply};

use super::templates::{TEMPLATES, Template};

/// Keys of a type.
const KEYS: usize = 3;
/// Types, by the first letter of their keys' names.
const TYPES: [&str; 5] = ["string", "hash", "list", "set", "zset"];
/// Names of members, fields and items.
const MEMBERS: usize = 500;
/// The most elements that one call names.
const NAMED_MAX: usize = 25;

/// A call, and how its replies are to be compared.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) order: Order,
}

/// Which order elements of a reply come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Given,
    /// Nobody promises one.
    None,
    /// Nor of pairs.
    OfPairs,
}

impl Order {
    /// What is promised of a reply.
    pub(crate) fn of(self, reply: Reply) -> Reply {
        let Reply::Array(mut items) = reply else { return reply };
        if self == Self::OfPairs {
            let pair = |pair: &[Reply]| Reply::Array(pair.to_vec());
            items = items.chunks(2).map(pair).collect();
        }
        items.sort_by_cached_key(|item| format!("{item:?}"));
        Reply::Array(items)
    }
}

impl Call {
    fn plain(line: &str) -> Self {
        let words = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        Self { words, order: Order::Given }
    }

    /// As it is told of: long words cut.
    pub(crate) fn shown(&self) -> String {
        let shown = |word: &Vec<u8>| word[..word.len().min(24)].escape_ascii().to_string();
        self.words.iter().map(shown).collect::<Vec<_>>().join(" ")
    }
}

/// The same seed makes the same calls.
#[derive(Debug)]
pub(crate) struct Program {
    random: Random,
    weights: u64,
}

impl Program {
    pub(crate) fn new(seed: u64) -> Self {
        let weights = TEMPLATES.iter().map(|template| template.weight).sum();
        Self { random: Random::new(seed), weights }
    }

    /// Adds a call, or several as one.
    pub(crate) fn next(&mut self, calls: &mut Vec<Call>) {
        if !self.random.one_in(25) {
            return calls.push(self.call());
        }
        calls.push(Call::plain("MULTI"));
        let inner: Vec<_> = (0..=self.random.index(5)).map(|_| self.ordered()).collect();
        // What is queued is answered so.
        calls.extend(inner);
        calls.push(Call::plain("EXEC"));
    }

    /// Reads all that can be there.
    pub(crate) fn everything() -> Vec<Call> {
        let mut calls = vec![Call::plain("DBSIZE")];
        for kind in TYPES {
            for number in 0..KEYS {
                let key = format!("{kind}:{number}");
                for verb in ["TYPE", "GET", "LLEN", "PERSIST", "EXISTS"] {
                    calls.push(Call::plain(&format!("{verb} {key}")));
                }
                calls.push(Call::plain(&format!("LRANGE {key} 0 -1")));
                calls.push(Call::plain(&format!("ZRANGE {key} 0 -1 WITHSCORES")));
                let unordered = |line: String, order| Call { order, ..Call::plain(&line) };
                calls.push(unordered(format!("HGETALL {key}"), Order::OfPairs));
                calls.push(unordered(format!("SMEMBERS {key}"), Order::None));
            }
        }
        calls
    }

    /// A call whose reply can be part of another.
    fn ordered(&mut self) -> Call {
        loop {
            let call = self.call();
            if call.order == Order::Given {
                return call;
            }
        }
    }

    fn call(&mut self) -> Call {
        let mut choice = self.random.below(self.weights);
        let chosen = TEMPLATES.iter().find(|template| {
            let here = choice < template.weight;
            choice = choice.wrapping_sub(template.weight);
            here
        });
        let Template { line, order, .. } = chosen.expect("a choice below the sum of all weights");
        let mut words = Vec::new();
        let parts: Vec<&str> = line.split(' ').collect();
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            if *part == "(" {
                let end =
                    at + parts[at..].iter().position(|part| *part == ")").expect("a group ends");
                for _ in 0..=self.random.index(NAMED_MAX) {
                    words.extend(parts[at + 1..end].iter().map(|part| self.word(part)));
                }
                at = end;
            } else {
                words.push(self.word(part));
            }
            at += 1;
        }
        Call { words, order: *order }
    }

    fn word(&mut self, part: &str) -> Vec<u8> {
        if let Some(bound) = part.strip_prefix('(') {
            return [&b"("[..], &self.word(bound)].concat();
        }
        let Some(name) = part.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
            return part.as_bytes().to_vec();
        };
        let random = &mut self.random;
        match name {
            "value" => {
                let len = random.index(250);
                return random.bytes(len);
            }
            // Some are long, so that few of them fill a page.
            "member" => {
                let number = random.index(MEMBERS);
                let padding = if number.is_multiple_of(5) { 120 } else { number % 40 };
                return format!("member {number}{}", ".".repeat(padding)).into_bytes();
            }
            "field" => format!("counter {}", random.below(20)),
            "score" => format!("{}", random.below(1_000).cast_signed() - 500),
            "half" => format!("{}.5", random.below(200).cast_signed() - 100),
            "int" => format!("{}", random.below(2_000).cast_signed() - 1_000),
            "index" => format!("{}", random.below(600).cast_signed() - 200),
            "small" => format!("{}", random.below(8)),
            "last" => format!("-{}", 1 + random.below(8)),
            "bit" => format!("{}", random.below(2)),
            kind => {
                let known = TYPES.contains(&kind) && !random.one_in(120);
                let kind = if known { kind } else { TYPES[random.index(TYPES.len())] };
                format!("{kind}:{}", random.index(KEYS))
            }
        }
        .into_bytes()
    }
}
