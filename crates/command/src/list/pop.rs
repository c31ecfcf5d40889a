//! Taking items from the ends of a list.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::{End, pop_many, pop_one};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Flag, Group, KeySpec, Kind, Spec, Speed, Stop, Words,
    parse,
    wait::{timeout, wait},
};

const POP: Spec = Spec {
    group: Group::List,
    complexity: "O(N) where N is the number of elements returned",
    arity: Arity::AtLeast(2),
    keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Delete])],
    kind: Kind::Write { grows: false },
    speed: Speed::Fast,
    history: &[("6.2.0", "Added the `count` argument.")],
    args: &[Arg::key("key"), Arg::integer("count").since("6.2.0").optional()],
    ..Spec::BASE
};

const BLOCKING_POP: Spec = Spec {
    group: Group::List,
    complexity: "O(N) where N is the number of provided keys.",
    since: "2.0.0",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::range(1, -2, 1, Access::Update, &[Data::Access, Data::Delete])],
    kind: Kind::Write { grows: false },
    flags: &[Flag::NoScript, Flag::Blocking],
    history: &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
    args: &[Arg::key("key").multiple(), Arg::double("timeout")],
    ..Spec::BASE
};

pub(super) const LPOP: Command = Command {
    spec: Spec {
        name: "lpop",
        summary: "Removes the first items of a list and returns them.",
        ..POP
    },
    run: lpop,
};

pub(super) const RPOP: Command = Command {
    spec: Spec {
        name: "rpop",
        summary: "Removes the last items of a list and returns them.",
        ..POP
    },
    run: rpop,
};

pub(super) const BLPOP: Command = Command {
    spec: Spec {
        name: "blpop",
        summary: "Removes the first item of the first of several lists that has one, and returns \
                  it. Waits until there is one.",
        ..BLOCKING_POP
    },
    run: blpop,
};

pub(super) const BRPOP: Command = Command {
    spec: Spec {
        name: "brpop",
        summary: "Removes the last item of the first of several lists that has one, and returns \
                  it. Waits until there is one.",
        ..BLOCKING_POP
    },
    run: brpop,
};

fn lpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    pop(txn, words, End::Left, reply)
}

fn rpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    pop(txn, words, End::Right, reply)
}

fn blpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    blocking_pop(txn, words, End::Left, reply)
}

fn brpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    blocking_pop(txn, words, End::Right, reply)
}

fn pop(txn: &mut Txn<'_>, words: Words<'_>, end: End, reply: &mut Writer) -> Result<(), Stop> {
    match words[2..] {
        [] => {
            if !pop_one(txn, words[1], end, reply)? {
                reply.null();
            }
        }
        [count] => {
            let wrong = Fault::Text("ERR value is out of range, must be positive");
            let count = parse::int(count).ok().and_then(|count| u64::try_from(count).ok());
            if !pop_many(txn, words[1], (end, count.ok_or(wrong)?), reply)? {
                reply.null_array();
            }
        }
        _ => {
            let name = if end == End::Left { "lpop" } else { "rpop" };
            return Err(Fault::WrongArity(name).into());
        }
    }
    Ok(())
}

fn blocking_pop(
    txn: &mut Txn<'_>,
    words: Words<'_>,
    end: End,
    reply: &mut Writer,
) -> Result<(), Stop> {
    let last = words.len() - 1;
    let timeout_ms = timeout(words[last], txn.now())?;
    for key in &words[1..last] {
        // The reply that does not come to be is dropped.
        let mark = reply.mark();
        reply.array(2);
        reply.bulk(key);
        if pop_one(txn, key, end, reply)? {
            return Ok(());
        }
        reply.truncate(mark);
    }
    wait(txn, ValueKind::List, timeout_ms, reply)
}
