//! What the server knows of a client and shows to no one else.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hadal_resp::{Proto, Writer};

use super::client::Client;
use crate::driver::{Pins, Scratch, Watching};
use crate::transaction::Queue;

/// Which replies are sent: `CLIENT REPLY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replies {
    #[default]
    On,
    Off,
    /// Not that of the command after the one that is running.
    SkipNext,
    /// Not that of the command that is running.
    Skip,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    client: Arc<Client>,
    db: u32,
    authenticated: bool,
    /// Which replies are sent. A handler that changes it writes its own reply or none.
    pub replies: Replies,
    close: bool,
    pub(crate) queue: Option<Queue>,
    pub(crate) watching: Watching,
    pub(crate) scratch: Scratch,
    pub(crate) pins: Pins,
}

impl Session {
    /// A client that has just connected; `authenticated` if none needs a password.
    pub fn new(client: Arc<Client>, authenticated: bool) -> Self {
        client.authenticated.store(authenticated, Ordering::Relaxed);
        Self {
            client,
            db: 0,
            authenticated,
            replies: Replies::On,
            close: false,
            queue: None,
            watching: Watching::default(),
            scratch: Scratch::default(),
            pins: Pins::default(),
        }
    }

    /// What others see of it.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The selected database.
    pub fn db(&self) -> u32 {
        self.db
    }

    /// Selects a database, which must exist.
    pub fn select(&mut self, db: u32) {
        self.db = db;
        self.client.db.store(db, Ordering::Relaxed);
    }

    /// Whether it may run commands that need authentication.
    pub fn authenticated(&self) -> bool {
        self.authenticated
    }

    /// Lets it run all commands, or only those that need no authentication.
    pub fn set_authenticated(&mut self, authenticated: bool) {
        self.authenticated = authenticated;
        self.client.authenticated.store(authenticated, Ordering::Relaxed);
    }

    /// Has the connection closed once the replies so far are sent.
    pub fn close_after_replies(&mut self) {
        self.close = true;
        self.client.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the connection is to be closed.
    pub fn closing(&self) -> bool {
        self.close
    }

    /// Speaks `proto` from the next reply on.
    pub fn speak(&mut self, proto: Proto, reply: &mut Writer) {
        reply.set_proto(proto);
        let number = if proto == Proto::Resp3 { 3 } else { 2 };
        self.client.proto.store(number, Ordering::Relaxed);
    }

    /// Forgets what RESET forgets, except for the transaction.
    pub(crate) fn reset(&mut self, authenticated: bool, reply: &mut Writer) {
        self.select(0);
        self.speak(Proto::Resp2, reply);
        self.set_authenticated(authenticated);
        self.replies = Replies::On;
        self.client.names.lock().name.clear();
        self.client.no_evict.store(false, Ordering::Relaxed);
        self.client.no_touch.store(false, Ordering::Relaxed);
    }

    pub(crate) fn show_watched(&self) {
        self.client.watched.store(self.watching.len() as u32, Ordering::Relaxed);
    }

    /// Whether commands are being queued.
    pub fn in_multi(&self) -> bool {
        self.queue.is_some()
    }
}
