//! Members in order: `ZRANGE`, `ZRANGESTORE`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::{
    query::{Caller, Query},
    store::store,
};
use crate::{
    Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Stop, Stream, Words,
    stream::Room,
};

const SORT_BY: Arg =
    Arg::one_of("sortby", &[Arg::flag("byscore", "BYSCORE"), Arg::flag("bylex", "BYLEX")])
        .optional();
const REV: Arg = Arg::flag("rev", "REV").optional();
pub(super) const LIMIT: Arg =
    Arg::block("limit", &[Arg::integer("offset"), Arg::integer("count")]).token("LIMIT").optional();
pub(super) const WITH_SCORES: Arg = Arg::flag("withscores", "WITHSCORES").optional();

pub(super) const ZRANGE: Command = Command {
    spec: Spec {
        name: "zrange",
        group: Group::SortedSet,
        summary: "Returns members within a range of ranks, scores, or members of one score.",
        complexity: "O(log(N)+M) where N is the size of the sorted set and M the number of \
                     members returned.",
        since: "1.2.0",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        history: &[("6.2.0", "Added `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.")],
        args: &[
            Arg::key("key"),
            Arg::string("start"),
            Arg::string("stop"),
            SORT_BY.since("6.2.0"),
            REV.since("6.2.0"),
            LIMIT.since("6.2.0"),
            WITH_SCORES,
        ],
        ..Spec::BASE
    },
    run: zrange,
};

pub(super) const ZRANGESTORE: Command = Command {
    spec: Spec {
        name: "zrangestore",
        group: Group::SortedSet,
        summary: "Stores members within a range of ranks, scores, or members of one score.",
        complexity: "O(log(N)+M*log(M)) where N is the size of the sorted set and M the number \
                     of members stored.",
        since: "6.2.0",
        arity: Arity::AtLeast(5),
        keys: &[
            KeySpec::first(Access::Replace, &[Data::Update]),
            KeySpec::at(2, Access::Read, &[Data::Access]),
        ],
        kind: Kind::Write { grows: true },
        args: &[
            Arg::key("dst"),
            Arg::key("src").key_spec(1),
            Arg::string("min"),
            Arg::string("max"),
            SORT_BY,
            REV,
            LIMIT,
        ],
        ..Spec::BASE
    },
    run: zrangestore,
};

fn zrange(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, Caller::Range, reply)
}

/// Replies with what the words after the key ask for.
pub(super) fn reply_with(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    caller: Caller,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let query = Query::parse(&words[2..], caller)?;
    let room = Room::of(txn);
    let Some((found, bytes)) = query.look(txn, words[1])? else {
        reply.array(0);
        return Ok(());
    };
    let ranks = found.ranks.clone();
    room.check(bytes, || Stream::scored(query.shown, ranks, found.direction))?;
    query.shown.begin(found.count(), reply);
    found.each(txn, words[1], &mut |member, score| query.shown.member(member, score, reply))
}

fn zrangestore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let query = Query::parse(&words[3..], Caller::Store)?;
    let mut members = Vec::new();
    if let Some(found) = query.find(txn, words[2])? {
        found.each(txn, words[2], &mut |member, score| members.push((member.to_vec(), score)))?;
    }
    store(txn, words[1], members, reply)
}
