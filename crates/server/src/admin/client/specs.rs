//! What the CLIENT commands look like.

use hadal_command::{Arg, Arity, Flag, Group, Spec, Tip};

pub(super) const CLIENT: Spec = Spec {
    name: "client",
    group: Group::Connection,
    summary: "Contains the commands about connections.",
    since: "2.4.0",
    arity: Arity::AtLeast(2),
    categories: Some(&[]),
    ..Spec::BASE
};

pub(super) const CLIENT_CACHING: Spec = Spec {
    name: "client|caching",
    group: Group::Connection,
    summary: "Chooses whether the keys of the next command are tracked.",
    complexity: "O(1)",
    since: "6.0.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[Arg::one_of("mode", &[Arg::flag("yes", "YES"), Arg::flag("no", "NO")])],
    ..Spec::BASE
};

pub(super) const CLIENT_GETNAME: Spec = Spec {
    name: "client|getname",
    group: Group::Connection,
    summary: "Returns the name of this connection.",
    complexity: "O(1)",
    since: "2.6.9",
    arity: Arity::Exactly(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const CLIENT_GETREDIR: Spec = Spec {
    name: "client|getredir",
    group: Group::Connection,
    summary: "Returns which connection receives the invalidation messages of this one.",
    complexity: "O(1)",
    since: "6.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const CLIENT_HELP: Spec = Spec {
    name: "client|help",
    group: Group::Connection,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "5.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const CLIENT_ID: Spec = Spec {
    name: "client|id",
    group: Group::Connection,
    summary: "Returns the ID of this connection.",
    complexity: "O(1)",
    since: "5.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const CLIENT_INFO: Spec = Spec {
    name: "client|info",
    group: Group::Connection,
    summary: "Describes this connection.",
    complexity: "O(1)",
    since: "6.2.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput],
    ..Spec::BASE
};

pub(super) const CLIENT_KILL: Spec = Spec {
    name: "client|kill",
    group: Group::Connection,
    summary: "Closes connections.",
    complexity: "O(N) where N is the number of connections.",
    since: "2.4.0",
    arity: Arity::AtLeast(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    history: &[
        ("2.8.12", "Added filters, and `ID`."),
        ("3.2.0", "Added `TYPE master`."),
        ("5.0.0", "`TYPE slave` is also called `replica`."),
        ("6.2.0", "Added `LADDR`."),
    ],
    args: &[Arg::one_of(
        "filter",
        &[
            Arg::string("old-format").display("ip:port").deprecated_since("2.8.12"),
            Arg::one_of(
                "new-format",
                &[
                    Arg::integer("client-id").token("ID").since("2.8.12").optional(),
                    Arg::one_of(
                        "client-type",
                        &[
                            Arg::flag("normal", "normal"),
                            Arg::flag("master", "master").since("3.2.0"),
                            Arg::flag("slave", "slave"),
                            Arg::flag("replica", "replica").since("5.0.0"),
                            Arg::flag("pubsub", "pubsub"),
                        ],
                    )
                    .token("TYPE")
                    .since("2.8.12")
                    .optional(),
                    Arg::string("username").token("USER").optional(),
                    Arg::string("addr").token("ADDR").display("ip:port").optional(),
                    Arg::string("laddr")
                        .token("LADDR")
                        .display("ip:port")
                        .since("6.2.0")
                        .optional(),
                    Arg::one_of("skipme", &[Arg::flag("yes", "YES"), Arg::flag("no", "NO")])
                        .token("SKIPME")
                        .optional(),
                ],
            )
            .multiple(),
        ],
    )],
    ..Spec::BASE
};

pub(super) const CLIENT_LIST: Spec = Spec {
    name: "client|list",
    group: Group::Connection,
    summary: "Describes connections.",
    complexity: "O(N) where N is the number of connections.",
    since: "2.4.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput],
    history: &[
        ("2.8.12", "Added the field `id`."),
        ("5.0.0", "Added `TYPE`."),
        ("6.0.0", "Added the field `user`."),
        ("6.2.0", "Added the fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and `ID`."),
        ("7.0.0", "Added the fields `resp`, `multi-mem`, `rbs` and `rbp`."),
        ("7.0.3", "Added the field `ssub`."),
    ],
    args: &[
        Arg::one_of(
            "client-type",
            &[
                Arg::flag("normal", "normal"),
                Arg::flag("master", "master"),
                Arg::flag("replica", "replica"),
                Arg::flag("pubsub", "pubsub"),
            ],
        )
        .token("TYPE")
        .since("5.0.0")
        .optional(),
        Arg::integer("client-id").token("ID").since("6.2.0").optional().multiple(),
    ],
    ..Spec::BASE
};

pub(super) const CLIENT_NO_EVICT: Spec = Spec {
    name: "client|no-evict",
    group: Group::Connection,
    summary: "Exempts this connection from being closed to free memory.",
    complexity: "O(1)",
    since: "7.0.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[Arg::one_of("enabled", &[Arg::flag("on", "ON"), Arg::flag("off", "OFF")])],
    ..Spec::BASE
};

pub(super) const CLIENT_NO_TOUCH: Spec = Spec {
    name: "client|no-touch",
    group: Group::Connection,
    summary: "Chooses whether reads of this connection count as use of the keys.",
    complexity: "O(1)",
    since: "7.2.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[Arg::one_of("enabled", &[Arg::flag("on", "ON"), Arg::flag("off", "OFF")])],
    ..Spec::BASE
};

pub(super) const CLIENT_PAUSE: Spec = Spec {
    name: "client|pause",
    group: Group::Connection,
    summary: "Holds back the commands of all connections for a while.",
    complexity: "O(1)",
    since: "3.0.0",
    arity: Arity::AtLeast(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    history: &[("6.2.0", "Added the mode, and `WRITE`.")],
    args: &[
        Arg::integer("timeout"),
        Arg::one_of("mode", &[Arg::flag("write", "WRITE"), Arg::flag("all", "ALL")])
            .since("6.2.0")
            .optional(),
    ],
    ..Spec::BASE
};

pub(super) const CLIENT_REPLY: Spec = Spec {
    name: "client|reply",
    group: Group::Connection,
    summary: "Chooses whether this connection wants replies.",
    complexity: "O(1)",
    since: "3.2.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[Arg::one_of(
        "action",
        &[Arg::flag("on", "ON"), Arg::flag("off", "OFF"), Arg::flag("skip", "SKIP")],
    )],
    ..Spec::BASE
};

pub(super) const CLIENT_SETINFO: Spec = Spec {
    name: "client|setinfo",
    group: Group::Connection,
    summary: "Tells the server which client library is used.",
    complexity: "O(1)",
    since: "7.2.0",
    arity: Arity::Exactly(4),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAllSucceeded],
    args: &[Arg::one_of(
        "attr",
        &[Arg::string("libname").token("lib-name"), Arg::string("libver").token("lib-ver")],
    )],
    ..Spec::BASE
};

pub(super) const CLIENT_SETNAME: Spec = Spec {
    name: "client|setname",
    group: Group::Connection,
    summary: "Names this connection.",
    complexity: "O(1)",
    since: "2.6.9",
    arity: Arity::Exactly(3),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    tips: &[Tip::RequestAllNodes, Tip::ResponseAllSucceeded],
    args: &[Arg::string("connection-name")],
    ..Spec::BASE
};

pub(super) const CLIENT_TRACKING: Spec = Spec {
    name: "client|tracking",
    group: Group::Connection,
    summary: "Switches client-side caching on or off.",
    complexity: "O(1)",
    since: "6.0.0",
    arity: Arity::AtLeast(3),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[
        Arg::one_of("status", &[Arg::flag("on", "ON"), Arg::flag("off", "OFF")]),
        Arg::integer("client-id").token("REDIRECT").optional(),
        Arg::string("prefix").token("PREFIX").optional().multiple_token(),
        Arg::flag("BCAST", "BCAST").optional(),
        Arg::flag("OPTIN", "OPTIN").optional(),
        Arg::flag("OPTOUT", "OPTOUT").optional(),
        Arg::flag("NOLOOP", "NOLOOP").optional(),
    ],
    ..Spec::BASE
};

pub(super) const CLIENT_TRACKINGINFO: Spec = Spec {
    name: "client|trackinginfo",
    group: Group::Connection,
    summary: "Returns how client-side caching is set for this connection.",
    complexity: "O(1)",
    since: "6.2.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const CLIENT_UNBLOCK: Spec = Spec {
    name: "client|unblock",
    group: Group::Connection,
    summary: "Ends the wait of a connection that is blocked by a command.",
    complexity: "O(log N) where N is the number of connections.",
    since: "5.0.0",
    arity: Arity::AtLeast(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[
        Arg::integer("client-id"),
        Arg::one_of(
            "unblock-type",
            &[Arg::flag("timeout", "TIMEOUT"), Arg::flag("error", "ERROR")],
        )
        .optional(),
    ],
    ..Spec::BASE
};

pub(super) const CLIENT_UNPAUSE: Spec = Spec {
    name: "client|unpause",
    group: Group::Connection,
    summary: "Ends a pause before its time.",
    complexity: "O(N) where N is the number of paused connections.",
    since: "6.2.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};
