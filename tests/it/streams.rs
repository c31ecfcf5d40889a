//! Answers larger than memory: whole, of one instant, within the limit, and at nobody's expense.
//!
//! The reference holds them in memory, so these tests are about ours only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hadal_it::{Client, Reply, Server, is_reference, wait};

use crate::memory::peak_of;

const MIB: u64 = 1 << 20;
const MAX: u64 = 80 * MIB;
/// Five per cent, and what a process needs before it has served anybody.
const ALLOWED: u64 = MAX + MAX / 20 + 16 * MIB;
/// Pairs of fields that are always written together: three times the limit.
const PAIRS: u64 = 72_000;
/// As many as the limit at least.
const HALF: u64 = PAIRS / 2;
const VALUE_LEN: usize = 1_700;

fn server() -> Server {
    Server::start_with(&[("maxmemory", "80mb")])
}

/// Field `a` or `b` of a pair, with what was its number when it was written.
fn queue_pair(client: &mut Client, written: u64) {
    let pair = written % PAIRS;
    let value = format!("{written:0VALUE_LEN$}");
    let (a, b) = (format!("a{pair}"), format!("b{pair}"));
    client.queue(&["HSET", "h", &a, &value, &b, &value]);
}

/// Writes pairs of these numbers, one after the other.
fn write_pairs(client: &mut Client, numbers: std::ops::Range<u64>) {
    let (mut next, end) = (numbers.start, numbers.end);
    while next < end {
        let until = (next + 50).min(end);
        (next..until).for_each(|number| queue_pair(client, number));
        client.flush().expect("the server reads");
        for _ in next..until {
            assert!(matches!(client.receive().expect("a reply"), Reply::Int(_)));
        }
        next = until;
    }
}

/// Reads all of an answer to `HGETALL h`. Returns the number with which each field was written.
fn read_pairs(client: &mut Client) -> Vec<[Option<u64>; 2]> {
    let count = client.receive_start().expect("an answer");
    assert_eq!(count as u64, PAIRS * 4);
    let mut pairs = vec![[None; 2]; PAIRS as usize];
    for _ in 0..count / 2 {
        let field = client.receive().expect("a field").text();
        let value = client.receive().expect("a value").text();
        let pair: usize = field[1..].parse().expect("a pair's number");
        let half = &mut pairs[pair][usize::from(field.starts_with('b'))];
        assert_eq!(half.replace(value.parse().expect("a number")), None, "{field} comes twice");
    }
    pairs
}

/// One after the other was written: what is there at an instant follows from the newest of them.
fn check_instant(pairs: &[[Option<u64>; 2]]) -> u64 {
    let newest = pairs.iter().flatten().flatten().max().copied().expect("there are some");
    for (pair, halves) in (0_u64..).zip(pairs) {
        let behind = (newest % PAIRS + PAIRS - pair) % PAIRS;
        let expected = Some(newest - behind);
        assert_eq!(halves, &[expected; 2], "pair {pair} when {newest} was the newest");
    }
    newest
}

/// Ends those who look at the flag, however the test ends.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn streams(client: &mut Client) -> String {
    client.info("diskstore", "streamed_answers").expect("the field is there")
}

#[test]
fn an_answer_of_three_times_the_limit_is_of_one_instant_and_stays_within_it() {
    if is_reference() {
        return;
    }
    let server = server();
    let mut client = server.client();
    write_pairs(&mut client, 0..PAIRS);
    let peak = peak_of(&server, |server| {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _end = End(&done);
            scope.spawn(|| {
                let (mut writer, mut next) = (server.client(), PAIRS);
                while !done.load(Ordering::Relaxed) {
                    write_pairs(&mut writer, next..next + 50);
                    next += 50;
                }
            });
            let mut instants = Vec::new();
            for _ in 0..2 {
                client.send(&["HGETALL", "h"]).expect("the server reads");
                instants.push(check_instant(&read_pairs(&mut client)));
            }
            assert!(instants[0] < instants[1], "{instants:?}");
        });
        wait::until(Duration::from_secs(5), "nothing is held", || streams(&mut client) == "0");
    });
    assert!(peak <= ALLOWED, "{} MB", peak / MIB);
}

#[test]
fn readers_that_stop_reading_hold_nobody_up_and_let_go_when_they_end() {
    if is_reference() {
        return;
    }
    let server = server();
    let mut client = server.client();
    write_pairs(&mut client, 0..HALF);
    let peak = peak_of(&server, |server| {
        let mut slow: Vec<_> = (0..20).map(|_| server.client()).collect();
        for reader in &mut slow {
            reader.send(&["HGETALL", "h"]).expect("the server reads");
            assert_eq!(reader.receive_start().expect("an answer") as u64, HALF * 4);
        }
        for n in 1..=200 {
            assert_eq!(client.call("INCR n"), Reply::Int(n));
            assert!(matches!(client.call(&format!("HGET h a{}", n * 7)), Reply::Bulk(_)));
        }
        assert_eq!(streams(&mut client), "20");
        let last = slow.pop().expect("there are some");
        drop(slow);
        wait::until(Duration::from_secs(5), "19 have gone", || streams(&mut client) == "1");
        client.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        wait::until(Duration::from_secs(5), "all have gone", || streams(&mut client) == "0");
        drop(last);
    });
    assert!(peak <= ALLOWED, "{} MB", peak / MIB);
}

/// Every kind of collection, each larger than what is answered at once, and nothing in memory.
fn with_all_kinds(server: &Server) -> Client {
    let mut client = server.client();
    for from in (0..8_000).step_by(100) {
        for number in from..from + 100 {
            let (name, score) = (format!("{number:01200}"), format!("{number}"));
            client.queue(&["SADD", "set", &name]);
            client.queue(&["RPUSH", "list", &name]);
            client.queue(&["ZADD", "sorted", &score, &name]);
        }
        client.flush().expect("the server reads");
        (0..300).for_each(|_| assert!(matches!(client.receive(), Ok(Reply::Int(_)))));
    }
    client.must("DEBUG FLUSHCACHE");
    client
}

/// The numbers in the elements of an answer.
fn numbers(client: &mut Client, call: &str) -> Vec<u64> {
    client.send(&call.split(' ').collect::<Vec<_>>()).expect("the server reads");
    let count = client.receive_start().expect(call);
    (0..count).map(|_| client.receive().expect(call).text().parse().expect("a number")).collect()
}

#[test]
fn every_kind_of_collection_is_read_whole_and_in_its_order() {
    if is_reference() {
        return;
    }
    let server = server();
    let mut client = with_all_kinds(&server);
    let all = || 0..8_000_u64;
    assert!(numbers(&mut client, "LRANGE list 0 -1").into_iter().eq(all()));
    assert!(numbers(&mut client, "LRANGE list 10 -11").into_iter().eq(10..7_990));
    assert!(numbers(&mut client, "ZRANGE sorted 0 -1").into_iter().eq(all()));
    assert!(numbers(&mut client, "ZREVRANGE sorted 0 -1").into_iter().eq(all().rev()));
    let both = numbers(&mut client, "ZRANGE sorted (99 +inf BYSCORE WITHSCORES");
    assert!(both.into_iter().eq((100..8_000).flat_map(|number| [number, number])));
    let mut members = numbers(&mut client, "SMEMBERS set");
    members.sort_unstable();
    assert!(members.into_iter().eq(all()));
    assert_eq!(streams(&mut client), "0");
}

#[test]
fn what_comes_before_and_after_an_answer_in_parts_keeps_its_place() {
    if is_reference() {
        return;
    }
    let server = server();
    let mut client = with_all_kinds(&server);
    for round in 0..3 {
        client.queue(&["SET", "a", "1"]);
        client.queue(&["LRANGE", "list", "0", "-1"]);
        client.queue(&["INCR", "a"]);
        client.queue(&["SMEMBERS", "set"]);
        client.queue(&["GET", "a"]);
        client.flush().expect("the server reads");
        assert_eq!(client.receive().expect("first"), Reply::ok(), "{round}");
        for next in [Reply::Int(2), Reply::bulk("2")] {
            let count = client.receive_start().expect("elements");
            assert_eq!(count, 8_000);
            (0..count).for_each(|_| drop(client.receive().expect("an element")));
            assert_eq!(client.receive().expect("what follows"), next);
        }
    }
    client.must("MULTI");
    client.call("SMEMBERS set");
    let Reply::Array(replies) = client.call("EXEC") else { panic!("no array") };
    assert!(matches!(&replies[..], [Reply::Error(text)] if text.starts_with("OOM ")));
    client.queue(&["CLIENT", "REPLY", "OFF"]);
    client.queue(&["SMEMBERS", "set"]);
    client.queue(&["CLIENT", "REPLY", "ON"]);
    client.flush().expect("the server reads");
    assert_eq!(client.receive().expect("only this"), Reply::ok());
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

#[test]
fn an_answer_in_parts_meets_no_limit_of_unread_replies() {
    if is_reference() {
        return;
    }
    let server = server();
    let mut client = with_all_kinds(&server);
    let limits = ["CONFIG", "SET", "client-output-buffer-limit", "normal 20000 0 0"];
    assert_eq!(client.command(&limits), Reply::ok());
    client.send(&["SMEMBERS", "set"]).expect("the server reads");
    let count = client.receive_start().expect("elements");
    (0..count).for_each(|_| drop(client.receive().expect("an element")));
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}
