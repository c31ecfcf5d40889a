//! One connection: reads what there is, runs all of it, writes once.
//!
//! Everything that needs no waiting happens in [`Connection::step`], which is no `async fn`. What
//! has to wait is told by the [`Step`] it returns.

mod limits;
mod slow;
mod transfer;

pub(super) use limits::clients_bytes_max;

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hadal_command::{Access, Spec, Words};
use hadal_keyspace::Moment;
use hadal_resp::Limits;
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::admission::Socket;
use super::gate::Gate;
use super::input::Input;
use super::output::Output;
use super::window::{COMMANDS_MAX, Window};
use crate::config::Reader;
use crate::dispatch::{self, Meter, Tried, Turn};
use crate::driver::Group;
use crate::server::Server;
use crate::session::{Client, Session};
use crate::table::{Entry, Found, Run};
use crate::transaction;

/// Commands after which other tasks of the thread get their turn.
const COMMANDS_PER_TURN_MAX: usize = 1_024;
/// Replies are written in the middle of a batch once there are so many.
const FLUSH_BYTES: usize = 256 << 10;
/// A buffer of effects beyond this is given back.
const EFFECTS_KEPT_BYTES: usize = 64 << 10;

/// A connection and its session.
#[derive(Debug)]
pub(super) struct Connection<S> {
    server: Arc<Server>,
    settings: Reader,
    session: Session,
    stream: S,
    input: Input,
    window: Window,
    output: Output,
    /// Buffers of slow commands: see [`slow`].
    spare: Vec<u8>,
    /// What the commands of a window do, on its way to the journal.
    effects: Vec<u8>,
    now: Moment,
    /// The monotonic clock at the last look.
    micros: u64,
    /// Commands since other tasks had their turn.
    ran: usize,
    reported_bytes: usize,
}

/// What a connection needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// More bytes from the client.
    Read,
    /// To write what there is, as it has become much.
    Flush,
    /// To let others run.
    Yield,
    /// To wait for what the next command needs.
    Wait,
    /// To wait for the end of CLIENT PAUSE.
    Pause,
    /// To write what there is, then to be closed.
    Close,
}

/// The connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gone;

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    pub(super) fn new(server: Arc<Server>, session: Session, stream: S) -> Self {
        Self {
            settings: Reader::new(Arc::clone(&server.config)),
            now: server.driver.moment(),
            micros: server.clock.monotonic_micros(),
            server,
            session,
            stream,
            input: Input::default(),
            window: Window::default(),
            output: Output::default(),
            spare: Vec::new(),
            effects: Vec::new(),
            ran: 0,
            reported_bytes: 0,
        }
    }

    /// Serves the client until one of the two has had enough, or until the connection is to move:
    /// then returns it with the worker to go to. `gate` is that of the worker it is at.
    pub(super) async fn serve(mut self, gate: &Gate) -> Option<(Self, usize)> {
        loop {
            let served = match self.step() {
                Step::Read => match self.flush().await {
                    Ok(()) => {
                        if let Some(worker) = self.session.client().wanted_worker() {
                            return Some((self, worker));
                        }
                        self.read(gate).await
                    }
                    Err(gone) => Err(gone),
                },
                Step::Flush => self.flush_some().await,
                Step::Yield => {
                    self.ran = 0;
                    let flushed = self.flush_some().await;
                    tokio::task::yield_now().await;
                    self.look_at_clock();
                    flushed
                }
                // Boxed: the connection that never waits is smaller by all that waiting needs.
                Step::Wait => Box::pin(self.run_slow()).await,
                Step::Pause => Box::pin(self.pause()).await,
                Step::Close => {
                    Box::pin(self.close()).await;
                    return None;
                }
            };
            if served.is_err() {
                return None;
            }
        }
    }

    /// What others see of the session.
    pub(super) fn client(&self) -> &Arc<Client> {
        self.session.client()
    }

    /// Runs commands until something has to be waited for.
    fn step(&mut self) -> Step {
        loop {
            if self.session.closing() {
                return Step::Close;
            }
            if self.window.is_done() {
                if self.ran >= COMMANDS_PER_TURN_MAX {
                    return Step::Yield;
                }
                let limits = self.limits();
                self.input.decode(&mut self.window, &limits);
                if self.window.len() == 0 {
                    return self.out_of_commands();
                }
            }
            if let ControlFlow::Break(step) = self.run_window() {
                return step;
            }
            if self.output.unsent_bytes() >= FLUSH_BYTES {
                return Step::Flush;
            }
        }
    }

    fn out_of_commands(&mut self) -> Step {
        let Some(error) = self.input.error() else { return Step::Read };
        error.write(&mut self.output.writer);
        let text = self.output.writer.as_slice();
        tracing::debug!(client = self.session.client().id, %error, bytes = text.len(), "client was not understood");
        self.server.errors.add(b"ERR");
        self.session.close_after_replies();
        Step::Close
    }

    /// Runs the window's commands in order. `Break`: not to its end.
    fn run_window(&mut self) -> ControlFlow<Step> {
        let Self { server, settings, session, window, input, output, now, effects, .. } = self;
        let server: &Server = server;
        let settings = &**settings.get();
        let slices = window.slices(input.buffer());
        let first = window.next();
        let found: SmallVec<[Found<'_>; COMMANDS_MAX]> =
            (first..window.len()).map(|at| server.table.find(window.words(at, &slices))).collect();
        let mut meter = Meter::new(self.micros, window.len() == 1, settings);
        let paused = server.clients.pause.paused(now.monotonic);
        let (mut group, grouped) = if paused.is_some() || found.len() == 1 {
            (None, 0)
        } else {
            open_group(server, session, (window, &slices), &found, *now, effects)
        };
        let mut flow = ControlFlow::Continue(());
        while !window.is_done() {
            let at = window.next() - first;
            if at == grouped {
                close_group(&mut group, output);
            }
            let (found, words) = (found[at], window.words(window.next(), &slices));
            let mark = output.writer.mark();
            if let Found::Entry(entry) = found {
                meter.before(server, entry);
                session.client().command.store(entry.index as u32, Ordering::Relaxed);
            }
            let mut turn = Turn { server, session, settings, now: *now, paused, blocked_micros: 0 };
            let writer = &mut output.writer;
            let done = match dispatch::try_run(&mut turn, group.as_mut(), found, words, writer) {
                Tried::Done(committed) => {
                    output.wait_for(committed);
                    true
                }
                Tried::NotRun => false,
                Tried::Later => {
                    flow = ControlFlow::Break(Step::Wait);
                    break;
                }
                Tried::Paused => {
                    flow = ControlFlow::Break(Step::Pause);
                    break;
                }
            };
            window.advance();
            self.ran += 1;
            let failed = dispatch::conclude(server, session, mark, &mut output.writer);
            if let (true, Found::Entry(entry)) = (done, found) {
                meter.after((server, settings), session, entry, words, failed);
            }
            if group.as_ref().is_some_and(Group::wakes) {
                close_group(&mut group, output);
            }
            if session.closing() || output.unsent_bytes() >= FLUSH_BYTES {
                break;
            }
        }
        close_group(&mut group, output);
        drop(group);
        if grouped > 0 && flow == ControlFlow::Break(Step::Wait) {
            let found = &found[window.next() - first..];
            load_ahead(server, session, (window, &slices), found, *now);
        }
        effects.shrink_to(EFFECTS_KEPT_BYTES);
        self.micros = meter.stop(server);
        if window.is_done() {
            server.driver.release(&mut session.pins);
        }
        flow
    }

    fn limits(&mut self) -> Limits {
        let bulk_len_max = self.settings.get().proto_bulk_len_max;
        let authenticated = self.session.authenticated();
        Limits { bulk_len_max, authenticated, ..Limits::default() }
    }

    /// Takes the time for the commands to come.
    fn look_at_clock(&mut self) {
        // The driver's own moment would look once more.
        let clock = &self.server.clock;
        self.micros = clock.monotonic_micros();
        self.now = Moment { unix: clock.unix_millis(), monotonic: self.micros / 1_000 };
        self.session.client().active_at.store(self.now.monotonic, Ordering::Relaxed);
    }
}

/// Calls `f` with the window's next commands, as far as they are about data: after anything else,
/// other keys or another database may be meant. Returns how many those were.
fn each_data_call<'a>(
    (window, slices): (&Window, &'a [&'a [u8]]),
    found: &[Found<'_>],
    mut f: impl FnMut(&Spec, Words<'a>),
) -> usize {
    for (count, found) in found.iter().enumerate() {
        let Found::Entry(Entry { run: Run::Data(_), spec, .. }) = found else { return count };
        let words = window.words(window.next() + count, slices);
        if !spec.arity.accepts(words.len()) {
            return count;
        }
        f(spec, words);
    }
    found.len()
}

/// Locks the keys of the window's next commands, as far as they are about data, and starts the
/// loads of those that are not in memory. Returns how many commands that are.
fn open_group<'a>(
    server: &'a Server,
    session: &mut Session,
    calls: (&Window, &'a [&'a [u8]]),
    found: &[Found<'_>],
    now: Moment,
    effects: &'a mut Vec<u8>,
) -> (Option<Group<'a>>, usize) {
    if session.in_multi() || !session.authenticated() {
        return (None, 0);
    }
    let mut keys: SmallVec<[(&[u8], Access); COMMANDS_MAX]> = SmallVec::new();
    let count = each_data_call(calls, found, |spec, words| {
        spec.each_key(words, &mut |key, access| keys.push((key, access)));
    });
    if count < 2 {
        return (None, 0);
    }
    let group = server.driver.group(session.db(), &keys, now, effects, &mut session.pins);
    (Some(group), count)
}

/// Starts the loads of pages of collections that the window's next commands need.
fn load_ahead(
    server: &Server,
    session: &mut Session,
    calls: (&Window, &[&[u8]]),
    found: &[Found<'_>],
    now: Moment,
) {
    let (mut keys, mut elements) = (Vec::new(), Vec::new());
    each_data_call(calls, found, |spec, words| {
        let first_key = keys.len();
        spec.each_key(words, &mut |key, _| keys.push(key));
        spec.each_element(words, &mut |element| elements.push((first_key, element)));
    });
    if !elements.is_empty() {
        server.driver.load_ahead(session.db(), &keys, &elements, now, &mut session.pins);
    }
}

fn close_group(group: &mut Option<Group<'_>>, output: &mut Output) {
    if let Some(group) = group.take() {
        output.wait_for(group.close());
    }
}

impl<S: Socket> Connection<S> {
    /// Has the runtime around wait for the socket's events, and no other.
    pub(super) fn register_again(&mut self) -> io::Result<()> {
        self.stream = S::register(rustix::io::dup(self.stream.as_fd())?)?;
        Ok(())
    }
}

impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        transaction::forget(&self.server, &mut self.session);
        self.server.driver.release(&mut self.session.pins);
        self.server.clients.resized(self.reported_bytes, 0);
        self.server.clients.remove(self.session.client());
    }
}
