//! What the COMMAND commands look like.

use hadal_command::{Arg, Arity, Category, Flag, Group, Spec, Tip};

pub(super) const COMMAND: Spec = Spec {
    name: "command",
    group: Group::Server,
    summary: "Describes all commands.",
    complexity: "O(N) where N is the number of commands.",
    since: "2.8.13",
    arity: Arity::AtLeast(1),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    tips: &[Tip::NondeterministicOutputOrder],
    ..Spec::BASE
};

pub(super) const COMMAND_COUNT: Spec = Spec {
    name: "command|count",
    group: Group::Server,
    summary: "Counts the commands.",
    complexity: "O(1)",
    since: "2.8.13",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    ..Spec::BASE
};

pub(super) const COMMAND_DOCS: Spec = Spec {
    name: "command|docs",
    group: Group::Server,
    summary: "Returns the documentation of commands.",
    complexity: "O(N) where N is the number of commands asked for.",
    since: "7.0.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    tips: &[Tip::NondeterministicOutputOrder],
    args: &[Arg::string("command-name").optional().multiple()],
    ..Spec::BASE
};

pub(super) const COMMAND_GETKEYS: Spec = Spec {
    name: "command|getkeys",
    group: Group::Server,
    summary: "Finds the keys in a call.",
    complexity: "O(N) where N is the number of words of the call.",
    since: "2.8.13",
    arity: Arity::AtLeast(3),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    args: &[Arg::string("command"), Arg::string("arg").optional().multiple()],
    ..Spec::BASE
};

pub(super) const COMMAND_GETKEYSANDFLAGS: Spec = Spec {
    name: "command|getkeysandflags",
    group: Group::Server,
    summary: "Finds the keys in a call and what the command does with them.",
    complexity: "O(N) where N is the number of words of the call.",
    since: "7.0.0",
    arity: Arity::AtLeast(3),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    args: &[Arg::string("command"), Arg::string("arg").optional().multiple()],
    ..Spec::BASE
};

pub(super) const COMMAND_HELP: Spec = Spec {
    name: "command|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "5.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    ..Spec::BASE
};

pub(super) const COMMAND_INFO: Spec = Spec {
    name: "command|info",
    group: Group::Server,
    summary: "Describes some commands, or all.",
    complexity: "O(N) where N is the number of commands asked for.",
    since: "2.8.13",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    tips: &[Tip::NondeterministicOutputOrder],
    history: &[("7.0.0", "Without a name, describes all commands.")],
    args: &[Arg::string("command-name").optional().multiple()],
    ..Spec::BASE
};

pub(super) const COMMAND_LIST: Spec = Spec {
    name: "command|list",
    group: Group::Server,
    summary: "Lists the names of commands.",
    complexity: "O(N) where N is the number of commands.",
    since: "7.0.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Connection]),
    tips: &[Tip::NondeterministicOutputOrder],
    args: &[Arg::one_of(
        "filterby",
        &[
            Arg::string("module-name").token("MODULE"),
            Arg::string("category").token("ACLCAT"),
            Arg::pattern("pattern").token("PATTERN"),
        ],
    )
    .token("FILTERBY")
    .optional()],
    ..Spec::BASE
};
