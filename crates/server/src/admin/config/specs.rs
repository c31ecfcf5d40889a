//! What the CONFIG commands look like.

use hadal_command::{Arg, Arity, Flag, Group, Spec, Tip};

pub(super) const CONFIG: Spec = Spec {
    name: "config",
    group: Group::Server,
    summary: "Contains the commands about the configuration.",
    since: "2.0.0",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const CONFIG_GET: Spec = Spec {
    name: "config|get",
    group: Group::Server,
    summary: "Returns options and their values.",
    complexity: "O(N) where N is the number of patterns.",
    since: "2.0.0",
    arity: Arity::AtLeast(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    history: &[("7.0.0", "Takes several patterns.")],
    args: &[Arg::string("parameter").multiple()],
    ..Spec::BASE
};

pub(super) const CONFIG_HELP: Spec = Spec {
    name: "config|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "5.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const CONFIG_RESETSTAT: Spec = Spec {
    name: "config|resetstat",
    group: Group::Server,
    summary: "Sets the counters of INFO to zero.",
    complexity: "O(1)",
    since: "2.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAllSucceeded],
    ..Spec::BASE
};

pub(super) const CONFIG_REWRITE: Spec = Spec {
    name: "config|rewrite",
    group: Group::Server,
    summary: "Writes the options in force to the configuration file.",
    complexity: "O(1)",
    since: "2.8.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAllSucceeded],
    ..Spec::BASE
};

pub(super) const CONFIG_SET: Spec = Spec {
    name: "config|set",
    group: Group::Server,
    summary: "Changes options while the server runs.",
    complexity: "O(N) where N is the number of options.",
    since: "2.0.0",
    arity: Arity::AtLeast(4),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAllSucceeded],
    history: &[("7.0.0", "Takes several options.")],
    args: &[Arg::block("data", &[Arg::string("parameter"), Arg::string("value")]).multiple()],
    ..Spec::BASE
};
