//! Members at random: `SPOP`, `SRANDMEMBER`.

use hadal_keyspace::{Opened, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;
use hadal_value::tree::Absent;

use super::work::bytes_of;
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Tip, Words,
    draw::{Draw, Wanted},
    parse,
};

pub(super) const SPOP: Command = Command {
    spec: Spec {
        name: "spop",
        group: Group::Set,
        summary: "Removes members chosen at random and returns them.",
        complexity: "O(N) where N is the number of members removed.",
        since: "1.0.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Delete])],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        tips: &[Tip::NondeterministicOutput],
        history: &[("3.2.0", "Added `count`.")],
        args: &[Arg::key("key"), Arg::integer("count").since("3.2.0").optional()],
        ..Spec::BASE
    },
    run: spop,
};

pub(super) const SRANDMEMBER: Command = Command {
    spec: Spec {
        name: "srandmember",
        group: Group::Set,
        summary: "Returns members chosen at random.",
        complexity: "O(N) where N is the number of members returned.",
        since: "1.0.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        history: &[("2.6.0", "Added `count`.")],
        args: &[Arg::key("key"), Arg::integer("count").since("2.6.0").optional()],
        ..Spec::BASE
    },
    run: srandmember,
};

fn spop(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    match words[2..] {
        [] => match &pop(txn, words[1], 1)?[..] {
            [member] => reply.bulk(member),
            _ => reply.null(),
        },
        [count] => {
            let count = parse::int(count).ok().and_then(|count| u64::try_from(count).ok());
            let count = count.ok_or(Fault::Text("ERR value is out of range, must be positive"))?;
            let members = pop(txn, words[1], count)?;
            reply.set(members.len());
            for member in &members {
                reply.bulk(member);
            }
        }
        [_, _, ..] => return Err(Fault::Syntax.into()),
    }
    Ok(())
}

/// Takes up to `count` members out of the set at `key`.
fn pop(txn: &mut Txn<'_>, key: &[u8], count: u64) -> Result<Vec<Vec<u8>>, Stop> {
    let mut draw = Draw::new(txn);
    let bytes_max = txn.answer_bytes_max();
    let mut set = txn.edit(key, ValueKind::Set)?;
    let (members, len) = {
        let opened = set.opened();
        let len = opened.map().len();
        check_fits(&opened, Wanted::Distinct(count), bytes_max)?;
        let members = at(&opened, &draw.distinct(len, count))?;
        (members.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>(), len)
    };
    if members.len() as u64 == len {
        txn.delete(key)?;
    } else {
        for member in &members {
            set.remove(member)?;
        }
    }
    Ok(members)
}

fn srandmember(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let wanted = match words[2..] {
        [] => None,
        [count] => Some(Wanted::parse(count)?),
        [_, _, ..] => return Err(Fault::Syntax.into()),
    };
    let mut draw = Draw::new(txn);
    let bytes_max = txn.answer_bytes_max();
    let Some(set) = txn.open(words[1], ValueKind::Set)? else {
        if wanted.is_some() {
            reply.array(0);
        } else {
            reply.null();
        }
        return Ok(());
    };
    let len = set.map().len();
    let Some(wanted) = wanted else {
        match at(&set, &[draw.below(len)])?[..] {
            [member] => reply.bulk(member),
            _ => reply.null(),
        }
        return Ok(());
    };
    check_fits(&set, wanted, bytes_max)?;
    let members = at(&set, &wanted.draw(&mut draw, len))?;
    reply.array(members.len());
    for member in members {
        reply.bulk(member);
    }
    Ok(())
}

/// Members by their ranks. All are asked for before an absent page is told.
fn at<'s>(set: &'s Opened<'_>, ranks: &[u64]) -> Result<Vec<&'s [u8]>, Absent> {
    let map = set.map();
    let found: Vec<_> = ranks.iter().map(|rank| map.at(*rank)).collect();
    let members = found.into_iter().filter_map(Result::transpose);
    members.map(|entry| entry.map(|entry| entry.key)).collect()
}

/// Refuses what is too much to be answered, or to be looked at, at once.
fn check_fits(set: &Opened<'_>, wanted: Wanted, bytes_max: u64) -> Result<(), Fault> {
    let (map, count) = (set.map(), wanted.of(set.map().len()));
    let each = map.bytes() / map.len().max(1) + size_of::<&[u8]>() as u64;
    let bytes = each.saturating_mul(count).saturating_add(bytes_of(set, count));
    if bytes <= bytes_max { Ok(()) } else { Err(Fault::TooLarge) }
}
