//! Commands on whole databases: SCAN, KEYS, RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL, SWAPDB.
//!
//! They see the store by pages, through the driver; nothing they read stays in memory.

#![expect(clippy::needless_pass_by_value, reason = "every handler has one shape")]

mod cursor;
mod specs;

use hadal_command::{Fault, Words, parse};
use hadal_keyspace::Committed;
use hadal_resp::Writer;
use hadal_storage::journal::Refusal;
use hadal_value::glob::{Case, matches};

use self::cursor::Options;
use crate::{
    driver::refusal_text,
    server::Server,
    table::{Answer, Command, Context, Run},
};

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    Command { spec: specs::DBSIZE, run: Run::Admin(dbsize) },
    Command { spec: specs::FLUSHALL, run: Run::Admin(flushall) },
    Command { spec: specs::FLUSHDB, run: Run::Admin(flushdb) },
    Command { spec: specs::KEYS, run: Run::Admin(keys) },
    Command { spec: specs::RANDOMKEY, run: Run::Admin(randomkey) },
    Command { spec: specs::SCAN, run: Run::Admin(scan) },
    Command { spec: specs::SWAPDB, run: Run::Admin(swapdb) },
];

/// Keys read at a time by KEYS.
const PAGE: usize = 1_024;
/// KEYS refuses to reply with more than one n-th of `maxmemory`: the reply has to be in memory.
const KEYS_SHARE: u64 = 8;

fn unread(error: String) -> Fault {
    tracing::error!(error, "database could not be read");
    Fault::Said(format!("IOERR {error}"))
}

fn dbsize<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        let count = context.server.driver.dbsize(context.session.db()).await.map_err(unread)?;
        reply.int(count.cast_signed());
        Ok(())
    })
}

fn randomkey<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        match context.server.driver.random_key(context.session.db()).await.map_err(unread)? {
            Some(key) => reply.bulk(&key),
            None => reply.null(),
        }
        Ok(())
    })
}

fn scan<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        let cursor = parse::cursor(words[1])?;
        let options = Options::parse(&words[2..])?;
        let driver = &context.server.driver;
        let page =
            driver.scan(context.session.db(), cursor, options.count).await.map_err(unread)?;
        let keys: Vec<&Vec<u8>> = page.keys.iter().filter(|key| options.accepts(key)).collect();
        reply.array(2);
        reply.bulk(page.cursor.to_string().as_bytes());
        reply.array(keys.len());
        for key in keys {
            reply.bulk(key);
        }
        Ok(())
    })
}

fn keys<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        let (server, db) = (context.server, context.session.db());
        let bytes_max = server.config.settings().maxmemory_bytes / KEYS_SHARE;
        let mut found = Writer::new(reply.proto());
        let mut count = 0;
        let mut cursor = 0;
        loop {
            let page = server.driver.scan(db, cursor, PAGE).await.map_err(unread)?;
            for key in page.keys.iter().filter(|key| matches(words[1], key, Case::Matters)) {
                found.bulk(key);
                count += 1;
            }
            if found.len() as u64 > bytes_max {
                return Err(Fault::Text(
                    "ERR the keys that match do not fit in memory: use SCAN, or raise maxmemory",
                ));
            }
            cursor = page.cursor;
            if cursor == 0 {
                break;
            }
        }
        reply.array(count);
        reply.raw(found.as_slice());
        Ok(())
    })
}

fn flushdb<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        mode(&words[1..])?;
        let db = context.session.db();
        let flushed = context.server.driver.flush(std::iter::once(db));
        finish(context.server, flushed, reply).await
    })
}

fn flushall<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        mode(&words[1..])?;
        let Context { server, .. } = context;
        let databases = 0..server.config.settings().databases;
        let flushed = server.driver.flush(databases);
        finish(server, flushed, reply).await
    })
}

/// ASYNC and SYNC mean the same here: space comes back in the background.
fn mode(options: Words<'_>) -> Result<(), Fault> {
    match options {
        [] => Ok(()),
        [word] if parse::is(word, "ASYNC") || parse::is(word, "SYNC") => Ok(()),
        _ => Err(Fault::Syntax),
    }
}

fn swapdb<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        let Context { server, .. } = context;
        let (one, other) = databases_of(words, server.config.settings().databases)?;
        let swapped = server.driver.swap(one, other);
        finish(server, swapped, reply).await
    })
}

fn databases_of(words: Words<'_>, databases: u32) -> Result<(u32, u32), Fault> {
    let number = |word, wrong| {
        let number = parse::int(word).map_err(|_| Fault::Text(wrong))?;
        i32::try_from(number).map_err(|_| Fault::Text(wrong))
    };
    let one = number(words[1], "ERR invalid first DB index")?;
    let other = number(words[2], "ERR invalid second DB index")?;
    let existing = |number: i32| {
        u32::try_from(number).ok().filter(|db| *db < databases).ok_or(Fault::DbOutOfRange)
    };
    Ok((existing(one)?, existing(other)?))
}

/// Replies once the change is as durable as the operator wants.
async fn finish(
    server: &Server,
    committed: Result<Committed, Refusal>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    let refused = |refusal| Fault::Text(refusal_text(refusal));
    let committed = committed.map_err(refused)?;
    server.driver.committed(committed).await.map_err(|_| refused(Refusal::Failed))?;
    reply.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_to_swap_must_be_numbers_of_databases() {
        let swap = |one: &str, other: &str| {
            databases_of(&[b"swapdb", one.as_bytes(), other.as_bytes()], 16)
                .map_err(|fault| fault.to_string())
        };
        assert_eq!(swap("0", "15"), Ok((0, 15)));
        assert_eq!(swap("x", "y"), Err("ERR invalid first DB index".into()));
        assert_eq!(swap("0", "y"), Err("ERR invalid second DB index".into()));
        assert_eq!(swap("0", "99999999999"), Err("ERR invalid second DB index".into()));
        assert_eq!(swap("0", "16"), Err("ERR DB index is out of range".into()));
        assert_eq!(swap("-1", "0"), Err("ERR DB index is out of range".into()));
    }

    #[test]
    fn flushing_takes_one_word_at_most() {
        assert_eq!(mode(&[]), Ok(()));
        assert_eq!(mode(&[b"async"]), Ok(()));
        assert_eq!(mode(&[b"Sync"]), Ok(()));
        assert_eq!(mode(&[b"foo"]), Err(Fault::Syntax));
        assert_eq!(mode(&[b"async", b"sync"]), Err(Fault::Syntax));
    }
}
