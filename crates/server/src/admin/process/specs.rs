//! What the commands about the process look like.

use hadal_command::{Arg, Arity, Category, Flag, Group, Kind, Spec, Speed, Tip};

pub(super) const DEBUG: Spec = Spec {
    name: "debug",
    group: Group::Server,
    summary: "Contains commands for tests and for finding faults.",
    since: "1.0.0",
    arity: Arity::AtLeast(2),
    flags: &[Flag::Admin, Flag::NoScript, Flag::Loading, Flag::Stale, Flag::Protected],
    system: true,
    ..Spec::BASE
};

pub(super) const INFO: Spec = Spec {
    name: "info",
    group: Group::Server,
    summary: "Returns facts and figures about the server.",
    complexity: "O(1)",
    since: "1.0.0",
    arity: Arity::AtLeast(1),
    flags: &[Flag::Loading, Flag::Stale],
    categories: Some(&[Category::Dangerous]),
    tips: &[Tip::NondeterministicOutput, Tip::RequestAllShards, Tip::ResponseSpecial],
    history: &[("7.0.0", "Takes several sections.")],
    args: &[Arg::string("section").optional().multiple()],
    ..Spec::BASE
};

pub(super) const LOLWUT: Spec = Spec {
    name: "lolwut",
    group: Group::Server,
    summary: "Shows a picture and the version.",
    since: "5.0.0",
    arity: Arity::AtLeast(1),
    kind: Kind::Read,
    speed: Speed::Fast,
    args: &[Arg::integer("version").token("VERSION").optional()],
    ..Spec::BASE
};

pub(super) const SHUTDOWN: Spec = Spec {
    name: "shutdown",
    group: Group::Server,
    summary: "Saves what is owed and ends the server.",
    complexity: "O(N) where N is the number of keys not saved yet.",
    since: "1.0.0",
    arity: Arity::AtLeast(1),
    flags: &[
        Flag::Admin,
        Flag::NoScript,
        Flag::Loading,
        Flag::Stale,
        Flag::NoMulti,
        Flag::AllowBusy,
    ],
    history: &[("7.0.0", "Added `NOW`, `FORCE` and `ABORT`.")],
    args: &[
        Arg::one_of("save-selector", &[Arg::flag("nosave", "NOSAVE"), Arg::flag("save", "SAVE")])
            .optional(),
        Arg::flag("now", "NOW").since("7.0.0").optional(),
        Arg::flag("force", "FORCE").since("7.0.0").optional(),
        Arg::flag("abort", "ABORT").since("7.0.0").optional(),
    ],
    ..Spec::BASE
};

pub(super) const TIME: Spec = Spec {
    name: "time",
    group: Group::Server,
    summary: "Returns the time of the server.",
    complexity: "O(1)",
    since: "2.6.0",
    arity: Arity::Exactly(1),
    speed: Speed::Fast,
    flags: &[Flag::Loading, Flag::Stale],
    tips: &[Tip::NondeterministicOutput],
    ..Spec::BASE
};
