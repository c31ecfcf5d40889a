//! MULTI, EXEC, DISCARD, WATCH, UNWATCH and RESET: commands that are kept until they run as one.
//!
//! Words are copied when they are queued, and their keys asked for at once: EXEC rarely has to
//! wait for a load.

mod exec;
mod queue;
mod specs;

use hadal_command::{Fault, Words};
use hadal_keyspace::Moment;
use hadal_resp::Writer;

pub(crate) use exec::exec;
pub use queue::Queue;
pub use specs::COMMANDS;

use crate::driver::Call;
use crate::server::Server;
use crate::session::{Session, database};
use crate::table::{Entry, Run};

/// MULTI.
pub(crate) fn multi(session: &mut Session, reply: &mut Writer) -> Result<(), Fault> {
    if session.queue.is_some() {
        return Err(Fault::Text("ERR MULTI calls can not be nested"));
    }
    session.queue = Some(Queue::new(session.db()));
    session.client().show_multi(Some((0, 0)));
    reply.ok();
    Ok(())
}

/// DISCARD.
pub(crate) fn discard(
    server: &Server,
    session: &mut Session,
    reply: &mut Writer,
) -> Result<(), Fault> {
    if session.queue.is_none() {
        return Err(Fault::Text("ERR DISCARD without MULTI"));
    }
    forget(server, session);
    reply.ok();
    Ok(())
}

/// Drops what is queued and watched.
pub(crate) fn forget(server: &Server, session: &mut Session) {
    if let Some(mut queue) = session.queue.take() {
        server.driver.release(queue.pins());
        session.client().show_multi(None);
    }
    unwatch(server, session);
}

/// Stops watching.
pub(crate) fn unwatch(server: &Server, session: &mut Session) {
    if !session.watching.is_empty() {
        server.driver.unwatch(&mut session.watching);
        session.show_watched();
    }
}

/// WATCH.
pub(crate) async fn watch(
    server: &Server,
    session: &mut Session,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    if session.queue.is_some() {
        return Err(Fault::Text("ERR WATCH inside MULTI is not allowed"));
    }
    let db = session.db();
    for key in &words[1..] {
        let watched =
            server.driver.watch(db, key, &mut session.watching, &mut session.scratch).await;
        session.show_watched();
        watched.map_err(Fault::Text)?;
    }
    reply.ok();
    Ok(())
}

/// Keeps a call for EXEC and asks for its keys.
pub(crate) fn enqueue(
    server: &Server,
    session: &mut Session,
    entry: &Entry,
    words: Words<'_>,
    now: Moment,
) {
    let databases = server.driver.dataset().keyspace().spaces().count();
    let Some(queue) = session.queue.as_mut() else { return };
    queue.push(entry, words);
    match entry.run {
        Run::Data(command) => {
            let call = Call { command, db: queue.db, words };
            server.driver.preload(&call, now, queue.pins());
        }
        _ if entry.spec.name == "select" => {
            queue.db =
                words.get(1).map_or(queue.db, |word| database(word, databases).unwrap_or(queue.db));
        }
        _ => {}
    }
    let shown = (queue.len(), queue.bytes());
    session.client().show_multi(Some(shown));
}
