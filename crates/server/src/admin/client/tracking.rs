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
        word if parse::is(word, "ON") => Err(refusal(&words[3..])),
        _ => Err(Fault::Syntax),
    }
}

/// Mistakes are told as such, before what is right is refused.
fn refusal(mut options: Words<'_>) -> Fault {
    let (mut prefix, mut broadcast) = (false, false);
    while let [option, rest @ ..] = options {
        options = rest;
        if ["OPTIN", "OPTOUT", "NOLOOP"].iter().any(|name| parse::is(option, name)) {
            continue;
        }
        if parse::is(option, "BCAST") {
            broadcast = true;
            continue;
        }
        let [_, rest @ ..] = rest else { return Fault::Syntax };
        options = rest;
        if parse::is(option, "PREFIX") {
            prefix = true;
        } else if !parse::is(option, "REDIRECT") {
            return Fault::Syntax;
        }
    }
    Fault::Text(if prefix && !broadcast {
        "ERR PREFIX option requires BCAST mode to be enabled"
    } else {
        "ERR client-side caching is not supported yet"
    })
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
