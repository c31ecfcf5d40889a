//! What one client may ask for.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, works};
use super::{LONG_COUNT, bytes_from, int};

const MB: u64 = 1 << 20;

pub(super) const GROUP: Group = Group {
    title: "Clients",
    specs: &[
        works(
            "maxclients",
            int(1, u32::MAX as i64, Unit::None),
            "10000",
            "2.0",
            "Clients connected at a time. The limit of open files may lower it.",
        )
        .live(),
        works(
            "proto-max-bulk-len",
            bytes_from(MB),
            "512mb",
            "5.0",
            "Largest single word a client may send, and largest string.",
        )
        .live(),
        works(
            "client-query-buffer-limit",
            bytes_from(MB),
            "1gb",
            "5.0",
            "Bytes a client may send ahead of what has been executed.",
        )
        .live(),
        works(
            "client-output-buffer-limit",
            Kind::BufferLimits,
            "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60",
            "2.6",
            "Replies a client may leave unread, by class: disconnected at the hard limit at once, \
             at the soft one after so many seconds. 0: no limit.",
        )
        .live(),
        works(
            "tracking-table-max-keys",
            LONG_COUNT,
            "1000000",
            "6.0",
            "Keys remembered for client-side caching. 0: no limit.",
        )
        .live(),
        works(
            "busy-reply-threshold",
            int(0, i64::MAX, Unit::Millis),
            "5000",
            "2.6",
            "Time after which a running script lets other clients be told BUSY. 0: never.",
        )
        .alias(&["lua-time-limit"])
        .live(),
    ],
};
