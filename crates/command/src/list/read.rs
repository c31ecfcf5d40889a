//! Looking into a list.

use std::ops::{ControlFlow, Range};

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::{Kind as ValueKind, tree::Direction};

use super::end::share;
use crate::{
    Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Stream, Words,
    parse, stream::Room,
};

const BASE: Spec = Spec {
    group: Group::List,
    keys: &[KeySpec::first(Access::Read, &[Data::Access])],
    kind: Kind::Read,
    ..Spec::BASE
};

pub(super) const LINDEX: Command = Command {
    spec: Spec {
        name: "lindex",
        summary: "Returns an item of a list by its index.",
        complexity: "O(N) where N is the number of elements to traverse to get to the element at \
                     index. This makes asking for the first or the last element of the list O(1).",
        arity: Arity::Exactly(3),
        args: &[Arg::key("key"), Arg::integer("index")],
        ..BASE
    },
    run: lindex,
};

pub(super) const LLEN: Command = Command {
    spec: Spec {
        name: "llen",
        summary: "Returns how many items a list has.",
        complexity: "O(1)",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[])],
        speed: Speed::Fast,
        args: &[Arg::key("key")],
        ..BASE
    },
    run: llen,
};

pub(super) const LRANGE: Command = Command {
    spec: Spec {
        name: "lrange",
        summary: "Returns the items of a list from one index to another.",
        complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, \
                     from nearest end (HEAD or TAIL) for large lists; and N is the number of \
                     elements in the specified range.",
        arity: Arity::Exactly(4),
        args: &[Arg::key("key"), Arg::integer("start"), Arg::integer("stop")],
        ..BASE
    },
    run: lrange,
};

fn lindex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let Some(list) = txn.open(words[1], ValueKind::List)? else {
        // Redis looks at the index only once there is a list that it is for.
        reply.null();
        return Ok(());
    };
    let index = parse::int(words[2])?;
    let list = list.sequence();
    match place(index, list.len()) {
        Some(at) if let Some(item) = list.at(at)? => reply.bulk(item),
        _ => reply.null(),
    }
    Ok(())
}

fn llen(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let list = txn.open(words[1], ValueKind::List)?;
    reply.int(list.map_or(0, |list| list.sequence().len()).cast_signed());
    Ok(())
}

fn lrange(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (start, stop) = (parse::int(words[2])?, parse::int(words[3])?);
    let room = Room::of(txn);
    let Some(list) = txn.open(words[1], ValueKind::List)? else {
        reply.array(0);
        return Ok(());
    };
    let list = list.sequence();
    let part = range(start, stop, list.len());
    let count = part.end - part.start;
    room.check(share(list.bytes(), count, list.len()), || Stream::items(part.clone()))?;
    reply.array(count as usize);
    list.range(part.start, count, Direction::Forward, &mut |item| {
        reply.bulk(item);
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// The index from the front that `index` means, which may be counted from behind; `None` if it is
/// outside of the list.
pub(super) fn place(index: i64, len: u64) -> Option<u64> {
    let at = if index < 0 { len.checked_sub(index.unsigned_abs())? } else { index.unsigned_abs() };
    (at < len).then_some(at)
}

/// The indexes from `start` to `stop` inclusive, which may be counted from behind, as far as the
/// list has them.
pub(super) fn range(start: i64, stop: i64, len: u64) -> Range<u64> {
    let from_front = |index: i64| {
        let distance = index.unsigned_abs();
        if index < 0 { len.checked_sub(distance) } else { Some(distance) }
    };
    let start = from_front(start).unwrap_or(0);
    let end = from_front(stop).map_or(0, |stop| stop.saturating_add(1)).min(len);
    if start < end { start..end } else { 0..0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_counted_from_either_end() {
        let places = [0, 2, 3, -1, -3, -4, i64::MAX, i64::MIN].map(|index| place(index, 3));
        assert_eq!(places, [Some(0), Some(2), None, Some(2), Some(0), None, None, None]);
    }

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        for (start, stop, expected) in [
            (0, -1, 0..3),
            (1, 1, 1..2),
            (-2, 9, 1..3),
            (-9, 0, 0..1),
            (2, 1, 0..0),
            (3, 9, 0..0),
            (0, -4, 0..0),
            (i64::MIN, i64::MAX, 0..3),
            (i64::MAX, i64::MIN, 0..0),
        ] {
            assert_eq!(range(start, stop, 3), expected, "{start} {stop}");
        }
    }
}
