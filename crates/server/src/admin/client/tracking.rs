//! Client-side caching, which is not there yet: what asks about it is answered as by a server
//! where nobody uses it, what wants it is refused.

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use crate::{config::Settings, session::Session};

pub(super) fn tracking(
    _: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    match words[2] {
        word if parse::is(word, "OFF") => {
            reply.ok();
            Ok(())
        }
        word if parse::is(word, "ON") => {
            Err(Fault::Text("ERR client-side caching is not supported yet"))
        }
        _ => Err(Fault::Syntax),
    }
}

pub(super) fn caching(
    _: &mut Session,
    _: &Settings,
    _: Words<'_>,
    _: &mut Writer,
) -> Result<(), Fault> {
    Err(Fault::Text(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or \
         OPTOUT mode enabled",
    ))
}

pub(super) fn getredir(
    _: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    reply.int(-1);
    Ok(())
}

pub(super) fn trackinginfo(
    _: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    reply.map(3);
    reply.bulk(b"flags");
    reply.set(1);
    reply.bulk(b"off");
    reply.bulk(b"redirect");
    reply.int(-1);
    reply.bulk(b"prefixes");
    reply.array(0);
    Ok(())
}
