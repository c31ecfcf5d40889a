//! Taking members from the ends: `ZPOPMIN`, `ZPOPMAX`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::tree::Direction;

use super::{
    cut::cut,
    reply::{Members, Shown},
    slice::Slice,
};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
    parse::int,
};

const POP: Spec = Spec {
    group: Group::SortedSet,
    complexity: "O(M*log(N)) where N is the size of the sorted set and M the number of members \
                 returned.",
    since: "5.0.0",
    arity: Arity::AtLeast(2),
    keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Delete])],
    kind: Kind::Write { grows: false },
    speed: Speed::Fast,
    args: &[Arg::key("key"), Arg::integer("count").optional()],
    ..Spec::BASE
};

pub(super) const ZPOPMAX: Command = Command {
    spec: Spec {
        name: "zpopmax",
        summary: "Removes the members with the highest scores and returns them.",
        ..POP
    },
    run: zpopmax,
};

pub(super) const ZPOPMIN: Command = Command {
    spec: Spec {
        name: "zpopmin",
        summary: "Removes the members with the lowest scores and returns them.",
        ..POP
    },
    run: zpopmin,
};

/// From where members are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Lowest,
    Highest,
}

fn zpopmax(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, End::Highest, reply)
}

fn zpopmin(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    reply_with(txn, words, End::Lowest, reply)
}

fn reply_with(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    end: End,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let count = match words[2..] {
        [] => None,
        [count] => {
            let count = int(count).ok().and_then(|count| u64::try_from(count).ok());
            Some(count.ok_or(Fault::Text("ERR value is out of range, must be positive"))?)
        }
        _ => return Err(Fault::Syntax.into()),
    };
    let popped = pop(txn, words[1], end, count.unwrap_or(1))?;
    if let ([(member, score)], None) = (&popped[..], count) {
        // One that was asked for without a count stands alone, in RESP3 as well.
        reply.array(2);
        reply.bulk(member);
        reply.double(*score);
        return Ok(());
    }
    Shown::Scores.all(&popped, reply);
    Ok(())
}

/// Removes at most `count` members from an end of the sorted set at `key`, which may be none. The
/// outermost comes first.
pub(super) fn pop(txn: &mut Txn<'_>, key: &[u8], end: End, count: u64) -> Result<Members, Stop> {
    let found = Slice::find(txn, key, |sorted| {
        let (len, count) = (sorted.len(), count.min(sorted.len()));
        Ok(match end {
            End::Lowest => Slice { ranks: 0..count, direction: Direction::Forward },
            End::Highest => Slice { ranks: len - count..len, direction: Direction::Backward },
        })
    })?;
    let mut popped = Vec::new();
    if let Some(slice) = found {
        slice.each(txn, key, &mut |member, score| popped.push((member.to_vec(), score)))?;
        cut(txn, key, slice.ranks)?;
    }
    Ok(popped)
}
