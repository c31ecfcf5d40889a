//! One client as others see it: who it is, what it does, what it holds, and how to end it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use hadal_keyspace::Millis;
use hadal_resp::Proto;
use parking_lot::Mutex;
use tokio::task::AbortHandle;

use crate::driver::Blocked;

/// Stands for "no command yet" and "not in MULTI".
const NONE: u32 = u32::MAX;

/// How a client reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Unix,
}

/// What a client calls itself.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// `CLIENT SETNAME`; empty for none.
    pub name: Vec<u8>,
    /// `CLIENT SETINFO lib-name`.
    pub lib_name: Vec<u8>,
    /// `CLIENT SETINFO lib-ver`.
    pub lib_version: Vec<u8>,
}

/// One connected client. Written by its session, with relaxed stores; read by whoever looks.
#[derive(Debug)]
pub struct Client {
    pub id: u64,
    /// `ip:port`, or `path:0` for a Unix socket.
    pub address: String,
    /// Our end of the connection, in the same form.
    pub local_address: String,
    pub fd: i32,
    pub transport: Transport,
    /// Whether it is on this machine.
    pub local: bool,
    /// Milliseconds of the monotonic clock.
    pub connected_at: Millis,
    pub names: Mutex<Names>,
    /// `CLIENT NO-EVICT`.
    pub no_evict: AtomicBool,
    /// `CLIENT NO-TOUCH`.
    pub no_touch: AtomicBool,
    pub(crate) authenticated: AtomicBool,
    pub(crate) active_at: AtomicU64,
    pub(crate) command: AtomicU32,
    pub(crate) db: AtomicU32,
    pub(crate) proto: AtomicU8,
    pub(crate) multi: AtomicU32,
    pub(crate) multi_bytes: AtomicUsize,
    pub(crate) watched: AtomicU32,
    pub(crate) waiting: AtomicBool,
    blocked: Mutex<Option<Arc<Blocked>>>,
    blocked_bytes: AtomicUsize,
    pub(crate) query_bytes: AtomicUsize,
    pub(crate) query_free_bytes: AtomicUsize,
    pub(crate) words_bytes: AtomicUsize,
    pub(crate) output_bytes: AtomicUsize,
    pub(crate) output_capacity_bytes: AtomicUsize,
    /// Since when more than the soft limit is unread; 0: it is not.
    pub(crate) over_soft_limit_since: AtomicU64,
    pub(crate) closing: AtomicBool,
    killed: AtomicBool,
    task: Mutex<Option<AbortHandle>>,
    /// The thread that serves it, and the one that is to.
    worker: AtomicUsize,
    wanted_worker: AtomicUsize,
}

/// Replies that a client has not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub bytes: usize,
    /// Bytes allocated for them.
    pub capacity_bytes: usize,
}

/// Everything `CLIENT LIST` tells, at one moment.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each told on its own")]
pub struct Look {
    pub age_seconds: u64,
    pub idle_seconds: u64,
    pub names: Names,
    pub user: &'static str,
    pub db: u32,
    /// Commands queued since MULTI.
    pub multi: Option<usize>,
    pub watched: usize,
    pub query_bytes: usize,
    pub query_free_bytes: usize,
    /// Bytes of the words of the command that runs.
    pub words_bytes: usize,
    /// Bytes of the words queued since MULTI.
    pub multi_bytes: usize,
    pub output: Output,
    /// All of the above that is memory, and the session itself.
    pub total_bytes: usize,
    /// Place of the last command in the table.
    pub command: Option<usize>,
    pub proto: Proto,
    /// Waits for a command to get what it needs, from the disk or from other clients.
    pub waiting: bool,
    /// Will be closed once its replies are sent.
    pub closing: bool,
    pub no_evict: bool,
    pub no_touch: bool,
}

/// What a session takes besides its buffers, about.
pub(crate) const SESSION_BYTES: usize = 1_536;

impl Client {
    /// A client that has just connected. `ends` are the addresses of its end and ours.
    pub(crate) fn new(
        id: u64,
        ends: (String, String),
        fd: i32,
        (transport, local): (Transport, bool),
        now: Millis,
    ) -> Self {
        Self {
            id,
            address: ends.0,
            local_address: ends.1,
            fd,
            transport,
            local,
            connected_at: now,
            names: Mutex::default(),
            no_evict: AtomicBool::new(false),
            no_touch: AtomicBool::new(false),
            authenticated: AtomicBool::new(false),
            active_at: AtomicU64::new(now),
            command: AtomicU32::new(NONE),
            db: AtomicU32::new(0),
            proto: AtomicU8::new(2),
            multi: AtomicU32::new(NONE),
            multi_bytes: AtomicUsize::new(0),
            watched: AtomicU32::new(0),
            waiting: AtomicBool::new(false),
            blocked: Mutex::new(None),
            blocked_bytes: AtomicUsize::new(0),
            query_bytes: AtomicUsize::new(0),
            query_free_bytes: AtomicUsize::new(0),
            words_bytes: AtomicUsize::new(0),
            output_bytes: AtomicUsize::new(0),
            output_capacity_bytes: AtomicUsize::new(0),
            over_soft_limit_since: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            task: Mutex::default(),
            worker: AtomicUsize::new(0),
            wanted_worker: AtomicUsize::new(0),
        }
    }

    /// Bytes of its buffers, as it last told.
    pub(crate) fn buffer_bytes(&self) -> usize {
        let parts = [
            &self.query_bytes,
            &self.query_free_bytes,
            &self.multi_bytes,
            &self.blocked_bytes,
            &self.output_capacity_bytes,
        ];
        parts.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum()
    }

    /// Ends the connection now, whatever it is doing: at its next await its task is dropped.
    pub fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        if let Some(task) = &*self.task.lock() {
            task.abort();
        }
    }

    /// Names the task that serves this client, so that it can be killed.
    pub(crate) fn served_by(&self, task: AbortHandle) {
        *self.task.lock() = Some(task);
        if self.killed.load(Ordering::SeqCst) {
            self.kill();
        }
    }

    /// Names the thread at which it is.
    pub(crate) fn placed_at(&self, worker: usize) {
        self.worker.store(worker, Ordering::Relaxed);
        self.wanted_worker.store(worker, Ordering::Relaxed);
    }

    /// Has the connection move to another thread, the next time it has nothing to do.
    pub(crate) fn move_to(&self, worker: usize) {
        self.wanted_worker.store(worker, Ordering::Relaxed);
    }

    /// The thread that serves it.
    pub(crate) fn worker(&self) -> usize {
        self.worker.load(Ordering::Relaxed)
    }

    /// The thread that it is to move to.
    pub(crate) fn wanted_worker(&self) -> Option<usize> {
        let wanted = self.wanted_worker.load(Ordering::Relaxed);
        (wanted != self.worker()).then_some(wanted)
    }

    /// The user it is authenticated as.
    pub fn user(&self) -> Option<&'static str> {
        self.authenticated.load(Ordering::Relaxed).then_some("default")
    }

    /// Milliseconds since it last sent something.
    pub fn idle_millis(&self, now: Millis) -> Millis {
        now.saturating_sub(self.active_at.load(Ordering::Relaxed))
    }

    /// Replies it has not read.
    pub fn output(&self) -> Output {
        Output {
            bytes: self.output_bytes.load(Ordering::Relaxed),
            capacity_bytes: self.output_capacity_bytes.load(Ordering::Relaxed),
        }
    }

    /// Everything about it now.
    pub fn look(&self, now: Millis) -> Look {
        let size = |bytes: &AtomicUsize| bytes.load(Ordering::Relaxed);
        let flag = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let count = |count: &AtomicU32| {
            Some(count.load(Ordering::Relaxed)).filter(|it| *it != NONE).map(|it| it as usize)
        };
        let (query_bytes, query_free_bytes) =
            (size(&self.query_bytes), size(&self.query_free_bytes));
        let (multi_bytes, output) = (size(&self.multi_bytes), self.output());
        let buffers = query_bytes
            + query_free_bytes
            + output.capacity_bytes
            + multi_bytes
            + size(&self.blocked_bytes);
        Look {
            age_seconds: now.saturating_sub(self.connected_at) / 1_000,
            idle_seconds: self.idle_millis(now) / 1_000,
            names: self.names.lock().clone(),
            user: self.user().unwrap_or("(superuser)"),
            db: self.db.load(Ordering::Relaxed),
            multi: count(&self.multi),
            watched: self.watched.load(Ordering::Relaxed) as usize,
            query_bytes,
            query_free_bytes,
            words_bytes: size(&self.words_bytes),
            multi_bytes,
            output,
            total_bytes: SESSION_BYTES + buffers,
            command: count(&self.command),
            proto: if self.proto.load(Ordering::Relaxed) == 3 {
                Proto::Resp3
            } else {
                Proto::Resp2
            },
            waiting: flag(&self.waiting),
            closing: flag(&self.closing),
            no_evict: flag(&self.no_evict),
            no_touch: flag(&self.no_touch),
        }
    }

    /// Whether it is in line for something.
    pub fn is_blocked(&self) -> bool {
        self.blocked_bytes.load(Ordering::Relaxed) != 0
    }

    /// The call with which it is in line.
    pub fn blocked(&self) -> Option<Arc<Blocked>> {
        self.blocked.lock().clone()
    }

    /// Shows the call with which it is in line. Returns the bytes that were shown before, and those
    /// that are now.
    pub(super) fn show_blocked(&self, blocked: Option<Arc<Blocked>>) -> (usize, usize) {
        let bytes = blocked.as_ref().map_or(0, |blocked| blocked.bytes());
        *self.blocked.lock() = blocked;
        (self.blocked_bytes.swap(bytes, Ordering::Relaxed), bytes)
    }

    /// Shows how many commands are queued since MULTI, and their bytes.
    pub(crate) fn show_multi(&self, queued: Option<(usize, usize)>) {
        let (count, bytes) = queued.map_or((NONE, 0), |(count, bytes)| (count as u32, bytes));
        self.multi.store(count, Ordering::Relaxed);
        self.multi_bytes.store(bytes, Ordering::Relaxed);
    }
}
