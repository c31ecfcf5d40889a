//! What a client may send and how much: protocol errors, long pipelines, large values, slow readers.

use std::time::Duration;

use hadal_it::{Client, Reply, Server, wait};

/// Sends `bytes`, expects this protocol error and then the end of the connection.
#[track_caller]
fn refused(server: &Server, bytes: &[u8], text: &str) {
    let mut client = server.client();
    client.send_raw(bytes).expect("the server reads");
    let reply = client.receive().expect("the server says why before it closes");
    let start = bytes[..bytes.len().min(30)].escape_ascii();
    assert_eq!(reply.error(), Some(format!("ERR Protocol error: {text}").as_str()), "{start}");
    assert!(client.closed(), "the connection stays open after {start}");
}

fn long(start: &[u8]) -> Vec<u8> {
    let mut bytes = start.to_vec();
    bytes.resize(start.len() + 70 * 1024, b'1');
    bytes
}

#[test]
fn bytes_that_are_no_command_are_answered_and_the_connection_closed() {
    let server = Server::start();
    refused(&server, b"*x\r\n", "invalid multibulk length");
    refused(&server, b"*2147483648\r\n", "invalid multibulk length");
    refused(&server, b"*99999999999999999999\r\n", "invalid multibulk length");
    refused(&server, b"*1\r\n!4\r\nPING\r\n", "expected '$', got '!'");
    refused(&server, b"*1\r\n$x\r\n", "invalid bulk length");
    refused(&server, b"*1\r\n$-1\r\n", "invalid bulk length");
    refused(&server, b"*1\r\n$536870913\r\n", "invalid bulk length");
    refused(&server, b"SET key \"unbalanced\r\n", "unbalanced quotes in request");
    refused(&server, &long(b"GET "), "too big inline request");
    refused(&server, &long(b"*"), "too big mbulk count string");
    refused(&server, &long(b"*1\r\n$"), "too big bulk count string");
    assert_eq!(server.client().call("PING"), Reply::Simple("PONG".into()));
}

#[test]
fn commands_before_a_protocol_error_are_carried_out_and_answered() {
    let server = Server::start();
    let mut client = server.client();
    client.send_raw(b"SET before 1\r\n*1\r\n$4\r\nPING\r\n*1\r\n:1\r\n").expect("the server reads");
    assert_eq!(client.receive().expect("a reply"), Reply::ok());
    assert_eq!(client.receive().expect("a reply"), Reply::Simple("PONG".into()));
    assert!(client.receive().expect("a reply").error().is_some());
    assert!(client.closed());
    assert_eq!(server.client().call("GET before"), Reply::bulk("1"));
}

#[test]
fn a_client_that_has_not_authenticated_may_send_little() {
    let server = Server::start();
    server.client().must("CONFIG SET requirepass secret");
    refused(&server, b"*11\r\n", "unauthenticated multibulk length");
    refused(&server, b"*2\r\n$4\r\nAUTH\r\n$16385\r\n", "unauthenticated bulk length");
    let mut client = server.client();
    let denied = client.call("GET a");
    assert_eq!(denied.error(), Some("NOAUTH Authentication required."));
    client.must("AUTH secret");
    assert_eq!(client.call("GET a"), Reply::Null);
    let mut words = vec!["DEL".to_owned()];
    words.extend((0..100).map(|n| n.to_string()));
    assert_eq!(client.command(&words), Reply::Int(0));
}

#[test]
fn empty_and_negative_commands_are_passed_over() {
    let server = Server::start();
    let mut client = server.client();
    client.send_raw(b"\r\n\n*0\r\n*-1\r\n\r\nPING\r\n").expect("the server reads");
    assert_eq!(client.receive().expect("a reply"), Reply::Simple("PONG".into()));
}

#[test]
fn inline_commands_may_be_quoted_and_end_in_a_bare_newline() {
    let server = Server::start();
    let mut client = server.client();
    client
        .send_raw(b"set 'a key' \"\\x41\\n\\\"B\"\r\nGET 'a key'\nPING\n")
        .expect("the server reads");
    assert_eq!(client.receive().expect("a reply"), Reply::ok());
    assert_eq!(client.receive().expect("a reply"), Reply::bulk("A\n\"B"));
    assert_eq!(client.receive().expect("a reply"), Reply::Simple("PONG".into()));
}

#[test]
fn a_command_may_come_one_byte_at_a_time() {
    let server = Server::start();
    let mut client = server.client();
    for byte in b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv\r\nxy\r\nECHO one\r\n" {
        client.send_raw(&[*byte]).expect("the server reads");
    }
    assert_eq!(client.receive().expect("a reply"), Reply::ok());
    assert_eq!(client.receive().expect("a reply"), Reply::bulk("one"));
    assert_eq!(client.call("GET k"), Reply::bulk("v\r\nxy"));
}

#[test]
fn a_pipeline_of_a_hundred_thousand_commands_is_answered_in_order() {
    let server = Server::start();
    let mut client = server.client();
    for n in 0..100_000 {
        match n % 4 {
            0 => client.queue(&["INCR", "counter"]),
            1 => client.queue(&["SET".to_owned(), format!("key:{n}"), n.to_string()]),
            2 => client.queue(&["GET".to_owned(), format!("key:{}", n - 1)]),
            _ => client.queue(&["ECHO".to_owned(), n.to_string()]),
        }
    }
    client.flush().expect("the server reads");
    for n in 0..100_000_usize {
        let reply = client.receive().expect("a reply");
        let expected = match n % 4 {
            0 => Reply::of_count(n / 4 + 1),
            1 => Reply::ok(),
            2 => Reply::bulk((n - 1).to_string()),
            _ => Reply::bulk(n.to_string()),
        };
        assert_eq!(reply, expected, "reply {n}");
    }
}

#[test]
fn a_value_of_64_megabytes_goes_in_and_comes_back() {
    let server = Server::start_with(&[("maxmemory", "1gb")]);
    let mut client = server.client();
    let value = hadal_it::Random::new(5).bytes(64 << 20);
    assert_eq!(client.command(&[b"SET", &b"large"[..], &value]), Reply::ok());
    assert_eq!(client.call("STRLEN large"), Reply::of_count(value.len()));
    assert!(client.call("GET large") == Reply::Bulk(value), "the value differs");
}

#[test]
fn a_bulk_longer_than_proto_max_bulk_len_is_refused() {
    let server = Server::start();
    let mut client = server.client();
    client.must("CONFIG SET proto-max-bulk-len 1mb");
    let full = vec![b'x'; 1 << 20];
    assert_eq!(client.command(&[b"SET", &b"k"[..], &full]), Reply::ok());
    let too_long = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    assert_eq!(client.call("APPEND k y").error(), Some(too_long));
    assert_eq!(client.call("SETRANGE k 1048576 y").error(), Some(too_long));
    assert_eq!(client.call("STRLEN k"), Reply::Int(1 << 20));
    refused(&server, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n", "invalid bulk length");
}

#[test]
fn a_reader_past_the_output_buffer_limit_is_cut_off_and_only_that_one() {
    let server = Server::start();
    let mut other = server.client();
    let limit = other.command(&["CONFIG", "SET", "client-output-buffer-limit", "normal 8mb 0 0"]);
    assert_eq!(limit, Reply::ok());
    let value = vec![b'v'; 1 << 20];
    assert_eq!(other.command(&[b"SET", &b"k"[..], &value]), Reply::ok());
    let mut slow = server.client();
    for _ in 0..100 {
        slow.queue(&["GET", "k"]);
    }
    slow.flush().expect("the server reads");
    wait::until(Duration::from_secs(20), "the slow reader is disconnected", || {
        let list = other.call("CLIENT LIST").text();
        list.lines().count() == 1
    });
    assert_eq!(other.call("STRLEN k"), Reply::Int(1 << 20));
    let mut whole = 0;
    while slow.receive().is_ok() {
        whole += 1;
    }
    assert!(whole < 100, "all {whole} replies came although the limit is 8 of them");
}

#[test]
fn a_slow_reader_without_a_limit_gets_everything_and_holds_nobody_up() {
    let server = Server::start();
    let mut other = server.client();
    let value = vec![b'v'; 1 << 20];
    assert_eq!(other.command(&[b"SET", &b"k"[..], &value]), Reply::ok());
    let mut slow = server.client();
    for _ in 0..48 {
        slow.queue(&["GET", "k"]);
    }
    slow.flush().expect("the server reads");
    for n in 1..=100 {
        assert_eq!(other.call("INCR n"), Reply::Int(n));
    }
    for _ in 0..48 {
        assert!(slow.receive().expect("a reply") == Reply::Bulk(value.clone()), "a value differs");
    }
}

#[test]
fn clients_that_leave_in_the_middle_of_anything_are_forgotten() {
    let server = Server::start();
    let mut client = server.client();
    for cut in [&b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhalf"[..], b"*3\r\n$3", b"SET half", b"*"]
    {
        let mut other = server.client();
        other.send_raw(cut).expect("the server reads");
    }
    let mut watcher = server.client();
    watcher.must("WATCH k");
    watcher.must("MULTI");
    watcher.send(&["SET", "k", "never"]).expect("the server reads");
    drop(watcher);
    let mut asker = server.client();
    (0..1000).for_each(|_| asker.queue(&["GET", "k"]));
    asker.flush().expect("the server reads");
    drop(asker);
    wait::until(Duration::from_secs(10), "only one client is left", || {
        client.call("CLIENT LIST").text().lines().count() == 1
    });
    assert_eq!(client.call("EXISTS k half"), Reply::Int(0));
}

#[test]
fn one_client_too_many_is_told_so() {
    let server = Server::start_with(&[("maxclients", "5")]);
    let mut clients: Vec<_> = (0..5).map(|_| server.client()).collect();
    for client in &mut clients {
        assert_eq!(client.call("EXISTS k"), Reply::Int(0));
    }
    let mut extra = server.client();
    let told = extra.receive().expect("a reason");
    assert_eq!(told.error(), Some("ERR max number of clients reached"));
    assert!(extra.closed());
    clients.pop();
    wait::until(Duration::from_secs(10), "there is room again", || {
        let mut next = server.client();
        next.send(&["PING"]).is_ok()
            && next.receive().is_ok_and(|reply| reply == Reply::Simple("PONG".into()))
    });
}

#[test]
fn a_client_that_has_seen_its_end_takes_no_place_any_more() {
    let server = Server::start_with(&[("maxclients", "1")]);
    for round in 0..500 {
        let mut client = server.client();
        assert_eq!(client.call("PING"), Reply::Simple("PONG".into()), "{round}");
        client.must("QUIT");
        assert!(client.closed());
    }
}

#[test]
fn an_idle_client_is_closed_after_timeout() {
    let server = Server::start_with(&[("timeout", "1")]);
    let mut idle = server.client();
    assert_eq!(idle.call("PING"), Reply::Simple("PONG".into()));
    assert!(idle.closed(), "the idle client is still connected");
}

#[test]
fn wrong_calls_get_the_texts_that_clients_know() {
    let server = Server::start();
    let mut client = server.client();
    let cases = [
        ("NOSUCH a b", "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' "),
        ("GET", "ERR wrong number of arguments for 'get' command"),
        ("SET k v EX", "ERR syntax error"),
        ("SET k v EX 0", "ERR invalid expire time in 'set' command"),
        ("SET k v NX XX", "ERR syntax error"),
        ("INCRBY k x", "ERR value is not an integer or out of range"),
        ("SELECT 99", "ERR DB index is out of range"),
        ("SELECT x", "ERR value is not an integer or out of range"),
        ("SETRANGE k -1 x", "ERR offset is out of range"),
        (
            "CONFIG SET nosuch 1",
            "ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
        ),
        ("CONFIG NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP."),
        ("RENAME none other", "ERR no such key"),
        ("SCAN x", "ERR invalid cursor"),
        (
            "AUTH a",
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        ),
    ];
    for (line, text) in cases {
        assert_eq!(client.call(line).error(), Some(text), "{line}");
    }
}

/// A connection that reads nothing until it is told to.
#[test]
fn replies_to_a_pipeline_larger_than_every_buffer_are_not_lost() {
    let server = Server::start();
    let mut client: Client = server.client();
    client.must(&format!("SET k {}", "x".repeat(1000)));
    (0..20_000).for_each(|_| client.queue(&["GET", "k"]));
    client.queue(&["ECHO", "end"]);
    client.flush().expect("the server reads");
    for n in 0..20_000 {
        assert_eq!(client.receive().expect("a reply").bytes().len(), 1000, "reply {n}");
    }
    assert_eq!(client.receive().expect("a reply"), Reply::bulk("end"));
}
