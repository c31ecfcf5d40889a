//! Moving an item from an end of a list to an end of another, or of the same.

use hadal_keyspace::{Millis, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::{EITHER, End};
use crate::{
    Access, Arg, Arity, Command, Data, Deprecated, Flag, Group, KeySpec, Kind, Spec, Stop, Words,
    wait::{timeout, wait},
};

const BASE: Spec = Spec {
    group: Group::List,
    complexity: "O(1)",
    keys: &[
        KeySpec::first(Access::Update, &[Data::Access, Data::Delete]),
        KeySpec::at(2, Access::Update, &[Data::Insert]),
    ],
    kind: Kind::Write { grows: true },
    ..Spec::BASE
};

const BLOCKING: &[Flag] = &[Flag::NoScript, Flag::Blocking];

pub(super) const LMOVE: Command = Command {
    spec: Spec {
        name: "lmove",
        summary: "Moves an item from an end of a list to an end of another, and returns it.",
        since: "6.2.0",
        arity: Arity::Exactly(5),
        args: &[
            Arg::key("source"),
            Arg::key("destination").key_spec(1),
            Arg::one_of("wherefrom", EITHER),
            Arg::one_of("whereto", EITHER),
        ],
        ..BASE
    },
    run: lmove,
};

pub(super) const BLMOVE: Command = Command {
    spec: Spec {
        name: "blmove",
        summary: "Moves an item from an end of a list to an end of another, and returns it. Waits \
                  until there is one.",
        since: "6.2.0",
        arity: Arity::Exactly(6),
        flags: BLOCKING,
        args: &[
            Arg::key("source"),
            Arg::key("destination").key_spec(1),
            Arg::one_of("wherefrom", EITHER),
            Arg::one_of("whereto", EITHER),
            Arg::double("timeout"),
        ],
        ..BASE
    },
    run: blmove,
};

pub(super) const RPOPLPUSH: Command = Command {
    spec: Spec {
        name: "rpoplpush",
        summary: "Moves the last item of a list to the front of another, and returns it.",
        since: "1.2.0",
        arity: Arity::Exactly(3),
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
        }),
        args: &[Arg::key("source"), Arg::key("destination").key_spec(1)],
        ..BASE
    },
    run: rpoplpush,
};

pub(super) const BRPOPLPUSH: Command = Command {
    spec: Spec {
        name: "brpoplpush",
        summary: "Moves the last item of a list to the front of another, and returns it. Waits \
                  until there is one.",
        since: "2.2.0",
        arity: Arity::Exactly(4),
        flags: BLOCKING,
        history: &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
        }),
        args: &[Arg::key("source"), Arg::key("destination").key_spec(1), Arg::double("timeout")],
        ..BASE
    },
    run: brpoplpush,
};

/// From which end to which.
type Way = (End, End);

fn lmove(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let way = (End::parse(words[3])?, End::parse(words[4])?);
    shift(txn, words, way, reply)
}

fn rpoplpush(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    shift(txn, words, (End::Right, End::Left), reply)
}

fn blmove(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let way = (End::parse(words[3])?, End::parse(words[4])?);
    let timeout_ms = timeout(words[5], txn.now())?;
    shift_or_wait(txn, words, way, timeout_ms, reply)
}

fn brpoplpush(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let timeout_ms = timeout(words[3], txn.now())?;
    shift_or_wait(txn, words, (End::Right, End::Left), timeout_ms, reply)
}

fn shift(txn: &mut Txn<'_>, words: Words<'_>, way: Way, reply: &mut Writer) -> Result<(), Stop> {
    match take(txn, words, way)? {
        Some(item) => reply.bulk(&item),
        None => reply.null(),
    }
    Ok(())
}

fn shift_or_wait(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    way: Way,
    timeout_ms: Option<Millis>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    if let Some(item) = take(txn, words, way)? {
        reply.bulk(&item);
        return Ok(());
    }
    if !txn.may_block() {
        reply.null();
        return Ok(());
    }
    wait(txn, ValueKind::List, timeout_ms, reply)
}

/// Moves an item and returns it, if there is one.
fn take(txn: &mut Txn<'_>, words: Words<'_>, (from, to): Way) -> Result<Option<Vec<u8>>, Stop> {
    let (source, destination) = (words[1], words[2]);
    let Some(list) = txn.open(source, ValueKind::List)? else { return Ok(None) };
    let list = list.sequence();
    let at = from.of(list.len());
    let item = list.at(at).map(|item| item.map(<[u8]>::to_vec));
    if let Some(list) = txn.open(destination, ValueKind::List)? {
        list.sequence().want(to.beyond(list.sequence().len()));
    }
    // Asked for after both, so that one load brings both.
    let Some(item) = item? else { return Ok(None) };
    if txn.has_missed() {
        return Err(Stop::Miss);
    }
    let mut list = txn.edit(destination, ValueKind::List)?;
    let len = list.opened().sequence().len();
    list.insert(to.beyond(len), &item)?;
    // Only then: a list that goes on having an item goes on having its time to live.
    let is_pushed_back = source == destination && to == End::Left;
    txn.edit(source, ValueKind::List)?.cut(at + u64::from(is_pushed_back), 1)?;
    Ok(Some(item))
}
