//! One client under load: sends pipelines, checks every reply, remembers what was acknowledged when.

use std::time::Instant;

use hadal_it::{Client, wait};

use super::model::{Author, Operation, Owner, State};

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
