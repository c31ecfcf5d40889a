//! CLIENT KILL, PAUSE, UNBLOCK and UNPAUSE: one connection decides over others.

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use super::filter::Filter;
use crate::{
    admin::{at_once, replication::timeout, wrong_words},
    driver::Unblock,
    session::Paused,
    table::{Answer, Context},
};

pub(super) fn kill<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    at_once(kill_now(context, words, reply))
}

fn kill_now(context: Context<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    let filter = Filter::parse(&words[2..])?;
    let me = context.session.client().id;
    let mut killed = 0;
    for client in context.server.clients.all() {
        let is_me = client.id == me;
        if !filter.accepts(&client) || (is_me && filter.skip_me) {
            continue;
        }
        killed += 1;
        if is_me {
            context.session.close_after_replies();
        } else {
            client.kill();
        }
    }
    match (words.len(), killed) {
        (3, 0) => return Err(Fault::Text("ERR No such client")),
        (3, _) => reply.ok(),
        _ => reply.int(killed),
    }
    Ok(())
}

pub(super) fn pause<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    at_once(pause_now(&context, words, reply))
}

fn pause_now(context: &Context<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    let what = match &words[3..] {
        [] => Paused::All,
        [word] if parse::is(word, "ALL") => Paused::All,
        [word] if parse::is(word, "WRITE") => Paused::Writes,
        [_] => return Err(Fault::Text("ERR CLIENT PAUSE mode must be WRITE or ALL")),
        _ => return Err(wrong_words(words)),
    };
    let millis = timeout(words[2])?.map_or(0, |time| time.as_millis() as u64);
    let now = context.server.clock.monotonic_micros() / 1_000;
    context.server.clients.pause.start(now.saturating_add(millis), what, now);
    reply.ok();
    Ok(())
}

pub(super) fn unpause<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    context.server.clients.pause.end();
    reply.ok();
    at_once(Ok(()))
}

pub(super) fn unblock<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    at_once(unblock_now(&context, words, reply))
}

fn unblock_now(context: &Context<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    let how = match words.get(3) {
        None => Unblock::TimedOut,
        Some(reason) if parse::is(reason, "TIMEOUT") => Unblock::TimedOut,
        Some(reason) if parse::is(reason, "ERROR") => Unblock::Error,
        Some(_) => {
            return Err(Fault::Text("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        }
    };
    let id = u64::try_from(parse::int(words[2])?).ok();
    let client = id.and_then(|id| context.server.clients.get(id));
    let blocked = client.and_then(|client| client.blocked());
    let was_blocked = blocked.is_some_and(|blocked| blocked.unblock(how));
    reply.int(i64::from(was_blocked));
    Ok(())
}
