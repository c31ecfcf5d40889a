//! The same dataset after every kind of end and start, and from a snapshot.

use std::fs;
use std::time::Duration;

use hadal_it::{Client, Random, Reply, Server, is_reference, wait};

/// Keys of many shapes in three databases.
fn fill(client: &mut Client) {
    let mut random = Random::new(11);
    for db in [0, 3, 15] {
        client.must(&format!("SELECT {db}"));
        for n in 0..300 {
            let len = [0, 1, 20, 100, 4000, 70_000][random.index(6)];
            let tail = random.index(40);
            let key = [format!("{db}:{n}:").into_bytes(), random.bytes(tail)];
            let value = random.bytes(len);
            assert_eq!(client.command(&[&b"SET"[..], &key.concat(), &value]), Reply::ok());
        }
        client.pipeline(&["SET number 12", "INCRBY number 30", "SET timed 1 EXAT 4102444800"]);
        client.pipeline(&["SET gone 1", "DEL gone", "SET \u{e9}t\u{e9} 1", "APPEND grown a"]);
    }
    client.must("SELECT 0");
}

/// Database, key, value, time of expiry: of every key, sorted.
type Contents = Vec<(i64, Vec<u8>, Vec<u8>, i64)>;

/// Everything there is, in a comparable form.
fn contents(client: &mut Client) -> Contents {
    let mut found = Vec::new();
    for db in 0..16 {
        client.must(&format!("SELECT {db}"));
        let keys = client.call("KEYS *").elements();
        assert_eq!(client.call("DBSIZE"), Reply::of_count(keys.len()));
        for key in keys {
            let key = key.bytes();
            let value = client.command(&[b"GET", &key[..]]).bytes();
            let expiry = client.command(&[b"PEXPIRETIME", &key[..]]).int();
            found.push((db, key, value, expiry));
        }
    }
    client.must("SELECT 0");
    found.sort();
    found
}

fn filled() -> (Server, Contents) {
    let server = Server::start_with(&[("appendfsync", "always")]);
    let mut client = server.client();
    fill(&mut client);
    let expected = contents(&mut client);
    assert!(expected.len() > 900, "{} keys", expected.len());
    (server, expected)
}

#[test]
fn a_clean_end_by_signal_and_a_start_change_nothing() {
    let (mut server, expected) = filled();
    let status = server.terminate();
    assert!(status.success(), "SIGTERM ended with {status}");
    server.restart();
    assert!(contents(&mut server.client()) == expected, "the dataset changed");
}

#[test]
fn shutdown_and_a_start_change_nothing() {
    for line in ["SHUTDOWN", "SHUTDOWN NOSAVE", "SHUTDOWN SAVE"] {
        // The reference obeys SAVE and NOSAVE; its log has everything in any case.
        let (mut server, expected) = filled();
        let mut client = server.client();
        client.send(&line.split(' ').collect::<Vec<_>>()).expect("the server reads");
        assert!(client.closed(), "{line} leaves the connection open");
        let status = server.wait_for_end();
        assert!(status.success(), "{line} ended with {status}");
        server.restart();
        assert!(contents(&mut server.client()) == expected, "the dataset changed by {line}");
    }
}

#[test]
fn kill_and_many_starts_change_nothing() {
    let (mut server, expected) = filled();
    for _ in 0..5 {
        server.kill();
        server.restart_and_kill_after(Duration::from_millis(10));
        server.restart();
    }
    assert!(contents(&mut server.client()) == expected, "the dataset changed");
}

#[test]
fn everything_read_cold_is_the_same() {
    if is_reference() {
        return;
    }
    let (server, expected) = filled();
    let mut client = server.client();
    client.must("DEBUG FLUSHCACHE");
    assert!(contents(&mut client) == expected, "the dataset changed");
}

#[test]
fn flushed_swapped_and_moved_databases_stay_so_across_a_kill() {
    let mut server = Server::start_with(&[("appendfsync", "always")]);
    let mut client = server.client();
    for db in 0..6 {
        client.must(&format!("SELECT {db}"));
        client.must(&format!("MSET name db{db} extra {db}"));
    }
    client.pipeline(&["SELECT 1", "FLUSHDB", "SET after 1"]);
    client.must("SWAPDB 2 3");
    client.pipeline(&[
        "SELECT 4",
        "MOVE name 6",
        "SELECT 5",
        "FLUSHDB ASYNC",
        "SELECT 2",
        "SET x 2",
    ]);
    let check = |client: &mut Client| {
        let expected = [
            (0, "name", "db0", 2),
            (1, "after", "1", 1),
            (2, "name", "db3", 3),
            (3, "name", "db2", 2),
            (4, "extra", "4", 1),
            (6, "name", "db4", 1),
        ];
        for (db, key, value, size) in expected {
            client.must(&format!("SELECT {db}"));
            assert_eq!(client.call(&format!("GET {key}")), Reply::bulk(value), "database {db}");
            assert_eq!(client.call("DBSIZE"), Reply::Int(size), "database {db}");
        }
        client.must("SELECT 5");
        assert_eq!(client.call("DBSIZE"), Reply::Int(0));
        assert_eq!(client.call("GET name"), Reply::Null);
    };
    check(&mut client);
    server.kill();
    server.restart();
    check(&mut server.client());
    server.terminate();
    server.restart();
    check(&mut server.client());
    server.client().must("FLUSHALL");
    server.kill();
    server.restart();
    assert_eq!(contents(&mut server.client()), []);
}

#[test]
fn flushing_a_large_database_is_quick_and_final() {
    let mut server = Server::start_with(&[("appendfsync", "always")]);
    let mut client = server.client();
    (0..50_000).for_each(|n| client.queue(&["SET".to_owned(), format!("k{n}"), n.to_string()]));
    client.flush().expect("the server reads");
    (0..50_000).for_each(|_| assert_eq!(client.receive().expect("a reply"), Reply::ok()));
    client.must("FLUSHALL");
    assert_eq!(client.call("DBSIZE"), Reply::Int(0));
    client.must("SET k7 new");
    server.kill();
    server.restart();
    let mut client = server.client();
    assert_eq!(client.call("DBSIZE"), Reply::Int(1));
    assert_eq!(client.call("GET k7"), Reply::bulk("new"));
    assert_eq!(client.call("GET k8"), Reply::Null);
}

/// The snapshot folders under the data directory, oldest first.
fn snapshots(server: &Server) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(server.data().join("snapshots")) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[test]
fn another_server_starts_from_what_save_leaves() {
    if is_reference() {
        return;
    }
    let (server, expected) = filled();
    let mut client = server.client();
    client.must("SAVE");
    client.must("SET after 1");
    let paths = snapshots(&server);
    let snapshot = paths.last().expect("SAVE leaves a folder in snapshots/");
    let other = Server::start_in(Some(snapshot), &[]);
    assert!(contents(&mut other.client()) == expected, "the snapshot differs");
    other.client().must("SET only here");
    assert_eq!(client.call("EXISTS only"), Reply::Int(0));
    assert_eq!(client.call("GET after"), Reply::bulk("1"));
}

#[test]
fn bgsave_is_one_moment_while_writes_go_on() {
    if is_reference() {
        return;
    }
    let server = Server::start();
    let mut client = server.client();
    let before = client.call("LASTSAVE").int();
    // Both counters move together in every transaction, so any moment has them equal.
    for _ in 0..2000 {
        client.pipeline(&["MULTI", "INCR a", "INCR b", "EXEC"]);
        if client.call("GET a") == Reply::bulk("1000") {
            let reply = client.call("BGSAVE");
            assert_eq!(reply, Reply::Simple("Background saving started".into()));
        }
    }
    wait::until(Duration::from_secs(20), "BGSAVE has ended", || {
        client.info("persistence", "rdb_bgsave_in_progress").as_deref() == Some("0")
            && !snapshots(&server).is_empty()
    });
    assert!(client.call("LASTSAVE").int() >= before);
    let snapshot = snapshots(&server).pop().expect("waited for");
    let other = Server::start_in(Some(&snapshot), &[]);
    let pair = other.client().call("MGET a b").elements();
    assert_eq!(pair[0], pair[1]);
    let count: i64 = pair[0].clone().text().parse().expect("a number");
    assert!(count >= 1000, "the snapshot is older than BGSAVE: {count}");
}

#[test]
fn config_rewrite_keeps_what_was_set() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join("server.conf");
    let (data, log) = (home.path().join("data"), home.path().join("log"));
    fs::create_dir(&data).expect("the folder is new");
    let text = format!("# my notes\ndir \"{}\"\ntimeout 77\n", data.display());
    fs::write(&file, text).expect("the folder is writable");
    let name = file.to_str().expect("the path is text");
    let mut server = Server::start_file(name, &log);
    let mut client = server.client();
    client.must("CONFIG SET timeout 99");
    client.must("CONFIG REWRITE");
    let text = fs::read_to_string(&file).expect("the file is still there");
    assert!(text.contains("timeout 99") && text.contains("# my notes"), "{text}");
    server.terminate();
    let server = Server::start_file(name, &log);
    let timeout = server.client().call("CONFIG GET timeout");
    assert_eq!(timeout, Reply::bulks(&["timeout", "99"]));
}

#[test]
fn dbsize_is_exact_while_keys_that_are_not_in_memory_are_overwritten() {
    const KEYS: i64 = 20_000;
    let mut server = Server::start();
    let set_all = |client: &mut Client| {
        (0..KEYS).for_each(|n| client.queue(&["SET".to_owned(), format!("k{n}"), n.to_string()]));
        client.flush().expect("the server reads");
    };
    let mut client = server.client();
    set_all(&mut client);
    (0..KEYS).for_each(|_| assert_eq!(client.receive().expect("a reply"), Reply::ok()));
    for _ in 0..3 {
        client.command(&["DEBUG", "FLUSHCACHE"]);
        let mut writer = server.client();
        set_all(&mut writer);
        for _ in 0..20 {
            assert_eq!(client.call("DBSIZE"), Reply::Int(KEYS));
        }
        (0..KEYS).for_each(|_| assert_eq!(writer.receive().expect("a reply"), Reply::ok()));
        server.kill();
        server.restart();
        client = server.client();
        assert_eq!(client.call("DBSIZE"), Reply::Int(KEYS));
    }
}
