//! What the commands about replication look like.

use hadal_command::{Arg, Arity, Category, Deprecated, Flag, Group, Spec, Speed, Tip};

pub(super) const REPLICAOF: Spec = Spec {
    name: "replicaof",
    group: Group::Server,
    summary: "Makes the server a replica of another, or ends that.",
    complexity: "O(1)",
    since: "5.0.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::NoAsyncLoading, Flag::Admin, Flag::NoScript, Flag::Stale],
    args: &[Arg::one_of(
        "args",
        &[
            Arg::block("host-port", &[Arg::string("host"), Arg::integer("port")]),
            Arg::block("no-one", &[Arg::flag("no", "NO"), Arg::flag("one", "ONE")]),
        ],
    )],
    ..Spec::BASE
};

pub(super) const ROLE: Spec = Spec {
    name: "role",
    group: Group::Server,
    summary: "Returns the part the server plays in replication.",
    complexity: "O(1)",
    since: "2.8.12",
    arity: Arity::Exactly(1),
    speed: Speed::Fast,
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Admin, Category::Dangerous]),
    ..Spec::BASE
};

pub(super) const SLAVEOF: Spec = Spec {
    name: "slaveof",
    group: Group::Server,
    summary: "Makes the server a replica of another, or ends that.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::NoAsyncLoading, Flag::Admin, Flag::NoScript, Flag::Stale],
    deprecated: Some(Deprecated { since: "5.0.0", replaced_by: "`REPLICAOF`" }),
    args: &[Arg::one_of(
        "args",
        &[
            Arg::block("host-port", &[Arg::string("host"), Arg::integer("port")]),
            Arg::block("no-one", &[Arg::flag("no", "NO"), Arg::flag("one", "ONE")]),
        ],
    )],
    ..Spec::BASE
};

pub(super) const WAIT: Spec = Spec {
    name: "wait",
    group: Group::Generic,
    summary: "Waits until replicas have received what this connection wrote.",
    complexity: "O(1)",
    since: "3.0.0",
    arity: Arity::Exactly(3),
    categories: Some(&[Category::Connection]),
    tips: &[Tip::RequestAllShards, Tip::ResponseAggMin],
    args: &[Arg::integer("numreplicas"), Arg::integer("timeout")],
    ..Spec::BASE
};
