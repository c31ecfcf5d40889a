//! A hash part by part: `HSCAN`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::live::Live;
use crate::{
    Arg, Command, Group, Spec, Stop, Words,
    scan::{self, Parts, Scan},
};

pub(super) const HSCAN: Command = Command {
    spec: Spec {
        name: "hscan",
        group: Group::Hash,
        summary: "Iterates over the fields and values of a hash.",
        complexity: "O(1) for every call, O(N) for all of them together, where N is the size of \
                     the hash.",
        args: &[
            Arg::key("key"),
            Arg::integer("cursor"),
            Arg::pattern("pattern").token("MATCH").optional(),
            Arg::integer("count").token("COUNT").optional(),
            Arg::flag("novalues", "NOVALUES").since("7.4.0").optional(),
        ],
        ..scan::BASE
    },
    run: hscan,
};

fn hscan(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let scan = Scan::parse(words, Parts::Optional)?;
    let Some(hash) = Live::open(txn, words[1])? else {
        scan::answer(reply, 0, &[]);
        return Ok(());
    };
    let scan = scan.of(hash.opened());
    let mut found = Vec::new();
    let next = hash.opened().map().scan(scan.cursor, scan.count, &mut |entry| {
        if hash.sees(&entry) && scan.accepts(entry.key) {
            found.push(entry.key);
            found.extend((!scan.names_only).then_some(entry.value));
        }
    })?;
    scan::answer(reply, next, &found);
    Ok(())
}
