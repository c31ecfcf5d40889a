//! One client under load: sends pipelines, checks every reply, remembers what was acknowledged when.
//! And one reader beside them, who makes the cache turn over.

use std::time::Instant;

use hadal_it::{Client, Random, Reply, is_reference, wait};

use super::model::{Author, Operation, Owner, State};
use super::{cold_key, cold_value};

/// What one client did in one round.
#[derive(Debug)]
pub(crate) struct Log {
    /// Everything sent, in order; of the last ones perhaps only a part of the bytes.
    pub(crate) operations: Vec<Operation>,
    /// When the reply came, of the first ones.
    pub(crate) acknowledged: Vec<Instant>,
    /// When the server was certainly dead.
    pub(crate) died: Instant,
}

impl Log {
    /// Nothing can have been executed after `died`.
    pub(crate) fn ended(mut self, died: Instant) -> Self {
        self.died = died;
        self
    }
}

/// Writes to the server until it dies.
///
/// # Panics
/// When a reply is not the one that the operation must have.
pub(crate) fn run(port: u16, owner: Owner, state: State, seed: u64) -> Log {
    let mut author = Author::new(owner, state, seed);
    let mut log = Log { operations: Vec::new(), acknowledged: Vec::new(), died: wait::now() };
    // The server may die before the last client has reached it.
    let Ok(mut client) = Client::tcp(port) else {
        return log;
    };
    while one_pipeline(&mut client, &mut author, &mut log) {}
    log
}

/// Sends one pipeline and reads its replies; false once the connection is gone.
fn one_pipeline(client: &mut Client, author: &mut Author, log: &mut Log) -> bool {
    let from = log.operations.len();
    for _ in 0..author.pipeline_len() {
        let operation = author.next();
        operation.commands.iter().for_each(|words| client.queue(words));
        log.operations.push(operation);
    }
    if client.flush().is_err() {
        return false;
    }
    for operation in &log.operations[from..] {
        for (expect, words) in operation.expected.iter().zip(&operation.commands) {
            let Ok(reply) = client.receive() else {
                return false;
            };
            let verb = words[0].escape_ascii();
            assert!(expect.admits(&reply), "{verb} answered {reply:?}, expected {expect:?}");
        }
        log.acknowledged.push(wait::now());
    }
    true
}

/// Reads cold keys until the server dies, and now and then has the cache emptied under everyone.
///
/// # Panics
/// When a cold key is not what it always was.
pub(crate) fn read_cold(port: u16, ballast: u64, seed: u64) {
    let mut random = Random::new(seed ^ 0xc01d);
    let Ok(mut client) = Client::tcp(port) else {
        return;
    };
    loop {
        let keys: Vec<_> = (0..8).map(|_| random.below(ballast.max(1))).collect();
        for &n in &keys {
            client.queue(&[b"GET".to_vec(), cold_key(n)]);
        }
        let empty_cache = random.one_in(300) && !is_reference();
        if empty_cache {
            client.queue(&["DEBUG", "FLUSHCACHE"]);
        }
        if client.flush().is_err() {
            return;
        }
        let expected = keys.iter().map(|&n| Reply::Bulk(cold_value(n)));
        for expected in expected.chain(empty_cache.then(Reply::ok)) {
            let Ok(reply) = client.receive() else {
                return;
            };
            assert!(ballast == 0 || reply == expected, "a cold key is wrong: {reply:?}");
        }
    }
}
