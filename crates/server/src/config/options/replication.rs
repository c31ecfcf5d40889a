//! Primaries and replicas.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, works};
use super::{COUNT, PORT, SECONDS, TEXT, bytes_from, int};

pub(super) const GROUP: Group = Group {
    title: "Replication",
    specs: &[
        works("replicaof", Kind::ReplicaOf, "no one", "2.0", "Host and port of the primary.")
            .alias(&["slaveof"]),
        works("masterauth", TEXT, "", "2.0", "Password to use with the primary.").live().secret(),
        works("masteruser", TEXT, "", "6.0", "User to be with the primary.").live().secret(),
        works("replica-read-only", Kind::YesNo, "yes", "2.6", "A replica refuses writes.")
            .alias(&["slave-read-only"])
            .live(),
        works(
            "replica-serve-stale-data",
            Kind::YesNo,
            "yes",
            "2.2",
            "A replica answers while it is cut off from its primary.",
        )
        .alias(&["slave-serve-stale-data"])
        .live(),
        works("replica-priority", COUNT, "100", "2.6", "Lower is promoted first. 0: never.")
            .alias(&["slave-priority"])
            .live(),
        works("replica-announce-ip", TEXT, "", "4.0", "Address told to the primary.")
            .alias(&["slave-announce-ip"])
            .live(),
        works("replica-announce-port", PORT, "0", "4.0", "Port told to the primary.")
            .alias(&["slave-announce-port"])
            .live(),
        works(
            "replica-announced",
            Kind::YesNo,
            "yes",
            "7.0",
            "Whether sentinels list the replica.",
        )
        .live(),
        works("min-replicas-to-write", COUNT, "0", "2.8", "Replicas without which writes fail.")
            .alias(&["min-slaves-to-write"])
            .live(),
        works("min-replicas-max-lag", SECONDS, "10", "2.8", "Lag up to which a replica counts.")
            .alias(&["min-slaves-max-lag"])
            .live(),
        works("repl-backlog-size", bytes_from(1), "1mb", "2.8", "Backlog kept for replicas.")
            .live(),
        works(
            "repl-backlog-ttl",
            int(0, i64::MAX, Unit::Seconds),
            "3600",
            "2.8",
            "How long the backlog outlives the last replica. 0: for good.",
        )
        .live(),
        works(
            "repl-timeout",
            int(1, i32::MAX as i64, Unit::Seconds),
            "60",
            "2.6",
            "Silence after which the other side counts as gone.",
        )
        .live(),
        works(
            "repl-ping-replica-period",
            int(1, i32::MAX as i64, Unit::Seconds),
            "10",
            "2.6",
            "Time between pings to replicas.",
        )
        .alias(&["repl-ping-slave-period"])
        .live(),
        accepted("repl-disable-tcp-nodelay", Kind::YesNo, "no", "2.8", "Fewer, larger packets.")
            .live(),
        accepted(
            "repl-diskless-sync",
            Kind::YesNo,
            "yes",
            "3.0",
            "Sends snapshots without a file.",
        )
        .live(),
        accepted("repl-diskless-sync-delay", SECONDS, "5", "3.0", "Waits for more replicas.")
            .live(),
        accepted("repl-diskless-sync-max-replicas", COUNT, "0", "7.0", "Enough replicas to begin.")
            .live(),
        accepted(
            "repl-diskless-load",
            Kind::OneOf(&["disabled", "on-empty-db", "swapdb"]),
            "disabled",
            "6.0",
            "Loads snapshots without a file.",
        )
        .live()
        .refused_while_loading(),
        accepted("replica-lazy-flush", Kind::YesNo, "no", "4.0", "Empties a replica behind.")
            .alias(&["slave-lazy-flush"])
            .live(),
        accepted(
            "replica-ignore-maxmemory",
            Kind::YesNo,
            "yes",
            "5.0",
            "A replica deletes nothing on its own.",
        )
        .alias(&["slave-ignore-maxmemory"])
        .live(),
        accepted(
            "replica-ignore-disk-write-errors",
            Kind::YesNo,
            "no",
            "7.0",
            "A replica goes on when its disk fails.",
        )
        .live(),
        accepted(
            "propagation-error-behavior",
            Kind::OneOf(&["ignore", "panic", "panic-on-replicas"]),
            "ignore",
            "7.0",
            "What to do with a replicated command that fails.",
        )
        .live(),
    ],
};
