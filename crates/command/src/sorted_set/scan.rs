//! Members bit by bit: `ZSCAN`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::slice::share;
use crate::{
    Command, Fault, Group, Spec, Stop, Words,
    scan::{self, Parts, Scan},
};

pub(super) const ZSCAN: Command = Command {
    spec: Spec {
        name: "zscan",
        group: Group::SortedSet,
        summary: "Returns the members of a sorted set and their scores bit by bit.",
        complexity: "O(1) for every call, O(N) for all calls together, where N is the size of \
                     the sorted set.",
        ..scan::BASE
    },
    run: zscan,
};

fn zscan(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let scan = Scan::parse(words, Parts::Alone)?;
    let Some(opened) = txn.open(words[1], ValueKind::SortedSet)? else {
        answer(reply, 0, &[]);
        return Ok(());
    };
    let looked_at = scan.of(&opened).count.min(opened.sorted().len());
    let bytes = share(&opened.sorted(), looked_at);
    if !txn.answer_fits(bytes) {
        return Err(Fault::TooLarge.into());
    }
    let Some(opened) = txn.open(words[1], ValueKind::SortedSet)? else { return Ok(()) };
    let scan = scan.of(&opened);
    let mut found = Vec::new();
    let next = opened.sorted().scan(scan.cursor, scan.count, &mut |member, score| {
        if scan.accepts(member) {
            found.push((member, score));
        }
    })?;
    answer(reply, next, &found);
    Ok(())
}

/// Replies with where to go on, and what was found. Scores are text in RESP3 as well.
fn answer(reply: &mut Writer, cursor: u64, found: &[(&[u8], f64)]) {
    reply.array(2);
    reply.bulk(cursor.to_string().as_bytes());
    reply.array(found.len() * 2);
    for (member, score) in found {
        reply.bulk(member);
        reply.bulk_double(*score);
    }
}
