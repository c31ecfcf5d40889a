//! Answers in parts: of one moment, bounded, and given up with whoever wanted them.

use hadal_dataset::{Dataset, Load};
use hadal_keyspace::Want;
use hadal_resp::Proto;
use hadal_storage::env::ManualClock;
use hadal_storage::faulty::Call as StoreCall;
use hadal_storage::{FaultyStore, MemoryStore, StoreError};
use tokio::runtime::Runtime;

use super::*;
use crate::driver::testing::{command, env, options};
use crate::driver::{Budget, Ended, FsyncPolicy, Ran, Scratch, Step, Watching};

const FIELDS: usize = 1_500;
const OLD: &[u8] = &[b'o'; 2_000];
const NEW: &[u8] = &[b'n'; 2_000];
const REFUSED: &[u8] = b"-OOM The value is too large for this command and the memory limit.\r\n";

/// A server's core with room for answers of one megabyte, and a hash of three.
struct Core {
    driver: Arc<Driver>,
    store: FaultyStore<MemoryStore>,
    runtime: Runtime,
}

impl Core {
    fn new() -> Self {
        let mut options = options();
        options.budget = Budget { total_bytes: 16 << 20 };
        options.io_threads = 2;
        options.dataset.save_delay_ms = 1_000_000;
        options.dataset.bytes_max = 4 << 20;
        let env = env(ManualClock::new(1_700_000_000_000));
        let store = FaultyStore::new(MemoryStore::new());
        let opened = Dataset::open(env, Arc::new(store.clone()), &options.dataset);
        let (dataset, opened) = opened.expect("nothing fails");
        let driver = Driver::start(dataset, &options, &opened).expect("nothing fails");
        let core = Self { driver, store, runtime: Runtime::new().expect("threads for the test") };
        core.put_all(OLD);
        core
    }

    fn run(&self, words: &[&[u8]], out: &mut Writer) -> Ended<'_> {
        let call = Call { command: command(&text(words[0])), db: 0, words };
        let mut scratch = Scratch::default();
        self.runtime.block_on(self.driver.run(&call, &mut scratch, out))
    }

    fn put_all(&self, value: &[u8]) {
        self.put(FIELDS, value);
    }

    fn put(&self, count: usize, value: &[u8]) {
        for number in 0..count {
            let mut out = Writer::new(Proto::Resp2);
            self.run(&[b"hset", b"h", number.to_string().as_bytes(), value], &mut out);
        }
    }

    fn stream(&self, words: &[&[u8]]) -> Streaming {
        let mut out = Writer::new(Proto::Resp2);
        match self.run(words, &mut out) {
            Ended::Streams(streaming, _) => streaming,
            _ => panic!("not made in parts: {}", text(out.as_slice())),
        }
    }

    fn next(&self, streaming: &mut Streaming) -> Result<(Written, Vec<u8>), LoadFailed> {
        let mut out = Writer::new(Proto::Resp2);
        let written = self.runtime.block_on(streaming.next(&mut out))?;
        Ok((written, out.take()))
    }

    /// All that is left of an answer.
    fn rest(&self, mut streaming: Streaming) -> Vec<u8> {
        let mut answer = Vec::new();
        loop {
            let (written, part) = self.next(&mut streaming).expect("nothing fails");
            answer.extend(part);
            if written == Written::Last {
                return answer;
            }
        }
    }

    fn held(&self) -> (usize, usize) {
        (self.driver.streams.count(), self.driver.streams.copied_bytes())
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.runtime.block_on(self.driver.shutdown(false)).expect("nothing is saved");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How many of the elements are this value.
fn count(answer: &[u8], value: &[u8]) -> usize {
    answer
        .split(|byte| *byte == b'\n')
        .filter(|line| line.strip_suffix(b"\r") == Some(value))
        .count()
}

#[test]
fn an_answer_in_parts_is_of_the_moment_of_its_call() {
    let core = Core::new();
    let mut streaming = core.stream(&[b"hgetall", b"h"]);
    let (written, first) = core.next(&mut streaming).expect("nothing fails");
    assert_eq!(written, Written::Part);
    core.put_all(NEW);
    core.runtime.block_on(core.driver.flush_cache()).expect("nothing fails");
    let answer = [first, core.rest(streaming)].concat();
    assert!(answer.starts_with(format!("*{}\r\n", FIELDS * 2).as_bytes()));
    assert_eq!((count(&answer, OLD), count(&answer, NEW)), (FIELDS, 0));
    let answer = core.rest(core.stream(&[b"hvals", b"h"]));
    assert_eq!((count(&answer, OLD), count(&answer, NEW)), (0, FIELDS));
}

#[test]
fn an_answer_in_parts_depends_on_the_last_change_that_it_shows() {
    let core = Core::new();
    core.driver.set_fsync(FsyncPolicy::Always);
    // What is owed is one page then: not so much that it would be saved first.
    core.runtime.block_on(core.driver.flush_cache()).expect("nothing fails");
    core.put(1, NEW);
    let mut out = Writer::new(Proto::Resp2);
    let Ended::Streams(_, committed) = core.run(&[b"hgetall", b"h"], &mut out) else {
        panic!("not made in parts: {}", text(out.as_slice()))
    };
    assert_eq!(committed.seen.0, core.driver.dataset().journal().last().0);
}

#[test]
fn what_is_too_much_to_copy_is_saved_first() {
    let core = Core::new();
    core.runtime.block_on(core.driver.flush_cache()).expect("nothing fails");
    core.put(200, NEW);
    let owed_bytes = core.driver.dataset().keyspace().owed_bytes();
    assert!(owed_bytes > 300 << 10, "nobody was in a hurry to save {owed_bytes}");
    let streaming = core.stream(&[b"hvals", b"h"]);
    let (streams, copied_bytes) = core.held();
    assert!(copied_bytes < 64 << 10, "{streams} with {copied_bytes}");
    let answer = core.rest(streaming);
    assert_eq!((count(&answer, OLD), count(&answer, NEW)), (FIELDS - 200, 200));
}

#[test]
fn one_part_is_made_while_loads_wait_and_two_if_none_does() {
    let core = Core::new();
    let (loaders, mut waiting) = (Loaders::default(), Vec::new());
    for _ in 0..6 {
        let answer = core.stream(&[b"hkeys", b"h"]).answer.expect("nothing of it was made");
        let (done, made) = oneshot::channel();
        loaders.make(Part { answer, out: Writer::new(Proto::Resp2), done });
        waiting.push(made);
    }
    let (keyspace, now) = (core.driver.dataset().keyspace(), core.driver.moment());
    for key in [&b"a"[..], b"b"] {
        let Want::Lead(pin, ticket, space) = keyspace.want(0, key, None, now) else {
            panic!("nobody has asked for it")
        };
        loaders.push(Load { ticket, space, key: key.into(), page: None });
        keyspace.unpin(&pin);
    }
    assert_eq!(loaders.taken(), "part load load part");
}

#[test]
fn what_all_of_them_hold_is_bounded() {
    let streams = Arc::new(Streams::default());
    let max = 1 << 20;
    assert!(Running::start(&streams, max / SHARE + 1, max, 0).is_none());
    let running: Vec<_> = (0..10).map(|_| Running::start(&streams, max / 32, max, 0)).collect();
    assert!(running.iter().all(Option::is_some));
    assert!(Running::start(&streams, max / SHARE, max, 0).is_none(), "others have left less");
    assert!(Running::start(&streams, max / SHARE, max, 1).is_some(), "it has been saved for");
    // Nobody is turned away whose collection has just been saved.
    let small: Vec<_> =
        (0..100).map(|_| Running::start(&streams, COPY_BYTES_MIN, max, 3)).collect();
    assert!(small.iter().all(Option::is_some));
    assert!(Running::start(&streams, COPY_BYTES_MIN + 1, max, 3).is_none());
    drop((running, small));
    assert_eq!((streams.count(), streams.copied_bytes()), (0, 0));
}

#[test]
fn an_answer_that_nobody_wants_any_more_holds_nothing() {
    let core = Core::new();
    let mut streaming = core.stream(&[b"hgetall", b"h"]);
    let more: Vec<_> = (0..3).map(|_| core.stream(&[b"hkeys", b"h"])).collect();
    core.next(&mut streaming).expect("nothing fails");
    assert_eq!(core.held().0, 4);
    drop(more);
    assert_eq!(core.held().0, 1);
    core.rest(streaming);
    assert_eq!(core.held(), (0, 0));
}

#[test]
fn a_part_that_cannot_be_made_ends_the_answer() {
    let core = Core::new();
    let mut streaming = core.stream(&[b"hgetall", b"h"]);
    core.next(&mut streaming).expect("nothing fails");
    core.store.fail_when(|attempt| {
        (attempt.call == StoreCall::SnapshotGet)
            .then(|| StoreError::Unavailable { reason: "for the test".to_owned() })
    });
    assert_eq!(core.next(&mut streaming), Err(LoadFailed::Unavailable));
    assert_eq!(core.held(), (0, 0));
}

#[test]
fn what_runs_at_once_leaves_it_and_what_runs_as_one_refuses_it() {
    let core = Core::new();
    let words: [&[u8]; 2] = [b"hgetall", b"h"];
    let call = Call { command: command("hgetall"), db: 0, words: &words };
    let (mut scratch, mut out) = (Scratch::default(), Writer::new(Proto::Resp2));
    // Its page may have left memory: then it waits for that, and asks again.
    let ran = core.driver.try_run(&call, core.driver.moment(), &mut scratch, &mut out);
    assert_eq!((ran, out.len()), (Ran::Waiting, 0));
    let (mut steps, watching) = ([Step::Call(call)], Watching::default());
    let exec = core.driver.exec(&mut steps, &watching, &mut scratch, &mut out);
    core.runtime.block_on(exec).expect("nothing is watched");
    assert_eq!(out.take(), [b"*1\r\n", REFUSED].concat());
    assert_eq!(core.held(), (0, 0));
}
