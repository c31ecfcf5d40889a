//! EXEC.
//!
//! Commands on data run in the driver, all under one set of locks. Those on the session or the
//! server cannot run there: they run right after, and their replies are put where they belong.
//! What they see is the end of the transaction; clients do not see the difference, for nobody
//! else gets in between.

use std::ops::Range;

use hadal_command::{Fault, Words};
use hadal_keyspace::Committed;
use hadal_resp::Writer;
use smallvec::SmallVec;

use super::{forget, unwatch};
use crate::config::Settings;
use crate::driver::{Call, Step};
use crate::server::Server;
use crate::session::{Session, database};
use crate::table::{Context, Entry, Run};

/// What EXEC did.
#[derive(Debug)]
pub(crate) struct Executed {
    /// What its reply has to wait for.
    pub(crate) committed: Option<Committed>,
    /// The commands that ran, by their place in the table.
    pub(crate) entries: SmallVec<[usize; 16]>,
}

/// What becomes of one queued call.
enum Planned<'a> {
    Data(Call<'a>),
    Flush(Range<u32>),
    Swap(u32, u32),
    /// Already known to fail.
    Fault(Fault),
    /// Runs after the others.
    After(&'a Entry, Words<'a>),
}

/// EXEC: runs what is queued and replies with the array of its replies.
pub(crate) async fn exec(
    server: &Server,
    session: &mut Session,
    settings: &Settings,
    reply: &mut Writer,
) -> Result<Executed, Fault> {
    let Some(mut queue) = session.queue.take() else {
        return Err(Fault::Text("ERR EXEC without MULTI"));
    };
    session.client().show_multi(None);
    if queue.is_aborted() {
        server.driver.release(queue.pins());
        forget(server, session);
        return Err(Fault::Text("EXECABORT Transaction discarded because of previous errors."));
    }
    let start = reply.mark();
    let committed = {
        let words = queue.words();
        let calls = queue.calls().map(|(entry, range)| (&server.table.entries()[entry], range));
        let mut db = session.db();
        let plans: Vec<Planned<'_>> =
            calls.map(|(entry, range)| plan(entry, &words[range], settings, &mut db)).collect();
        run(server, session, settings, &plans, reply).await
    };
    let entries = queue.entries();
    server.driver.release(queue.pins());
    unwatch(server, session);
    if committed.is_none() {
        reply.truncate(start);
        reply.null_array();
        return Ok(Executed { committed, entries: SmallVec::new() });
    }
    Ok(Executed { committed, entries })
}

/// What becomes of a call; `db` is the database selected when its turn comes.
fn plan<'a>(entry: &'a Entry, words: Words<'a>, settings: &Settings, db: &mut u32) -> Planned<'a> {
    let flush = |range: Range<u32>| match words[1..] {
        [] => Planned::Flush(range),
        [how] if how.eq_ignore_ascii_case(b"async") || how.eq_ignore_ascii_case(b"sync") => {
            Planned::Flush(range)
        }
        _ => Planned::Fault(Fault::Syntax),
    };
    match (entry.run, entry.spec.name) {
        (Run::Data(command), _) => Planned::Data(Call { command, db: *db, words }),
        (_, "flushdb") => flush(*db..*db + 1),
        (_, "flushall") => flush(0..settings.databases),
        (_, "swapdb") => {
            let index = |word| database(word, settings.databases);
            match (index(words[1]), index(words[2])) {
                (Ok(one), Ok(other)) => Planned::Swap(one, other),
                // It knows how to say what is wrong.
                _ => Planned::After(entry, words),
            }
        }
        (_, name) => {
            if name == "select" {
                *db = database(words[1], settings.databases).unwrap_or(*db);
            }
            Planned::After(entry, words)
        }
    }
}

async fn run(
    server: &Server,
    session: &mut Session,
    settings: &Settings,
    plans: &[Planned<'_>],
    reply: &mut Writer,
) -> Option<Committed> {
    let start = reply.mark();
    // A reply begins where the step in front of it notes it; one more note at the end.
    let mut marks = vec![None; plans.len() + 1];
    let plain = plans.iter().all(|plan| matches!(plan, Planned::Data(_)));
    let mut steps: Vec<Step<'_>> = Vec::with_capacity(plans.len() * 2 + 1);
    let mut notes = marks.iter_mut();
    for plan in plans {
        if !plain && let Some(note) = notes.next() {
            steps.push(Step::Note(note));
        }
        match plan {
            Planned::Data(call) => steps.push(Step::Call(*call)),
            Planned::Flush(databases) => steps.extend(databases.clone().map(Step::Flush)),
            Planned::Swap(one, other) => steps.push(Step::Swap(*one, *other)),
            Planned::Fault(_) | Planned::After(..) => {}
        }
    }
    if !plain && let Some(note) = notes.next() {
        steps.push(Step::Note(note));
    }
    let committed =
        server.driver.exec(&mut steps, &session.watching, &mut session.scratch, reply).await?;
    drop(steps);
    // None are there if nothing ran.
    let marks: Vec<usize> = marks.into_iter().flatten().collect();
    if !plain && marks.len() == plans.len() + 1 {
        stitch(server, session, settings, (plans, &marks, start), reply).await;
    }
    Some(committed)
}

/// Puts the reply together from what the driver wrote from `start` on and what runs only now.
async fn stitch(
    server: &Server,
    session: &mut Session,
    settings: &Settings,
    (plans, marks, start): (&[Planned<'_>], &[usize], usize),
    reply: &mut Writer,
) {
    let written = reply.as_slice()[start..].to_vec();
    reply.truncate(start);
    reply.array(plans.len());
    for (plan, ends) in plans.iter().zip(marks.windows(2)) {
        match plan {
            Planned::Data(_) | Planned::Swap(..) => {
                reply.raw(&written[ends[0] - start..ends[1] - start]);
            }
            Planned::Flush(_) => reply.ok(),
            Planned::Fault(fault) => fault.write(reply),
            Planned::After(entry, words) => {
                after(server, session, settings, (entry, words), reply).await;
            }
        }
    }
}

async fn after(
    server: &Server,
    session: &mut Session,
    settings: &Settings,
    (entry, words): (&Entry, Words<'_>),
    reply: &mut Writer,
) {
    let start = reply.mark();
    let ran = match entry.run {
        Run::Session(handler) => handler(session, settings, words, reply),
        Run::Admin(handler) => handler(Context { server, session }, words, reply).await,
        // UNWATCH: the transaction has done so. Others are not queued.
        Run::Transaction(_) | Run::Data(_) => {
            reply.ok();
            Ok(())
        }
    };
    if let Err(fault) = ran {
        reply.truncate(start);
        fault.write(reply);
    }
}
