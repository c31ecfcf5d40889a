//! Keys go when their time comes: seen by who reads, and counted out by who does not.

use std::time::Duration;

use hadal_it::{Client, Reply, Server, is_reference, wait};

const PATIENCE: Duration = Duration::from_secs(20);

fn fill(client: &mut Client, count: usize, time_to_live_ms: u64) {
    let at = (wait::unix_millis() + time_to_live_ms).to_string();
    for n in 0..count {
        client.queue(&["SET", &format!("dies:{n}"), "soon", "PXAT", &at]);
    }
    client.flush().expect("the server reads");
    (0..count).for_each(|_| assert_eq!(client.receive().expect("a reply"), Reply::ok()));
}

fn wait_for_size(client: &mut Client, size: i64) {
    wait::until(PATIENCE, &format!("DBSIZE is {size}"), || client.call("DBSIZE").int() == size);
}

#[test]
fn a_key_is_there_until_its_time_and_not_after() {
    let server = Server::start();
    let mut client = server.client();
    let at = wait::unix_millis() + 300;
    client.must(&format!("SET a 1 PXAT {at}"));
    loop {
        let before = wait::unix_millis();
        let there = client.call("EXISTS a") == Reply::Int(1);
        let after = wait::unix_millis();
        assert!(there || after >= at, "gone {} ms early", at - after);
        // The server may look at its clock a little before it answers.
        assert!(!there || before < at + 100, "still there {} ms late", before - at);
        if !there {
            break;
        }
    }
    assert_eq!(client.call("GET a"), Reply::Null);
    assert_eq!(client.call("TTL a"), Reply::Int(-2));
}

#[test]
fn dbsize_drops_without_anybody_touching_the_keys() {
    let server = Server::start();
    let mut client = server.client();
    client.must("SET stays 1");
    fill(&mut client, 5000, 1500);
    assert_eq!(client.call("DBSIZE"), Reply::Int(5001));
    wait_for_size(&mut client, 1);
    assert_eq!(client.call("GET stays"), Reply::bulk("1"));
    let expired = client.info("stats", "expired_keys");
    assert_eq!(expired.as_deref(), Some("5000"));
}

#[test]
fn cold_keys_expire_on_time_too() {
    if is_reference() {
        return;
    }
    let server = Server::start();
    let mut client = server.client();
    client.must("SET stays 1");
    fill(&mut client, 5000, 2000);
    client.must("DEBUG FLUSHCACHE");
    wait_for_size(&mut client, 1);
    let scan = client.call("SCAN 0 COUNT 10000").elements();
    assert_eq!(scan[1], Reply::bulks(&["stays"]));
}

#[test]
fn keys_whose_time_came_while_the_server_was_down_are_gone_when_it_is_back() {
    let mut server = Server::start_with(&[("appendfsync", "always")]);
    let mut client = server.client();
    client.must("SET stays 1");
    fill(&mut client, 500, 700);
    client.must("SET later 1 EX 1000");
    let gone_at = wait::unix_millis() + 750;
    server.kill();
    wait::until(PATIENCE, "their time has come", || wait::unix_millis() > gone_at);
    server.restart();
    let mut client = server.client();
    assert_eq!(client.call("GET dies:7"), Reply::Null);
    wait_for_size(&mut client, 2);
    let left = client.call("TTL later").int();
    assert!((900..=1000).contains(&left), "{left} s left");
}

#[test]
fn a_key_made_persistent_or_replaced_stays() {
    let server = Server::start();
    let mut client = server.client();
    client.pipeline(&[
        "SET a 1 PX 400",
        "PERSIST a",
        "SET b 1 PX 400",
        "SET b 2",
        "SET c 1 PX 400",
        "GETEX c PERSIST",
        "SET d 1 PX 400",
        "RENAME d d2",
        "PERSIST d2",
        "SET e 1 PX 400",
        "EXPIRE e 1000",
        "SET f 1 PX 400",
        "SET f 2 KEEPTTL",
        "SET g 1 PX 400",
        "COPY g g2",
    ]);
    wait_for_size(&mut client, 5);
    for key in ["a", "b", "c", "d2", "e"] {
        assert_eq!(client.call(&format!("EXISTS {key}")), Reply::Int(1), "{key}");
    }
}

#[test]
fn a_time_in_the_past_deletes() {
    let server = Server::start();
    let mut client = server.client();
    client.must("SET a 1");
    assert_eq!(client.call("PEXPIREAT a 1"), Reply::Int(1));
    client.must("SET b 1");
    assert_eq!(client.call("EXPIRE b -1"), Reply::Int(1));
    client.must("SET c 1");
    client.must("SET c 2 PXAT 1");
    assert_eq!(client.call("EXISTS a b c"), Reply::Int(0));
    assert_eq!(client.call("DBSIZE"), Reply::Int(0));
}

#[test]
fn expiry_goes_on_in_every_database() {
    let server = Server::start();
    let mut client = server.client();
    for db in 0..16 {
        client.must(&format!("SELECT {db}"));
        client.must("SET stays 1");
        fill(&mut client, 20, 300);
    }
    for db in 0..16 {
        client.must(&format!("SELECT {db}"));
        wait_for_size(&mut client, 1);
    }
}

#[test]
fn fields_go_without_anybody_touching_their_hashes() {
    if is_reference() {
        return;
    }
    let server = Server::start();
    let mut client = server.client();
    for n in 0..500 {
        client.queue(&["HSET", &format!("dies:{n}"), "a", "1", "b", "2"]);
        client.queue(&["HPEXPIRE", &format!("dies:{n}"), "1000", "FIELDS", "2", "a", "b"]);
    }
    client.queue(&["HSET", "stays", "dies", "1", "stays", "2", "later", "3"]);
    client.queue(&["HPEXPIRE", "stays", "1000", "FIELDS", "1", "dies"]);
    client.queue(&["HEXPIRE", "stays", "1000", "FIELDS", "1", "later"]);
    client.flush().expect("the server reads");
    (0..1_003).for_each(|_| assert_eq!(client.receive().expect("a reply").error(), None));
    wait_for_size(&mut client, 1);
    assert_eq!(client.call("HLEN stays"), Reply::Int(2));
    wait::until(PATIENCE, "all fields are counted", || {
        client.info("stats", "expired_subkeys").as_deref() == Some("1001")
    });
    assert_eq!(client.info("stats", "expired_keys").as_deref(), Some("0"));
    assert_eq!(client.call("HGET stays later"), Reply::bulk("3"));
    client.must("DEBUG FLUSHCACHE");
    assert_eq!(client.call("DBSIZE"), Reply::Int(1));
}

/// Hashes of which nothing is in memory: the last of them has pages, most of them cold, too.
#[test]
fn fields_of_cold_hashes_go_on_time_too() {
    const LARGE: i64 = 20_000;
    if is_reference() {
        return;
    }
    let server = Server::start_with(&[("maxmemory", "32mb")]);
    let mut client = server.client();
    let at = (wait::unix_millis() + 3_000).to_string();
    for n in 0..200 {
        client.queue(&["HSET", &format!("dies:{n}"), "a", "1"]);
        client.queue(&["HPEXPIREAT", &format!("dies:{n}"), &at, "FIELDS", "1", "a"]);
    }
    for n in 0..LARGE {
        let field = format!("a field of many:{n}");
        client.queue(&["HSET", "large", &field, "and its value"]);
        if n % 4 == 0 {
            client.queue(&["HPEXPIREAT", "large", &at, "FIELDS", "1", &field]);
        }
    }
    client.flush().expect("the server reads");
    for _ in 0..400 + LARGE + LARGE / 4 {
        assert_eq!(client.receive().expect("a reply").error(), None);
    }
    client.must("DEBUG FLUSHCACHE");
    wait_for_size(&mut client, 1);
    let gone = (200 + LARGE / 4).to_string();
    wait::until(PATIENCE, "all fields are counted", || {
        client.info("stats", "expired_subkeys") == Some(gone.clone())
    });
    assert_eq!(client.call("HLEN large"), Reply::Int(LARGE / 4 * 3));
    assert_eq!(client.call("EXISTS dies:7"), Reply::Int(0));
}
