//! What the LATENCY commands look like.

use hadal_command::{Arg, Arity, Flag, Group, Spec, Tip};

pub(super) const LATENCY: Spec = Spec {
    name: "latency",
    group: Group::Server,
    summary: "Contains the commands about latency.",
    since: "2.8.13",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const LATENCY_DOCTOR: Spec = Spec {
    name: "latency|doctor",
    group: Group::Server,
    summary: "Explains the latency that was seen.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllNodes, Tip::ResponseSpecial],
    ..Spec::BASE
};

pub(super) const LATENCY_GRAPH: Spec = Spec {
    name: "latency|graph",
    group: Group::Server,
    summary: "Draws the latency of an event.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::Exactly(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllNodes, Tip::ResponseSpecial],
    args: &[Arg::string("event")],
    ..Spec::BASE
};

pub(super) const LATENCY_HELP: Spec = Spec {
    name: "latency|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const LATENCY_HISTOGRAM: Spec = Spec {
    name: "latency|histogram",
    group: Group::Server,
    summary: "Returns how the latency of commands is distributed.",
    complexity: "O(N) where N is the number of commands that have been called.",
    since: "7.0.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllNodes, Tip::ResponseSpecial],
    args: &[Arg::string("COMMAND").optional().multiple()],
    ..Spec::BASE
};

pub(super) const LATENCY_HISTORY: Spec = Spec {
    name: "latency|history",
    group: Group::Server,
    summary: "Returns the times and latencies of an event.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::Exactly(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllNodes, Tip::ResponseSpecial],
    args: &[Arg::string("event")],
    ..Spec::BASE
};

pub(super) const LATENCY_LATEST: Spec = Spec {
    name: "latency|latest",
    group: Group::Server,
    summary: "Returns the last latency of each event.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllNodes, Tip::ResponseSpecial],
    ..Spec::BASE
};

pub(super) const LATENCY_RESET: Spec = Spec {
    name: "latency|reset",
    group: Group::Server,
    summary: "Forgets the latency of some events, or of all.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAggSum],
    args: &[Arg::string("event").optional().multiple()],
    ..Spec::BASE
};
