//! Where the server listens.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, works};
use super::{COUNT, PORT, SECONDS, TEXT, int};

pub(super) const GROUP: Group = Group {
    title: "Network",
    specs: &[
        works("port", PORT, "6379", "2.0", "TCP port to listen on. 0: none.").live().everyday(),
        works(
            "bind",
            Kind::Bind,
            "127.0.0.1 -::1",
            "2.0",
            "Addresses to listen on. One that begins with `-` may be missing on this machine.",
        )
        .live()
        .everyday(),
        works("unixsocket", TEXT, "", "2.2", "Unix socket to listen on too. Empty: none."),
        works(
            "unixsocketperm",
            Kind::Octal { max: 0o777 },
            "0",
            "2.4",
            "Mode of the Unix socket. 0: what the umask gives.",
        ),
        works(
            "tcp-backlog",
            COUNT,
            "511",
            "3.0",
            "Connections that may wait to be accepted; the kernel has a limit of its own.",
        ),
        works(
            "tcp-keepalive",
            SECONDS,
            "300",
            "2.8",
            "Idle time after which a connection is probed. 0: never.",
        )
        .live(),
        works("timeout", SECONDS, "0", "2.0", "Idle clients are disconnected after it. 0: never.")
            .live(),
        accepted(
            "bind-source-addr",
            TEXT,
            "",
            "7.0",
            "Address that outgoing connections come from.",
        )
        .live(),
        accepted(
            "socket-mark-id",
            int(0, u32::MAX as i64, Unit::None),
            "0",
            "7.0",
            "Mark on every packet, for routing and filtering.",
        ),
        accepted(
            "max-new-connections-per-cycle",
            int(1, 1000, Unit::None),
            "10",
            "8.0",
            "Connections accepted at a time.",
        )
        .live(),
        accepted(
            "max-new-tls-connections-per-cycle",
            int(1, 1000, Unit::None),
            "1",
            "8.0",
            "TLS connections accepted at a time.",
        )
        .live(),
    ],
};
