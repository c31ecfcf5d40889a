//! Members at random: `ZRANDMEMBER`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::{
    reply::{Members, Shown},
    slice::share,
};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Stop, Tip, Words,
    draw::{Draw, Wanted},
    parse::is,
};

pub(super) const ZRANDMEMBER: Command = Command {
    spec: Spec {
        name: "zrandmember",
        group: Group::SortedSet,
        summary: "Returns members at random.",
        complexity: "O(M*log(N)) where N is the size of the sorted set and M the number of \
                     members returned.",
        since: "6.2.0",
        arity: Arity::AtLeast(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[
            Arg::key("key"),
            Arg::block(
                "options",
                &[Arg::integer("count"), Arg::flag("withscores", "WITHSCORES").optional()],
            )
            .optional(),
        ],
        ..Spec::BASE
    },
    run: zrandmember,
};

fn zrandmember(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    match Options::parse(&words[2..])? {
        Some(Options { wanted, shown }) => shown.all(&draw(txn, words[1], wanted)?, reply),
        None => match draw(txn, words[1], Wanted::Distinct(1))?.first() {
            Some((member, _)) => reply.bulk(member),
            None => reply.null(),
        },
    }
    Ok(())
}

/// A number of members, and what is shown of them.
struct Options {
    wanted: Wanted,
    shown: Shown,
}

impl Options {
    /// Reads the words after the key. `None`: there are none.
    fn parse(words: Words<'_>) -> Result<Option<Self>, Fault> {
        let [count, rest @ ..] = words else { return Ok(None) };
        let wanted = Wanted::parse(count)?;
        let shown = match rest {
            [] => Shown::Members,
            [option] if is(option, "WITHSCORES") => Shown::Scores,
            _ => return Err(Fault::Syntax),
        };
        if shown == Shown::Scores && wanted.is_beyond(i64::MAX / 2) {
            return Err(Fault::OutOfRange);
        }
        Ok(Some(Self { wanted, shown }))
    }
}

/// Members drawn from the sorted set at `key`, which may be none.
fn draw(txn: &mut Txn<'_>, key: &[u8], wanted: Wanted) -> Result<Members, Stop> {
    let mut draw = Draw::new(txn);
    let Some(opened) = txn.open(key, ValueKind::SortedSet)? else { return Ok(Vec::new()) };
    let len = opened.sorted().len();
    let bytes = share(&opened.sorted(), wanted.of(len));
    if !txn.answer_fits(bytes) {
        return Err(Fault::TooLarge.into());
    }
    let Some(opened) = txn.open(key, ValueKind::SortedSet)? else { return Ok(Vec::new()) };
    let sorted = opened.sorted();
    let ranks = wanted.draw(&mut draw, len).into_iter();
    // All are asked for before one that is absent is told.
    let found: Vec<_> = ranks.map(|rank| sorted.at(rank)).collect();
    let found = found.into_iter().filter_map(Result::transpose);
    let owned = found.map(|found| found.map(|(member, score)| (member.to_vec(), score)));
    Ok(owned.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crate::{draw::chi_square, testing::Dataset};

    /// What 99 degrees of freedom pass once in a thousand fair series.
    const CHI_SQUARE_MAX: f64 = 148.2;

    /// How often each of a hundred members comes in many calls.
    fn counts(count: &str, calls: u64) -> Vec<u64> {
        let mut dataset = Dataset::new(1_700_000_000_000);
        for member in 0..100 {
            let name = format!("m{member}");
            dataset.run(&[b"zadd", b"k", b"1", name.as_bytes()]);
        }
        let mut counts: HashMap<String, u64> = HashMap::new();
        for _ in 0..calls {
            dataset.pass(1);
            let reply = dataset.run(&[b"zrandmember", b"k", count.as_bytes()]);
            let reply = String::from_utf8(reply).expect("members are text");
            for member in reply.split("\r\n").filter(|line| line.starts_with('m')) {
                *counts.entry(member.to_owned()).or_default() += 1;
            }
        }
        counts.into_values().collect()
    }

    #[test]
    fn every_member_is_as_likely_as_any_other() {
        for (count, calls, drawn) in [("1", 20_000, 1), ("-10", 2_000, 10)] {
            let counts = counts(count, calls);
            assert_eq!(counts.iter().sum::<u64>(), calls * drawn);
            assert!(counts.len() == 100 && chi_square(&counts) < CHI_SQUARE_MAX, "{counts:?}");
        }
    }

    #[test]
    fn of_different_members_every_one_is_as_likely_too() {
        // Without putting back, counts vary less: the bound holds all the more.
        let counts = counts("30", 1_000);
        assert_eq!(counts.iter().sum::<u64>(), 30_000);
        assert!(counts.len() == 100 && chi_square(&counts) < CHI_SQUARE_MAX, "{counts:?}");
    }
}
