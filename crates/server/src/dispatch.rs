//! From the words of a call to its reply: what it calls, whether it may, and what runs it.
//!
//! [`try_run`] does all that needs no waiting, without an await and without allocating. What is
//! left is for [`run`].

pub(crate) mod meter;
mod refusal;

use std::sync::Arc;

use hadal_command::{Fault, Words, Written};
use hadal_keyspace::{Committed, Moment};
use hadal_resp::Writer;
use hadal_value::Lsn;

pub(crate) use meter::Meter;

use crate::admin::stats::Outcome;
use crate::config::Settings;
use crate::driver::{Call, Ended, Group, Place, Ran, Streaming, failure_text};
use crate::server::Server;
use crate::session::{Paused, Replies, Session};
use crate::table::{Context, Entry, Found, Run, Transaction};
use crate::transaction;

/// Nothing to wait for.
pub(crate) const NOTHING: Committed = Committed { lsn: Lsn::NONE, seen: Lsn::NONE };

/// What a session's commands run with, for as long as nothing has to be waited for.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) server: &'a Server,
    pub(crate) session: &'a mut Session,
    pub(crate) settings: &'a Settings,
    pub(crate) now: Moment,
    pub(crate) paused: Option<Paused>,
    /// How long the command that has run was blocked: nobody would call that slow.
    pub(crate) blocked_micros: u64,
}

/// How far [`try_run`] came.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tried {
    /// The reply is written; it depends on this.
    Done(Committed),
    /// The reply is written; the command was refused, or queued: it has not run.
    NotRun,
    /// It has to wait for something: [`run`] does.
    Later,
    /// `CLIENT PAUSE` is in force: try again when it is over.
    Paused,
}

/// Runs a call, in its group if it has one, unless it has to wait for something.
#[inline]
pub(crate) fn try_run(
    turn: &mut Turn<'_>,
    group: Option<&mut Group<'_>>,
    found: Found<'_>,
    words: Words<'_>,
    out: &mut Writer,
) -> Tried {
    let entry = match refusal::admit(turn, found, words) {
        Ok(entry) => entry,
        Err(fault) => {
            refusal::write(turn, found, &fault, out);
            return Tried::NotRun;
        }
    };
    if turn.paused.is_some_and(|what| is_held_back(turn.session, entry, what)) {
        return Tried::Paused;
    }
    if turn.session.in_multi() && is_queueable(entry) {
        transaction::enqueue(turn.server, turn.session, entry, words, turn.now);
        out.simple("QUEUED");
        return Tried::NotRun;
    }
    match entry.run {
        Run::Data(command) => {
            let session = &mut *turn.session;
            let call = Call { command, db: session.db(), words };
            let driver = &turn.server.driver;
            let ran = match group {
                Some(group) => group.run(&call, out),
                None => driver.try_run(&call, turn.now, &mut session.scratch, out),
            };
            match ran {
                Ran::Done(committed) => Tried::Done(committed),
                Ran::Waiting => Tried::Later,
            }
        }
        Run::Session(handler) => {
            let mark = out.mark();
            end(handler(turn.session, turn.settings, words, out), mark, out);
            Tried::Done(NOTHING)
        }
        Run::Transaction(Transaction::Exec | Transaction::Watch) | Run::Admin(_) => Tried::Later,
        Run::Transaction(what) => {
            let mark = out.mark();
            end(change(turn, what, out), mark, out);
            Tried::Done(NOTHING)
        }
    }
}

/// How a call ended that had to wait.
#[derive(Debug)]
pub(crate) struct Answered {
    /// What its reply depends on.
    pub(crate) committed: Committed,
    /// What of the reply is still to be made, if it is too large to be written at once.
    pub(crate) rest: Option<Streaming>,
}

impl From<Committed> for Answered {
    fn from(committed: Committed) -> Self {
        Self { committed, rest: None }
    }
}

/// Runs a call that [`try_run`] left, after whatever it has to wait for.
pub(crate) async fn run(
    turn: &mut Turn<'_>,
    entry: &Entry,
    words: Words<'_>,
    out: &mut Writer,
) -> Answered {
    let Turn { server, session, settings, .. } = turn;
    let mark = out.mark();
    let ended = match entry.run {
        Run::Data(command) => {
            let call = Call { command, db: session.db(), words };
            return match server.driver.run(&call, &mut session.scratch, out).await {
                Ended::Answered(committed) => committed.into(),
                Ended::Blocked(place) => wait_in_line(turn, place, out).await.into(),
                Ended::Streams(streaming, committed) => begin(streaming, committed, out).await,
            };
        }
        Run::Session(handler) => handler(session, settings, words, out),
        Run::Admin(handler) => handler(Context { server, session }, words, out).await,
        Run::Transaction(Transaction::Exec) => {
            match transaction::exec(server, session, settings, out).await {
                Ok(executed) => {
                    for entry in executed.entries {
                        server.stats.ran(entry, 0, Outcome::Succeeded, false);
                    }
                    return executed.committed.unwrap_or(NOTHING).into();
                }
                Err(fault) => Err(fault),
            }
        }
        Run::Transaction(Transaction::Watch) => {
            transaction::watch(server, session, words, out).await
        }
        Run::Transaction(what) => change(turn, what, out),
    };
    end(ended, mark, out);
    // Admin commands that change data wait for the journal themselves.
    NOTHING.into()
}

/// Makes the first part of an answer: what fails before it is there is an error like any other.
async fn begin(mut streaming: Streaming, committed: Committed, out: &mut Writer) -> Answered {
    loop {
        match streaming.next(out).await {
            Ok(Written::Part) if out.is_empty() => {}
            Ok(Written::Part) => return Answered { committed, rest: Some(streaming) },
            Ok(Written::Last) => return committed.into(),
            Err(failed) => {
                out.clear();
                out.error(failure_text(failed));
                return NOTHING.into();
            }
        }
    }
}

/// Waits until a call that blocks has its answer.
async fn wait_in_line(turn: &mut Turn<'_>, place: Place<'_>, out: &mut Writer) -> Committed {
    let Turn { server, session, .. } = turn;
    let start = server.clock.monotonic_micros();
    let client = Arc::clone(session.client());
    let _shown = server.clients.show_blocked(&client, place.blocked());
    let committed = place.wait(&mut session.scratch, out).await;
    turn.blocked_micros = server.clock.monotonic_micros().saturating_sub(start);
    committed
}

/// What follows every command: its reply is counted if it is an error, and dropped if the client
/// wants none. Returns whether it was an error.
#[inline]
pub(crate) fn conclude(
    server: &Server,
    session: &mut Session,
    mark: usize,
    out: &mut Writer,
) -> bool {
    let failed = out.as_slice().get(mark) == Some(&b'-');
    if failed && let Some(text) = out.as_slice().get(mark + 1..) {
        server.errors.add(text);
    }
    if session.replies != Replies::On {
        drop_reply(session, mark, out);
    }
    failed
}

#[cold]
fn drop_reply(session: &mut Session, mark: usize, out: &mut Writer) {
    match session.replies {
        Replies::On => {}
        Replies::Off => out.truncate(mark),
        Replies::SkipNext => {
            out.truncate(mark);
            session.replies = Replies::Skip;
        }
        Replies::Skip => {
            out.truncate(mark);
            session.replies = Replies::On;
        }
    }
}

/// The later of two, for each.
pub(crate) fn later(one: Committed, other: Committed) -> Committed {
    Committed { lsn: one.lsn.max(other.lsn), seen: one.seen.max(other.seen) }
}

fn end(ended: Result<(), Fault>, mark: usize, out: &mut Writer) {
    if let Err(fault) = ended {
        out.truncate(mark);
        fault.write(out);
    }
}

fn change(turn: &mut Turn<'_>, what: Transaction, out: &mut Writer) -> Result<(), Fault> {
    let Turn { server, session, settings, .. } = turn;
    match what {
        Transaction::Multi => transaction::multi(session, out),
        Transaction::Discard => transaction::discard(server, session, out),
        Transaction::Unwatch => {
            transaction::unwatch(server, session);
            out.ok();
            Ok(())
        }
        Transaction::Reset => {
            transaction::forget(server, session);
            session.reset(settings.requirepass.is_none(), out);
            out.simple("RESET");
            Ok(())
        }
        Transaction::Exec | Transaction::Watch => unreachable!("they wait"),
    }
}

/// Whether MULTI keeps it for EXEC.
fn is_queueable(entry: &Entry) -> bool {
    match entry.run {
        Run::Transaction(what) => what == Transaction::Unwatch,
        Run::Session(_) => entry.spec.name != "quit",
        Run::Data(_) | Run::Admin(_) => true,
    }
}

/// Whether a pause concerns it.
fn is_held_back(session: &Session, entry: &Entry, what: Paused) -> bool {
    match what {
        Paused::All => true,
        Paused::Writes => match entry.run {
            Run::Transaction(Transaction::Exec) => {
                session.queue.as_ref().is_some_and(transaction::Queue::writes)
            }
            _ => entry.spec.writes() || entry.spec.has(hadal_command::Flag::MayReplicate),
        },
    }
}
