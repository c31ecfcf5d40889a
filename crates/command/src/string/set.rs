//! Writing whole strings.

use hadal_keyspace::{Expiry, Txn};
use hadal_resp::Writer;

use super::options::{Caller, Only, Options, Time};
use crate::{
    fault::{Fault, Stop},
    parse::{Unit, is},
    spec::{
        Access, Arg, Arity, Data, Deprecated, Group, Key, KeyFlags, KeySpec, Kind, Spec, Speed,
        Tip, Words,
    },
    table::Command,
};

/// What Redis says becomes of the key of a `SET`.
const SET_FLAGS: KeyFlags = KeyFlags::new(Access::Replace, &[Data::Update]);
/// The same with the option `GET`.
const SET_GET_FLAGS: KeyFlags = KeyFlags::new(Access::Update, &[Data::Access, Data::Update]);

pub(super) const GETSET: Command = Command {
    spec: Spec {
        name: "getset",
        group: Group::String,
        summary: "Sets the string at a key and returns the one before it.",
        complexity: "O(1)",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        deprecated: Some(Deprecated {
            since: "6.2.0",
            replaced_by: "`SET` with the `!GET` argument",
        }),
        args: &[Arg::key("key"), Arg::string("value")],
        ..Spec::BASE
    },
    run: getset,
};

fn getset(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    match txn.get(words[1])? {
        Some(old) => reply.bulk(&old),
        None => reply.null(),
    }
    txn.set(words[1], words[2], Expiry::None)?;
    Ok(())
}

pub(super) const MSET: Command = Command {
    spec: Spec {
        name: "mset",
        group: Group::String,
        summary: "Sets the strings at several keys, all at one moment.",
        complexity: "O(N) where N is the number of keys.",
        since: "1.0.1",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::pairs(Access::Replace, &[Data::Update])],
        kind: Kind::Write { grows: true },
        tips: &[Tip::RequestMultiShard, Tip::ResponseAllSucceeded],
        args: &[Arg::block("data", &[Arg::key("key"), Arg::string("value")]).multiple()],
        ..Spec::BASE
    },
    run: mset,
};

fn mset(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let pairs = pairs(words, "mset")?;
    set_all(txn, pairs)?;
    reply.ok();
    Ok(())
}

pub(super) const MSETNX: Command = Command {
    spec: Spec {
        name: "msetnx",
        group: Group::String,
        summary: "Sets the strings at several keys if there is nothing at any of them.",
        complexity: "O(N) where N is the number of keys.",
        since: "1.0.1",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::pairs(Access::Replace, &[Data::Insert]).load(Access::Update)],
        kind: Kind::Write { grows: true },
        args: &[Arg::block("data", &[Arg::key("key"), Arg::string("value")]).multiple()],
        ..Spec::BASE
    },
    run: msetnx,
};

fn msetnx(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let pairs = pairs(words, "msetnx")?;
    for (key, _) in pairs.clone() {
        if txn.exists(key)? {
            reply.int(0);
            return Ok(());
        }
    }
    set_all(txn, pairs)?;
    reply.int(1);
    Ok(())
}

pub(super) const PSETEX: Command = Command {
    spec: Spec {
        name: "psetex",
        group: Group::String,
        summary: "Sets the string at a key and how many milliseconds it has to live.",
        complexity: "O(1)",
        since: "2.6.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Replace, &[Data::Update])],
        kind: Kind::Write { grows: true },
        deprecated: Some(Deprecated {
            since: "2.6.12",
            replaced_by: "`SET` with the `PX` argument",
        }),
        args: &[Arg::key("key"), Arg::integer("milliseconds"), Arg::string("value")],
        ..Spec::BASE
    },
    run: psetex,
};

fn psetex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let time = Time { text: words[2], unit: Unit::Millis, from_now: true };
    let at = time.resolve(txn.now(), "psetex")?;
    txn.set(words[1], words[3], Expiry::At(at))?;
    reply.ok();
    Ok(())
}

pub(super) const SET: Command = Command {
    spec: Spec {
        name: "set",
        group: Group::String,
        summary: "Sets the string at a key, whatever was there.",
        complexity: "O(1)",
        arity: Arity::AtLeast(3),
        keys: &[KeySpec::first(Access::Update, &[Data::Access, Data::Update])
            .variable()
            .notes("RW and ACCESS due to the optional `GET` argument")],
        find_keys: Some(set_keys),
        kind: Kind::Write { grows: true },
        history: &[
            ("2.6.12", "Added `EX`, `PX`, `NX` and `XX`."),
            ("6.0.0", "Added `KEEPTTL`."),
            ("6.2.0", "Added `GET`, `EXAT` and `PXAT`."),
            ("7.0.0", "`NX` and `GET` may be used together."),
        ],
        args: &[
            Arg::key("key"),
            Arg::string("value"),
            Arg::one_of("condition", &[Arg::flag("nx", "NX"), Arg::flag("xx", "XX")])
                .since("2.6.12")
                .optional(),
            Arg::flag("get", "GET").since("6.2.0").optional(),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX").since("2.6.12"),
                    Arg::integer("milliseconds").token("PX").since("2.6.12"),
                    Arg::unix_time("unix-time-seconds").token("EXAT").since("6.2.0"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT").since("6.2.0"),
                    Arg::flag("keepttl", "KEEPTTL").since("6.0.0"),
                ],
            )
            .optional(),
        ],
        ..Spec::BASE
    },
    run: set,
};

fn set(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (key, value) = (words[1], words[2]);
    if words.len() == 3 {
        txn.set(key, value, Expiry::None)?;
        reply.ok();
        return Ok(());
    }
    let options = Options::parse(&words[3..], Caller::Set)?;
    let now = txn.now();
    let expiry = options.expiry(now, "set")?;
    let found = if options.get {
        let old = txn.get(key)?;
        match &old {
            Some(old) => reply.bulk(old),
            None => reply.null(),
        }
        old.is_some()
    } else if options.only_if.is_some() {
        txn.exists(key)?
    } else {
        false
    };
    let refused = match options.only_if {
        Some(Only::Absent) => found,
        Some(Only::Present) => !found,
        None => false,
    };
    if !refused {
        match expiry {
            // It would be gone before anyone could see it.
            Expiry::At(at) if at <= now => _ = txn.delete(key)?,
            expiry => txn.set(key, value, expiry)?,
        }
    }
    match (options.get, refused) {
        (true, _) => {}
        (false, true) => reply.null(),
        (false, false) => reply.ok(),
    }
    Ok(())
}

/// Only a `SET` that asks for nothing of the old value may do without loading it.
fn set_keys(words: Words<'_>, f: &mut dyn FnMut(Key)) {
    let has = |option| words.iter().skip(3).any(|word| is(word, option));
    let get = has("GET");
    let load = if get || has("NX") || has("XX") || has("KEEPTTL") {
        Access::Update
    } else {
        Access::Replace
    };
    let flags = if get { SET_GET_FLAGS } else { SET_FLAGS };
    f(Key { word: 1, load, flags });
}

pub(super) const SETEX: Command = Command {
    spec: Spec {
        name: "setex",
        group: Group::String,
        summary: "Sets the string at a key and how many seconds it has to live.",
        complexity: "O(1)",
        since: "2.0.0",
        arity: Arity::Exactly(4),
        keys: &[KeySpec::first(Access::Replace, &[Data::Update])],
        kind: Kind::Write { grows: true },
        deprecated: Some(Deprecated {
            since: "2.6.12",
            replaced_by: "`SET` with the `EX` argument",
        }),
        args: &[Arg::key("key"), Arg::integer("seconds"), Arg::string("value")],
        ..Spec::BASE
    },
    run: setex,
};

fn setex(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let time = Time { text: words[2], unit: Unit::Seconds, from_now: true };
    let at = time.resolve(txn.now(), "setex")?;
    txn.set(words[1], words[3], Expiry::At(at))?;
    reply.ok();
    Ok(())
}

pub(super) const SETNX: Command = Command {
    spec: Spec {
        name: "setnx",
        group: Group::String,
        summary: "Sets the string at a key if there is nothing there.",
        complexity: "O(1)",
        arity: Arity::Exactly(3),
        keys: &[KeySpec::first(Access::Replace, &[Data::Insert]).load(Access::Update)],
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        deprecated: Some(Deprecated {
            since: "2.6.12",
            replaced_by: "`SET` with the `NX` argument",
        }),
        args: &[Arg::key("key"), Arg::string("value")],
        ..Spec::BASE
    },
    run: setnx,
};

fn setnx(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let absent = !txn.exists(words[1])?;
    if absent {
        txn.set(words[1], words[2], Expiry::None)?;
    }
    reply.int(i64::from(absent));
    Ok(())
}

/// The keys and values of an `MSET`.
fn pairs<'a>(
    words: Words<'a>,
    name: &'static str,
) -> Result<impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone, Fault> {
    let (pairs, rest) = words[1..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fault::WrongArity(name));
    }
    Ok(pairs.iter().map(|[key, value]| (*key, *value)))
}

fn set_all<'a>(
    txn: &mut Txn<'_>,
    pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<(), Stop> {
    for (key, value) in pairs {
        txn.set(key, value, Expiry::None)?;
    }
    Ok(())
}
