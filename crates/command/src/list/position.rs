//! Finding items of a list: `LPOS`.

use std::ops::ControlFlow;

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::end::End;
use super::scan::find;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words, parse,
};

pub(super) const LPOS: Command = Command {
    spec: Spec {
        name: "lpos",
        group: Group::List,
        summary: "Returns at which indexes of a list an item is.",
        complexity: "O(N) where N is the number of elements in the list, for the average case. \
                     When searching for elements near the head or the tail of the list, or when \
                     the MAXLEN option is provided, the command may run in constant time.",
        since: "6.0.6",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        args: &[
            Arg::key("key"),
            Arg::string("element"),
            Arg::integer("rank").token("RANK").optional(),
            Arg::integer("num-matches").token("COUNT").optional(),
            Arg::integer("len").token("MAXLEN").optional(),
        ],
        ..Spec::BASE
    },
    run: lpos,
};

/// Which matches a call asks for.
struct Options {
    /// From which end they are counted.
    end: End,
    /// The first that is asked for: 1 is the first there is.
    rank: u64,
    /// How many; 0: all. `None`: one, and not as an array.
    count: Option<u64>,
    /// Items that are looked at.
    len_max: u64,
}

impl Options {
    fn parse(words: Words<'_>) -> Result<Self, Fault> {
        let mut options = Self { end: End::Left, rank: 1, count: None, len_max: u64::MAX };
        let (pairs, rest) = words.as_chunks::<2>();
        for [option, value] in pairs {
            if parse::is(option, "RANK") {
                options.set_rank(parse::int(value)?)?;
            } else if parse::is(option, "COUNT") {
                let wrong = Fault::Text("ERR COUNT can't be negative");
                options.count = Some(not_negative(value).ok_or(wrong)?);
            } else if parse::is(option, "MAXLEN") {
                let wrong = Fault::Text("ERR MAXLEN can't be negative");
                let len_max = not_negative(value).ok_or(wrong)?;
                options.len_max = if len_max == 0 { u64::MAX } else { len_max };
            } else {
                return Err(Fault::Syntax);
            }
        }
        if rest.is_empty() { Ok(options) } else { Err(Fault::Syntax) }
    }

    fn set_rank(&mut self, rank: i64) -> Result<(), Fault> {
        if rank == 0 {
            return Err(Fault::Text(
                "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second \
                 ... or use negative to start from the end of the list",
            ));
        }
        if rank == i64::MIN {
            return Err(Fault::Text(
                "ERR value is out of range, value must between -9223372036854775807 and \
                 9223372036854775807",
            ));
        }
        self.end = if rank < 0 { End::Right } else { End::Left };
        self.rank = rank.unsigned_abs();
        Ok(())
    }
}

fn not_negative(word: &[u8]) -> Option<u64> {
    parse::int(word).ok().and_then(|number| u64::try_from(number).ok())
}

fn lpos(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let options = Options::parse(&words[3..])?;
    let bytes_max = txn.answer_bytes_max();
    let mut found = Vec::new();
    if let Some(list) = txn.open(words[1], ValueKind::List)? {
        let count = options.count.unwrap_or(1);
        let mut rank = 0;
        let from = (options.end, options.len_max);
        find(&list.sequence(), words[2], from, bytes_max, &mut |index| {
            rank += 1;
            if rank >= options.rank {
                found.push(index.cast_signed());
            }
            if found.len() as u64 == count && count > 0 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
    }
    match (options.count, found.first()) {
        (Some(_), _) => {
            reply.array(found.len());
            for index in found {
                reply.int(index);
            }
        }
        (None, Some(index)) => reply.int(*index),
        (None, None) => reply.null(),
    }
    Ok(())
}
