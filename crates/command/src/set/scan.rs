//! A set part by part: `SSCAN`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use crate::{
    Command, Group, Spec, Stop, Words,
    scan::{self, Parts, Scan},
};

pub(super) const SSCAN: Command = Command {
    spec: Spec {
        name: "sscan",
        group: Group::Set,
        summary: "Iterates over the members of a set.",
        complexity: "O(1) for every call, O(N) for all of them together, where N is the size of \
                     the set.",
        ..scan::BASE
    },
    run: sscan,
};

fn sscan(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let scan = Scan::parse(words, Parts::Alone)?;
    let Some(set) = txn.open(words[1], ValueKind::Set)? else {
        scan::answer(reply, 0, &[]);
        return Ok(());
    };
    let scan = scan.of(&set);
    let mut found = Vec::new();
    let map = set.map();
    let next = map.scan(scan.cursor, scan.count, &mut |entry| {
        found.extend(scan.accepts(entry.key).then_some(entry.key));
    })?;
    scan::answer(reply, next, &found);
    Ok(())
}
