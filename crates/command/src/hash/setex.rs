//! Values and expiry of fields at once: `HGETEX`, `HSETEX`.

use hadal_keyspace::{Editing, Txn, UnixMillis};
use hadal_resp::Writer;

use super::expiry::{FIELDS, moment};
use super::live::{edit, with_field};
use crate::{
    Access, Arg, Arity, Command, Data, Fault, Group, KeySpec, Kind, Spec, Speed, Stop, Words, parse,
};

pub(super) const HGETEX: Command = Command {
    spec: Spec {
        name: "hgetex",
        group: Group::Hash,
        summary: "Returns the values of fields and sets when the fields expire.",
        complexity: "O(N) where N is the number of fields.",
        since: "8.0.0",
        arity: Arity::AtLeast(5),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])
            .notes("RW and UPDATE because it changes the TTL")],
        kind: Kind::Write { grows: false },
        speed: Speed::Fast,
        args: &[
            Arg::key("key"),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::flag("persist", "PERSIST"),
                ],
            )
            .optional(),
            FIELDS,
        ],
        ..Spec::BASE
    },
    run: hgetex,
};

pub(super) const HSETEX: Command = Command {
    spec: Spec {
        name: "hsetex",
        group: Group::Hash,
        summary: "Sets the values of fields and when the fields expire.",
        complexity: "O(N) where N is the number of fields.",
        since: "8.0.0",
        arity: Arity::AtLeast(6),
        keys: &[KeySpec::first(Access::Update, &[Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        args: &[
            Arg::key("key"),
            Arg::one_of("condition", &[Arg::flag("fnx", "FNX"), Arg::flag("fxx", "FXX")])
                .optional(),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::flag("keepttl", "KEEPTTL"),
                ],
            )
            .optional(),
            Arg::block(
                "fields",
                &[
                    Arg::integer("numfields"),
                    Arg::block("data", &[Arg::string("field"), Arg::string("value")]).multiple(),
                ],
            )
            .token("FIELDS"),
        ],
        ..Spec::BASE
    },
    run: hsetex,
};

/// Whose options they are: each takes some the other does not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    GetEx,
    SetEx,
}

/// What becomes of the fields' expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// Nothing was said: none for fields that are set, the one it has for others.
    Default,
    /// `KEEPTTL`
    Keep,
    /// `PERSIST`
    Never,
    At(UnixMillis),
}

/// `FNX` and `FXX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    IfNoneThere,
    IfAllThere,
}

#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    only: Option<Only>,
    until: Until,
    /// What follows `FIELDS` and the count.
    fields: Words<'a>,
}

fn hgetex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let now = txn.now();
    let Options { until, fields, .. } = Options::parse(words, Caller::GetEx, now)?;
    let mut hash = edit(txn, words[1], fields.iter().copied())?;
    reply.array(fields.len());
    for field in fields {
        let found = with_field(&hash, field, |entry| {
            entry.map(|entry| (entry.value.to_vec(), entry.expiry))
        })?;
        let Some((value, expiry)) = found else {
            reply.null();
            continue;
        };
        reply.bulk(&value);
        match until {
            Until::Default | Until::Keep => {}
            Until::Never if expiry.is_none() => {}
            Until::Never => _ = hash.put_field(field, &value, None)?,
            Until::At(at) => put(&mut hash, field, &value, at, now)?,
        }
    }
    Ok(())
}

fn hsetex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let now = txn.now();
    let Options { only, until, fields } = Options::parse(words, Caller::SetEx, now)?;
    let (pairs, _) = fields.as_chunks::<2>();
    let mut hash = edit(txn, words[1], pairs.iter().map(|[field, _]| *field))?;
    for [field, _] in pairs {
        let is_there = with_field(&hash, field, |entry| entry.is_some())?;
        if only.is_some_and(|only| is_there != (only == Only::IfAllThere)) {
            reply.int(0);
            return Ok(());
        }
    }
    for [field, value] in pairs {
        match until {
            Until::Default | Until::Never => _ = hash.put_field(field, value, None)?,
            Until::Keep => {
                let expiry = with_field(&hash, field, |entry| entry.and_then(|it| it.expiry))?;
                hash.put_field(field, value, expiry)?;
            }
            Until::At(at) => put(&mut hash, field, value, at, now)?,
        }
    }
    reply.int(1);
    Ok(())
}

/// Puts a field that expires, unless its time has come already: then it goes.
fn put(
    hash: &mut Editing<'_, '_>,
    field: &[u8],
    value: &[u8],
    at: UnixMillis,
    now: UnixMillis,
) -> Result<(), Stop> {
    if at <= now {
        hash.remove(field)?;
    } else {
        hash.put_field(field, value, Some(at))?;
    }
    Ok(())
}

impl Caller {
    fn name(self) -> &'static str {
        match self {
            Self::GetEx => "hgetex",
            Self::SetEx => "hsetex",
        }
    }

    fn conflict(self) -> Fault {
        Fault::Text(match self {
            Self::GetEx => {
                "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"
            }
            Self::SetEx => {
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
            }
        })
    }
}

impl<'a> Options<'a> {
    fn parse(words: Words<'a>, caller: Caller, now: UnixMillis) -> Result<Self, Fault> {
        let mut options = Self { only: None, until: Until::Default, fields: &[] };
        let mut rest = words[2..].iter();
        while let Some(word) = rest.next() {
            if parse::is(word, "FIELDS") {
                options.fields = counted(rest.as_slice(), caller)?;
                return Ok(options);
            } else if let Some((unit, from_now)) = parse::time_option(word) {
                options.check_undecided(caller)?;
                let time = rest.next().ok_or(Fault::Text("ERR missing expire time"))?;
                let at = moment(time, unit, from_now.then_some(now), caller.name())?;
                options.until = Until::At(at);
            } else if parse::is(word, "PERSIST") && caller == Caller::GetEx {
                options.check_undecided(caller)?;
                options.until = Until::Never;
            } else if parse::is(word, "KEEPTTL") && caller == Caller::SetEx {
                options.check_undecided(caller)?;
                options.until = Until::Keep;
            } else if let Some(only) = only(word).filter(|_| caller == Caller::SetEx) {
                if options.only.replace(only).is_some() {
                    return Err(Fault::Text(
                        "ERR Only one of FXX or FNX arguments can be specified",
                    ));
                }
            } else {
                let word = String::from_utf8_lossy(word);
                return Err(Fault::Said(format!("ERR unknown argument: {word}")));
            }
        }
        Err(Fault::WrongArity(caller.name()))
    }

    fn check_undecided(&self, caller: Caller) -> Result<(), Fault> {
        if self.until == Until::Default { Ok(()) } else { Err(caller.conflict()) }
    }
}

fn only(word: &[u8]) -> Option<Only> {
    let options = [("FNX", Only::IfNoneThere), ("FXX", Only::IfAllThere)];
    options.into_iter().find(|(name, _)| parse::is(word, name)).map(|(_, only)| only)
}

/// What follows `FIELDS`: a count, and as many fields, or pairs of a field and a value.
fn counted(words: Words<'_>, caller: Caller) -> Result<Words<'_>, Fault> {
    let words_each = match caller {
        Caller::GetEx => 1,
        Caller::SetEx => 2,
    };
    let Some((count, fields)) = words.split_first().filter(|(_, it)| it.len() >= words_each) else {
        return Err(Fault::WrongArity(caller.name()));
    };
    let count = parse::int(count).ok().and_then(|count| i32::try_from(count).ok());
    let count = count.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
    let count = count.ok_or(Fault::Text("ERR invalid number of fields"))?;
    if count.checked_mul(words_each) == Some(fields.len()) {
        Ok(fields)
    } else {
        Err(Fault::WrongArity(caller.name()))
    }
}
