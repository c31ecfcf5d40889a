//! Changing a list by index.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::read::{place, range};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Words, parse,
};

pub(super) const LSET: Command = Command {
    spec: Spec {
        name: "lset",
        group: Group::List,
        summary: "Replaces an item of a list, by its index.",
        complexity: "O(N) where N is the length of the list. Setting either the first or the last \
                     element of the list is O(1).",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: true },
        args: &[Arg::key("key"), Arg::integer("index"), Arg::string("element")],
        ..Spec::BASE
    },
    run: lset,
};

pub(super) const LTRIM: Command = Command {
    spec: Spec {
        name: "ltrim",
        group: Group::List,
        summary: "Removes all items of a list but those from one index to another.",
        complexity: "O(N) where N is the number of elements to be removed by the operation.",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Delete])],
        kind: Kind::Write { grows: false },
        args: &[Arg::key("key"), Arg::integer("start"), Arg::integer("stop")],
        ..Spec::BASE
    },
    run: ltrim,
};

fn lset(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let list = txn.open(words[1], ValueKind::List)?;
    let len = list.ok_or(Fault::NoSuchKey)?.sequence().len();
    // Redis looks at the index only once there is a list that it is for.
    let index = parse::int(words[2])?;
    let at = place(index, len).ok_or(Fault::Text("ERR index out of range"))?;
    txn.edit(words[1], ValueKind::List)?.replace(at, words[3])?;
    reply.ok();
    Ok(())
}

fn ltrim(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (start, stop) = (parse::int(words[2])?, parse::int(words[3])?);
    if txn.open(words[1], ValueKind::List)?.is_some() {
        let mut list = txn.edit(words[1], ValueKind::List)?;
        let len = list.opened().sequence().len();
        let kept = range(start, stop, len);
        list.opened().sequence().want_removed(0, kept.start);
        list.opened().sequence().want_removed(kept.end, len - kept.end);
        list.ready()?;
        list.cut(kept.end, len - kept.end)?;
        list.cut(0, kept.start)?;
    }
    reply.ok();
    Ok(())
}
