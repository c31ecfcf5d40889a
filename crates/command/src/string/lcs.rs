//! What two strings have in common.

use std::borrow::Cow;

use hadal_keyspace::{Denied, Txn};
use hadal_resp::Writer;
use hadal_value::str::{self, Lcs};

use crate::{
    fault::{Fault, Stop},
    parse::{int, is},
    spec::{Access, Arg, Arity, Data, Group, KeySpec, Kind, Spec, Words},
    table::Command,
};

pub(super) const LCS: Command = Command {
    spec: Spec {
        name: "lcs",
        group: Group::String,
        summary: "Finds the longest common subsequence of two strings.",
        complexity: "O(N*M) where N and M are the lengths of the strings.",
        since: "7.0.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::range(1, 1, 1, Access::Read, &[Data::Access])],
        kind: Kind::Read,
        args: &[
            Arg::key("key1"),
            Arg::key("key2"),
            Arg::flag("len", "LEN").optional(),
            Arg::flag("idx", "IDX").optional(),
            Arg::integer("min-match-len").token("MINMATCHLEN").optional(),
            Arg::flag("withmatchlen", "WITHMATCHLEN").optional(),
        ],
        ..Spec::BASE
    },
    run: lcs,
};

fn lcs(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let options = Options::parse(&words[3..])?;
    let bytes_max = txn.value_len_max();
    let lens = [string_len(txn, words[1])?, string_len(txn, words[2])?];
    check_size(lens[0], lens[1], bytes_max)?;
    let a = string(txn, words[1])?.into_owned();
    let b = string(txn, words[2])?;
    match options.want {
        Want::Text => reply.bulk(&str::lcs(&a, &b).text),
        Want::Len => reply.int(str::lcs_len(&a, &b).cast_signed() as i64),
        Want::Index => options.index(&str::lcs(&a, &b), reply),
    }
    Ok(())
}

/// The string at a key; of another type this command speaks in its own words.
fn string<'t>(txn: &'t mut Txn<'_>, key: &[u8]) -> Result<Cow<'t, [u8]>, Stop> {
    txn.get(key).map(Option::unwrap_or_default).map_err(in_own_words)
}

/// How long it is.
fn string_len(txn: &mut Txn<'_>, key: &[u8]) -> Result<usize, Stop> {
    let text = txn.text(key).map_err(in_own_words)?;
    Ok(text.map_or(0, |text| text.len()))
}

fn in_own_words(denied: Denied) -> Stop {
    match denied {
        Denied::WrongKind => {
            Fault::Text("ERR The specified keys must contain string values").into()
        }
        denied => denied.into(),
    }
}

/// What to reply.
#[derive(Clone, Copy)]
enum Want {
    Text,
    Len,
    Index,
}

struct Options {
    want: Want,
    /// Leave out shorter runs.
    match_len_min: usize,
    /// Add the length of each run.
    with_match_len: bool,
}

impl Options {
    fn parse(words: Words<'_>) -> Result<Self, Fault> {
        let (mut len, mut index) = (false, false);
        let (mut match_len_min, mut with_match_len) = (0, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if is(word, "IDX") {
                index = true;
            } else if is(word, "LEN") {
                len = true;
            } else if is(word, "WITHMATCHLEN") {
                with_match_len = true;
            } else if is(word, "MINMATCHLEN") {
                let min = int(words.next().ok_or(Fault::Syntax)?)?;
                match_len_min = usize::try_from(min).unwrap_or(0);
            } else {
                return Err(Fault::Syntax);
            }
        }
        let want = match (len, index) {
            (true, true) => {
                return Err(Fault::Text(
                    "ERR If you want both the length and indexes, please just use IDX.",
                ));
            }
            (true, false) => Want::Len,
            (false, true) => Want::Index,
            (false, false) => Want::Text,
        };
        Ok(Self { want, match_len_min, with_match_len })
    }

    fn index(&self, found: &Lcs, reply: &mut Writer) {
        let shown = || found.matches.iter().filter(|run| run.a.len() >= self.match_len_min);
        reply.map(2);
        reply.bulk(b"matches");
        reply.array(shown().count());
        for run in shown() {
            reply.array(2 + usize::from(self.with_match_len));
            for side in [&run.a, &run.b] {
                reply.array(2);
                reply.int(side.start.cast_signed() as i64);
                reply.int(side.end.cast_signed() as i64 - 1);
            }
            if self.with_match_len {
                reply.int(run.a.len().cast_signed() as i64);
            }
        }
        reply.bulk(b"len");
        reply.int(found.text.len().cast_signed() as i64);
    }
}

/// Refuses what Redis refuses for its table of four bytes a cell, although ours is smaller: time
/// grows with it all the same.
fn check_size(a: usize, b: usize, bytes_max: usize) -> Result<(), Fault> {
    let cells = (a as u128 + 1) * (b as u128 + 1);
    if cells * 4 > bytes_max as u128 {
        return Err(Fault::Text(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        ));
    }
    Ok(())
}
