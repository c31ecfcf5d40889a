//! Taking several items from the first of several lists that has any.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::{EITHER, End, pop_many};
use crate::{
    Access, Arg, Arity, Block, Command, Data, Fault, Flag, Group, KeySpec, Kind, Spec, Stop, Words,
    block, parse,
};

const BASE: Spec = Spec {
    group: Group::List,
    complexity: "O(N+M) where N is the number of provided keys and M is the number of elements \
                 returned.",
    since: "7.0.0",
    kind: Kind::Write { grows: false },
    ..Spec::BASE
};

pub(super) const LMPOP: Command = Command {
    spec: Spec {
        name: "lmpop",
        summary: "Removes items at an end of the first of several lists that has any, and returns \
                  them.",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::counted(1, Access::Update, &[Data::Access, Data::Delete])],
        args: &[
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", EITHER),
            Arg::integer("count").token("COUNT").optional(),
        ],
        ..BASE
    },
    run: lmpop,
};

pub(super) const BLMPOP: Command = Command {
    spec: Spec {
        name: "blmpop",
        summary: "Removes items at an end of the first of several lists that has any, and returns \
                  them. Waits until there are some.",
        arity: Arity::AtLeast(5),
        keys: &[KeySpec::counted(2, Access::Update, &[Data::Access, Data::Delete])],
        flags: &[Flag::Blocking],
        args: &[
            Arg::double("timeout"),
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", EITHER),
            Arg::integer("count").token("COUNT").optional(),
        ],
        ..BASE
    },
    run: blmpop,
};

/// What a call asks for.
struct Wanted<'a> {
    keys: Words<'a>,
    end: End,
    count: u64,
}

impl<'a> Wanted<'a> {
    /// Reads `numkeys key … where [COUNT count]`.
    fn parse(words: Words<'a>) -> Result<Self, Fault> {
        const NO_KEYS: Fault = Fault::Text("ERR numkeys should be greater than 0");
        let (numkeys, rest) = words.split_first().ok_or(NO_KEYS)?;
        let numkeys = positive(numkeys).ok_or(NO_KEYS)?;
        let numkeys = usize::try_from(numkeys).unwrap_or(usize::MAX);
        let (keys, rest) = rest.split_at_checked(numkeys).ok_or(Fault::Syntax)?;
        let (end, options) = rest.split_first().ok_or(Fault::Syntax)?;
        let end = End::parse(end)?;
        let count = match options {
            [] => 1,
            [option, count, rest @ ..] if parse::is(option, "COUNT") => {
                let wrong = Fault::Text("ERR count should be greater than 0");
                let count = positive(count).ok_or(wrong)?;
                if !rest.is_empty() {
                    return Err(Fault::Syntax);
                }
                count
            }
            _ => return Err(Fault::Syntax),
        };
        Ok(Self { keys, end, count })
    }

    /// Replies with the items and where they were. Whether there were any.
    fn pop(&self, txn: &mut Txn<'_>, reply: &mut Writer) -> Result<bool, Stop> {
        for key in self.keys {
            let mark = reply.mark();
            reply.array(2);
            reply.bulk(key);
            if pop_many(txn, key, (self.end, self.count), reply)? {
                return Ok(true);
            }
            reply.truncate(mark);
        }
        Ok(false)
    }
}

fn positive(word: &[u8]) -> Option<u64> {
    let number = parse::int(word).ok().and_then(|number| u64::try_from(number).ok());
    number.filter(|number| *number > 0)
}

fn lmpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    if !Wanted::parse(&words[1..])?.pop(txn, reply)? {
        reply.null_array();
    }
    Ok(())
}

fn blmpop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let wanted = Wanted::parse(&words[2..])?;
    let timeout_ms = block::timeout(words[1], txn.now())?;
    if wanted.pop(txn, reply)? {
        return Ok(());
    }
    let block = Block { awaits: ValueKind::List, timeout_ms };
    block::wait(txn, block, reply, Writer::null_array)
}
