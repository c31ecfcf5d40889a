//! COMMAND GETKEYS and GETKEYSANDFLAGS: the keys of a call that is not run.

use hadal_command::{Fault, Flag, Key, Words};
use hadal_resp::Writer;

use super::describe;
use crate::{
    admin::at_once,
    table::{Answer, Context, Found, Table},
};

pub(super) fn getkeys<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    let call = &words[2..];
    at_once(keys(&context.server.table, call).map(|keys| {
        reply.array(keys.len());
        for key in keys {
            reply.bulk(call[key.word]);
        }
    }))
}

pub(super) fn getkeysandflags<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    let call = &words[2..];
    at_once(keys(&context.server.table, call).map(|keys| {
        reply.array(keys.len());
        for key in keys {
            reply.array(2);
            reply.bulk(call[key.word]);
            describe::key_flags(&key.flags, reply);
        }
    }))
}

/// The keys of `call`, each a word of it.
fn keys(table: &Table, call: Words<'_>) -> Result<Vec<Key>, Fault> {
    let Found::Entry(entry) = table.find(call) else {
        return Err(Fault::Text("ERR Invalid command specified"));
    };
    let spec = entry.spec;
    if spec.keys.is_empty() && spec.find_keys.is_none() {
        return Err(Fault::Text("ERR The command has no key arguments"));
    }
    if !spec.arity.accepts(call.len()) {
        return Err(Fault::Text("ERR Invalid number of arguments specified for command"));
    }
    let mut keys = Vec::new();
    spec.find_keys(call, &mut |key| {
        if key.word < call.len() {
            keys.push(key);
        }
    });
    if keys.is_empty() && !spec.has(Flag::NoMandatoryKeys) {
        return Err(Fault::Text("ERR Invalid arguments specified for command"));
    }
    Ok(keys)
}
