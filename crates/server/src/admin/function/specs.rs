//! What the FUNCTION commands look like.

use hadal_command::{Arg, Arity, Flag, Group, Kind, Spec, Tip};

pub(super) const FUNCTION: Spec = Spec {
    name: "function",
    group: Group::Scripting,
    summary: "Contains the commands about functions.",
    since: "7.0.0",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const FUNCTION_FLUSH: Spec = Spec {
    name: "function|flush",
    group: Group::Scripting,
    summary: "Deletes all libraries and functions.",
    complexity: "O(N) where N is the number of functions deleted",
    since: "7.0.0",
    arity: Arity::AtLeast(2),
    kind: Kind::Write { grows: false },
    flags: &[Flag::NoScript],
    tips: &[Tip::RequestAllShards, Tip::ResponseAllSucceeded],
    args: &[Arg::one_of("flush-type", &[Arg::flag("async", "ASYNC"), Arg::flag("sync", "SYNC")])
        .optional()],
    ..Spec::BASE
};

pub(super) const FUNCTION_HELP: Spec = Spec {
    name: "function|help",
    group: Group::Scripting,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "7.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const FUNCTION_LIST: Spec = Spec {
    name: "function|list",
    group: Group::Scripting,
    summary: "Returns all libraries.",
    complexity: "O(N) where N is the number of functions",
    since: "7.0.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::NoScript],
    tips: &[Tip::NondeterministicOutputOrder],
    args: &[
        Arg::string("library-name-pattern").token("LIBRARYNAME").optional(),
        Arg::flag("withcode", "WITHCODE").optional(),
    ],
    ..Spec::BASE
};
