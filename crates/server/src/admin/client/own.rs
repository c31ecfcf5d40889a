//! What a connection asks and sets about itself.

use std::sync::atomic::{AtomicBool, Ordering};

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use super::line::is_printable;
use crate::{
    config::Settings,
    session::{Client, Replies, Session},
};

pub(super) fn id(
    session: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    reply.int(session.client().id.cast_signed());
    Ok(())
}

pub(super) fn getname(
    session: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    let names = session.client().names.lock();
    if names.name.is_empty() {
        reply.null();
    } else {
        reply.bulk(&names.name);
    }
    Ok(())
}

pub(super) fn setname(
    session: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    set_name(session.client(), words[2])?;
    reply.ok();
    Ok(())
}

/// Names a client; an empty name takes the old one away. `HELLO … SETNAME` uses it too.
pub(crate) fn set_name(client: &Client, name: &[u8]) -> Result<(), Fault> {
    if !is_printable(name) {
        return Err(Fault::Text(
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ));
    }
    client.names.lock().name = name.to_vec();
    Ok(())
}

pub(super) fn setinfo(
    session: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    let (option, value) = (words[2], words[3]);
    let told = String::from_utf8_lossy(option);
    let is_library = parse::is(option, "LIB-NAME");
    if !is_library && !parse::is(option, "LIB-VER") {
        return Err(Fault::Said(format!("ERR Unrecognized option '{told}'")));
    }
    if !is_printable(value) {
        return Err(Fault::Said(format!(
            "ERR {told} cannot contain spaces, newlines or special characters."
        )));
    }
    let mut names = session.client().names.lock();
    let name = if is_library { &mut names.lib_name } else { &mut names.lib_version };
    *name = value.to_vec();
    reply.ok();
    Ok(())
}

pub(super) fn no_evict(
    session: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    switch(&session.client().no_evict, words[2], reply)
}

pub(super) fn no_touch(
    session: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    switch(&session.client().no_touch, words[2], reply)
}

fn switch(flag: &AtomicBool, word: &[u8], reply: &mut Writer) -> Result<(), Fault> {
    let on = match word {
        word if parse::is(word, "ON") => true,
        word if parse::is(word, "OFF") => false,
        _ => return Err(Fault::Syntax),
    };
    flag.store(on, Ordering::Relaxed);
    reply.ok();
    Ok(())
}

pub(super) fn reply(
    session: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    match words[2] {
        word if parse::is(word, "ON") => {
            session.replies = Replies::On;
            reply.ok();
        }
        word if parse::is(word, "OFF") => session.replies = Replies::Off,
        word if parse::is(word, "SKIP") => {
            if session.replies != Replies::Off {
                session.replies = Replies::SkipNext;
            }
        }
        _ => return Err(Fault::Syntax),
    }
    Ok(())
}
