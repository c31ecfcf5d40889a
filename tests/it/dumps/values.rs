//! What is dumped and restored: values of every type, in every encoding that Redis has for it.

use hadal_it::{Client, Random};

use super::Pair;

/// A value, and how it is made at the key `made`.
pub(super) struct Value {
    pub(super) name: &'static str,
    /// What `OBJECT ENCODING` may say of it: releases of Redis differ.
    pub(super) encodings: &'static [&'static str],
    /// A command that puts elements into the key, and the elements.
    verb: &'static str,
    elements: fn() -> Vec<Vec<u8>>,
}

/// Arguments of one call.
const CALL_WORDS: usize = 1_000;
/// Elements of what is too large for memory's and the wire's packed forms, and has pages with us.
const MANY: usize = 5_000;

pub(super) const VALUES: &[Value] = &[
    value("an integer", &["int"], "SET", || words(&["-12345"])),
    value("a small integer", &["int"], "SET", || words(&["7"])),
    value("an integer of 32 bits", &["int"], "SET", || words(&["2147483647"])),
    value("the least integer", &["int"], "SET", || words(&["-9223372036854775808"])),
    value("digits", &["embstr"], "SET", || words(&["007"])),
    value("nothing", &["embstr"], "SET", || words(&[""])),
    value("a short string", &["embstr"], "SET", || words(&["hello, world"])),
    value("every byte", &["raw"], "SET", || vec![(0..=u8::MAX).collect()]),
    value("a string of noise", &["raw"], "SET", || vec![Random::new(1).bytes(20_000)]),
    value("a compressible string", &["raw"], "SET", || vec![text(300_000)]),
    value("a list", &["listpack", "quicklist"], "RPUSH", || small(1)),
    value("a list of long elements", &["quicklist"], "RPUSH", || {
        vec![text(20_000), Random::new(2).bytes(20_000), b"short".to_vec()]
    }),
    value("a long list", &["quicklist"], "RPUSH", || many(1)),
    value("a hash", &["listpack"], "HSET", || small(2)),
    value("a hash with a long value", &["hashtable"], "HSET", || vec![b"f".to_vec(), text(65)]),
    value("a large hash", &["hashtable"], "HSET", || many(2)),
    value("integers of 16 bits", &["intset"], "SADD", || numbers(-5..300, 100)),
    value("integers of 32 bits", &["intset"], "SADD", || numbers(-5..300, 1_000_000)),
    value("integers of 64 bits", &["intset"], "SADD", || numbers(-5..300, 1 << 40)),
    value("many integers", &["hashtable"], "SADD", || numbers(0..5_000, 1 << 20)),
    value("a set", &["listpack", "hashtable"], "SADD", || small(1)),
    value("a set with a long member", &["hashtable"], "SADD", || vec![text(65), b"m".to_vec()]),
    value("a large set", &["hashtable"], "SADD", || many(1)),
    value("a sorted set", &["listpack"], "ZADD", || scored(100)),
    value("a sorted set with a long member", &["skiplist"], "ZADD", || {
        vec![b"1".to_vec(), text(65)]
    }),
    value("a large sorted set", &["skiplist"], "ZADD", || scored(MANY)),
    value("places", &["listpack"], "GEOADD", || {
        words(&["13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"])
    }),
    value("a count of few", &["raw", "embstr"], "PFADD", || small(1)),
    value("a count of many", &["raw"], "PFADD", || many(1)),
];

const fn value(
    name: &'static str,
    encodings: &'static [&'static str],
    verb: &'static str,
    elements: fn() -> Vec<Vec<u8>>,
) -> Value {
    Value { name, encodings, verb, elements }
}

impl Value {
    /// Makes it on both servers, which are emptied first.
    pub(super) fn make(&self, pair: &mut Pair) {
        for client in pair.each() {
            client.must("FLUSHALL");
            self.make_at(client);
        }
    }

    fn make_at(&self, client: &mut Client) {
        for elements in (self.elements)().chunks(CALL_WORDS) {
            let mut words = vec![self.verb.as_bytes(), b"made"];
            words.extend(elements.iter().map(Vec::as_slice));
            let reply = client.command(&words);
            assert_eq!(reply.error(), None, "{}", self.name);
        }
    }
}

fn words(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// Text that repeats itself, but not exactly.
fn text(len: usize) -> Vec<u8> {
    let mut text: Vec<u8> =
        (0..).flat_map(|n| format!("line {n} of a text; ").into_bytes()).take(len).collect();
    text.truncate(len);
    text
}

/// Elements of all forms that a packed collection has: integers of all widths, short and longer
/// strings. `each` words belong together, and no two first ones are alike.
fn small(each: usize) -> Vec<Vec<u8>> {
    let elements = [
        "",
        "0",
        "-1",
        "12",
        "127",
        "-4096",
        "4095",
        "32767",
        "-32768",
        "8388607",
        "-8388608",
        "2147483647",
        "-2147483648",
        "9223372036854775807",
        "-9223372036854775808",
        "007",
        "a",
        "two words",
        "no more than sixty-three bytes, which have a length of one byte",
        "\u{e9}\u{df}\u{1f600}",
    ];
    elements.iter().flat_map(|element| vec![element.as_bytes().to_vec(); each]).collect()
}

/// Elements of which most are short, some numbers, some compressible and some not.
fn many(each: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(3);
    let mut element = |n: usize| match random.below(8) {
        0 => n.to_string().into_bytes(),
        1 => [format!("element {n} ").into_bytes(), text(100)].concat(),
        2 => [format!("element {n} ").into_bytes(), random.bytes(60)].concat(),
        _ => format!("element {n}").into_bytes(),
    };
    (0..MANY).flat_map(|n| vec![element(n); each]).collect()
}

fn numbers(range: std::ops::Range<i64>, step: i64) -> Vec<Vec<u8>> {
    range.map(|n| (n * step).to_string().into_bytes()).collect()
}

/// Members with scores of all kinds, some alike.
fn scored(count: usize) -> Vec<Vec<u8>> {
    let score = |n: usize| match n % 8 {
        0 => "7".into(),
        1 => format!("-{n}"),
        2 => format!("{n}.1"),
        3 => format!("{n}e-200"),
        4 => format!("{n}e200"),
        5 => (1_u64 << (n % 64)).to_string(),
        6 if n < 8 => "inf".into(),
        6 if n < 16 => "-inf".into(),
        _ => format!("0.{n}"),
    };
    (0..count).flat_map(|n| [score(n), format!("member {n}")]).map(String::into_bytes).collect()
}
