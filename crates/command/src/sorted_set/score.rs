//! The scores of members: `ZSCORE`, `ZMSCORE`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use crate::{
    Access, Arg, Arity, Command, Data, Elements, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
};

pub(super) const ZMSCORE: Command = Command {
    spec: Spec {
        name: "zmscore",
        group: Group::SortedSet,
        summary: "Returns the scores of several members.",
        complexity: "O(N) where N is the number of members asked for.",
        since: "6.2.0",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        elements: Elements::From(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("member").multiple()],
        ..Spec::BASE
    },
    run: zmscore,
};

pub(super) const ZSCORE: Command = Command {
    spec: Spec {
        name: "zscore",
        group: Group::SortedSet,
        summary: "Returns the score of a member.",
        complexity: "O(1)",
        since: "1.2.0",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        elements: Elements::One(2),
        kind: Kind::Read,
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::string("member")],
        ..Spec::BASE
    },
    run: zscore,
};

fn zmscore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let scores = scores(txn, words[1], &words[2..])?;
    reply.array(scores.len());
    for score in scores {
        write(score, reply);
    }
    Ok(())
}

fn zscore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let scores = scores(txn, words[1], &words[2..])?;
    for score in scores {
        write(score, reply);
    }
    Ok(())
}

/// The score of each member. All of them are asked for before one that is absent is told.
pub(crate) fn scores(
    txn: &mut Txn<'_>,
    key: &[u8],
    members: &[&[u8]],
) -> Result<Vec<Option<f64>>, Stop> {
    let Some(opened) = txn.open(key, ValueKind::SortedSet)? else {
        return Ok(vec![None; members.len()]);
    };
    let sorted = opened.sorted();
    let found: Vec<_> = members.iter().map(|member| sorted.score(member)).collect();
    Ok(found.into_iter().collect::<Result<_, _>>()?)
}

fn write(score: Option<f64>, reply: &mut Writer) {
    match score {
        Some(score) => reply.double(score),
        None => reply.null(),
    }
}
