//! What the commands about snapshots and the journal look like.

use hadal_command::{Arg, Arity, Category, Flag, Group, Spec, Speed, Tip};

pub(super) const BGREWRITEAOF: Spec = Spec {
    name: "bgrewriteaof",
    group: Group::Server,
    summary: "Saves what is owed and deletes the journal that is no longer needed, in the background.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::Exactly(1),
    flags: &[Flag::NoAsyncLoading, Flag::Admin, Flag::NoScript],
    ..Spec::BASE
};

pub(super) const BGSAVE: Spec = Spec {
    name: "bgsave",
    group: Group::Server,
    summary: "Writes a snapshot of the dataset in the background.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::AtLeast(1),
    flags: &[Flag::NoAsyncLoading, Flag::Admin, Flag::NoScript],
    history: &[("3.2.2", "Added `SCHEDULE`.")],
    args: &[Arg::flag("schedule", "SCHEDULE").since("3.2.2").optional()],
    ..Spec::BASE
};

pub(super) const LASTSAVE: Spec = Spec {
    name: "lastsave",
    group: Group::Server,
    summary: "Returns when the last snapshot was written.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::Exactly(1),
    speed: Speed::Fast,
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Admin, Category::Dangerous]),
    tips: &[Tip::NondeterministicOutput],
    ..Spec::BASE
};

pub(super) const SAVE: Spec = Spec {
    name: "save",
    group: Group::Server,
    summary: "Writes a snapshot of the dataset and waits for it.",
    complexity: "O(N) where N is the number of keys not saved yet.",
    since: "1.0.0",
    arity: Arity::Exactly(1),
    flags: &[Flag::NoAsyncLoading, Flag::Admin, Flag::NoScript, Flag::NoMulti],
    ..Spec::BASE
};

pub(super) const WAITAOF: Spec = Spec {
    name: "waitaof",
    group: Group::Generic,
    summary: "Waits until the journal has on disk what this connection wrote.",
    complexity: "O(1)",
    since: "7.2.0",
    arity: Arity::Exactly(4),
    flags: &[Flag::NoScript],
    categories: Some(&[Category::Connection]),
    tips: &[Tip::RequestAllShards, Tip::ResponseAggMin],
    args: &[Arg::integer("numlocal"), Arg::integer("numreplicas"), Arg::integer("timeout")],
    ..Spec::BASE
};
