//! What the SLOWLOG commands look like.

use hadal_command::{Arg, Arity, Flag, Group, Spec, Tip};

pub(super) const SLOWLOG: Spec = Spec {
    name: "slowlog",
    group: Group::Server,
    summary: "Contains the commands about the slow log.",
    since: "2.2.12",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const SLOWLOG_GET: Spec = Spec {
    name: "slowlog|get",
    group: Group::Server,
    summary: "Returns entries of the slow log.",
    complexity: "O(N) where N is the number of entries returned.",
    since: "2.2.12",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Admin, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::NondeterministicOutput],
    history: &[("4.0.0", "Added the address and the name of the client.")],
    args: &[Arg::integer("count").optional()],
    ..Spec::BASE
};

pub(super) const SLOWLOG_HELP: Spec = Spec {
    name: "slowlog|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "6.2.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const SLOWLOG_LEN: Spec = Spec {
    name: "slowlog|len",
    group: Group::Server,
    summary: "Counts the entries of the slow log.",
    complexity: "O(1)",
    since: "2.2.12",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAggSum, Tip::NondeterministicOutput],
    ..Spec::BASE
};

pub(super) const SLOWLOG_RESET: Spec = Spec {
    name: "slowlog|reset",
    group: Group::Server,
    summary: "Empties the slow log.",
    complexity: "O(N) where N is the number of entries.",
    since: "2.2.12",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAllSucceeded],
    ..Spec::BASE
};
