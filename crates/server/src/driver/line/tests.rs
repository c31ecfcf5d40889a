//! Lines over strings: `take` waits for one and deletes it, `hand` moves one to another key.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hadal_command::{
    Access, Block, Command, Data, KeySpec, Kind as CommandKind, Spec, Stop, table,
};
use hadal_dataset::Dataset;
use hadal_keyspace::Expiry;
use hadal_storage::MemoryStore;
use hadal_storage::env::SystemClock;
use hadal_value::Kind;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::driver::testing::{env, options};
use crate::driver::{Budget, Ended, Group, Options, Pins, Ran, Step, Watching};

const TAKES: &[Data] = &[Data::Access, Data::Delete];

/// `take timeout-ms key …`
static TAKE: Command = Command {
    spec: Spec {
        name: "take",
        keys: &[KeySpec::range(2, -1, 1, Access::Update, TAKES)],
        kind: CommandKind::Write { grows: false },
        ..Spec::BASE
    },
    run: take,
};

/// `hand timeout-ms from to`
static HAND: Command = Command {
    spec: Spec {
        name: "hand",
        keys: &[
            KeySpec::at(2, Access::Update, TAKES),
            KeySpec::at(3, Access::Update, &[Data::Insert]),
        ],
        kind: CommandKind::Write { grows: true },
        ..Spec::BASE
    },
    run: hand,
};

fn block(txn: &Txn<'_>, timeout: &[u8], reply: &mut Writer) -> Result<(), Stop> {
    if !txn.may_block() {
        reply.null();
        return Ok(());
    }
    let timeout = hadal_command::parse::int(timeout)?.cast_unsigned();
    let timeout_ms = Some(timeout).filter(|timeout| *timeout > 0);
    Err(Stop::Block(Block { awaits: Kind::String, timeout_ms }))
}

fn take(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    for key in &words[2..] {
        if let Some(value) = txn.get(key)? {
            reply.array(2);
            reply.bulk(key);
            reply.bulk(&value);
            txn.delete(key)?;
            return Ok(());
        }
    }
    block(txn, words[1], reply)
}

fn hand(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let Some(value) = txn.get(words[2])?.map(Cow::into_owned) else {
        return block(txn, words[1], reply);
    };
    txn.exists(words[3])?;
    reply.bulk(&value);
    txn.delete(words[2])?;
    txn.set(words[3], &value, Expiry::None)?;
    Ok(())
}

/// A driver over a store and files in memory.
struct World {
    runtime: Runtime,
    driver: Arc<Driver>,
}

impl World {
    fn new() -> Self {
        let options = Options { budget: Budget { total_bytes: 64 << 20 }, ..options() };
        let env = env(SystemClock::new());
        let store = Arc::new(MemoryStore::new());
        let opened = Dataset::open(env, store, &options.dataset);
        let (dataset, opened) = opened.expect("an empty folder");
        let driver = Driver::start(dataset, &options, &opened).expect("threads");
        // Until stored keys have been learned, absent ones are missed, and their calls load ahead.
        while !driver.dataset().keyspace().presence().is_complete() {
            thread::yield_now();
        }
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { runtime, driver }
    }

    /// The reply to a call that does not block.
    async fn call(&self, line: &str) -> String {
        let mut out = Writer::default();
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let call = Call { command: find(words[0]), db: 0, words: &words };
        match self.driver.run(&call, &mut Scratch::default(), &mut out).await {
            Ended::Answered(_) => text(out),
            Ended::Blocked(_) => panic!("{line} blocks"),
            Ended::Streams(..) => panic!("{line} streams"),
        }
    }

    fn run(&self, line: &str) -> String {
        self.runtime.block_on(self.call(line))
    }

    /// The place in line of a call that blocks.
    fn block(&self, line: &str) -> Place<'_> {
        self.block_on(0, line)
    }

    fn block_on(&self, db: u32, line: &str) -> Place<'_> {
        let mut out = Writer::default();
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let call = Call { command: find(words[0]), db, words: &words };
        let mut scratch = Scratch::default();
        match self.runtime.block_on(self.driver.run(&call, &mut scratch, &mut out)) {
            Ended::Blocked(place) => place,
            ended => panic!("{line} was answered: {ended:?} {}", text(out)),
        }
    }

    fn reply(&self, place: Place<'_>) -> String {
        let mut out = Writer::default();
        self.runtime.block_on(place.wait(&mut Scratch::default(), &mut out));
        text(out)
    }

    fn exec(&self, lines: &[&str]) -> String {
        let words: Vec<Vec<&[u8]>> =
            lines.iter().map(|line| line.split(' ').map(str::as_bytes).collect()).collect();
        let calls = words.iter().map(|words| Call { command: find(words[0]), db: 0, words });
        let mut steps: Vec<Step<'_>> = calls.map(Step::Call).collect();
        let (mut scratch, mut out) = (Scratch::default(), Writer::default());
        let watching = Watching::default();
        let exec = self.driver.exec(&mut steps, &watching, &mut scratch, &mut out);
        self.runtime.block_on(exec).expect("nothing is watched");
        text(out)
    }

    /// Saves everything and keeps nothing in memory.
    fn cool(&self) {
        self.runtime.block_on(self.driver.save_all()).expect("nothing fails");
        self.driver.dataset().keyspace().evict_all();
    }

    fn waited_for(&self) -> usize {
        self.driver.stats().cache.waited_for
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.runtime.block_on(self.driver.shutdown(false)).expect("nothing fails");
    }
}

fn find(name: &[u8]) -> &'static Command {
    match name {
        b"take" => &TAKE,
        b"hand" => &HAND,
        _ => table().find(|command| command.spec.name.as_bytes() == name).expect("a command"),
    }
}

/// A reply with blanks for line ends.
fn text(mut out: Writer) -> String {
    let text = String::from_utf8(out.take()).expect("these replies are text");
    text.trim_end().replace("\r\n", " ")
}

#[test]
fn who_came_first_is_served_first_and_nobody_sees_what_is_theirs() {
    let world = World::new();
    let places = [(); 3].map(|()| world.block("take 0 a"));
    for value in ["x", "y", "z"] {
        world.run(&format!("set a {value}"));
        assert_eq!(world.run("get a"), "$-1");
    }
    let replies = places.map(|place| world.reply(place));
    assert_eq!(replies, ["x", "y", "z"].map(|value| format!("*2 $1 a $1 {value}")));
    assert_eq!(world.waited_for(), 0);
    world.run("set a v");
    assert_eq!(world.run("get a"), "$1 v");
}

#[test]
fn nobody_sees_what_is_theirs_on_another_thread_either() {
    const CALLS: usize = 300;
    let world = World::new();
    let places: Vec<Place<'_>> = (0..CALLS).map(|_| world.block("take 0 a b")).collect();
    let is_done = AtomicBool::new(false);
    let call = |driver: &Driver, words: Words<'_>| {
        let call = Call { command: find(words[0]), db: 0, words };
        let mut out = Writer::default();
        let ran = driver.try_run(&call, driver.moment(), &mut Scratch::default(), &mut out);
        assert!(matches!(ran, Ran::Done(_)));
        text(out)
    };
    let driver = &*world.driver;
    thread::scope(|scope| {
        scope.spawn(|| {
            (0..CALLS / 2).for_each(|_| _ = call(driver, &[b"mset", b"b", b"2", b"a", b"1"]));
            is_done.store(true, Ordering::Release);
        });
        while !is_done.load(Ordering::Acquire) {
            assert_eq!(call(driver, &[b"mget", b"a", b"b"]), "*2 $-1 $-1");
        }
    });
    for (number, place) in places.into_iter().enumerate() {
        let expected = if number % 2 == 0 { "*2 $1 a $1 1" } else { "*2 $1 b $1 2" };
        assert_eq!(world.reply(place), expected);
    }
}

#[test]
fn a_call_with_several_keys_takes_the_first_of_its_own_that_has_something() {
    let world = World::new();
    let place = world.block("take 0 a b");
    assert_eq!(world.exec(&["set b 1", "set a 2"]), "*2 +OK +OK");
    assert_eq!(world.reply(place), "*2 $1 a $1 2");
    assert_eq!(world.run("get b"), "$1 1");
}

#[test]
fn what_is_handed_on_is_given_to_those_who_wait_for_it_there() {
    let world = World::new();
    let last = world.block("take 0 c");
    let second = world.block("hand 0 b c");
    let first = world.block("hand 0 a b");
    world.run("set a v");
    assert_eq!(world.run("exists a b c"), ":0");
    assert_eq!(world.reply(last), "*2 $1 c $1 v");
    assert_eq!(world.reply(second), "$1 v");
    assert_eq!(world.reply(first), "$1 v");
}

#[test]
fn exec_is_served_at_its_end_and_blocks_nowhere() {
    let world = World::new();
    let place = world.block("take 0 a");
    let replies = world.exec(&["take 0 a", "set a 1", "get a", "append a 2"]);
    assert_eq!(replies, "*4 $-1 +OK $1 1 :2");
    assert_eq!(world.reply(place), "*2 $1 a $2 12");
    assert_eq!(world.run("get a"), "$-1");
}

#[test]
fn a_group_ends_where_someone_is_to_be_served() {
    let world = World::new();
    let place = world.block("take 0 a");
    let (mut effects, mut pins) = (Vec::new(), Pins::default());
    let keys = [(&b"b"[..], Access::Replace), (b"a", Access::Replace), (b"a", Access::Read)];
    let now = world.driver.moment();
    let mut group = world.driver.group(0, &keys, now, &mut effects, &mut pins);
    let mut out = Writer::default();
    let mut run = |key, group: &mut Group<'_>| {
        let words: Vec<&[u8]> = vec![b"set", key, b"v"];
        group.run(&Call { command: find(b"set"), db: 0, words: &words }, &mut out)
    };
    assert!(matches!(run(b"b", &mut group), Ran::Done(_)));
    assert!(!group.wakes());
    assert!(matches!(run(b"a", &mut group), Ran::Done(_)));
    assert!(group.wakes());
    group.close();
    world.driver.release(&mut pins);
    assert_eq!(world.run("get a"), "$-1");
    assert_eq!(world.reply(place), "*2 $1 a $1 v");
}

#[test]
fn whose_time_is_up_leaves_the_line() {
    let world = World::new();
    let (short, long) = (world.block("take 1 a b"), world.block("take 0 b"));
    assert!(short.blocked().has_timeout() && !long.blocked().has_timeout());
    assert_eq!(world.reply(short), "*-1");
    assert_eq!(world.waited_for(), 1);
    world.run("set a v");
    assert_eq!(world.run("get a"), "$1 v");
    world.run("set b v");
    assert_eq!(world.reply(long), "*2 $1 b $1 v");
}

#[test]
fn another_client_can_end_the_wait() {
    let world = World::new();
    let (one, other) = (world.block("take 0 a"), world.block("take 0 a"));
    let blocked = Arc::clone(one.blocked());
    assert!(blocked.unblock(Unblock::Error));
    assert!(!blocked.unblock(Unblock::TimedOut));
    assert!(other.blocked().unblock(Unblock::TimedOut));
    world.run("set a v");
    assert_eq!(world.reply(one), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    assert_eq!(world.reply(other), "*-1");
    assert_eq!(world.run("get a"), "$1 v");
    assert_eq!(world.waited_for(), 0);
}

#[test]
fn who_has_gone_takes_nothing() {
    let world = World::new();
    let (gone, next) = (world.block("take 0 a"), world.block("take 0 a"));
    drop(gone);
    world.run("set a v");
    assert_eq!(world.reply(next), "*2 $1 a $1 v");
}

#[test]
fn a_call_that_has_been_answered_in_time_is_not_too_late() {
    let world = World::new();
    let place = world.block("take 1 a");
    let blocked = Arc::clone(place.blocked());
    world.run("set a v");
    assert!(!blocked.unblock(Unblock::TimedOut));
    assert_eq!(world.reply(place), "*2 $1 a $1 v");
}

#[test]
fn a_call_that_lacks_something_loads_it_and_holds_up_those_behind_it() {
    let world = World::new();
    world.run("set b old");
    world.cool();
    let (first, second) = (world.block("hand 0 a b"), world.block("take 0 a"));
    world.run("set a 1");
    assert!(!first.blocked().unblock(Unblock::Error), "it is not waiting any more");
    assert_eq!(world.run("get a"), "$1 1");
    assert_eq!(world.reply(first), "$1 1");
    assert_eq!(world.run("get b"), "$1 1");
    world.run("set a 2");
    assert_eq!(world.reply(second), "*2 $1 a $1 2");
}

#[test]
fn those_who_were_held_up_have_their_turn_when_the_one_before_them_has_gone() {
    let world = World::new();
    world.run("set b old");
    world.cool();
    let (first, second) = (world.block("hand 0 a b"), world.block("take 0 a"));
    world.run("set a 1");
    assert_eq!(world.run("get a"), "$1 1");
    drop(first);
    assert_eq!(world.run("get a"), "$-1");
    assert_eq!(world.reply(second), "*2 $1 a $1 1");
    assert_eq!(world.run("get b"), "$3 old");
}

#[test]
fn who_was_too_slow_keeps_its_place() {
    let world = World::new();
    world.run("set b old");
    world.cool();
    let (first, second) = (world.block("hand 0 a b"), world.block("take 0 a"));
    world.run("set a 1");
    assert_eq!(world.run("getdel a"), "$1 1");
    let blocked = Arc::clone(first.blocked());
    let (mut scratch, mut out) = (Scratch::default(), Writer::default());
    world.runtime.block_on(async {
        let set_later = async {
            while !matches!(*blocked.state.lock(), State::Waiting(_)) {
                tokio::task::yield_now().await;
            }
            world.call("set a 2").await;
        };
        tokio::join!(first.wait(&mut scratch, &mut out), set_later);
    });
    assert_eq!(text(out), "$1 2");
    world.run("set a 3");
    assert_eq!(world.reply(second), "*2 $1 a $1 3");
}

#[test]
fn a_database_that_is_exchanged_may_bring_what_was_waited_for() {
    let world = World::new();
    world.run("set a v");
    world.cool();
    let place = world.block_on(1, "take 0 a");
    world.driver.swap(0, 1).expect("nothing fails");
    assert_eq!(world.reply(place), "*2 $1 a $1 v");
    assert_eq!(world.waited_for(), 0);
}
