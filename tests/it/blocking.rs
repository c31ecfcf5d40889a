//! Commands that wait for other clients: who is served when, and with what.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use hadal_it::{Client, Reply, Server, is_reference, wait};

const PATIENCE: Duration = Duration::from_secs(20);

/// A client whose call waits.
fn blocked(server: &Server, line: &str) -> Client {
    let mut client = server.client();
    let count = blocked_clients(server);
    client.send(&line.split(' ').collect::<Vec<_>>()).expect("the server listens");
    wait::until(PATIENCE, line, || blocked_clients(server) == count + 1);
    client
}

fn blocked_clients(server: &Server) -> usize {
    let count = server.client().info("clients", "blocked_clients");
    count.expect("INFO has it").parse().expect("a number")
}

fn received(client: &mut Client) -> Reply {
    client.receive().expect("a reply")
}

fn popped(key: &str, item: &str) -> Reply {
    Reply::bulks(&[key, item])
}

#[test]
fn those_who_wait_are_served_in_the_order_in_which_they_came() {
    let server = Server::start();
    let mut waiting = ["BLPOP q 0", "BRPOP q 0", "BLMPOP 0 1 q LEFT COUNT 2", "BLPOP q 0"]
        .map(|line| blocked(&server, line));
    let mut client = server.client();
    assert_eq!(client.call("RPUSH q a b c d"), Reply::Int(4));
    assert_eq!(received(&mut waiting[0]), popped("q", "a"));
    assert_eq!(received(&mut waiting[1]), popped("q", "d"));
    let both = Reply::Array(vec![Reply::bulk("q"), Reply::bulks(&["b", "c"])]);
    assert_eq!(received(&mut waiting[2]), both);
    assert_eq!(client.call("EXISTS q"), Reply::Int(0));
    assert_eq!(client.call("LPUSH q e"), Reply::Int(1));
    assert_eq!(received(&mut waiting[3]), popped("q", "e"));
    assert_eq!(blocked_clients(&server), 0);
}

#[test]
fn nobody_sees_in_a_pipeline_what_is_someone_elses() {
    let server = Server::start();
    let mut waiting = blocked(&server, "BLPOP q 0");
    let mut client = server.client();
    let replies = client.pipeline(&["SET a 1", "RPUSH q x", "LLEN q", "LPOP q", "GET a"]);
    let expected = [Reply::ok(), Reply::Int(1), Reply::Int(0), Reply::Null, Reply::bulk("1")];
    assert_eq!(replies, expected);
    assert_eq!(received(&mut waiting), popped("q", "x"));
}

#[test]
fn exec_pushes_all_before_anyone_is_served() {
    let server = Server::start();
    let mut waiting = blocked(&server, "BLPOP q 0");
    let mut client = server.client();
    let lines = ["MULTI", "LPUSH q a", "LPUSH q b c", "LLEN q", "EXEC", "LRANGE q 0 -1"];
    let mut replies = client.pipeline(&lines);
    assert_eq!(replies.pop(), Some(Reply::bulks(&["b", "a"])));
    let done = Reply::Array(vec![Reply::Int(1), Reply::Int(3), Reply::Int(3)]);
    assert_eq!(replies.pop(), Some(done));
    assert_eq!(received(&mut waiting), popped("q", "c"));
}

#[test]
fn a_list_that_exec_empties_again_wakes_nobody() {
    let server = Server::start();
    let mut waiting = blocked(&server, "BLPOP q 0");
    let mut client = server.client();
    client.pipeline(&["MULTI", "RPUSH q a", "DEL q", "EXEC"]);
    assert_eq!(blocked_clients(&server), 1);
    client.call("RPUSH q b");
    assert_eq!(received(&mut waiting), popped("q", "b"));
}

#[test]
fn in_exec_nothing_waits() {
    let server = Server::start();
    let mut client = server.client();
    let lines = ["MULTI", "BLPOP q 0", "BLMPOP 0 1 q LEFT", "EXEC"];
    let nothing = Reply::Array(vec![Reply::Null, Reply::Null]);
    assert_eq!(client.pipeline(&lines).pop(), Some(nothing));
    client.pipeline(&["MULTI", "BLMOVE q r LEFT LEFT 0", "BLPOP q 0"]);
    client.send(&["EXEC"]).expect("the server listens");
    let bytes = b"*2\r\n$-1\r\n*-1\r\n";
    assert_eq!(client.receive_raw(bytes.len()).expect("a reply"), bytes);
}

#[test]
fn a_client_with_several_keys_gets_the_first_that_has_something() {
    let server = Server::start();
    let mut waiting = blocked(&server, "BLPOP a b c 0");
    let mut client = server.client();
    client.call("RPUSH b 1");
    assert_eq!(received(&mut waiting), popped("b", "1"));
    let mut waiting = blocked(&server, "BLPOP a a b 0");
    client.call("RPUSH a 1 2");
    assert_eq!(received(&mut waiting), popped("a", "1"));
    assert_eq!(client.call("LLEN a"), Reply::Int(1));
    if is_reference() {
        // Redis 7.0 took the key that became ready first.
        return;
    }
    client.call("DEL a");
    let mut waiting = blocked(&server, "BLPOP a b 0");
    client.pipeline(&["MULTI", "RPUSH b 1", "RPUSH a 2", "EXEC"]);
    assert_eq!(received(&mut waiting), popped("a", "2"));
    assert_eq!(client.call("LLEN b"), Reply::Int(1));
}

#[test]
fn an_item_goes_on_until_nobody_waits_for_it() {
    let server = Server::start();
    let mut last = blocked(&server, "BLPOP d 0");
    let mut third = blocked(&server, "BRPOPLPUSH c d 0");
    let mut second = blocked(&server, "BLMOVE b c LEFT RIGHT 0");
    let mut first = blocked(&server, "BLMOVE a b RIGHT LEFT 0");
    let mut client = server.client();
    let replies = client.pipeline(&["RPUSH a x", "EXISTS a b c d"]);
    assert_eq!(replies, [Reply::Int(1), Reply::Int(0)]);
    for client in [&mut first, &mut second, &mut third] {
        assert_eq!(received(client), Reply::bulk("x"));
    }
    assert_eq!(received(&mut last), popped("d", "x"));
    let mut round = ["BLMOVE a b LEFT LEFT 0", "BLMOVE b a LEFT LEFT 0", "BLMOVE a a LEFT LEFT 0"]
        .map(|line| blocked(&server, line));
    client.call("RPUSH a y");
    for client in &mut round {
        assert_eq!(received(client), Reply::bulk("y"));
    }
    assert_eq!(client.call("LRANGE a 0 -1"), Reply::bulks(&["y"]));
}

#[test]
fn whatever_makes_a_list_serves_those_who_wait_for_one() {
    let server = Server::start();
    let mut client = server.client();
    client.call("RPUSH source x");
    let dump = client.command(&["DUMP", "source"]).bytes();
    let words = |line: &str| line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    let restore = vec![b"RESTORE".to_vec(), b"q".to_vec(), b"0".to_vec(), dump];
    let ways: [Vec<Vec<u8>>; 6] = [
        words("COPY source q"),
        restore,
        words("SORT source BY nosort STORE q"),
        words("LMOVE source q LEFT LEFT"),
        words("RENAME source q"),
        words("RENAMENX source q"),
    ];
    for way in ways {
        client.pipeline(&["DEL source", "RPUSH source x"]);
        let mut waiting = blocked(&server, "BLPOP q 0");
        let reply = client.command(&way);
        assert_eq!(reply.error(), None, "{}", way[0].escape_ascii());
        assert_eq!(received(&mut waiting), popped("q", "x"), "{}", way[0].escape_ascii());
    }
    let mut waiting = blocked(&server, "BLPOP q 0");
    client.pipeline(&["SELECT 1", "RPUSH q y", "MOVE q 0"]);
    assert_eq!(received(&mut waiting), popped("q", "y"));
    let mut waiting = blocked(&server, "BLPOP q 0");
    client.pipeline(&["SELECT 1", "RPUSH q z", "SWAPDB 0 1"]);
    assert_eq!(received(&mut waiting), popped("q", "z"));
}

#[test]
fn a_key_of_another_kind_keeps_those_waiting_who_wait_for_a_list() {
    let server = Server::start();
    let mut list = blocked(&server, "BLPOP q 0");
    let mut sorted = blocked(&server, "BZPOPMIN q 0");
    let mut client = server.client();
    client.pipeline(&["SET q text", "DEL q", "HSET q f v", "DEL q"]);
    assert_eq!(blocked_clients(&server), 2);
    client.call("RPUSH q a b");
    assert_eq!(received(&mut list), popped("q", "a"));
    assert_eq!(blocked_clients(&server), 1);
    client.pipeline(&["DEL q", "ZADD q 1.5 m"]);
    assert_eq!(received(&mut sorted), Reply::bulks(&["q", "m", "1.5"]));
}

#[test]
fn a_key_that_expires_or_is_flushed_wakes_nobody() {
    let server = Server::start();
    let mut waiting = blocked(&server, "BLPOP q 0");
    let mut client = server.client();
    client.pipeline(&["MULTI", "RPUSH q a", "PEXPIREAT q 1", "EXEC"]);
    client.pipeline(&["MULTI", "RPUSH q a", "FLUSHALL", "EXEC"]);
    client.must("FLUSHALL");
    assert_eq!(blocked_clients(&server), 1);
    client.call("RPUSH q b");
    assert_eq!(received(&mut waiting), popped("q", "b"));
}

#[test]
fn whose_time_is_up_is_told_so_and_takes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    for line in ["BLPOP q r 0.01", "BLMOVE q r LEFT LEFT 0.01", "BLMPOP 0.01 1 q LEFT"] {
        client.send(&line.split(' ').collect::<Vec<_>>()).expect("the server listens");
        assert_eq!(client.receive_raw(5).expect("a reply"), b"*-1\r\n", "{line}");
    }
    client.call("HELLO 3");
    client.send(&["BLMOVE", "q", "r", "LEFT", "LEFT", "0.01"]).expect("the server listens");
    assert_eq!(client.receive_raw(3).expect("a reply"), b"_\r\n");
    assert_eq!(client.call("RPUSH q a"), Reply::Int(1));
    assert_eq!(client.call("LRANGE q 0 -1"), Reply::bulks(&["a"]));
    assert_eq!(blocked_clients(&server), 0);
}

#[test]
fn client_unblock_ends_a_wait_as_it_is_told() {
    let server = Server::start();
    let mut client = server.client();
    for (how, expected) in [
        ("", Reply::Null),
        (" TIMEOUT", Reply::Null),
        (" error", Reply::Error("UNBLOCKED client unblocked via CLIENT UNBLOCK".into())),
    ] {
        let mut waiting = server.client();
        let id = waiting.call("CLIENT ID").int();
        waiting.send(&["BLPOP", "q", "0"]).expect("the server listens");
        wait::until(PATIENCE, "BLPOP waits", || blocked_clients(&server) == 1);
        assert_eq!(client.call(&format!("CLIENT UNBLOCK {id}{how}")), Reply::Int(1));
        assert_eq!(received(&mut waiting), expected);
        assert_eq!(client.call(&format!("CLIENT UNBLOCK {id}{how}")), Reply::Int(0));
        assert_eq!(waiting.call("PING"), Reply::Simple("PONG".into()));
    }
    client.call("RPUSH q a");
    assert_eq!(client.call("LLEN q"), Reply::Int(1));
    assert_eq!(client.call("CLIENT UNBLOCK 999999"), Reply::Int(0));
}

#[test]
fn who_has_gone_or_was_killed_takes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    let gone = blocked(&server, "BLPOP q 0");
    let mut killed = blocked(&server, "BRPOP q 0");
    let mut last = blocked(&server, "BLPOP q 0");
    drop(gone);
    wait::until(PATIENCE, "the end is noticed", || blocked_clients(&server) == 2);
    let clients = client.call("CLIENT LIST").text();
    let line = clients.lines().find(|line| line.contains("cmd=brpop")).expect("it is listed");
    assert!(line.contains("flags=b"), "{line}");
    let id = line.split(' ').next().expect("a line has fields").replace("id=", "");
    client.call(&format!("CLIENT KILL ID {id}"));
    assert!(killed.closed());
    wait::until(PATIENCE, "the kill is done", || blocked_clients(&server) == 1);
    client.call("RPUSH q a");
    assert_eq!(received(&mut last), popped("q", "a"));
}

#[test]
fn a_call_that_waits_counts_as_memory_of_its_client() {
    let server = Server::start();
    let mut waiting = server.client();
    let id = waiting.call("CLIENT ID").int();
    let keys = (0..100).map(|number| format!("{number:0>1000}"));
    let words: Vec<String> =
        ["BLPOP".to_owned()].into_iter().chain(keys).chain(["0".to_owned()]).collect();
    waiting.send(&words).expect("the server listens");
    wait::until(PATIENCE, "BLPOP waits", || blocked_clients(&server) == 1);
    let mut client = server.client();
    let list = client.call(&format!("CLIENT LIST ID {id}")).text();
    let bytes = list.split(' ').find_map(|field| field.strip_prefix("tot-mem="));
    let bytes: usize = bytes.expect("it is listed").parse().expect("a number");
    assert!(bytes > 100_000, "{list}");
}

#[test]
fn what_a_blocked_client_sends_meanwhile_waits_and_what_it_sent_before_is_answered() {
    for policy in ["everysec", "always"] {
        let server = Server::start_with(&[("appendfsync", policy)]);
        let mut waiting = server.client();
        for line in ["SET a 1", "BLPOP q 0", "SET a 2", "BLPOP r 0", "GET a"] {
            waiting.queue(&line.split(' ').collect::<Vec<_>>());
        }
        waiting.flush().expect("the server listens");
        assert_eq!(received(&mut waiting), Reply::ok());
        wait::until(PATIENCE, "BLPOP waits", || blocked_clients(&server) == 1);
        let mut client = server.client();
        assert_eq!(client.call("GET a"), Reply::bulk("1"));
        client.pipeline(&["RPUSH r y", "RPUSH q x"]);
        assert_eq!(received(&mut waiting), popped("q", "x"));
        assert_eq!(received(&mut waiting), Reply::ok());
        assert_eq!(received(&mut waiting), popped("r", "y"));
        assert_eq!(received(&mut waiting), Reply::bulk("2"));
    }
}

#[test]
fn who_needs_a_key_from_the_disk_is_served_before_those_behind_it() {
    if is_reference() {
        // Nothing of it is on a disk there.
        return;
    }
    let server = Server::start();
    let mut client = server.client();
    client.call("RPUSH to old");
    client.must("DEBUG FLUSHCACHE");
    let mut first = blocked(&server, "BLMOVE q to LEFT LEFT 0");
    let mut second = blocked(&server, "BLPOP q 0");
    client.call("RPUSH q a b");
    assert_eq!(received(&mut first), Reply::bulk("a"));
    assert_eq!(received(&mut second), popped("q", "b"));
    assert_eq!(client.call("LRANGE to 0 -1"), Reply::bulks(&["a", "old"]));
    assert_eq!(client.call("EXISTS q"), Reply::Int(0));
}

#[test]
fn what_was_taken_is_not_there_after_a_crash() {
    let mut server = Server::start_with(&[("appendfsync", "always")]);
    let mut waiting = blocked(&server, "BLMOVE q r LEFT LEFT 0");
    server.client().call("RPUSH q a b");
    assert_eq!(received(&mut waiting), Reply::bulk("a"));
    server.kill();
    server.restart();
    let mut client = server.client();
    assert_eq!(client.call("LRANGE q 0 -1"), Reply::bulks(&["b"]));
    assert_eq!(client.call("LRANGE r 0 -1"), Reply::bulks(&["a"]));
}

#[test]
fn of_many_who_push_and_many_who_wait_everyone_gets_another_item() {
    const CLIENTS: usize = 8;
    const ITEMS: usize = 400;
    let server = Server::start();
    let pop = || {
        let mut client = server.client();
        let pops = (0..ITEMS).map(|_| client.call("BLPOP q r 0").elements().pop());
        pops.map(|item| item.expect("a key and an item").text()).collect::<Vec<String>>()
    };
    let push = |number: usize| {
        let mut client = server.client();
        for item in 0..ITEMS {
            let key = if item % 3 == 0 { "r" } else { "q" };
            client.call(&format!("RPUSH {key} {number}-{item}"));
        }
    };
    let mut got = HashSet::new();
    thread::scope(|scope| {
        let popping: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(pop)).collect();
        for number in 0..CLIENTS {
            scope.spawn(move || push(number));
        }
        for popping in popping {
            got.extend(popping.join().expect("every pop is answered"));
        }
    });
    assert_eq!(got.len(), CLIENTS * ITEMS);
    assert_eq!(server.client().call("EXISTS q r"), Reply::Int(0));
    assert_eq!(blocked_clients(&server), 0);
}
