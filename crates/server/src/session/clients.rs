//! Everyone who is connected, and what they take together.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::client::{Client, SESSION_BYTES};
use super::pause::Pause;
use crate::driver::Blocked;

/// Independent parts of the registry: clients that come and go at once rarely meet.
const PARTS: u64 = 16;

/// Why the server ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// Silent for longer than `timeout`.
    Idle,
    /// Read its replies too slowly.
    OutputLimit,
    /// Sent more than `client-query-buffer-limit` in one command, or more than its share while
    /// clients took too much memory together.
    QueryLimit,
}

/// How many connections were ended, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disconnects {
    pub idle: u64,
    pub output_limit: u64,
    pub query_limit: u64,
}

/// A client that is shown as blocked.
#[derive(Debug)]
pub(crate) struct ShownBlocked<'a> {
    clients: &'a Clients,
    client: &'a Client,
}

impl Drop for ShownBlocked<'_> {
    fn drop(&mut self) {
        let (old, new) = self.client.show_blocked(None);
        self.clients.resized(old, new);
    }
}

/// Clients by their ID.
type Part = Mutex<HashMap<u64, Arc<Client>>>;

/// The registry of clients. An entry lives as long as its connection's task.
#[derive(Debug)]
pub struct Clients {
    parts: Box<[Part]>,
    count: AtomicUsize,
    next_id: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    memory_bytes: AtomicI64,
    disconnects: [AtomicU64; 3],
    /// `CLIENT PAUSE`.
    pub pause: Pause,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            count: AtomicUsize::new(0),
            next_id: AtomicU64::new(1),
            accepted: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            memory_bytes: AtomicI64::new(0),
            disconnects: Default::default(),
            pause: Pause::default(),
        }
    }
}

impl Clients {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Connections accepted since the start.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Connections refused because there were `maxclients` already.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// Connections that the server ended.
    pub fn disconnects(&self) -> Disconnects {
        let count = |why: Disconnect| self.disconnects[why as usize].load(Ordering::Relaxed);
        Disconnects {
            idle: count(Disconnect::Idle),
            output_limit: count(Disconnect::OutputLimit),
            query_limit: count(Disconnect::QueryLimit),
        }
    }

    /// Sets the counts that `CONFIG RESETSTAT` sets to zero.
    pub fn reset_counts(&self) {
        let disconnects = self.disconnects.iter();
        for count in disconnects.chain([&self.accepted, &self.rejected]) {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Bytes that all sessions and their buffers take.
    pub fn memory_bytes(&self) -> usize {
        let buffers = self.memory_bytes.load(Ordering::Relaxed);
        usize::try_from(buffers).unwrap_or(0) + self.count() * SESSION_BYTES
    }

    /// The client with this ID.
    pub fn get(&self, id: u64) -> Option<Arc<Client>> {
        self.part(id).lock().get(&id).cloned()
    }

    /// All of them, in the order in which they came.
    pub fn all(&self) -> Vec<Arc<Client>> {
        let mut all = Vec::with_capacity(self.count());
        for part in &self.parts {
            all.extend(part.lock().values().cloned());
        }
        all.sort_unstable_by_key(|client| client.id);
        all
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn add(&self, client: &Arc<Client>) {
        self.part(client.id).lock().insert(client.id, Arc::clone(client));
        self.count.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove(&self, client: &Client) {
        if self.part(client.id).lock().remove(&client.id).is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn reject(&self) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn disconnected(&self, why: Disconnect) {
        self.disconnects[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// The buffers of a session went from `old` to `new` bytes.
    pub(crate) fn resized(&self, old: usize, new: usize) {
        let change = new.cast_signed().wrapping_sub(old.cast_signed()) as i64;
        self.memory_bytes.fetch_add(change, Ordering::Relaxed);
    }

    /// Shows a client as blocked for as long as what is returned lives.
    pub(crate) fn show_blocked<'a>(
        &'a self,
        client: &'a Client,
        blocked: &Arc<Blocked>,
    ) -> ShownBlocked<'a> {
        let (old, new) = client.show_blocked(Some(Arc::clone(blocked)));
        self.resized(old, new);
        ShownBlocked { clients: self, client }
    }

    fn part(&self, id: u64) -> &Part {
        &self.parts[(id % PARTS) as usize]
    }
}
