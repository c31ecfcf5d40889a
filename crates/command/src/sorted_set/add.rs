//! Giving members scores: `ZADD`, `ZINCRBY`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;
use hadal_value::collection::Put;

use crate::{
    Access, Arg, Arity, Command, Data, Elements, Fault, Group, KeySpec, Kind, Spec, Speed, Stop,
    Words,
    parse::{double, is},
};

pub(super) const ZADD: Command = Command {
    spec: Spec {
        name: "zadd",
        group: Group::SortedSet,
        summary: "Gives members of a sorted set their scores, and adds those that are new.",
        complexity: "O(log(N)) for each member, where N is the size of the sorted set.",
        since: "1.2.0",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        elements: Elements::PairsFromEnd(3),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        history: &[
            ("2.4.0", "Takes several members."),
            ("3.0.2", "Added `XX`, `NX`, `CH` and `INCR`."),
            ("6.2.0", "Added `GT` and `LT`."),
        ],
        args: &[
            Arg::key("key"),
            Arg::one_of("condition", &[Arg::flag("nx", "NX"), Arg::flag("xx", "XX")])
                .since("3.0.2")
                .optional(),
            Arg::one_of("comparison", &[Arg::flag("gt", "GT"), Arg::flag("lt", "LT")])
                .since("6.2.0")
                .optional(),
            Arg::flag("change", "CH").since("3.0.2").optional(),
            Arg::flag("increment", "INCR").since("3.0.2").optional(),
            Arg::block("data", &[Arg::double("score"), Arg::string("member")]).multiple(),
        ],
        ..Spec::BASE
    },
    run: zadd,
};

pub(super) const ZINCRBY: Command = Command {
    spec: Spec {
        name: "zincrby",
        group: Group::SortedSet,
        summary: "Adds to the score of a member. No member counts as 0.",
        complexity: "O(log(N)) where N is the size of the sorted set.",
        since: "1.2.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        elements: Elements::One(3),
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[Arg::key("key"), Arg::integer("increment"), Arg::string("member")],
        ..Spec::BASE
    },
    run: zincrby,
};

/// Which members a call concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Those that are not there yet: `NX`.
    Absent,
    /// Those that are there: `XX`.
    Present,
}

/// Which new scores count, of members that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Greater,
    Less,
}

/// What the numbers of a call are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    Scores,
    Increments,
}

/// What a call counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// New members.
    Added,
    /// New members and those whose score is another now: `CH`.
    Changed,
}

/// How a member gets its new score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    only_if: Option<Only>,
    compare: Option<Compare>,
    numbers: Numbers,
}

/// What has become of the members of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    added: i64,
    changed: i64,
    /// The score of the last member, unless the rule spared it.
    score: Option<f64>,
}

impl Rule {
    /// Members get the scores of the call.
    pub(crate) fn scores(only_if: Option<Only>) -> Self {
        Self { only_if, compare: None, numbers: Numbers::Scores }
    }

    /// Whether a member gets the number of the call as its score, whatever it has had.
    fn is_plain(self) -> bool {
        self == Self::scores(None)
    }

    /// The score of a member that has had `old`; `None`: it is spared.
    fn score(self, old: Option<f64>, number: f64) -> Result<Option<f64>, Fault> {
        let spared = match self.only_if {
            Some(Only::Absent) => old.is_some(),
            Some(Only::Present) => old.is_none(),
            None => false,
        };
        if spared {
            return Ok(None);
        }
        let Some(old) = old else { return Ok(Some(number)) };
        let new = match self.numbers {
            Numbers::Scores => number,
            Numbers::Increments => old + number,
        };
        if new.is_nan() {
            return Err(Fault::Text("ERR resulting score is not a number (NaN)"));
        }
        let counts = match self.compare {
            None => true,
            Some(Compare::Greater) => new > old,
            Some(Compare::Less) => new < old,
        };
        Ok(counts.then_some(new))
    }
}

impl Outcome {
    fn count_put(&mut self, put: Put) {
        self.added += i64::from(put == Put::Added);
        self.changed += i64::from(put == Put::Replaced);
    }

    pub(crate) fn count(self, counts: Counts) -> i64 {
        match counts {
            Counts::Added => self.added,
            Counts::Changed => self.added + self.changed,
        }
    }
}

fn zadd(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (rule, counts, rest) = options(&words[2..])?;
    let (pairs, _) = rest.as_chunks::<2>();
    let member = |&[score, member]: &[_; 2]| Ok((double(score)?, member));
    let members = pairs.iter().map(member).collect::<Result<Vec<_>, Fault>>()?;
    let outcome = put(txn, words[1], rule, &members)?;
    match (rule.numbers, outcome.score) {
        (Numbers::Scores, _) => reply.int(outcome.count(counts)),
        (Numbers::Increments, Some(score)) => reply.double(score),
        (Numbers::Increments, None) => reply.null(),
    }
    Ok(())
}

fn zincrby(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let rule = Rule { numbers: Numbers::Increments, ..Rule::scores(None) };
    let outcome = put(txn, words[1], rule, &[(double(words[2])?, words[3])])?;
    reply.double(outcome.score.expect("nothing is spared"));
    Ok(())
}

/// Reads the words after the key, up to the first score.
fn options(mut words: Words<'_>) -> Result<(Rule, Counts, Words<'_>), Fault> {
    let (mut absent, mut present, mut greater, mut less) = (false, false, false, false);
    let (mut counts, mut numbers) = (Counts::Added, Numbers::Scores);
    while let [word, rest @ ..] = words {
        match word {
            _ if is(word, "NX") => absent = true,
            _ if is(word, "XX") => present = true,
            _ if is(word, "GT") => greater = true,
            _ if is(word, "LT") => less = true,
            _ if is(word, "CH") => counts = Counts::Changed,
            _ if is(word, "INCR") => numbers = Numbers::Increments,
            _ => break,
        }
        words = rest;
    }
    if words.is_empty() || !words.len().is_multiple_of(2) {
        return Err(Fault::Syntax);
    }
    if absent && present {
        return Err(Fault::Text("ERR XX and NX options at the same time are not compatible"));
    }
    if (greater && less) || (absent && (greater || less)) {
        return Err(Fault::Text(
            "ERR GT, LT, and/or NX options at the same time are not compatible",
        ));
    }
    if numbers == Numbers::Increments && words.len() > 2 {
        return Err(Fault::Text("ERR INCR option supports a single increment-element pair"));
    }
    let only_if = if absent { Some(Only::Absent) } else { present.then_some(Only::Present) };
    let compare = if greater { Some(Compare::Greater) } else { less.then_some(Compare::Less) };
    Ok((Rule { only_if, compare, numbers }, counts, words))
}

/// Gives members their scores, one after the other.
pub(crate) fn put(
    txn: &mut Txn<'_>,
    key: &[u8],
    rule: Rule,
    members: &[(f64, &[u8])],
) -> Result<Outcome, Stop> {
    let mut set = txn.edit(key, ValueKind::SortedSet)?;
    let opened = set.opened();
    // A single member is asked for when it is put.
    if opened.is_paged() && members.len() > 1 {
        let sorted = opened.sorted();
        for (number, member) in members {
            // Where the old score is absent, that has been noted.
            if let Ok(old) = sorted.score(member)
                && let Some(new) = rule.score(old, *number)?
            {
                sorted.want(member, new);
            }
        }
    }
    set.ready()?;
    let mut outcome = Outcome::default();
    for (number, member) in members {
        if rule.is_plain() {
            outcome.score = Some(*number);
            outcome.count_put(set.put_score(member, *number)?);
            continue;
        }
        let old = set.opened().sorted().score(member)?;
        let new = rule.score(old, *number)?;
        outcome.score = new;
        if let Some(new) = new
            && Some(new) != old
        {
            outcome.count_put(set.put_score(member, new)?);
        }
    }
    Ok(outcome)
}
