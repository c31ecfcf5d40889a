//! Fields at random: `HRANDFIELD`.

use hadal_keyspace::Txn;
use hadal_resp::{Proto, Writer};
use hadal_value::collection::map::Entry;

use super::live::Live;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Tip, Words,
    draw::{Draw, Wanted},
    parse,
};

pub(super) const HRANDFIELD: Command = Command {
    spec: Spec {
        name: "hrandfield",
        group: Group::Hash,
        summary: "Returns fields chosen at random.",
        complexity: "O(N) where N is the number of fields returned.",
        since: "6.2.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[
            Arg::key("key"),
            Arg::block(
                "options",
                &[Arg::integer("count"), Arg::flag("withvalues", "WITHVALUES").optional()],
            )
            .optional(),
        ],
        ..Spec::BASE
    },
    run: hrandfield,
};

fn hrandfield(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let key = words[1];
    let (count, with_values) = match words[2..] {
        [] => return one(txn, key, reply),
        [count] => (Wanted::parse(count)?, false),
        [count, option] => {
            let count = Wanted::parse(count)?;
            if !parse::is(option, "WITHVALUES") {
                return Err(Fault::Syntax.into());
            }
            // The reply has twice as many parts.
            if count.is_beyond(i64::MAX / 2) {
                return Err(Fault::OutOfRange.into());
            }
            (count, true)
        }
        [count, ..] => {
            Wanted::parse(count)?;
            return Err(Fault::Syntax.into());
        }
    };
    let mut draw = Draw::new(txn);
    let Some(hash) = Live::open(txn, key)? else {
        reply.array(0);
        return Ok(());
    };
    let ranks = hash.ranks()?;
    hash.check_count_fits(count.of(ranks.len()))?;
    let numbers = count.draw(&mut draw, ranks.len());
    let ranks: Vec<_> = numbers.into_iter().map(|number| ranks.of(number)).collect();
    answer(&hash.at_all(&ranks)?, with_values, reply);
    Ok(())
}

fn one(txn: &mut Txn<'_>, key: &[u8], reply: &mut Writer) -> Result<(), Stop> {
    let mut draw = Draw::new(txn);
    let Some(hash) = Live::open(txn, key)? else {
        reply.null();
        return Ok(());
    };
    let ranks = hash.ranks()?;
    if ranks.len() == 0 {
        reply.null();
        return Ok(());
    }
    let rank = ranks.of(draw.below(ranks.len()));
    match hash.opened().map().at(rank)? {
        Some(entry) => reply.bulk(entry.key),
        None => reply.null(),
    }
    Ok(())
}

/// RESP3 has the pairs in arrays of their own.
fn answer(entries: &[Entry<'_>], with_values: bool, reply: &mut Writer) {
    let nested = with_values && reply.proto() == Proto::Resp3;
    let parts = if with_values && !nested { 2 } else { 1 };
    reply.array(entries.len() * parts);
    for entry in entries {
        if nested {
            reply.array(2);
        }
        reply.bulk(entry.key);
        if with_values {
            reply.bulk(entry.value);
        }
    }
}
