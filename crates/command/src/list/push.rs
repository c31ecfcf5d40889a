//! Putting items at the ends of a list.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::End;
use crate::{Access, Arg, Arity, Command, Data, Group, KeySpec, Kind, Spec, Speed, Stop, Words};

const BASE: Spec = Spec {
    group: Group::List,
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is \
                 called with multiple arguments.",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::first(Access::Update, &[Data::Insert])],
    kind: Kind::Write { grows: true },
    speed: Speed::Fast,
    args: &[Arg::key("key"), Arg::string("element").multiple()],
    ..Spec::BASE
};

pub(super) const LPUSH: Command = Command {
    spec: Spec {
        name: "lpush",
        summary: "Puts items in front of a list, one after the other. Creates the list.",
        history: &[("2.4.0", "Accepts multiple `element` arguments.")],
        ..BASE
    },
    run: lpush,
};

pub(super) const LPUSHX: Command = Command {
    spec: Spec {
        name: "lpushx",
        summary: "Puts items in front of a list, one after the other, if the list is there.",
        since: "2.2.0",
        history: &[("4.0.0", "Accepts multiple `element` arguments.")],
        ..BASE
    },
    run: lpushx,
};

pub(super) const RPUSH: Command = Command {
    spec: Spec {
        name: "rpush",
        summary: "Puts items behind a list. Creates the list.",
        history: &[("2.4.0", "Accepts multiple `element` arguments.")],
        ..BASE
    },
    run: rpush,
};

pub(super) const RPUSHX: Command = Command {
    spec: Spec {
        name: "rpushx",
        summary: "Puts items behind a list, if it is there.",
        since: "2.2.0",
        history: &[("4.0.0", "Accepts multiple `element` arguments.")],
        ..BASE
    },
    run: rpushx,
};

fn lpush(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    push(txn, words, End::Left, reply)
}

fn rpush(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    push(txn, words, End::Right, reply)
}

fn lpushx(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    push_if_there(txn, words, End::Left, reply)
}

fn rpushx(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    push_if_there(txn, words, End::Right, reply)
}

fn push_if_there(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    end: End,
    reply: &mut Writer,
) -> Result<(), Stop> {
    if txn.open(words[1], ValueKind::List)?.is_none() {
        reply.int(0);
        return Ok(());
    }
    push(txn, words, end, reply)
}

fn push(txn: &mut Txn<'_>, words: Words<'_>, end: End, reply: &mut Writer) -> Result<(), Stop> {
    let mut list = txn.edit(words[1], ValueKind::List)?;
    let mut len = list.opened().sequence().len();
    for item in &words[2..] {
        // What the first one needs is all that the others need.
        list.insert(end.beyond(len), item)?;
        len += 1;
    }
    reply.int(len.cast_signed());
    Ok(())
}
