//! Commands as `COMMAND INFO` and `COMMAND DOCS` show them: a [`Spec`], written down.

use hadal_command::{
    Arg, KeyFlags, KeySpec, Spec,
    spec::{ArgType, Begin, Find},
};
use hadal_resp::Writer;

/// A command with the subcommands it contains.
#[derive(Clone, Debug)]
pub(crate) struct Described<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) subcommands: Vec<&'a Spec>,
}

/// One row of `COMMAND` and `COMMAND INFO`.
pub(super) fn info(command: &Described<'_>, reply: &mut Writer) {
    let spec = command.spec;
    let range = spec.legacy_range();
    reply.array(10);
    reply.bulk(spec.name.as_bytes());
    reply.int(spec.arity.as_int());
    names(spec.flag_names().into_iter(), reply);
    reply.int(range.first);
    reply.int(range.last);
    reply.int(range.step);
    let categories = spec.acl_categories();
    reply.set(categories.len());
    for category in categories {
        reply.simple(&format!("@{}", category.name()));
    }
    reply.set(spec.tips.len());
    for tip in spec.tips {
        reply.bulk(tip.name().as_bytes());
    }
    reply.set(spec.keys.len());
    for keys in spec.keys {
        key_spec(keys, reply);
    }
    if command.subcommands.is_empty() {
        return reply.set(0);
    }
    reply.array(command.subcommands.len());
    for spec in &command.subcommands {
        info(&Described { spec, subcommands: vec![] }, reply);
    }
}

/// A set of words that Redis sends as statuses.
fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>, reply: &mut Writer) {
    reply.set(names.len());
    names.for_each(|name| reply.simple(name));
}

/// The flags of a key, as `COMMAND GETKEYSANDFLAGS` shows them too.
pub(super) fn key_flags(flags: &KeyFlags, reply: &mut Writer) {
    names(flags.names().into_iter(), reply);
}

fn key_spec(spec: &KeySpec, reply: &mut Writer) {
    reply.map(if spec.notes.is_empty() { 3 } else { 4 });
    if !spec.notes.is_empty() {
        text("notes", spec.notes, reply);
    }
    reply.bulk(b"flags");
    key_flags(&spec.flags, reply);
    reply.bulk(b"begin_search");
    match spec.begin {
        Begin::Index(at) => part("index", &[("index", Value::Int(int(at)))], reply),
        Begin::Keyword { word, from } => {
            let from = Value::Int(from as i64);
            part("keyword", &[("keyword", Value::Text(word)), ("startfrom", from)], reply);
        }
        Begin::Unknown => part("unknown", &[], reply),
    }
    reply.bulk(b"find_keys");
    match spec.find {
        Find::Range { last, step, limit } => {
            let fields = [("lastkey", last as i64), ("keystep", int(step)), ("limit", int(limit))];
            part("range", &fields.map(|(name, number)| (name, Value::Int(number))), reply);
        }
        Find::Counted { count, first, step } => {
            let fields =
                [("keynumidx", int(count)), ("firstkey", int(first)), ("keystep", int(step))];
            part("keynum", &fields.map(|(name, number)| (name, Value::Int(number))), reply);
        }
        Find::Unknown => part("unknown", &[], reply),
    }
}

#[derive(Clone, Copy)]
enum Value {
    Int(i64),
    Text(&'static str),
}

fn int(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Half of a key spec: which kind it is, and its numbers.
fn part(kind: &str, fields: &[(&str, Value)], reply: &mut Writer) {
    reply.map(2);
    text("type", kind, reply);
    reply.bulk(b"spec");
    reply.map(fields.len());
    for (name, value) in fields {
        reply.bulk(name.as_bytes());
        match value {
            Value::Int(number) => reply.int(*number),
            Value::Text(word) => reply.bulk(word.as_bytes()),
        }
    }
}

fn text(name: &str, value: &str, reply: &mut Writer) {
    reply.bulk(name.as_bytes());
    reply.bulk(value.as_bytes());
}

/// What `COMMAND DOCS` says about a command, its name left out.
pub(super) fn docs(command: &Described<'_>, reply: &mut Writer) {
    let spec = command.spec;
    let flags = spec.doc_flag_names();
    let parts = 3
        + usize::from(!spec.complexity.is_empty())
        + usize::from(!flags.is_empty())
        + if spec.deprecated.is_some() { 2 } else { 0 }
        + usize::from(!spec.history.is_empty())
        + usize::from(!spec.args.is_empty())
        + usize::from(!command.subcommands.is_empty());
    reply.map(parts);
    text("summary", spec.summary, reply);
    text("since", spec.since, reply);
    text("group", spec.group.name(), reply);
    if !spec.complexity.is_empty() {
        text("complexity", spec.complexity, reply);
    }
    if !flags.is_empty() {
        reply.bulk(b"doc_flags");
        names(flags.into_iter(), reply);
    }
    if let Some(deprecated) = spec.deprecated {
        text("deprecated_since", deprecated.since, reply);
        text("replaced_by", deprecated.replaced_by, reply);
    }
    if !spec.history.is_empty() {
        reply.bulk(b"history");
        reply.set(spec.history.len());
        for (release, change) in spec.history {
            reply.array(2);
            reply.bulk(release.as_bytes());
            reply.bulk(change.as_bytes());
        }
    }
    if !spec.args.is_empty() {
        reply.bulk(b"arguments");
        arguments(spec.args, reply);
    }
    if !command.subcommands.is_empty() {
        reply.bulk(b"subcommands");
        reply.map(command.subcommands.len());
        for spec in &command.subcommands {
            reply.bulk(spec.name.as_bytes());
            docs(&Described { spec, subcommands: vec![] }, reply);
        }
    }
}

fn arguments(args: &[Arg], reply: &mut Writer) {
    reply.array(args.len());
    for arg in args {
        argument(arg, reply);
    }
}

fn argument(arg: &Arg, reply: &mut Writer) {
    let parts = arg.parts();
    let is_group = matches!(arg.kind, ArgType::OneOf(_) | ArgType::Block(_));
    let flags = arg.flag_names();
    let optional = [
        ("display_text", (!is_group).then(|| arg.display.unwrap_or(arg.name))),
        ("token", arg.token),
        ("since", arg.since),
        ("deprecated_since", arg.deprecated_since),
    ];
    let present = optional.iter().filter(|(_, value)| value.is_some()).count();
    let key_spec = usize::from(arg.key_spec.is_some());
    reply.map(2 + present + key_spec + usize::from(!flags.is_empty()) + usize::from(is_group));
    text("name", arg.name, reply);
    text("type", arg.kind.name(), reply);
    for (at, (name, value)) in optional.into_iter().enumerate() {
        if let Some(value) = value {
            text(name, value, reply);
        }
        if let (0, Some(index)) = (at, arg.key_spec) {
            reply.bulk(b"key_spec_index");
            reply.int(int(index));
        }
    }
    if !flags.is_empty() {
        reply.bulk(b"flags");
        names(flags.into_iter(), reply);
    }
    if is_group {
        reply.bulk(b"arguments");
        arguments(parts, reply);
    }
}
