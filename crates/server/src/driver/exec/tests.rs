//! EXEC over keys that nobody knew to load.

use std::sync::Arc;

use hadal_command::{Command, Spec, Stop, Words};
use hadal_dataset::Dataset;
use hadal_keyspace::{Before, Expiry, Txn};
use hadal_resp::{Proto, Writer};
use hadal_storage::MemoryStore;
use hadal_storage::env::ManualClock;
use tokio::runtime::Runtime;

use super::{Step, Watching};
use crate::driver::testing::{command, env, options};
use crate::driver::{Call, Driver, Scratch};

/// Keys in the store, none of which is in memory.
const STORED: [(u32, &[u8]); 3] = [(0, b"hidden"), (0, b"name"), (1, b"name")];

/// Replies with what is at a key that its table entry does not name.
fn hidden(txn: &mut Txn<'_>, _: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    match txn.get(b"hidden")? {
        Some(value) => out.bulk(&value),
        None => out.null(),
    }
    Ok(())
}

struct Cold {
    driver: Arc<Driver>,
    runtime: Runtime,
}

impl Cold {
    fn new() -> Self {
        let options = options();
        let env = env(ManualClock::new(1_700_000_000_000));
        let opened = Dataset::open(env, Arc::new(MemoryStore::new()), &options.dataset);
        let (dataset, opened) = opened.expect("nothing fails");
        let mut effects = Vec::new();
        for (db, key) in STORED {
            let keys = std::iter::once(key);
            let mut txn = dataset.keyspace().begin(db, keys, dataset.moment(), &mut effects);
            let value = format!("{db}");
            txn.set(key, value.as_bytes(), Expiry::None).expect("sets need no load");
            dataset.commit(txn);
        }
        let mut saver = dataset.saver().expect("nothing fails");
        assert_eq!(dataset.save(&mut saver, Before::ALL).expect("nothing fails").count, 3);
        dataset.keyspace().evict_all();
        let driver = Driver::start(dataset, &options, &opened).expect("nothing fails");
        Self { driver, runtime: Runtime::new().expect("threads for the test") }
    }

    /// The reply to an EXEC, in which lines are parted by blanks.
    fn exec(&self, steps: &mut [Step<'_>]) -> String {
        let mut out = Writer::new(Proto::Resp2);
        let (watching, mut scratch) = (Watching::default(), Scratch::default());
        let exec = self.driver.exec(steps, &watching, &mut scratch, &mut out);
        self.runtime.block_on(exec).expect("nothing is watched");
        String::from_utf8(out.take()).expect("text").replace("\r\n", " ")
    }
}

impl Drop for Cold {
    fn drop(&mut self) {
        self.runtime.block_on(self.driver.shutdown(false)).expect("nothing is saved");
    }
}

#[test]
fn a_command_that_misses_a_key_in_the_middle_has_all_run_again_once_it_is_loaded() {
    let cold = Cold::new();
    let spec = Spec { name: "hidden", keys: &[], find_keys: None, ..command("get").spec };
    let peeking: &'static Command = Box::leak(Box::new(Command { spec, run: hidden }));
    let call = |command, words| Step::Call(Call { command, db: 0, words });
    let (mut first, mut second) = (None, None);
    let reply = cold.exec(&mut [
        call(command("incr"), &[b"incr", b"n"]),
        Step::Note(&mut first),
        call(peeking, &[b"hidden"]),
        Step::Note(&mut second),
        call(command("append"), &[b"append", b"n", b"0"]),
    ]);
    assert_eq!(reply, "*5 :1 $1 0 :2 ");
    assert_eq!((first, second), (Some(8), Some(15)), "where replies begin in what is sent");
    assert_eq!(cold.driver.dataset().journal().last().0, 4, "three keys were set, and one EXEC");
    assert_eq!(cold.driver.dataset().count(0).expect("nothing fails"), 3);
}

#[test]
fn keys_of_databases_that_an_exec_exchanges_or_moves_to_are_found() {
    let (moves, get): ([&[u8]; 3], [&[u8]; 2]) = ([b"move", b"name", b"1"], [b"get", b"name"]);
    let [moves, gets] = [(command("move"), &moves[..]), (command("get"), &get[..])]
        .map(|(command, words)| move |db| Step::Call(Call { command, db, words }));
    let cold = Cold::new();
    assert_eq!(cold.exec(&mut [Step::Swap(0, 1), gets(0), gets(1)]), "*3 +OK $1 1 $1 0 ");
    assert_eq!(cold.exec(&mut [moves(0), gets(0)]), "*2 :0 $1 1 ", "there is one already");
    let cold = Cold::new();
    let reply = cold.exec(&mut [moves(0), Step::Flush(1), Step::Swap(1, 0), gets(1), gets(0)]);
    assert_eq!(reply, "*5 :0 +OK +OK $1 0 $-1 ");
    assert_eq!(cold.driver.dataset().keyspace().spaces().mapping(), [(0, 65_536), (1, 0)]);
}
