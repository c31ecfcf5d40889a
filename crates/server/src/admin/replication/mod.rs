//! What there is to say about replication while there is none: this server is a primary without
//! replicas.

mod specs;

use std::time::Duration;

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use crate::{
    config::Settings,
    session::Session,
    table::{Command, Run},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::REPLICAOF, run: Run::Session(replicaof) },
    Command { spec: specs::ROLE, run: Run::Session(role) },
    Command { spec: specs::SLAVEOF, run: Run::Session(replicaof) },
    Command { spec: specs::WAIT, run: Run::Session(wait) },
];

fn replicaof(
    _: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    if parse::is(words[1], "NO") && parse::is(words[2], "ONE") {
        reply.ok();
        return Ok(());
    }
    let port = parse::int(words[2]).map_err(|_| Fault::Text("ERR Invalid master port"))?;
    if !(0..=65535).contains(&port) {
        return Err(Fault::Text("ERR Invalid master port"));
    }
    Err(Fault::Text("ERR replication is not supported yet: this server cannot be a replica"))
}

fn role(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    reply.array(3);
    reply.bulk(b"master");
    reply.int(0);
    reply.array(0);
    Ok(())
}

/// There are no replicas that could acknowledge anything, so there is nothing to wait for: what
/// Redis would answer after the timeout is answered at once.
fn wait(_: &mut Session, _: &Settings, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    parse::int(words[1])?;
    timeout(words[2])?;
    reply.int(0);
    Ok(())
}

/// Reads a timeout in milliseconds; 0 is none at all.
pub(super) fn timeout(word: &[u8]) -> Result<Option<Duration>, Fault> {
    let millis = parse::int(word)
        .map_err(|_| Fault::Text("ERR timeout is not an integer or out of range"))?;
    let millis = u64::try_from(millis).map_err(|_| Fault::Text("ERR timeout is negative"))?;
    Ok((millis != 0).then(|| Duration::from_millis(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_of_zero_is_none_and_a_negative_one_is_refused() {
        assert_eq!(timeout(b"0"), Ok(None));
        assert_eq!(timeout(b"15"), Ok(Some(Duration::from_millis(15))));
        assert_eq!(timeout(b"-1"), Err(Fault::Text("ERR timeout is negative")));
        let not_a_number = Fault::Text("ERR timeout is not an integer or out of range");
        assert_eq!(timeout(b"x"), Err(not_a_number));
    }
}
