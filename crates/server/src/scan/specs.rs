//! What the commands about whole databases look like.

use hadal_command::{Arg, Arity, Category, Flag, Group, Kind, Spec, Speed, Tip};

pub(super) const DBSIZE: Spec = Spec {
    name: "dbsize",
    group: Group::Server,
    summary: "Counts the keys of the database, exactly.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::Exactly(1),
    kind: Kind::Read,
    speed: Speed::Fast,
    categories: Some(&[Category::Keyspace]),
    tips: &[Tip::RequestAllShards, Tip::ResponseAggSum],
    ..Spec::BASE
};

pub(super) const FLUSHALL: Spec = Spec {
    name: "flushall",
    group: Group::Server,
    summary: "Deletes all keys of all databases.",
    complexity: "O(1): space comes back in the background.",
    since: "1.0.0",
    arity: Arity::AtLeast(1),
    kind: Kind::Write { grows: false },
    categories: Some(&[Category::Keyspace, Category::Dangerous]),
    tips: &[Tip::RequestAllShards, Tip::ResponseAllSucceeded],
    history: &[("4.0.0", "Added `ASYNC`."), ("6.2.0", "Added `SYNC`.")],
    args: &[Arg::one_of(
        "flush-type",
        &[Arg::flag("async", "ASYNC").since("4.0.0"), Arg::flag("sync", "SYNC").since("6.2.0")],
    )
    .optional()],
    ..Spec::BASE
};

pub(super) const FLUSHDB: Spec = Spec {
    name: "flushdb",
    group: Group::Server,
    summary: "Deletes all keys of this database.",
    complexity: "O(1): space comes back in the background.",
    since: "1.0.0",
    arity: Arity::AtLeast(1),
    kind: Kind::Write { grows: false },
    categories: Some(&[Category::Keyspace, Category::Dangerous]),
    tips: &[Tip::RequestAllShards, Tip::ResponseAllSucceeded],
    history: &[("4.0.0", "Added `ASYNC`."), ("6.2.0", "Added `SYNC`.")],
    args: &[Arg::one_of(
        "flush-type",
        &[Arg::flag("async", "ASYNC").since("4.0.0"), Arg::flag("sync", "SYNC").since("6.2.0")],
    )
    .optional()],
    ..Spec::BASE
};

pub(super) const KEYS: Spec = Spec {
    name: "keys",
    group: Group::Generic,
    summary: "Returns all keys that match a pattern.",
    complexity: "O(N) where N is the number of keys in the database; they are read from disk.",
    since: "1.0.0",
    arity: Arity::Exactly(2),
    kind: Kind::Read,
    categories: Some(&[Category::Keyspace, Category::Dangerous]),
    tips: &[Tip::RequestAllShards, Tip::NondeterministicOutputOrder],
    args: &[Arg::pattern("pattern")],
    ..Spec::BASE
};

pub(super) const RANDOMKEY: Spec = Spec {
    name: "randomkey",
    group: Group::Generic,
    summary: "Returns any key of the database.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::Exactly(1),
    kind: Kind::Read,
    flags: &[Flag::TouchesArbitraryKeys],
    tips: &[Tip::RequestAllShards, Tip::ResponseSpecial, Tip::NondeterministicOutput],
    ..Spec::BASE
};

pub(super) const SCAN: Spec = Spec {
    name: "scan",
    group: Group::Generic,
    summary: "Returns the keys of the database bit by bit.",
    complexity: "O(1) for every call, O(N) for all calls together, where N is the number of keys.",
    since: "2.8.0",
    arity: Arity::AtLeast(2),
    kind: Kind::Read,
    flags: &[Flag::TouchesArbitraryKeys],
    tips: &[Tip::NondeterministicOutput, Tip::RequestSpecial, Tip::ResponseSpecial],
    history: &[("6.0.0", "Added `TYPE`.")],
    args: &[
        Arg::integer("cursor"),
        Arg::pattern("pattern").token("MATCH").optional(),
        Arg::integer("count").token("COUNT").optional(),
        Arg::string("type").token("TYPE").since("6.0.0").optional(),
    ],
    ..Spec::BASE
};

pub(super) const SWAPDB: Spec = Spec {
    name: "swapdb",
    group: Group::Server,
    summary: "Swaps two databases.",
    complexity: "O(1)",
    since: "4.0.0",
    arity: Arity::Exactly(3),
    kind: Kind::Write { grows: false },
    speed: Speed::Fast,
    categories: Some(&[Category::Keyspace, Category::Dangerous]),
    args: &[Arg::integer("index1"), Arg::integer("index2")],
    ..Spec::BASE
};
