//! What the MODULE commands look like.

use hadal_command::{Arity, Flag, Group, Spec, Tip};

pub(super) const MODULE: Spec = Spec {
    name: "module",
    group: Group::Server,
    summary: "Contains the commands about modules.",
    since: "4.0.0",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const MODULE_HELP: Spec = Spec {
    name: "module|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "5.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const MODULE_LIST: Spec = Spec {
    name: "module|list",
    group: Group::Server,
    summary: "Lists the modules that are loaded.",
    complexity: "O(1)",
    since: "4.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript],
    tips: &[Tip::NondeterministicOutputOrder],
    ..Spec::BASE
};
