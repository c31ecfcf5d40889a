//! What the commands look like.

use hadal_command::{Access, Arg, Arity, Flag, Group, KeySpec, Spec, Speed};

use crate::table::{Command, Run, Transaction};

const QUEUEABLE: &[Flag] = &[Flag::NoScript, Flag::Loading, Flag::Stale, Flag::AllowBusy];

const BASE: Spec = Spec {
    group: Group::Transactions,
    complexity: "O(1)",
    since: "1.2.0",
    speed: Speed::Fast,
    flags: QUEUEABLE,
    ..Spec::BASE
};

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    Command {
        spec: Spec {
            name: "discard",
            summary: "Discards a transaction.",
            complexity: "O(N), when N is the number of queued commands",
            since: "2.0.0",
            ..BASE
        },
        run: Run::Transaction(Transaction::Discard),
    },
    Command {
        spec: Spec {
            name: "exec",
            summary: "Executes all commands in a transaction.",
            complexity: "Depends on commands in the transaction",
            speed: Speed::Slow,
            flags: &[Flag::NoScript, Flag::Loading, Flag::Stale, Flag::SkipSlowlog],
            ..BASE
        },
        run: Run::Transaction(Transaction::Exec),
    },
    Command {
        spec: Spec { name: "multi", summary: "Starts a transaction.", ..BASE },
        run: Run::Transaction(Transaction::Multi),
    },
    Command {
        spec: Spec {
            name: "reset",
            group: Group::Connection,
            summary: "Resets the connection.",
            since: "6.2.0",
            flags: &[Flag::NoScript, Flag::Loading, Flag::Stale, Flag::NoAuth, Flag::AllowBusy],
            ..BASE
        },
        run: Run::Transaction(Transaction::Reset),
    },
    Command {
        spec: Spec {
            name: "unwatch",
            summary: "Forgets about watched keys of a transaction.",
            since: "2.2.0",
            ..BASE
        },
        run: Run::Transaction(Transaction::Unwatch),
    },
    Command {
        spec: Spec {
            name: "watch",
            summary: "Monitors changes to keys to determine the execution of a transaction.",
            complexity: "O(1) for every key.",
            since: "2.2.0",
            arity: Arity::AtLeast(2),
            keys: &[KeySpec::all(Access::Read, &[])],
            args: &[Arg::key("key").multiple()],
            ..BASE
        },
        run: Run::Transaction(Transaction::Watch),
    },
];
