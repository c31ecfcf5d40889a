//! Group, kind, speed, flags, tips and ACL categories, and what follows from what.

use super::Spec;

/// The chapter of the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the name is all there is")]
pub enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Cluster,
    Sentinel,
    Geo,
    Stream,
    Bitmap,
}

/// Whether a command reads or changes data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shown as `readonly`.
    Read,
    /// Shown as `write`.
    Write {
        /// Shown as `denyoom`: refused when memory is full and nothing can leave it.
        grows: bool,
    },
    /// About a session or the server, not about data.
    Neither,
}

/// Shown as the flag `fast`, and as the ACL category `@fast` or `@slow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the name is all there is")]
pub enum Speed {
    Fast,
    Slow,
}

/// What Redis shows or checks beyond kind and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// For operators; implies `@admin` and `@dangerous`.
    Admin,
    /// Implies `@pubsub`.
    PubSub,
    /// Not from scripts.
    NoScript,
    /// May block the connection; implies `@blocking`.
    Blocking,
    /// Allowed while the dataset is loading.
    Loading,
    /// Allowed on a replica that lost its master and must not serve stale data.
    Stale,
    /// Not shown to MONITOR.
    SkipMonitor,
    /// Not recorded by the slow log.
    SkipSlowlog,
    /// Allowed on a slot that is being imported, without ASKING before it.
    Asking,
    /// Allowed before authentication.
    NoAuth,
    /// May change data although it counts as a read (`PFCOUNT` keeps the count in the value). Not
    /// shown.
    MayReplicate,
    /// Key specs may find no key in a valid call.
    NoMandatoryKeys,
    /// Only where `enable-debug-command` and the like allow it. Not shown.
    Protected,
    /// Not while a replica loads in the background.
    NoAsyncLoading,
    /// Not inside MULTI.
    NoMulti,
    /// Allowed while a script runs too long.
    AllowBusy,
    /// Touches keys it does not name. Not shown.
    TouchesArbitraryKeys,
}

/// A hint for clients and proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the name is all there is")]
pub enum Tip {
    NondeterministicOutput,
    NondeterministicOutputOrder,
    RequestAllNodes,
    RequestAllShards,
    RequestMultiShard,
    RequestSpecial,
    ResponseOneSucceeded,
    ResponseAllSucceeded,
    ResponseAggLogicalAnd,
    ResponseAggMin,
    ResponseAggSum,
    ResponseSpecial,
}

/// What `ACL SETUSER` calls `+@…`, in the order `ACL CAT` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the name is all there is")]
pub enum Category {
    Keyspace,
    Read,
    Write,
    Set,
    SortedSet,
    List,
    Hash,
    String,
    Bitmap,
    HyperLogLog,
    Geo,
    Stream,
    PubSub,
    Admin,
    Fast,
    Slow,
    Blocking,
    Dangerous,
    Connection,
    Transaction,
    Scripting,
}

impl Group {
    /// As `COMMAND DOCS` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "sorted-set",
            Self::Hash => "hash",
            Self::PubSub => "pubsub",
            Self::Transactions => "transactions",
            Self::Connection => "connection",
            Self::Server => "server",
            Self::Scripting => "scripting",
            Self::HyperLogLog => "hyperloglog",
            Self::Cluster => "cluster",
            Self::Sentinel => "sentinel",
            Self::Geo => "geo",
            Self::Stream => "stream",
            Self::Bitmap => "bitmap",
        }
    }

    /// The ACL category of most of its commands. Pub/sub's follows from a flag; server and
    /// cluster commands have none of their own.
    fn category(self) -> Option<Category> {
        Some(match self {
            Self::Generic => Category::Keyspace,
            Self::String => Category::String,
            Self::List => Category::List,
            Self::Set => Category::Set,
            Self::SortedSet => Category::SortedSet,
            Self::Hash => Category::Hash,
            Self::Transactions => Category::Transaction,
            Self::Connection => Category::Connection,
            Self::Scripting => Category::Scripting,
            Self::HyperLogLog => Category::HyperLogLog,
            Self::Geo => Category::Geo,
            Self::Stream => Category::Stream,
            Self::Bitmap => Category::Bitmap,
            Self::PubSub | Self::Server | Self::Cluster | Self::Sentinel => return None,
        })
    }
}

impl Flag {
    /// Those `COMMAND INFO` shows between `denyoom` and `fast`, in its order.
    const BEFORE_FAST: [Self; 9] = [
        Self::Admin,
        Self::PubSub,
        Self::NoScript,
        Self::Blocking,
        Self::Loading,
        Self::Stale,
        Self::SkipMonitor,
        Self::SkipSlowlog,
        Self::Asking,
    ];
    /// Those it shows between `fast` and `movablekeys`.
    const AFTER_FAST: [Self; 4] =
        [Self::NoAuth, Self::NoMandatoryKeys, Self::NoAsyncLoading, Self::NoMulti];

    /// As `COMMAND INFO` spells it; `None` for those it hides.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Admin => "admin",
            Self::PubSub => "pubsub",
            Self::NoScript => "noscript",
            Self::Blocking => "blocking",
            Self::Loading => "loading",
            Self::Stale => "stale",
            Self::SkipMonitor => "skip_monitor",
            Self::SkipSlowlog => "skip_slowlog",
            Self::Asking => "asking",
            Self::NoAuth => "no_auth",
            Self::NoMandatoryKeys => "no_mandatory_keys",
            Self::NoAsyncLoading => "no_async_loading",
            Self::NoMulti => "no_multi",
            Self::AllowBusy => "allow_busy",
            Self::MayReplicate | Self::Protected | Self::TouchesArbitraryKeys => return None,
        })
    }
}

impl Tip {
    /// As `COMMAND INFO` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NondeterministicOutput => "nondeterministic_output",
            Self::NondeterministicOutputOrder => "nondeterministic_output_order",
            Self::RequestAllNodes => "request_policy:all_nodes",
            Self::RequestAllShards => "request_policy:all_shards",
            Self::RequestMultiShard => "request_policy:multi_shard",
            Self::RequestSpecial => "request_policy:special",
            Self::ResponseOneSucceeded => "response_policy:one_succeeded",
            Self::ResponseAllSucceeded => "response_policy:all_succeeded",
            Self::ResponseAggLogicalAnd => "response_policy:agg_logical_and",
            Self::ResponseAggMin => "response_policy:agg_min",
            Self::ResponseAggSum => "response_policy:agg_sum",
            Self::ResponseSpecial => "response_policy:special",
        }
    }
}

impl Category {
    /// All of them, in the order of `ACL CAT`.
    pub const ALL: [Self; 21] = [
        Self::Keyspace,
        Self::Read,
        Self::Write,
        Self::Set,
        Self::SortedSet,
        Self::List,
        Self::Hash,
        Self::String,
        Self::Bitmap,
        Self::HyperLogLog,
        Self::Geo,
        Self::Stream,
        Self::PubSub,
        Self::Admin,
        Self::Fast,
        Self::Slow,
        Self::Blocking,
        Self::Dangerous,
        Self::Connection,
        Self::Transaction,
        Self::Scripting,
    ];

    /// The category of this name, without the `@`, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let is_it = |category: &Self| category.name().as_bytes().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(is_it)
    }

    /// Without the `@`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyspace => "keyspace",
            Self::Read => "read",
            Self::Write => "write",
            Self::Set => "set",
            Self::SortedSet => "sortedset",
            Self::List => "list",
            Self::Hash => "hash",
            Self::String => "string",
            Self::Bitmap => "bitmap",
            Self::HyperLogLog => "hyperloglog",
            Self::Geo => "geo",
            Self::Stream => "stream",
            Self::PubSub => "pubsub",
            Self::Admin => "admin",
            Self::Fast => "fast",
            Self::Slow => "slow",
            Self::Blocking => "blocking",
            Self::Dangerous => "dangerous",
            Self::Connection => "connection",
            Self::Transaction => "transaction",
            Self::Scripting => "scripting",
        }
    }
}

/// The flags `COMMAND INFO` shows, in its order.
pub(super) fn names(spec: &Spec) -> Vec<&'static str> {
    let kind: &[&str] = match spec.kind {
        Kind::Read => &["readonly"],
        Kind::Write { grows: true } => &["write", "denyoom"],
        Kind::Write { grows: false } => &["write"],
        Kind::Neither => &[],
    };
    let set = |flag: &Flag| if spec.has(*flag) { flag.name() } else { None };
    kind.iter()
        .copied()
        .chain(Flag::BEFORE_FAST.iter().filter_map(set))
        .chain((spec.speed == Speed::Fast).then_some("fast"))
        .chain(Flag::AFTER_FAST.iter().filter_map(set))
        .chain(spec.legacy_range().movable.then_some("movablekeys"))
        .chain(set(&Flag::AllowBusy))
        .collect()
}

/// The command's own categories and those that follow from its other fields, in order.
pub(super) fn categories(spec: &Spec) -> Vec<Category> {
    let mut all: Vec<Category> = match spec.categories {
        Some(own) => own.to_vec(),
        None => spec.group.category().into_iter().collect(),
    };
    match spec.kind {
        Kind::Write { .. } => all.push(Category::Write),
        // Scripts that only read stay out of @read: what they call is checked by itself.
        Kind::Read if !all.contains(&Category::Scripting) => all.push(Category::Read),
        Kind::Read | Kind::Neither => {}
    }
    if spec.has(Flag::Admin) {
        all.extend([Category::Admin, Category::Dangerous]);
    }
    if spec.has(Flag::PubSub) {
        all.push(Category::PubSub);
    }
    if spec.has(Flag::Blocking) {
        all.push(Category::Blocking);
    }
    all.push(match spec.speed {
        Speed::Fast => Category::Fast,
        Speed::Slow => Category::Slow,
    });
    all.sort_unstable();
    all.dedup();
    all
}
