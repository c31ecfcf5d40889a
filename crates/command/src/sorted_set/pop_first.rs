//! Taking members from the first of several keys that has any: `ZMPOP`, and `BZPOPMIN`, `BZPOPMAX`,
//! `BZMPOP`, which wait for one.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::{
    pop::{End, pop},
    reply::Members,
};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Flag, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
    first_of::FirstOf,
    parse::is,
    wait::{timeout, wait},
};

const TAKES: &[Data] = &[Data::Access, Data::Delete];
const WHERE: Arg = Arg::one_of("where", &[Arg::flag("min", "MIN"), Arg::flag("max", "MAX")]);
const COUNT: Arg = Arg::integer("count").token("COUNT").optional();
const SEVERAL_COST: &str = "O(K)+O(M*log(N)) where K is the number of keys, N the size of the \
                            sorted set and M the number of members returned.";

pub(super) const BZMPOP: Command = Command {
    spec: Spec {
        name: "bzmpop",
        group: Group::SortedSet,
        summary: "Removes members from an end of the first sorted set that there is and returns \
                  them; waits for one.",
        complexity: SEVERAL_COST,
        since: "7.0.0",
        arity: Arity::AtLeast(5),
        keys: &[KeySpec::counted(2, Access::Update, TAKES)],
        kind: Kind::Write { grows: false },
        flags: &[Flag::Blocking],
        args: &[
            Arg::double("timeout"),
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            WHERE,
            COUNT,
        ],
        ..Spec::BASE
    },
    run: bzmpop,
};

const WAIT_AND_POP: Spec = Spec {
    group: Group::SortedSet,
    complexity: "O(log(N)) where N is the size of the sorted set.",
    since: "5.0.0",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::range(1, -2, 1, Access::Update, TAKES)],
    kind: Kind::Write { grows: false },
    speed: Speed::Fast,
    flags: &[Flag::Blocking],
    history: &[("6.0.0", "`timeout` may have a fraction.")],
    args: &[Arg::key("key").multiple(), Arg::double("timeout")],
    ..Spec::BASE
};

pub(super) const BZPOPMAX: Command = Command {
    spec: Spec {
        name: "bzpopmax",
        summary: "Removes the member with the highest score from the first sorted set that there \
                  is and returns it; waits for one.",
        ..WAIT_AND_POP
    },
    run: bzpopmax,
};

pub(super) const BZPOPMIN: Command = Command {
    spec: Spec {
        name: "bzpopmin",
        summary: "Removes the member with the lowest score from the first sorted set that there \
                  is and returns it; waits for one.",
        ..WAIT_AND_POP
    },
    run: bzpopmin,
};

pub(super) const ZMPOP: Command = Command {
    spec: Spec {
        name: "zmpop",
        group: Group::SortedSet,
        summary: "Removes members from an end of the first sorted set that there is and returns \
                  them.",
        complexity: SEVERAL_COST,
        since: "7.0.0",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::counted(1, Access::Update, TAKES)],
        kind: Kind::Write { grows: false },
        args: &[Arg::integer("numkeys"), Arg::key("key").multiple(), WHERE, COUNT],
        ..Spec::BASE
    },
    run: zmpop,
};

fn bzmpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let wanted = wanted(&words[2..])?;
    let timeout_ms = timeout(words[1], txn.now())?;
    if pop_several(txn, &wanted, reply)? {
        return Ok(());
    }
    wait(txn, ValueKind::SortedSet, timeout_ms, reply)
}

fn bzpopmax(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    pop_or_wait(txn, words, End::Highest, reply)
}

fn bzpopmin(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    pop_or_wait(txn, words, End::Lowest, reply)
}

fn zmpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    if !pop_several(txn, &wanted(&words[1..])?, reply)? {
        reply.null_array();
    }
    Ok(())
}

fn wanted(words: Words<'_>) -> Result<FirstOf<'_, End>, Fault> {
    FirstOf::parse(words, |word| match word {
        _ if is(word, "MIN") => Some(End::Lowest),
        _ if is(word, "MAX") => Some(End::Highest),
        _ => None,
    })
}

/// Replies with the members and where they were. Whether there were any.
fn pop_several(
    txn: &mut Txn<'_>,
    wanted: &FirstOf<'_, End>,
    reply: &mut Writer,
) -> Result<bool, Stop> {
    let Some((key, popped)) = pop_first(txn, wanted.keys, wanted.end, wanted.count)? else {
        return Ok(false);
    };
    reply.array(2);
    reply.bulk(key);
    reply.array(popped.len());
    for (member, score) in popped {
        reply.array(2);
        reply.bulk(&member);
        reply.double(score);
    }
    Ok(true)
}

fn pop_or_wait(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    end: End,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let last = words.len() - 1;
    let timeout_ms = timeout(words[last], txn.now())?;
    let Some((key, popped)) = pop_first(txn, &words[1..last], end, 1)? else {
        return wait(txn, ValueKind::SortedSet, timeout_ms, reply);
    };
    reply.array(1 + popped.len() * 2);
    reply.bulk(key);
    for (member, score) in popped {
        reply.bulk(&member);
        reply.double(score);
    }
    Ok(())
}

/// Removes at most `count` members from the first of the keys that has any.
fn pop_first<'k>(
    txn: &mut Txn<'_>,
    keys: &[&'k [u8]],
    end: End,
    count: u64,
) -> Result<Option<(&'k [u8], Members)>, Stop> {
    for key in keys {
        let popped = pop(txn, key, end, count)?;
        if !popped.is_empty() {
            return Ok(Some((key, popped)));
        }
    }
    Ok(None)
}
