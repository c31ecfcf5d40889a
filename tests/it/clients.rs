//! Connections and what they carry: transactions, databases, protocol versions, the unix socket.

use std::time::Duration;

use hadal_it::{Client, Reply, Server, is_reference, wait};

fn queued() -> Reply {
    Reply::Simple("QUEUED".into())
}

#[test]
fn exec_answers_all_and_runs_all() {
    let server = Server::start();
    let mut client = server.client();
    let replies =
        client.pipeline(&["MULTI", "SET a 1", "INCR a", "GET a", "INCRBY b 5", "EXEC", "GET b"]);
    let results = Reply::Array(vec![Reply::ok(), Reply::Int(2), Reply::bulk("2"), Reply::Int(5)]);
    let expected = [Reply::ok(), queued(), queued(), queued(), queued(), results, Reply::bulk("5")];
    assert_eq!(replies, expected);
}

#[test]
fn an_error_while_exec_runs_does_not_stop_it() {
    let server = Server::start();
    let mut client = server.client();
    let replies = client.pipeline(&["MULTI", "SET a x", "INCR a", "SET b 1", "EXEC"]);
    let results = replies.into_iter().next_back().expect("five replies").elements();
    assert_eq!(results[0], Reply::ok());
    assert_eq!(results[1].error(), Some("ERR value is not an integer or out of range"));
    assert_eq!(client.call("GET b"), Reply::bulk("1"));
}

#[test]
fn a_command_that_cannot_be_queued_discards_the_transaction() {
    let server = Server::start();
    let mut client = server.client();
    for wrong in ["NOSUCH", "GET", "WATCH a", "MULTI"] {
        client.must("MULTI");
        assert_eq!(client.call("SET a 1"), queued());
        assert!(client.call(wrong).error().is_some(), "{wrong}");
        let reply = client.call("EXEC");
        if wrong.starts_with("WATCH") || wrong == "MULTI" {
            // Redis answers an error to these and goes on.
            assert!(matches!(reply, Reply::Array(_)) || reply.error().is_some(), "{wrong}");
        } else {
            let text = "EXECABORT Transaction discarded because of previous errors.";
            assert_eq!(reply.error(), Some(text), "{wrong}");
            assert_eq!(client.call("GET a"), Reply::Null, "{wrong}");
        }
        client.call("DEL a");
    }
}

#[test]
fn transactions_out_of_order_are_errors() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.call("EXEC").error(), Some("ERR EXEC without MULTI"));
    assert_eq!(client.call("DISCARD").error(), Some("ERR DISCARD without MULTI"));
    client.must("MULTI");
    assert_eq!(client.call("MULTI").error(), Some("ERR MULTI calls can not be nested"));
    assert_eq!(client.call("WATCH a").error(), Some("ERR WATCH inside MULTI is not allowed"));
    assert_eq!(client.call("SET a 1"), queued());
    client.must("DISCARD");
    assert_eq!(client.call("GET a"), Reply::Null);
}

#[test]
fn exec_fails_when_a_watched_key_was_changed_by_anyone() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    for change in ["SET a 2", "DEL a", "EXPIRE a 100", "APPEND a x", "RENAME a b", "FLUSHALL"] {
        client.must("SET a 1");
        client.must("WATCH a");
        other.call(change);
        client.must("MULTI");
        client.call("SET c 1");
        assert_eq!(client.call("EXEC"), Reply::Null, "{change}");
        assert_eq!(client.call("EXISTS c"), Reply::Int(0), "{change}");
    }
}

#[test]
fn exec_runs_when_watched_keys_were_only_read() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.must("SET a 1");
    for harmless in ["GET a", "SET z 1", "SETNX a 9", "DEL none", "PERSIST a", "SELECT 3"] {
        client.must("WATCH a none");
        other.call(harmless);
        client.must("MULTI");
        client.call("GET a");
        let expected = Reply::Array(vec![Reply::bulk("1")]);
        assert_eq!(client.call("EXEC"), expected, "{harmless}");
    }
    client.must("WATCH a");
    client.must("UNWATCH");
    other.must("SELECT 0");
    other.must("SET a 2");
    client.must("MULTI");
    assert_eq!(client.call("EXEC"), Reply::Array(vec![]));
}

#[test]
fn watch_is_right_across_the_cache() {
    if is_reference() {
        return;
    }
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.must("SET a 1");
    client.must("WATCH a");
    other.must("DEBUG FLUSHCACHE");
    other.call("GET a");
    client.must("MULTI");
    client.call("GET a");
    assert_eq!(client.call("EXEC"), Reply::Array(vec![Reply::bulk("1")]), "only evicted");
    client.must("WATCH a");
    other.must("SET a 1");
    other.must("DEBUG FLUSHCACHE");
    client.must("MULTI");
    client.call("GET a");
    assert_eq!(client.call("EXEC"), Reply::Null, "changed to the same value, then evicted");
}

#[test]
fn a_watched_key_that_expires_fails_exec() {
    let server = Server::start();
    let mut client = server.client();
    client.must("SET a 1 PX 30");
    client.must("WATCH a");
    wait::until(Duration::from_secs(10), "the key expires", || {
        server.client().call("EXISTS a") == Reply::Int(0)
    });
    client.must("MULTI");
    client.call("PING");
    assert_eq!(client.call("EXEC"), Reply::Null);
}

#[test]
fn hello_switches_the_protocol_and_back() {
    let server = Server::start();
    let mut client = server.client();
    let Reply::Map(fields) = client.call("HELLO 3 SETNAME tester") else {
        panic!("HELLO 3 answers a map");
    };
    let names: Vec<_> = fields.iter().map(|(name, _)| name.clone().text()).collect();
    for name in ["server", "version", "proto", "id", "mode", "role", "modules"] {
        assert!(names.iter().any(|have| have == name), "HELLO lacks {name}: {names:?}");
    }
    client.send(&["GET", "none"]).expect("the server reads");
    assert_eq!(client.receive_raw(3).expect("a reply"), b"_\r\n");
    assert_eq!(client.call("CLIENT GETNAME"), Reply::bulk("tester"));
    assert!(matches!(client.call("CONFIG GET maxclients"), Reply::Map(_)));
    assert!(matches!(client.call("HELLO 2"), Reply::Array(_)));
    client.send(&["GET", "none"]).expect("the server reads");
    assert_eq!(client.receive_raw(5).expect("a reply"), b"$-1\r\n");
    let refused = client.call("HELLO 4");
    assert_eq!(refused.error(), Some("NOPROTO unsupported protocol version"));
    assert_eq!(client.call("PING"), Reply::Simple("PONG".into()));
}

#[test]
fn hello_can_authenticate() {
    let server = Server::start();
    let mut admin = server.client();
    admin.must("CONFIG SET requirepass secret");
    let mut client = server.client();
    let text = client.call("HELLO 3");
    assert!(text.error().is_some_and(|text| text.starts_with("NOAUTH HELLO must be called with")));
    let text = client.call("HELLO 3 AUTH default wrong");
    let wrong = "WRONGPASS invalid username-password pair or user is disabled.";
    assert_eq!(text.error(), Some(wrong));
    assert!(matches!(client.call("HELLO 3 AUTH default secret"), Reply::Map(_)));
    assert_eq!(client.call("GET a"), Reply::Null);
}

#[test]
fn the_unix_socket_serves_as_tcp_does() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let path = home.path().join("socket");
    let text = path.to_str().expect("the path is text");
    let server = Server::start_with(&[("unixsocket", text), ("unixsocketperm", "700")]);
    let mut local = Client::unix(&path).expect("the socket accepts");
    local.must("SET a 1");
    assert_eq!(server.client().call("GET a"), Reply::bulk("1"));
    let replies = local.pipeline(&["INCR a", "INCR a", "GET a"]);
    assert_eq!(replies, [Reply::Int(2), Reply::Int(3), Reply::bulk("3")]);
}

#[test]
fn databases_are_apart_and_clients_choose_for_themselves() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.must("SELECT 9");
    client.must("SET a nine");
    other.must("SET a zero");
    assert_eq!(client.call("GET a"), Reply::bulk("nine"));
    assert_eq!(other.call("DBSIZE"), Reply::Int(1));
    assert_eq!(client.call("MOVE a 8"), Reply::Int(1));
    assert_eq!(client.call("DBSIZE"), Reply::Int(0));
    other.must("SWAPDB 0 8");
    assert_eq!(other.call("GET a"), Reply::bulk("nine"));
    let reset = client.call("RESET");
    assert_eq!(reset, Reply::Simple("RESET".into()));
    assert_eq!(client.call("GET a"), Reply::bulk("nine"), "RESET goes back to database 0");
}

#[test]
fn quit_and_client_kill_end_connections() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.must("QUIT");
    assert!(client.closed());
    let id = other.call("CLIENT ID").int();
    let mut killer = server.client();
    assert_eq!(killer.call(&format!("CLIENT KILL ID {id}")), Reply::Int(1));
    assert!(other.closed());
    assert_eq!(killer.call(&format!("CLIENT KILL ID {id}")), Reply::Int(0));
}

#[test]
fn client_list_shows_names_and_what_was_called() {
    let server = Server::start();
    let mut client = server.client();
    client.must("CLIENT SETNAME me");
    let list = client.call("CLIENT LIST").text();
    let line = list.lines().find(|line| line.contains(" name=me ")).expect("the client is listed");
    for part in ["id=", "addr=127.0.0.1:", "db=0", "cmd=client|list", "user=default"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[test]
fn commands_of_a_pipeline_see_each_other_and_those_of_others_do_not_mix_up() {
    let server = Server::start();
    let mut clients: Vec<_> = (0..8).map(|_| server.client()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        for step in 0..500 {
            client.queue(&["INCR", "shared"]);
            client.queue(&["SET".to_owned(), format!("own:{number}"), step.to_string()]);
            client.queue(&["GET".to_owned(), format!("own:{number}")]);
        }
        client.flush().expect("the server reads");
    }
    let mut seen = Vec::new();
    for client in &mut clients {
        let mut last = 0;
        for step in 0..500 {
            let shared = client.receive().expect("a reply").int();
            assert!(shared > last, "a counter went back");
            last = shared;
            seen.push(shared);
            assert_eq!(client.receive().expect("a reply"), Reply::ok());
            assert_eq!(client.receive().expect("a reply"), Reply::bulk(step.to_string()));
        }
    }
    seen.sort_unstable();
    assert!(seen.into_iter().eq(1..=4000), "every number exactly once");
}

/// Every reply of a little of everything.
fn replies_of(server: &Server, cold: bool) -> Vec<Reply> {
    let mut client = server.client();
    let lines = "SET a 1|APPEND a 23|GET a|STRLEN a|SETRANGE a 5 x|GETRANGE a 0 -1|INCR n|INCRBY n 7|\
        INCRBYFLOAT f 1.5|SETNX a z|SET a q XX GET|GETSET a w|GETDEL a|EXISTS a n f|MSET x 1 y 2 z 3|\
        MGET x y z none|DEL y none|TYPE x|TYPE y|RENAME x x2|COPY x2 x3|TTL x3|EXPIRE x3 1000|\
        PERSIST x3|OBJECT ENCODING x3|SETBIT bits 9 1|BITCOUNT bits|GETBIT bits 9|DBSIZE|\
        MSETNX p 1 x2 2|GETEX x3 EX 100|GETEX x3 PERSIST|MOVE x3 1|RANDOMKEY|TOUCH n none|UNLINK n";
    let mut replies = Vec::new();
    for line in lines.split('|').map(str::trim) {
        if cold {
            client.must("DEBUG FLUSHCACHE");
        }
        if line == "RANDOMKEY" {
            assert!(matches!(client.call(line), Reply::Bulk(_)));
            continue;
        }
        replies.push(client.call(line));
    }
    replies
}

#[test]
fn every_command_answers_the_same_when_the_cache_is_emptied_before_it() {
    if is_reference() {
        return;
    }
    let (warm, cold) = (Server::start(), Server::start());
    assert_eq!(replies_of(&cold, true), replies_of(&warm, false));
}

/// The replies of one EXEC that moves keys and databases, then what they hold.
fn exec_replies(server: &Server, cold: bool) -> Vec<Reply> {
    let (mut client, mut other) = (server.client(), server.client());
    client.pipeline(&["MSET a 1 b 2", "SELECT 1", "MSET a one c three", "SELECT 0", "MULTI"]);
    client.pipeline(&[
        "INCR a",
        "PING",
        "SWAPDB 0 1",
        "APPEND a x",
        "MOVE c 1",
        "ECHO between",
        "MOVE b 1",
        "FLUSHDB",
        "SETNX a new",
        "SELECT 1",
        "GET a",
        "GET b",
        "GET c",
        "RENAME c a",
    ]);
    if cold {
        other.must("DEBUG FLUSHCACHE");
    }
    let mut replies = client.pipeline(&["EXEC"]);
    for db in 0..2 {
        client.must(&format!("SELECT {db}"));
        replies.extend(client.pipeline(&["GET a", "GET b", "GET c", "DBSIZE"]));
    }
    replies
}

#[test]
fn an_exec_over_several_databases_answers_the_same_when_nothing_is_in_memory() {
    let server = Server::start();
    let warm = exec_replies(&server, false);
    let text = |text: &str| Reply::bulk(text);
    let executed = [
        Reply::Int(2),
        Reply::Simple("PONG".into()),
        Reply::ok(),
        Reply::Int(4),
        Reply::Int(1),
        text("between"),
        Reply::Int(0),
        Reply::ok(),
        Reply::Int(1),
        Reply::ok(),
        text("2"),
        text("2"),
        text("three"),
        Reply::ok(),
    ];
    assert_eq!(warm[0], Reply::Array(executed.into()));
    if !is_reference() {
        assert_eq!(exec_replies(&Server::start(), true), warm);
    }
}

#[test]
fn many_may_wait_for_one_cold_key_and_some_may_leave() {
    if is_reference() {
        return;
    }
    let server = Server::start();
    let mut client = server.client();
    let value = "v".repeat(2000);
    for round in 0..50 {
        client.must(&format!("SET k {value}{round}"));
        client.must("DEBUG FLUSHCACHE");
        let mut waiters: Vec<_> = (0..20).map(|_| server.client()).collect();
        for waiter in &mut waiters {
            (0..5).for_each(|_| waiter.queue(&["GET", "k"]));
            waiter.flush().expect("the server reads");
        }
        for mut waiter in waiters.into_iter().step_by(2) {
            for _ in 0..5 {
                let reply = waiter.receive().expect("a reply");
                assert_eq!(reply, Reply::bulk(format!("{value}{round}")));
            }
        }
        client.must("DEBUG FLUSHCACHE");
        assert_eq!(client.call("DEL k"), Reply::Int(1));
        assert_eq!(client.call("GET k"), Reply::Null);
    }
}

#[test]
fn a_cache_of_almost_nothing_changes_no_answer() {
    if is_reference() {
        return;
    }
    let server = Server::start_with(&[("maxmemory", "64mb")]);
    let mut client = server.client();
    let value = |n: usize| hadal_it::Random::new(n as u64).bytes(10_000);
    for n in 0..20_000 {
        client.queue(&[b"SET".to_vec(), n.to_string().into_bytes(), value(n)]);
        if n % 100 == 99 {
            client.flush().expect("the server reads");
            (0..100).for_each(|_| assert_eq!(client.receive().expect("a reply"), Reply::ok()));
        }
    }
    assert_eq!(client.call("DBSIZE"), Reply::Int(20_000));
    for n in (0..20_000).step_by(37) {
        let reply = client.call(&format!("GET {n}"));
        assert!(reply == Reply::Bulk(value(n)), "key {n} is wrong");
    }
}
