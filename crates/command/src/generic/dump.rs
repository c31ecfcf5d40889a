//! Values in Redis's own format, out and in: `DUMP`, `RESTORE`.

mod value;

use hadal_keyspace::{Expiry, Txn, UnixMillis};
use hadal_resp::Writer;
use hadal_value::rdb::{self, Value};

use crate::{
    Access, Arg, Arity, Category, Command, Data, Fault, Group, Key, KeyFlags, KeySpec, Kind, Spec,
    Stop, Tip, Words, parse,
};

const RESTORE_FLAGS: KeyFlags = KeyFlags::new(Access::Replace, &[Data::Update]);

pub(super) const DUMP: Command = Command {
    spec: Spec {
        name: "dump",
        group: Group::Generic,
        summary: "Returns the value of a key in the format of Redis.",
        complexity: "O(N) where N is the size of the value.",
        since: "2.6.0",
        arity: Arity::Exactly(2),
        keys: &[KeySpec::first(Access::Read, &[Data::Access])],
        kind: Kind::Read,
        tips: &[Tip::NondeterministicOutput],
        args: &[Arg::key("key")],
        ..Spec::BASE
    },
    run: dump,
};

pub(super) const RESTORE: Command = Command {
    spec: Spec {
        name: "restore",
        group: Group::Generic,
        summary: "Creates a key from what `DUMP` has returned.",
        complexity: "O(N) where N is the size of the value.",
        since: "2.6.0",
        arity: Arity::AtLeast(4),
        keys: &[KeySpec::first(Access::Replace, &[Data::Update]).load(Access::Update)],
        find_keys: Some(restore_keys),
        kind: Kind::Write { grows: true },
        categories: Some(&[Category::Keyspace, Category::Dangerous]),
        history: &[
            ("3.0.0", "Added `REPLACE`."),
            ("5.0.0", "Added `ABSTTL`."),
            ("5.0.0", "Added `IDLETIME` and `FREQ`."),
        ],
        args: &[
            Arg::key("key"),
            Arg::integer("ttl"),
            Arg::string("serialized-value"),
            Arg::flag("replace", "REPLACE").since("3.0.0").optional(),
            Arg::flag("absttl", "ABSTTL").since("5.0.0").optional(),
            Arg::integer("seconds").token("IDLETIME").since("5.0.0").optional(),
            Arg::integer("frequency").token("FREQ").since("5.0.0").optional(),
        ],
        ..Spec::BASE
    },
    run: restore,
};

fn dump(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    match value::take(txn, words[1])? {
        Some(value) => reply.bulk(&rdb::dump(&value)),
        None => reply.null(),
    }
    Ok(())
}

/// What a collection takes while it is restored, in the length of its dump: small elements lie
/// dense in it.
const EXPANSION: u64 = 8;

/// What follows the dump in a call. How recently or often the key was used is checked only: a key
/// that has just been written counts as just used.
#[derive(Clone, Copy, Default)]
struct Options {
    replace: bool,
    /// The time to live is a time of death.
    absolute: bool,
}

/// Which of two options was given that exclude each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usage {
    Recency,
    Frequency,
}

fn restore(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let (key, dump) = (words[1], words[3]);
    let options = Options::parse(&words[4..])?;
    // Redis says that the key is taken before it looks at the time and at the dump.
    if !options.replace && txn.exists(key)? {
        return Err(Fault::BusyKey.into());
    }
    let expiry = expiry(words[2], options, txn.now())?;
    let value = read(dump, txn.value_len_max())?;
    if !matches!(value, Value::String(_)) && !txn.answer_fits(dump.len() as u64 * EXPANSION) {
        return Err(Fault::TooLarge.into());
    }
    match expiry {
        // It would be gone before anyone could see it.
        Expiry::At(at) if at <= txn.now() => _ = txn.delete(key)?,
        expiry => value::store(txn, key, &value, expiry)?,
    }
    reply.ok();
    Ok(())
}

/// Only with `REPLACE` does it not matter whether the key is there.
fn restore_keys(words: Words<'_>, f: &mut dyn FnMut(Key)) {
    let replace = words.iter().skip(4).any(|word| parse::is(word, "REPLACE"));
    let load = if replace { Access::Replace } else { Access::Update };
    f(Key { word: 1, load, flags: RESTORE_FLAGS });
}

impl Options {
    fn parse(words: Words<'_>) -> Result<Self, Fault> {
        let mut options = Self::default();
        let mut usage = None;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if parse::is(word, "REPLACE") {
                options.replace = true;
            } else if parse::is(word, "ABSTTL") {
                options.absolute = true;
            } else if parse::is(word, "IDLETIME") && usage != Some(Usage::Frequency) {
                check_idle_time(words.next().ok_or(Fault::Syntax)?)?;
                usage = Some(Usage::Recency);
            } else if parse::is(word, "FREQ") && usage != Some(Usage::Recency) {
                check_frequency(words.next().ok_or(Fault::Syntax)?)?;
                usage = Some(Usage::Frequency);
            } else {
                return Err(Fault::Syntax);
            }
        }
        Ok(options)
    }
}

fn check_idle_time(word: &[u8]) -> Result<(), Fault> {
    match parse::int(word)? {
        0.. => Ok(()),
        ..0 => Err(Fault::Text("ERR Invalid IDLETIME value, must be >= 0")),
    }
}

fn check_frequency(word: &[u8]) -> Result<(), Fault> {
    match parse::int(word)? {
        0..=255 => Ok(()),
        _ => Err(Fault::Text("ERR Invalid FREQ value, must be >= 0 and <= 255")),
    }
}

/// When the key shall expire; a time to live of zero is for ever.
fn expiry(word: &[u8], options: Options, now: UnixMillis) -> Result<Expiry, Fault> {
    let ttl = u64::try_from(parse::int(word)?)
        .map_err(|_| Fault::Text("ERR Invalid TTL value, must be >= 0"))?;
    Ok(match ttl {
        0 => Expiry::None,
        at if options.absolute => Expiry::At(at),
        // Redis counts past the last moment there is, and arrives before the first one.
        ttl => {
            Expiry::At(ttl.checked_add(now).filter(|at| i64::try_from(*at).is_ok()).unwrap_or(0))
        }
    })
}

/// The value within a dump.
fn read(dump: &[u8], len_max: usize) -> Result<Value<'_>, Fault> {
    let value = rdb::verify(dump)
        .map_err(|_| Fault::Text("ERR DUMP payload version or checksum are wrong"))?;
    rdb::read(value, len_max).map_err(|error| match error {
        rdb::Error::Malformed | rdb::Error::TooLong => Fault::Text("ERR Bad data format"),
        rdb::Error::Unsupported(name) => unsupported(name),
    })
}

fn unsupported(type_name: &str) -> Fault {
    Fault::Said(format!("ERR RESTORE of a {type_name} is not supported"))
}

#[cfg(test)]
mod tests {
    use crate::testing::Dataset;

    #[test]
    fn a_long_string_comes_back_from_its_dump() {
        let value = b"no two of these are alike, but all are much the same. ".repeat(10_000);
        let mut dataset = Dataset::new(1_700_000_000_000);
        dataset.run(&[b"SET", b"k", &value]);
        let reply = dataset.run(&[b"DUMP", b"k"]);
        let header = reply.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let dump = &reply[header..reply.len() - 2];
        assert!(dump.len() < value.len() / 20, "{}", dump.len());
        assert_eq!(dataset.run(&[b"RESTORE", b"l", b"0", dump]), b"+OK\r\n");
        assert_eq!(dataset.run(&[b"GET", b"l"]), dataset.run(&[b"GET", b"k"]));
    }
}
