//! Calls of whole commands on a server without sockets: words in, bytes of the reply out.

use std::{io, sync::Arc};

use hadal_command::Words;
use hadal_resp::{Proto, Writer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    config::{Action, Config, Host, parse_args},
    driver::Call,
    server::{Running, Server},
    session::{Client, Session, Transport},
    table::{Context, Found, Run},
};

/// A server, and one session on it.
struct Shell {
    runtime: Runtime,
    running: Running,
    session: Session,
    // Deleted when everything else is gone.
    _dir: TempDir,
}

impl Shell {
    fn new(options: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let path = dir.path().display();
        let words = format!("--port 0 --maxmemory 64mb --dir {path} {options}");
        let Action::Run(sources) = parse_args(words.split_ascii_whitespace().map(Into::into))
        else {
            panic!("not options: {options}");
        };
        let host = Host::probe().expect("there is a current directory");
        let config: Config = sources.load(host, &mut io::empty()).expect("the options are right");
        let runtime = Runtime::new().expect("threads for the test");
        let running = {
            let _inside = runtime.enter();
            Server::launch(Arc::new(config)).expect("the server starts")
        };
        let ends = ("127.0.0.1:7".to_owned(), "127.0.0.1:6379".to_owned());
        let client = Arc::new(Client::new(99, ends, 5, (Transport::Tcp, true), 0));
        running.server().clients.add(&client);
        Self { runtime, running, session: Session::new(client, true), _dir: dir }
    }

    /// The reply to a call whose words have no blanks.
    fn run(&mut self, call: &str) -> String {
        let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
        let mut reply = Writer::new(Proto::Resp2);
        self.call(&words, &mut reply);
        String::from_utf8(reply.take()).expect("these replies are text")
    }

    fn call(&mut self, words: Words<'_>, reply: &mut Writer) {
        let server = Arc::clone(self.running.server());
        let Found::Entry(entry) = server.table.find(words) else {
            panic!("no such command: {words:?}");
        };
        let session = &mut self.session;
        let ended = match entry.run {
            Run::Session(run) => run(session, &server.config.settings(), words, reply),
            Run::Admin(run) => {
                let context = Context { server: &server, session };
                self.runtime.block_on(run(context, words, reply))
            }
            Run::Data(command) => {
                let call = Call { command, db: session.db(), words };
                self.runtime.block_on(server.driver.run(&call, &mut session.scratch, reply));
                Ok(())
            }
            Run::Transaction(_) => panic!("not of these commands: {words:?}"),
        };
        if let Err(fault) = ended {
            reply.clear();
            fault.write(reply);
        }
    }

    /// Holds each call to its reply, in which lines are parted by `\n`.
    fn check(&mut self, calls: &[(&str, &str)]) {
        for (call, expected) in calls {
            let got = self.run(call).replace("\r\n", "\n");
            assert_eq!(got.trim_end_matches('\n'), *expected, "{call}");
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let driver = Arc::clone(&self.running.server().driver);
        self.runtime.block_on(driver.shutdown(false)).expect("nothing is saved");
    }
}

#[test]
fn databases_are_counted_scanned_swapped_and_emptied() {
    Shell::new("").check(&[
        ("DBSIZE", ":0"),
        ("RANDOMKEY", "$-1"),
        ("SCAN 0", "*2\n$1\n0\n*0"),
        ("SET k v", "+OK"),
        ("DBSIZE", ":1"),
        ("RANDOMKEY", "$1\nk"),
        ("KEYS *", "*1\n$1\nk"),
        ("KEYS x*", "*0"),
        ("SCAN 0 COUNT 100", "*2\n$1\n0\n*1\n$1\nk"),
        ("SCAN 0 COUNT 100 TYPE list", "*2\n$1\n0\n*0"),
        ("SCAN 0 COUNT 100 MATCH x*", "*2\n$1\n0\n*0"),
        ("SCAN x", "-ERR invalid cursor"),
        ("SWAPDB 0 1", "+OK"),
        ("DBSIZE", ":0"),
        ("SWAPDB 1 0", "+OK"),
        ("FLUSHDB", "+OK"),
        ("DBSIZE", ":0"),
        ("SET k v", "+OK"),
        ("FLUSHALL ASYNC", "+OK"),
        ("DBSIZE", ":0"),
        ("FLUSHALL foo", "-ERR syntax error"),
        ("SWAPDB 0 99", "-ERR DB index is out of range"),
    ]);
}

#[test]
fn a_scan_returns_every_key_once() {
    let mut shell = Shell::new("");
    for number in 0..500 {
        shell.run(&format!("SET key:{number} x"));
    }
    shell.run("DEBUG FLUSHCACHE");
    let mut keys = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let reply = shell.run(&format!("SCAN {cursor} COUNT 7"));
        let mut lines = reply.split("\r\n").filter(|line| !line.starts_with(['*', '$']));
        lines.next().expect("the cursor").clone_into(&mut cursor);
        keys.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
        if cursor == "0" {
            break;
        }
    }
    keys.sort();
    let count = keys.len();
    keys.dedup();
    assert_eq!((count, keys.len()), (500, 500));
}

#[test]
fn a_connection_names_itself() {
    Shell::new("").check(&[
        ("CLIENT ID", ":99"),
        ("CLIENT GETNAME", "$-1"),
        ("CLIENT SETNAME me", "+OK"),
        ("CLIENT GETNAME", "$2\nme"),
        ("CLIENT SETINFO lib-name redis-rs", "+OK"),
        ("CLIENT SETINFO lib-foo x", "-ERR Unrecognized option 'lib-foo'"),
        ("CLIENT NO-EVICT on", "+OK"),
        ("CLIENT NO-TOUCH maybe", "-ERR syntax error"),
        ("CLIENT GETREDIR", ":-1"),
        ("CLIENT TRACKING off", "+OK"),
        ("CLIENT UNBLOCK 7", ":0"),
        ("CLIENT LIST TYPE replica", "$0"),
        ("CLIENT LIST TYPE foo", "-ERR Unknown client type 'foo'"),
        ("CLIENT LIST ID x", "-ERR Invalid client ID"),
    ]);
}

#[test]
fn a_line_about_a_client_has_every_field_of_redis_in_its_order() {
    let mut shell = Shell::new("");
    shell.run("CLIENT SETNAME me");
    shell.run("CLIENT NO-EVICT on");
    let reply = shell.run("CLIENT INFO");
    let line = reply.lines().nth(1).expect("one line behind the length");
    let names: Vec<_> = line.split(' ').filter_map(|field| field.split('=').next()).collect();
    let expected = "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free \
                    argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp \
                    lib-name lib-ver";
    assert_eq!(names.join(" "), expected);
    let start = "id=99 addr=127.0.0.1:7 laddr=127.0.0.1:6379 fd=5 name=me ";
    assert!(line.starts_with(start), "{line}");
    assert!(line.contains(" flags=e db=0 "), "{line}");
}

#[test]
fn a_client_kills_others_and_itself_only_if_told_so() {
    let mut shell = Shell::new("");
    shell.check(&[
        ("CLIENT KILL ID 99", ":0"),
        ("CLIENT KILL 1.2.3.4:5", "-ERR No such client"),
        ("CLIENT KILL USER nobody SKIPME no", "-ERR No such user 'nobody'"),
        ("CLIENT KILL TYPE pubsub", ":0"),
    ]);
    assert!(!shell.session.closing());
    shell.check(&[("CLIENT KILL ID 99 SKIPME no", ":1")]);
    assert!(shell.session.closing());
}

#[test]
fn options_are_told_and_set() {
    Shell::new("").check(&[
        ("CONFIG GET hz", "*2\n$2\nhz\n$2\n10"),
        ("CONFIG SET hz 20", "+OK"),
        ("CONFIG GET hz", "*2\n$2\nhz\n$2\n20"),
        ("CONFIG GET nothing", "*0"),
        ("CONFIG SET hz", "-ERR syntax error"),
        (
            "CONFIG SET nothing 1",
            "-ERR Unknown option or number of arguments for CONFIG SET - 'nothing'",
        ),
        ("CONFIG REWRITE", "-ERR The server is running without a config file"),
        ("CONFIG RESETSTAT", "+OK"),
    ]);
}

#[test]
fn a_key_is_looked_into_without_being_told_to_others() {
    let mut shell = Shell::new("--enable-debug-command yes");
    shell.check(&[
        ("SET k 12", "+OK"),
        ("MEMORY USAGE nothing", "$-1"),
        ("MEMORY USAGE k SAMPLES x", "-ERR value is not an integer or out of range"),
        ("DEBUG OBJECT nothing", "-ERR no such key"),
        ("DEBUG SDSLEN k", "-ERR Not an sds encoded string."),
        ("DEBUG FLUSHCACHE", "+OK"),
        ("GET k", "$2\n12"),
        ("DEBUG RELOAD", "+OK"),
        ("DEBUG ERROR oops", "-oops"),
        (
            "DEBUG nothing",
            "-ERR unknown subcommand or wrong number of arguments for 'nothing'. Try DEBUG HELP.",
        ),
    ]);
    let object = shell.run("DEBUG OBJECT k");
    assert!(object.contains(" encoding:int serializedlength:3 "), "{object}");
}

#[test]
fn debug_is_refused_where_the_configuration_says_no() {
    let reply = Shell::new("--enable-debug-command no").run("DEBUG SLEEP 0");
    assert!(reply.starts_with("-ERR DEBUG command not allowed."), "{reply}");
}

#[test]
fn keys_of_a_call_are_found_without_running_it() {
    Shell::new("").check(&[
        ("COMMAND GETKEYS MSET a b c d", "*2\n$1\na\n$1\nc"),
        ("COMMAND GETKEYSANDFLAGS SET a b", "*1\n*2\n$1\na\n*2\n+OW\n+update"),
        ("COMMAND GETKEYS PING x", "-ERR The command has no key arguments"),
        ("COMMAND GETKEYS nothing x", "-ERR Invalid command specified"),
        ("COMMAND GETKEYS GET", "-ERR Invalid number of arguments specified for command"),
        ("COMMAND LIST FILTERBY PATTERN config|g*", "*1\n$10\nconfig|get"),
        ("COMMAND INFO nothing", "*1\n$-1"),
        (
            "COMMAND INFO dbsize",
            "*1\n*10\n$6\ndbsize\n:1\n*2\n+readonly\n+fast\n:0\n:0\n:0\n\
             *3\n+@keyspace\n+@read\n+@fast\n\
             *2\n$25\nrequest_policy:all_shards\n$23\nresponse_policy:agg_sum\n*0\n*0",
        ),
    ]);
}

#[test]
fn snapshots_are_written_one_after_the_other() {
    let mut shell = Shell::new("");
    shell.check(&[("SET k v", "+OK"), ("SAVE", "+OK"), ("BGSAVE foo", "-ERR syntax error")]);
    let snapshots = shell.running.server().config.settings().dir.join("snapshots");
    let count = std::fs::read_dir(snapshots).expect("SAVE made it").count();
    assert_eq!(count, 1);
    let info = shell.run("INFO persistence");
    assert!(info.contains("rdb_saves:1\r\n"), "{info}");
    assert!(info.contains("rdb_last_bgsave_status:ok\r\n"), "{info}");
}

#[test]
fn what_was_written_is_in_the_journal_before_waitaof_replies() {
    Shell::new("--appendfsync no").check(&[
        ("SET k v", "+OK"),
        ("WAITAOF 1 0 0", "*2\n:1\n:0"),
        ("WAITAOF 2 0 0", "-ERR value is out of range, value must between 0 and 1"),
        ("WAITAOF 0 -1 0", "-ERR value is out of range, must be positive"),
        ("WAIT 1 10", ":0"),
    ]);
}

#[test]
fn every_section_of_info_can_be_asked_for_alone() {
    let mut shell = Shell::new("");
    shell.run("SET k v");
    for section in ["Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU"] {
        let reply = shell.run(&format!("INFO {section}"));
        assert_eq!(reply.matches("\r\n# ").count(), 1, "{reply}");
        assert!(reply.contains(&format!("# {section}\r\n")), "{reply}");
    }
    assert!(shell.run("INFO keyspace").contains("db0:keys=1,"));
    assert!(shell.run("INFO diskstore").contains("writes:accepted\r\n"));
    assert_eq!(shell.run("INFO nothing"), "$0\r\n\r\n");
}

#[test]
fn a_password_is_shown_as_its_hash() {
    let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let rules = format!("user default on sanitize-payload #{hash} ~* &* +@all");
    let expected = format!("*1\n${}\n{rules}", rules.len());
    Shell::new("--requirepass secret").check(&[
        ("ACL LIST", expected.as_str()),
        ("ACL WHOAMI", "$7\ndefault"),
        ("ACL CAT nothing", "-ERR Unknown category 'nothing'"),
        ("ACL GETUSER nobody", "$-1"),
    ]);
}
