//! SAVE and BGSAVE, which write snapshots; BGREWRITEAOF and WAITAOF, which are about the journal.

mod name;
mod specs;
mod state;

use std::{future::pending, sync::Arc};

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

pub(super) use state::{Saving, Status, Work};

use super::{at_once, disk_fault, replication::timeout};
use crate::{
    server::Server,
    table::{Answer, Command, Context, Run},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::BGREWRITEAOF, run: Run::Admin(bgrewriteaof) },
    Command { spec: specs::BGSAVE, run: Run::Admin(bgsave) },
    Command { spec: specs::LASTSAVE, run: Run::Admin(lastsave) },
    Command { spec: specs::SAVE, run: Run::Admin(save) },
    Command { spec: specs::WAITAOF, run: Run::Admin(waitaof) },
];

const IN_PROGRESS: Fault = Fault::Text("ERR Background save already in progress");

/// What writes a snapshot and notes how that went. `None`: another one is being written.
fn begin_snapshot(server: &Server) -> Option<impl Future<Output = Result<(), String>> + use<>> {
    let clock = Arc::clone(&server.clock);
    let saving = Arc::clone(&server.gauges.saving);
    let driver = Arc::clone(&server.driver);
    let work = saving.begin(Work::Snapshot, clock.unix_millis())?;
    Some(async move {
        let result = driver.snapshot(&name::at(clock.unix_millis())).await.map(drop);
        work.end(result.is_ok(), clock.unix_millis());
        result
    })
}

fn save<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        let snapshot = begin_snapshot(context.server).ok_or(IN_PROGRESS)?;
        // As a task of its own: a client that leaves does not end it half-way.
        match tokio::spawn(snapshot).await {
            Ok(Ok(())) => reply.ok(),
            Ok(Err(error)) => return Err(disk_fault(&error)),
            Err(_) => return Err(Fault::Text("ERR the server is ending")),
        }
        Ok(())
    })
}

fn bgsave<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    match &words[1..] {
        [] => {}
        [word] if parse::is(word, "SCHEDULE") => {}
        _ => return at_once(Err(Fault::Syntax)),
    }
    let Some(snapshot) = begin_snapshot(context.server) else {
        return at_once(Err(IN_PROGRESS));
    };
    tokio::spawn(snapshot);
    reply.simple("Background saving started");
    at_once(Ok(()))
}

/// Nothing is rewritten: once everything owed is in the store, the journal can be truncated.
fn bgrewriteaof<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let server = context.server;
    let (clock, driver) = (Arc::clone(&server.clock), Arc::clone(&server.driver));
    let Some(work) = server.gauges.saving.begin(Work::Truncation, clock.unix_millis()) else {
        let text = "ERR Background append only file rewriting already in progress";
        return at_once(Err(Fault::Text(text)));
    };
    tokio::spawn(async move {
        let result = driver.save_all().await;
        if let Err(error) = &result {
            tracing::error!(error, "journal could not be truncated");
        }
        work.end(result.is_ok(), clock.unix_millis());
    });
    reply.simple("Background append only file rewriting started");
    at_once(Ok(()))
}

fn lastsave<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    reply.int(context.server.driver.stats().last_save.cast_signed());
    at_once(Ok(()))
}

/// There are no replicas, so waiting for them ends with the timeout.
fn waitaof<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        local(words[1])?;
        let wants_replicas = replicas(words[2])? > 0;
        let time = timeout(words[3])?;
        let driver = &context.server.driver;
        let last = driver.dataset().journal().last();
        let synced = async {
            let synced = driver.sync_journal().await;
            if wants_replicas && synced.is_ok() {
                pending::<()>().await;
            }
            synced
        };
        let synced = match time {
            None => synced.await,
            // Running out of time is no error: the reply says how far it got.
            Some(time) => tokio::time::timeout(time, synced).await.unwrap_or(Ok(())),
        };
        synced.map_err(|_| Fault::Text(JOURNAL_FAILED))?;
        reply.array(2);
        reply.int(i64::from(driver.dataset().durable().0 >= last.0));
        reply.int(0);
        Ok(())
    })
}

const JOURNAL_FAILED: &str = "MISCONF The journal could not be written: what was written since \
    the last sync may be lost. See the log.";

/// How many of this server's journals must have it: it has one.
fn local(word: &[u8]) -> Result<(), Fault> {
    match parse::int(word)? {
        0..=1 => Ok(()),
        _ => Err(Fault::Text("ERR value is out of range, value must between 0 and 1")),
    }
}

fn replicas(word: &[u8]) -> Result<u64, Fault> {
    let wrong = |_| Fault::Text("ERR value is out of range, must be positive");
    u64::try_from(parse::int(word)?).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_journal_and_any_number_of_replicas() {
        assert_eq!(local(b"1"), Ok(()));
        let wrong = "ERR value is out of range, value must between 0 and 1";
        assert_eq!(local(b"2"), Err(Fault::Text(wrong)));
        assert_eq!(local(b"x"), Err(Fault::NotAnInteger));
        assert_eq!(replicas(b"7"), Ok(7));
        let wrong = "ERR value is out of range, must be positive";
        assert_eq!(replicas(b"-1"), Err(Fault::Text(wrong)));
    }
}
