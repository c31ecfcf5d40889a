//! Values go from us to Redis and back by `DUMP` and `RESTORE`, whatever their type, their size and
//! their encoding.
//!
//! Needs a reference server, as [`differential`](crate::differential) does.

mod values;

use hadal_it::{Client, Reply, Server, is_reference, wait};

use values::{VALUES, Value};

/// A dump of fewer bytes is the same but for what a few elements say of themselves.
const SHORT_BYTES: usize = 160;

/// A connection to each of two servers.
struct Pair {
    ours: Client,
    theirs: Client,
}

/// Both servers, unless there is nothing to compare ours with.
fn servers() -> Option<(Server, Server)> {
    if is_reference() {
        return None;
    }
    let theirs = Server::start_reference()?;
    Some((Server::start(), theirs))
}

impl Pair {
    fn new((ours, theirs): &(Server, Server)) -> Self {
        Self { ours: ours.client(), theirs: theirs.client() }
    }

    fn each(&mut self) -> [&mut Client; 2] {
        [&mut self.ours, &mut self.theirs]
    }

    /// The reply to a call, which must be the same from both.
    #[track_caller]
    fn same<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Reply {
        let [ours, theirs] = self.each().map(|client| client.command(words));
        let last = words.last().map_or(&[][..], AsRef::as_ref).escape_ascii();
        assert_eq!(ours, theirs, "the call that ends in {last}");
        ours
    }
}

#[test]
fn redis_restores_what_we_dump_and_we_what_redis_dumps() {
    let Some(servers) = servers() else { return };
    let mut pair = Pair::new(&servers);
    for value in VALUES {
        value.make(&mut pair);
        // Both are read from the disk, as far as they are on one.
        pair.ours.must("DEBUG FLUSHCACHE");
        let [ours, theirs] = pair.each().map(|client| client.call("DUMP made").bytes());
        restore(&mut pair.theirs, &ours, value);
        restore(&mut pair.ours, &theirs, value);
        pair.ours.must("DEBUG FLUSHCACHE");
        let made = pair.each().map(|client| contents(client, "made"));
        let restored = pair.each().map(|client| contents(client, "restored"));
        assert!(made[0] == made[1], "{}: before the dump", value.name);
        assert!(made == restored, "{}: after the restore", value.name);
        assert_encodings(&mut pair, value);
        assert_lengths(ours.len(), theirs.len(), value);
    }
}

#[track_caller]
fn restore(client: &mut Client, dump: &[u8], value: &Value) {
    let reply = client.command(&[&b"RESTORE"[..], b"restored", b"0", dump]);
    assert_eq!(reply, Reply::ok(), "{}", value.name);
}

/// All that is at a key, in an order that it does not depend on how it is kept.
fn contents(client: &mut Client, key: &str) -> Reply {
    let kind = client.call(&format!("TYPE {key}")).text();
    let chunk = if kind == "hash" { 2 } else { 1 };
    let read = match kind.as_str() {
        "string" => return client.call(&format!("GET {key}")),
        "list" => return client.call(&format!("LRANGE {key} 0 -1")),
        "zset" => return scored(client.call(&format!("ZRANGE {key} 0 -1 WITHSCORES"))),
        "hash" => client.call(&format!("HGETALL {key}")),
        "set" => client.call(&format!("SMEMBERS {key}")),
        other => panic!("a key of type {other}"),
    };
    let items = read.elements();
    let mut items: Vec<_> = items.chunks(chunk).map(|it| Reply::Array(it.to_vec())).collect();
    items.sort_by_cached_key(|item| format!("{item:?}"));
    Reply::Array(items)
}

/// Members and scores, whatever text a release of Redis writes for a number.
fn scored(reply: Reply) -> Reply {
    let mut items = reply.elements();
    for score in items.iter_mut().skip(1).step_by(2) {
        let text = score.clone().text();
        let number: f64 = text.parse().expect("a score is a number");
        *score = Reply::Double(format!("{number:?}"));
    }
    Reply::Array(items)
}

/// What was restored is encoded as what was made, which is as the value says.
fn assert_encodings(pair: &mut Pair, value: &Value) {
    for client in pair.each() {
        let [made, restored] =
            ["made", "restored"].map(|key| client.call(&format!("OBJECT ENCODING {key}")).text());
        assert!(value.encodings.contains(&made.as_str()), "{}: {made}", value.name);
        assert_eq!(made, restored, "{}", value.name);
    }
}

/// The dumps take about the same: neither packs or compresses what the other does not. How well it
/// is compressed is another matter: who copies the first repetition that comes is often unlucky.
fn assert_lengths(ours: usize, theirs: usize, value: &Value) {
    let allowed = if theirs < SHORT_BYTES { SHORT_BYTES / 10 } else { theirs / 2 };
    assert!(ours.abs_diff(theirs) <= allowed, "{}: {ours} and {theirs} bytes", value.name);
}

#[test]
fn a_restored_key_replaces_and_expires_as_in_redis() {
    let Some(servers) = servers() else { return };
    let mut pair = Pair::new(&servers);
    let dump = pair.same(&["SET", "made", "v"]);
    assert_eq!(dump, Reply::ok());
    let dump = pair.same(&["DUMP", "made"]).bytes();
    let at = wait::unix_millis() + 100_000;
    let mut restore = |key: &str, ttl: &str, options: &[&str]| {
        let mut words = vec![&b"RESTORE"[..], key.as_bytes(), ttl.as_bytes(), &dump];
        words.extend(options.iter().map(|option| option.as_bytes()));
        let reply = pair.same(&words);
        for client in pair.each() {
            check_expiry(client, key, ttl, options, at);
        }
        pair.same(&["GET", key]);
        reply
    };
    let at_text = at.to_string();
    assert_eq!(restore("lasting", "0", &[]), Reply::ok());
    assert_eq!(restore("mortal", "100000", &[]), Reply::ok());
    assert_eq!(restore("absolute", &at_text, &["ABSTTL"]), Reply::ok());
    assert!(restore("lasting", "0", &[]).error().is_some_and(|text| text.starts_with("BUSYKEY")));
    assert_eq!(restore("lasting", &at_text, &["REPLACE", "ABSTTL"]), Reply::ok());
    assert_eq!(restore("lasting", "0", &["replace", "absttl"]), Reply::ok());
    assert_eq!(restore("absolute", "1", &["ABSTTL", "REPLACE"]), Reply::ok());
    assert_eq!(restore("absolute", "1", &["ABSTTL"]), Reply::ok());
    assert_eq!(restore("idle", "0", &["IDLETIME", "1000"]), Reply::ok());
    assert_eq!(restore("frequent", "0", &["FREQ", "100"]), Reply::ok());
    for (ttl, options) in WRONG {
        let reply = restore("wrong", ttl, options);
        assert!(reply.error().is_some(), "{ttl} {options:?} is taken");
    }
}

/// A time to live, and options, that are refused.
const WRONG: [(&str, &[&str]); 10] = [
    ("-1", &[]),
    ("x", &[]),
    ("-1", &["ABSTTL"]),
    ("0", &["IDLETIME"]),
    ("0", &["IDLETIME", "-1"]),
    ("0", &["FREQ", "256"]),
    ("0", &["FREQ", "-1"]),
    ("0", &["FREQ", "x"]),
    ("0", &["IDLETIME", "1", "FREQ", "1"]),
    ("0", &["ABSTTL", "KEEPTTL"]),
];

/// The key expires when these arguments say, if it is there.
fn check_expiry(client: &mut Client, key: &str, ttl: &str, options: &[&str], at: u64) {
    let found = client.call(&format!("PEXPIRETIME {key}")).int();
    let is_there = client.call(&format!("EXISTS {key}")) == Reply::Int(1);
    let now = wait::unix_millis().cast_signed();
    let expected = match ttl {
        _ if !is_there => -2..=-2,
        "100000" => now..=now + 100_000,
        "0" => -1..=-1,
        _ => at.cast_signed()..=at.cast_signed(),
    };
    assert!(expected.contains(&found), "{key} {ttl} {options:?}: {found}");
}
