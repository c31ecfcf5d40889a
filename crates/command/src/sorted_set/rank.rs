//! Where members stand: `ZRANK`, `ZREVRANK`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::{Kind as ValueKind, tree::Direction};

use super::reply::Shown;
use crate::{
    Access, Arg, Arity, Command, Data, Elements, Fault, Group, KeySpec, Kind, Spec, Speed, Stop,
    Words, parse::is,
};

const RANK: Spec = Spec {
    group: Group::SortedSet,
    complexity: "O(log(N)) where N is the size of the sorted set.",
    since: "2.0.0",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::first(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    speed: Speed::Fast,
    history: &[("7.2.0", "Added `WITHSCORE`.")],
    args: &[Arg::key("key"), Arg::string("member"), Arg::flag("withscore", "WITHSCORE").optional()],
    ..Spec::BASE
};

pub(super) const ZRANK: Command = Command {
    spec: Spec {
        name: "zrank",
        elements: Elements::One(2),
        summary: "Tells how many members have lower scores than this one.",
        ..RANK
    },
    run: zrank,
};

pub(super) const ZREVRANK: Command = Command {
    spec: Spec {
        name: "zrevrank",
        elements: Elements::One(2),
        summary: "Tells how many members have higher scores than this one.",
        ..RANK
    },
    run: zrevrank,
};

fn zrank(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    rank(txn, words, Direction::Forward, Fault::WrongArity("zrank"), reply)
}

fn zrevrank(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    rank(txn, words, Direction::Backward, Fault::WrongArity("zrevrank"), reply)
}

fn rank(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    from: Direction,
    too_many: Fault,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let shown = match &words[3..] {
        [] => Shown::Members,
        [word] if is(word, "WITHSCORE") => Shown::Scores,
        [_] => return Err(Fault::Syntax.into()),
        _ => return Err(too_many.into()),
    };
    match (find(txn, words[1], words[2], from)?, shown) {
        (Some((rank, _)), Shown::Members) => reply.int(rank.cast_signed()),
        (Some((rank, score)), Shown::Scores) => {
            reply.array(2);
            reply.int(rank.cast_signed());
            reply.double(score);
        }
        (None, Shown::Members) => reply.null(),
        (None, Shown::Scores) => reply.null_array(),
    }
    Ok(())
}

/// A member's rank and score.
fn find(
    txn: &mut Txn<'_>,
    key: &[u8],
    member: &[u8],
    from: Direction,
) -> Result<Option<(u64, f64)>, Stop> {
    let Some(opened) = txn.open(key, ValueKind::SortedSet)? else { return Ok(None) };
    let sorted = opened.sorted();
    let found = sorted.rank(member)?.zip(sorted.score(member)?);
    Ok(found.map(|(rank, score)| match from {
        Direction::Forward => (rank, score),
        Direction::Backward => (sorted.len() - 1 - rank, score),
    }))
}
