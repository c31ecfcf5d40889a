//! Values of options: reading them from words and writing them again.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use super::host::Host;
use super::kind::{Kind, Shown};
use super::number;
use super::types::{BufferLimit, BufferLimits, KeyspaceEvents};
use super::words::{Word, quote};

/// Redis's bound on `bind`.
const ADDRESSES_MAX: usize = 16;

/// The value of an option. Which variant, its [`Kind`] says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    Int(i64),
    Bytes(u64),
    Percent(u8),
    Millis(u64),
    Name(&'static str),
    Names(Vec<&'static str>),
    Text(Vec<u8>),
    Events(KeyspaceEvents),
    Addresses(Vec<Word>),
    Save(Vec<(i64, i64)>),
    Limits(BufferLimits),
    Scores([i64; 3]),
    Primary(Option<(Word, u16)>),
    Percentiles(Vec<f64>),
}

/// When a value is read: some kinds add to what is there while files are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// From a file or the command line. `first`: no line has set this option yet.
    Start { first: bool },
    /// By CONFIG SET.
    Running,
}

/// What is wrong with a value; in Redis's words where Redis has the option.
pub(super) type Wrong = String;

/// Reads a value of `kind` from `words`; `old` is the value it replaces.
pub(super) fn read(kind: Kind, words: &[Word], old: &Value, stage: Stage) -> Result<Value, Wrong> {
    match kind {
        Kind::AnyOf(names) => any_of(names, words),
        Kind::Bind => addresses(words),
        Kind::Save => save(words, old, stage),
        Kind::BufferLimits => buffer_limits(words, old),
        Kind::OomScores => oom_scores(words),
        Kind::ReplicaOf => replica_of(words),
        Kind::Percentiles => percentiles(words),
        Kind::Directory => directory(words, old, stage),
        _ => match words {
            [word] => read_word(kind, word, stage),
            _ => Err("wrong number of arguments".into()),
        },
    }
}

fn read_word(kind: Kind, word: &[u8], stage: Stage) -> Result<Value, Wrong> {
    match kind {
        Kind::YesNo => yes_no(word).map(Value::Bool),
        Kind::AlwaysNo { why } => match (yes_no(word)?, stage) {
            (true, Stage::Running) => Err(why.into()),
            _ => Ok(Value::Bool(false)),
        },
        Kind::Int { min, max, .. } => int(word, min, max).map(Value::Int),
        Kind::Clamped { min, max } => {
            int(word, 0, i32::MAX.into()).map(|value| Value::Int(value.clamp(min, max)))
        }
        Kind::Octal { max } => octal(word, max),
        Kind::Bytes { min, max } => {
            let bytes = number::parse_bytes(word).ok_or("argument must be a memory value")?;
            within(bytes, min, max).map(Value::Bytes)
        }
        Kind::Share(_) => share(word),
        Kind::Seconds { max_ms } => {
            let millis = number::parse_seconds(word)
                .ok_or("argument must be a number of seconds, with at most three decimals")?;
            within(millis, 0, max_ms)
                .map(Value::Millis)
                .map_err(|_| format!("argument must be between 0 and {} inclusive", max_ms / 1000))
        }
        Kind::OneOf(names) => find_name(names, word).map(Value::Name),
        Kind::Text(check) => check(word).map(|()| Value::Text(word.into())).map_err(Into::into),
        Kind::KeyspaceEvents => KeyspaceEvents::parse(word)
            .map(Value::Events)
            .ok_or_else(|| "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".into()),
        _ => unreachable!("`read` handles the other kinds"),
    }
}

/// Writes `value` as CONFIG GET tells it.
pub(super) fn show(kind: Kind, value: &Value, host: &Host) -> Vec<u8> {
    match (kind, value) {
        (Kind::Share(Shown::Bytes), Value::Percent(percent)) => {
            host.memory_share_bytes(*percent).to_string().into_bytes()
        }
        (_, Value::Bytes(bytes)) => bytes.to_string().into_bytes(),
        (Kind::Octal { .. }, Value::Int(mode)) => format!("{mode:o}").into_bytes(),
        (Kind::Directory, Value::Text(path)) => host.absolute(path),
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Addresses(addresses)) => addresses.join(&b' '),
        (_, Value::Limits(limits)) => {
            let classes =
                [("normal", limits.normal), ("slave", limits.replica), ("pubsub", limits.pubsub)];
            let classes = classes.map(|(class, limit)| {
                let BufferLimit { hard_bytes, soft_bytes, soft_seconds } = limit;
                format!("{class} {hard_bytes} {soft_bytes} {soft_seconds}")
            });
            classes.join(" ").into_bytes()
        }
        _ => plain(value).into_bytes(),
    }
}

/// Writes `value` as lines of a file without the option's name. None: the option is left out.
pub(super) fn file_lines(kind: Kind, value: &Value, host: &Host) -> Vec<Vec<u8>> {
    match (kind, value) {
        (_, Value::Bytes(bytes)) => vec![number::format_bytes(*bytes).into_bytes()],
        (Kind::Octal { .. } | Kind::Directory, _) | (_, Value::Text(_)) => {
            let shown = show(kind, value, host);
            vec![if matches!(value, Value::Text(_)) { quote(&shown) } else { shown }]
        }
        (_, Value::Addresses(addresses)) if !addresses.is_empty() => vec![addresses.join(&b' ')],
        (_, Value::Save(points)) if !points.is_empty() => {
            points.iter().map(|(seconds, changes)| format!("{seconds} {changes}").into()).collect()
        }
        (_, Value::Limits(limits)) => {
            let classes =
                [("normal", limits.normal), ("replica", limits.replica), ("pubsub", limits.pubsub)];
            let line = |(class, limit): (&str, BufferLimit)| {
                let hard = number::format_bytes(limit.hard_bytes);
                let soft = number::format_bytes(limit.soft_bytes);
                format!("{class} {hard} {soft} {}", limit.soft_seconds).into_bytes()
            };
            classes.into_iter().map(line).collect()
        }
        (_, Value::Primary(None)) => vec![],
        (_, Value::Events(_)) => vec![quote(plain(value).as_bytes())],
        _ => {
            let text = plain(value);
            vec![if text.is_empty() { b"\"\"".to_vec() } else { text.into_bytes() }]
        }
    }
}

/// The text of a value that needs neither its kind nor the machine.
fn plain(value: &Value) -> String {
    fn spaced<T>(items: &[T], each: impl FnMut(&T) -> String) -> String {
        items.iter().map(each).collect::<Vec<_>>().join(" ")
    }
    match value {
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Value::Int(value) => value.to_string(),
        Value::Bytes(bytes) => bytes.to_string(),
        Value::Percent(percent) => format!("{percent}%"),
        Value::Millis(millis) => number::format_seconds(*millis),
        Value::Name(name) => (*name).into(),
        Value::Names(names) => names.join(" "),
        Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Events(events) => events.letters(),
        Value::Addresses(words) => spaced(words, |word| String::from_utf8_lossy(word).into()),
        Value::Save(points) => spaced(points, |(seconds, changes)| format!("{seconds} {changes}")),
        Value::Limits(_) => unreachable!("limits are written where they are shown"),
        Value::Scores(scores) => spaced(scores, ToString::to_string),
        Value::Primary(None) => String::new(),
        Value::Primary(Some((host, port))) => format!("{} {port}", String::from_utf8_lossy(host)),
        Value::Percentiles(percentiles) => {
            spaced(percentiles, |percentile| number::trim_decimals(&format!("{percentile:.6}")))
        }
    }
}

fn yes_no(word: &[u8]) -> Result<bool, Wrong> {
    match word.to_ascii_lowercase().as_slice() {
        b"yes" => Ok(true),
        b"no" => Ok(false),
        _ => Err("argument must be 'yes' or 'no'".into()),
    }
}

fn int(word: &[u8], min: i64, max: i64) -> Result<i64, Wrong> {
    let value = number::parse_int(word).ok_or("argument couldn't be parsed into an integer")?;
    within(value, min, max)
}

fn octal(word: &[u8], max: i64) -> Result<Value, Wrong> {
    let value = str::from_utf8(word).ok().and_then(|text| i64::from_str_radix(text, 8).ok());
    let value = value.ok_or("argument couldn't be parsed as an octal number")?;
    if (0..=max).contains(&value) {
        Ok(Value::Int(value))
    } else {
        Err(format!("argument must be between 0 and {max:o} inclusive"))
    }
}

fn share(word: &[u8]) -> Result<Value, Wrong> {
    if let Some(bytes) = number::parse_bytes(word) {
        return Ok(Value::Bytes(bytes));
    }
    let percent = word.strip_suffix(b"%").and_then(number::parse_int).filter(|value| *value >= 0);
    let percent = percent.ok_or("argument must be a memory or percent value")?;
    match u8::try_from(percent) {
        Ok(percent @ ..=100) => Ok(Value::Percent(percent)),
        _ => Err("percentage argument must be less or equal to 100".into()),
    }
}

fn within<T: Copy + PartialOrd + std::fmt::Display>(value: T, min: T, max: T) -> Result<T, Wrong> {
    if value < min || value > max {
        return Err(format!("argument must be between {min} and {max} inclusive"));
    }
    Ok(value)
}

fn find_name(names: &[&'static str], word: &[u8]) -> Result<&'static str, Wrong> {
    let found = names.iter().find(|name| name.as_bytes().eq_ignore_ascii_case(word));
    found.copied().ok_or_else(|| none_of(names))
}

fn none_of(names: &[&str]) -> Wrong {
    format!("argument(s) must be one of the following: {}", names.join(", "))
}

fn any_of(names: &'static [&'static str], words: &[Word]) -> Result<Value, Wrong> {
    if words.is_empty() {
        return Err(none_of(names));
    }
    let mut given = Vec::new();
    for word in words {
        given.push(find_name(names, word)?);
    }
    if names.get(1..3).is_some_and(|pair| pair.iter().all(|name| given.contains(name))) {
        return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".into());
    }
    // The first name says "none"; beside another it says nothing.
    let mut set: Vec<_> = names.iter().skip(1).copied().filter(|n| given.contains(n)).collect();
    if set.is_empty() {
        set.extend(names.first());
    }
    Ok(Value::Names(set))
}

/// At run time a relative path starts from the directory that is in use, as `cd` would.
fn directory(words: &[Word], old: &Value, stage: Stage) -> Result<Value, Wrong> {
    match (words, old, stage) {
        ([word], _, _) if word.is_empty() => Err("No such file or directory".into()),
        ([word], Value::Text(old), Stage::Running) => {
            let path = Path::new(OsStr::from_bytes(old)).join(OsStr::from_bytes(word));
            Ok(Value::Text(path.into_os_string().into_vec()))
        }
        ([word], _, _) => Ok(Value::Text(word.clone())),
        _ => Err("wrong number of arguments".into()),
    }
}

fn addresses(words: &[Word]) -> Result<Value, Wrong> {
    if words.len() > ADDRESSES_MAX {
        return Err("Too many bind addresses specified.".into());
    }
    Ok(Value::Addresses(if is_one_empty(words) { vec![] } else { words.to_vec() }))
}

fn save(words: &[Word], old: &Value, stage: Stage) -> Result<Value, Wrong> {
    let words = if is_one_empty(words) { &[] } else { words };
    let mut points = match (old, stage) {
        (Value::Save(old), Stage::Start { first: false }) if !words.is_empty() => old.clone(),
        _ => vec![],
    };
    let (pairs, []) = words.as_chunks::<2>() else {
        return Err("Invalid save parameters".into());
    };
    for [seconds, changes] in pairs {
        let seconds = number::parse_int(seconds).filter(|seconds| *seconds >= 1);
        let changes = number::parse_int(changes).filter(|changes| *changes >= 0);
        points.push(seconds.zip(changes).ok_or("Invalid save parameters")?);
    }
    Ok(Value::Save(points))
}

fn buffer_limits(words: &[Word], old: &Value) -> Result<Value, Wrong> {
    let Value::Limits(mut limits) = *old else {
        unreachable!("the kind of an option does not change")
    };
    let (classes, []) = words.as_chunks::<4>() else {
        return Err("Wrong number of arguments in buffer limit configuration.".into());
    };
    for [class, hard, soft, seconds] in classes {
        let limit = match class.to_ascii_lowercase().as_slice() {
            b"normal" => &mut limits.normal,
            b"slave" | b"replica" => &mut limits.replica,
            b"pubsub" => &mut limits.pubsub,
            _ => return Err("Invalid client class specified in buffer limit configuration.".into()),
        };
        let bytes = number::parse_bytes(hard).zip(number::parse_bytes(soft));
        let seconds = number::parse_int(seconds).and_then(|seconds| u64::try_from(seconds).ok());
        let ((hard_bytes, soft_bytes), soft_seconds) = bytes
            .zip(seconds)
            .ok_or("Error in hard, soft or soft_seconds setting in buffer limit configuration.")?;
        *limit = BufferLimit { hard_bytes, soft_bytes, soft_seconds };
    }
    Ok(Value::Limits(limits))
}

fn oom_scores(words: &[Word]) -> Result<Value, Wrong> {
    let [a, b, c] = words else { return Err("wrong number of arguments".into()) };
    let mut scores = [0; 3];
    for (score, word) in scores.iter_mut().zip([a, b, c]) {
        let value = number::parse_int(word).filter(|value| (-2000..=2000).contains(value));
        *score = value
            .ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
    }
    Ok(Value::Scores(scores))
}

fn replica_of(words: &[Word]) -> Result<Value, Wrong> {
    let [host, port] = words else { return Err("wrong number of arguments".into()) };
    if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
        return Ok(Value::Primary(None));
    }
    let port = number::parse_int(port).and_then(|port| u16::try_from(port).ok());
    Ok(Value::Primary(Some((host.clone(), port.ok_or("Invalid master port")?))))
}

fn percentiles(words: &[Word]) -> Result<Value, Wrong> {
    let words = if is_one_empty(words) { &[] } else { words };
    let read = |word: &Word| {
        let value: Option<f64> = str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        let value = value.ok_or("Invalid latency-tracking-info-percentiles parameters")?;
        if !(0.0..=100.0).contains(&value) {
            return Err(
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
            );
        }
        Ok(value)
    };
    Ok(Value::Percentiles(words.iter().map(read).collect::<Result<_, &str>>()?))
}

fn is_one_empty(words: &[Word]) -> bool {
    matches!(words, [word] if word.is_empty())
}
