//! What the MEMORY commands look like.

use hadal_command::{Access, Arg, Arity, Flag, Group, KeySpec, Kind, Spec, Tip};

pub(super) const MEMORY: Spec = Spec {
    name: "memory",
    group: Group::Server,
    summary: "Contains the commands about memory.",
    since: "4.0.0",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const MEMORY_DOCTOR: Spec = Spec {
    name: "memory|doctor",
    group: Group::Server,
    summary: "Explains how memory is used.",
    complexity: "O(1)",
    since: "4.0.0",
    arity: Arity::Exactly(2),
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllShards, Tip::ResponseSpecial],
    ..Spec::BASE
};

pub(super) const MEMORY_HELP: Spec = Spec {
    name: "memory|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "4.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const MEMORY_MALLOC_STATS: Spec = Spec {
    name: "memory|malloc-stats",
    group: Group::Server,
    summary: "Returns the figures of the allocator.",
    complexity: "Depends on how much memory is allocated.",
    since: "4.0.0",
    arity: Arity::Exactly(2),
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllShards, Tip::ResponseSpecial],
    ..Spec::BASE
};

pub(super) const MEMORY_PURGE: Spec = Spec {
    name: "memory|purge",
    group: Group::Server,
    summary: "Asks the allocator to give back memory.",
    complexity: "Depends on how much memory is allocated.",
    since: "4.0.0",
    arity: Arity::Exactly(2),
    tips: &[Tip::RequestAllShards, Tip::ResponseAllSucceeded],
    ..Spec::BASE
};

pub(super) const MEMORY_STATS: Spec = Spec {
    name: "memory|stats",
    group: Group::Server,
    summary: "Returns what memory is used for.",
    complexity: "O(1)",
    since: "4.0.0",
    arity: Arity::Exactly(2),
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllShards, Tip::ResponseSpecial],
    ..Spec::BASE
};

pub(super) const MEMORY_USAGE: Spec = Spec {
    name: "memory|usage",
    group: Group::Server,
    summary: "Estimates the memory that a key takes while it is cached.",
    complexity: "O(N) where N is the number of samples.",
    since: "4.0.0",
    arity: Arity::AtLeast(3),
    keys: &[KeySpec::at(2, Access::Read, &[])],
    kind: Kind::Read,
    args: &[Arg::key("key"), Arg::integer("count").token("SAMPLES").optional()],
    ..Spec::BASE
};
