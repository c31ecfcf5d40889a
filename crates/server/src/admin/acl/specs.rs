//! What the ACL commands look like.

use hadal_command::{Arg, Arity, Flag, Group, Spec};

pub(super) const ACL: Spec = Spec {
    name: "acl",
    group: Group::Server,
    summary: "Contains the commands about users and what they may do.",
    since: "6.0.0",
    arity: Arity::AtLeast(2),
    ..Spec::BASE
};

pub(super) const ACL_CAT: Spec = Spec {
    name: "acl|cat",
    group: Group::Server,
    summary: "Lists the command categories, or the commands in one.",
    complexity: "O(1)",
    since: "6.0.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    args: &[Arg::string("category").optional()],
    ..Spec::BASE
};

pub(super) const ACL_GETUSER: Spec = Spec {
    name: "acl|getuser",
    group: Group::Server,
    summary: "Returns the rules of a user.",
    complexity: "O(N) where N is the number of rules of the user.",
    since: "6.0.0",
    arity: Arity::Exactly(3),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    history: &[
        ("6.2.0", "Added channel patterns."),
        ("7.0.0", "Added selectors; key and channel patterns are given as rules."),
    ],
    args: &[Arg::string("username")],
    ..Spec::BASE
};

pub(super) const ACL_HELP: Spec = Spec {
    name: "acl|help",
    group: Group::Server,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    since: "6.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const ACL_LIST: Spec = Spec {
    name: "acl|list",
    group: Group::Server,
    summary: "Returns the rules of all users as an ACL file would hold them.",
    complexity: "O(N) where N is the number of users.",
    since: "6.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const ACL_USERS: Spec = Spec {
    name: "acl|users",
    group: Group::Server,
    summary: "Lists the names of all users.",
    complexity: "O(N) where N is the number of users.",
    since: "6.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};

pub(super) const ACL_WHOAMI: Spec = Spec {
    name: "acl|whoami",
    group: Group::Server,
    summary: "Returns the name of the user of this connection.",
    complexity: "O(1)",
    since: "6.0.0",
    arity: Arity::Exactly(2),
    flags: &[Flag::NoScript, Flag::Loading, Flag::Stale],
    ..Spec::BASE
};
