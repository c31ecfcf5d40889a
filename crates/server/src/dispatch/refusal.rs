//! Whether a call may run at all.

use std::borrow::Cow;
use std::fmt::Write as _;

use hadal_command::{Fault, Flag, Words};
use hadal_resp::Writer;

use super::Turn;
use crate::table::{Entry, Found, Run, Transaction};
use crate::transaction;

/// Bytes of a call that an error shows.
const SHOWN_MAX: usize = 128;

/// The command that a call is for, if it may run.
#[inline]
pub(super) fn admit<'t>(
    turn: &Turn<'_>,
    found: Found<'t>,
    words: Words<'_>,
) -> Result<&'t Entry, Fault> {
    let Found::Entry(entry) = found else { return Err(unknown(found, words)) };
    if !entry.spec.arity.accepts(words.len()) {
        return Err(Fault::wrong_arity(entry.spec));
    }
    if entry.spec.flags.is_empty() {
        return if turn.session.authenticated() { Ok(entry) } else { Err(NO_AUTH) };
    }
    admit_flagged(turn, entry)
}

const NO_AUTH: Fault = Fault::Text("NOAUTH Authentication required.");

/// Those with flags are few, or not worth hurrying for.
fn admit_flagged<'t>(turn: &Turn<'_>, entry: &'t Entry) -> Result<&'t Entry, Fault> {
    if entry.spec.has(Flag::Protected) && !may_use_protected(turn, entry) {
        let name = entry.spec.container().unwrap_or(entry.spec.name).to_uppercase();
        let option = if name == "DEBUG" { "enable-debug-command" } else { "enable-module-command" };
        return Err(Fault::Said(format!(
            "ERR {name} command not allowed. If the {option} option is set to \"local\", you can \
             run it from a local connection, otherwise you need to set this option in the \
             configuration file, and then restart the server."
        )));
    }
    if !turn.session.authenticated() && !entry.spec.has(Flag::NoAuth) {
        return Err(NO_AUTH);
    }
    if turn.session.in_multi() && entry.spec.has(Flag::NoMulti) {
        return Err(Fault::Text("ERR Command not allowed inside a transaction"));
    }
    Ok(entry)
}

fn may_use_protected(turn: &Turn<'_>, entry: &Entry) -> bool {
    let is_debug = entry.spec.name.starts_with("debug");
    is_debug && turn.settings.enable_debug_command.allows(turn.session.client().local)
}

/// Replies with why a call does not run, and remembers it.
#[cold]
pub(super) fn write(turn: &mut Turn<'_>, found: Found<'_>, fault: &Fault, out: &mut Writer) {
    if let Some(queue) = turn.session.queue.as_mut() {
        queue.abort();
    }
    let text = fault.text();
    let is_exec = |entry: &Entry| matches!(entry.run, Run::Transaction(Transaction::Exec));
    if let Found::Entry(entry) = found {
        turn.server.stats.rejected(entry.index);
        if is_exec(entry) {
            transaction::forget(turn.server, turn.session);
            let text = text.strip_prefix("ERR ").unwrap_or(&text);
            out.error(format!("EXECABORT Transaction discarded because of: {text}"));
            return;
        }
    }
    out.error(text.as_ref());
}

/// What a call of nothing is told.
#[cold]
fn unknown(found: Found<'_>, words: Words<'_>) -> Fault {
    if matches!(found, Found::NoSubcommand) {
        let container = shown(words[0], SHOWN_MAX).to_uppercase();
        let name = shown(words[1], SHOWN_MAX);
        return Fault::Said(format!("ERR unknown subcommand '{name}'. Try {container} HELP."));
    }
    let mut args = String::new();
    for word in words.iter().skip(1) {
        if args.len() >= SHOWN_MAX {
            break;
        }
        let left = SHOWN_MAX - args.len();
        write!(args, "'{}' ", shown(word, left)).expect("writing to a string does not fail");
    }
    let name = shown(words.first().copied().unwrap_or_default(), SHOWN_MAX);
    Fault::Said(format!("ERR unknown command '{name}', with args beginning with: {args}"))
}

/// The first bytes of a word, up to a zero byte, as Redis prints it.
fn shown(word: &[u8], len_max: usize) -> Cow<'_, str> {
    let word = &word[..word.len().min(len_max)];
    let end = word.iter().position(|byte| *byte == 0).unwrap_or(word.len());
    String::from_utf8_lossy(&word[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_is_told_back_with_its_arguments() {
        let fault = unknown(Found::NoCommand, &[b"foo", b"a", b"b"]);
        let text = "ERR unknown command 'foo', with args beginning with: 'a' 'b' ";
        assert_eq!(fault.text(), text);
        let fault = unknown(Found::NoCommand, &[b"foo"]);
        assert_eq!(fault.text(), "ERR unknown command 'foo', with args beginning with: ");
    }

    #[test]
    fn no_more_than_128_bytes_of_each_part_are_told_back() {
        let long = [b'x'; 300];
        let text = unknown(Found::NoCommand, &[&long, &long, b"a"]).text().into_owned();
        let x = "x".repeat(128);
        assert_eq!(text, format!("ERR unknown command '{x}', with args beginning with: '{x}' "));
    }

    #[test]
    fn an_unknown_subcommand_names_its_container_in_capitals() {
        let fault = unknown(Found::NoSubcommand, &[b"config", b"foo"]);
        assert_eq!(fault.text(), "ERR unknown subcommand 'foo'. Try CONFIG HELP.");
    }
}
