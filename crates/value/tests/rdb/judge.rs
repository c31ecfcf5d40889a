//! Redis as the judge: it restores what is written here, and says what it has.
//!
//! `HADAL_JUDGE_ADDR=127.0.0.1:6379 cargo test -p hadal-value --test rdb` asks the server there,
//! which is emptied first.

use std::{
    borrow::Cow,
    cmp::Ordering,
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hadal_value::rdb::{Value, dump, read, verify, version};
use proptest::{
    collection::vec, prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner,
};

use crate::{
    properties::any_damage,
    samples::{any_value, in_order},
    vectors::{all, bytes, older},
};

const VALUES: usize = 500;
const DAMAGED: usize = 5_000;
/// The first byte of sets in listpacks.
const FIRST_AFTER_7_0: u8 = 20;

/// The server, for one test at a time.
struct Redis {
    stream: BufReader<TcpStream>,
    _alone: MutexGuard<'static, ()>,
}

impl Redis {
    /// The server to ask, if there is one.
    fn open() -> Option<Self> {
        static ONE: Mutex<()> = Mutex::new(());
        let Ok(address) = env::var("HADAL_JUDGE_ADDR") else {
            println!("HADAL_JUDGE_ADDR is not set: no server was asked");
            return None;
        };
        let stream = TcpStream::connect(&address)
            .unwrap_or_else(|error| panic!("could not connect to {address}: {error}"));
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut redis = Self { stream: BufReader::new(stream), _alone: alone };
        assert_eq!(redis.call(&[b"FLUSHALL"]), [b"OK"]);
        Some(redis)
    }

    /// The strings of the reply, errors included; nulls are empty.
    fn call(&mut self, words: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut call = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            call.extend(format!("${}\r\n", word.len()).bytes());
            call.extend_from_slice(word);
            call.extend(b"\r\n");
        }
        self.stream.get_mut().write_all(&call).expect("the server listens");
        let mut strings = Vec::new();
        self.reply(&mut strings);
        strings
    }

    fn reply(&mut self, strings: &mut Vec<Vec<u8>>) {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the server replies");
        let (kind, rest) = line.trim_end().split_at(1);
        match kind {
            "*" => (0..rest.parse().expect("a count")).for_each(|_| self.reply(strings)),
            "$" => {
                let len: i64 = rest.parse().expect("a length");
                let mut string = vec![0; usize::try_from(len + 2).unwrap_or_default()];
                self.stream.read_exact(&mut string).expect("the server replies");
                string.truncate(string.len().saturating_sub(2));
                strings.push(string);
            }
            _ => strings.push(rest.as_bytes().to_vec()),
        }
    }

    fn restore(&mut self, dump: &[u8]) {
        let restored = self.call(&[b"RESTORE", b"k", b"0", dump, b"REPLACE"]);
        assert_eq!(restored, [b"OK"], "{}", dump.escape_ascii());
    }

    /// What the server has at the key, by its commands for this type.
    fn contents(&mut self, value: &Value<'_>) -> Vec<Vec<u8>> {
        let call: &[&[u8]] = match value {
            Value::String(_) => &[b"GET", b"k"],
            Value::List(_) => &[b"LRANGE", b"k", b"0", b"-1"],
            Value::Set(_) => &[b"SMEMBERS", b"k"],
            Value::Hash(_) => &[b"HGETALL", b"k"],
            Value::SortedSet(_) => &[b"ZRANGE", b"k", b"0", b"-1", b"WITHSCORES"],
        };
        self.call(call)
    }
}

/// Checks that the server has this value, by what its commands say and by what it dumps.
fn check(redis: &mut Redis, value: Value<'_>) {
    let told = redis.contents(&value);
    match &value {
        Value::String(string) => assert_eq!(told, [string.as_ref()]),
        Value::List(elements) => assert_eq!(strings(told), *elements),
        Value::Set(_) => assert_eq!(in_order(Value::Set(strings(told))), in_order(value.clone())),
        Value::Hash(fields) => {
            let mut told: Vec<_> = told.chunks(2).map(|pair| [&pair[0][..], &pair[1]]).collect();
            let mut fields: Vec<_> =
                fields.iter().map(|field| [field.name.as_ref(), &field.value]).collect();
            told.sort_unstable();
            fields.sort_unstable();
            assert_eq!(told, fields);
        }
        Value::SortedSet(members) => {
            assert_eq!(told.len(), members.len() * 2);
            for (told, (member, score)) in told.chunks(2).zip(members) {
                assert_eq!(told[0], **member);
                let told: f64 = String::from_utf8_lossy(&told[1]).parse().expect("a score");
                assert_eq!(told.partial_cmp(score), Some(Ordering::Equal));
            }
        }
    }
    let [dumped] = &redis.call(&[b"DUMP", b"k"])[..] else { panic!("one dump") };
    let body = verify(dumped).expect("the server made it");
    assert_eq!(read(body, usize::MAX).map(in_order), Ok(in_order(value)));
}

fn strings(told: Vec<Vec<u8>>) -> Vec<Cow<'static, [u8]>> {
    told.into_iter().map(Cow::Owned).collect()
}

#[test]
fn redis_restores_what_is_written() {
    let Some(mut redis) = Redis::open() else { return };
    let mut runner = TestRunner::deterministic();
    let strategy = any_value().prop_filter("an older server is asked", |it| version(it) <= 10);
    for _ in 0..VALUES {
        let value = strategy.new_tree(&mut runner).expect("most values are old enough").current();
        redis.restore(&dump(&value));
        check(&mut redis, value);
    }
}

#[test]
fn redis_reads_older_forms_as_they_are_read_here() {
    let Some(mut redis) = Redis::open() else { return };
    for (hexadecimal, value) in older() {
        redis.restore(&enveloped(&bytes(hexadecimal)));
        check(&mut redis, value);
    }
}

#[test]
fn redis_takes_whatever_damaged_value_is_taken_here() {
    let Some(mut redis) = Redis::open() else { return };
    let sanitize = |redis: &mut Redis, how: &[u8]| {
        let set = redis.call(&[b"CONFIG", b"SET", b"sanitize-dump-payload", how]);
        assert_eq!(set, [b"OK"]);
    };
    sanitize(&mut redis, b"yes");
    let mut runner = TestRunner::deterministic();
    // Later ones are not for an older server.
    let values: Vec<_> = all().into_iter().filter(|value| value[0] < FIRST_AFTER_7_0).collect();
    let strategy = (select(values), vec(any_damage(), 1..3));
    let mut taken = 0;
    for _ in 0..DAMAGED {
        let tree = strategy.new_tree(&mut runner).expect("there are values");
        let (mut bytes, damages) = tree.current();
        for damage in damages {
            damage.inflict(&mut bytes);
        }
        let is_old = bytes.first().is_some_and(|kind| *kind < FIRST_AFTER_7_0);
        if let Ok(value) = read(&bytes, usize::MAX)
            && is_old
        {
            redis.restore(&enveloped(&bytes));
            // Redis keeps packed sorted sets as they come, in order or not.
            if !matches!(value, Value::SortedSet(_)) {
                check(&mut redis, value);
            }
            taken += 1;
        }
    }
    assert!(taken > DAMAGED / 20, "only {taken} were taken");
    sanitize(&mut redis, b"no");
}

/// A dump of a value that is written already.
fn enveloped(value: &[u8]) -> Vec<u8> {
    const CRC64: crc::Crc<u64> = crc::Crc::<u64>::new(&crc::CRC_64_REDIS);
    let mut dump = [value, &[10, 0]].concat();
    dump.extend(CRC64.checksum(&dump).to_le_bytes());
    dump
}
