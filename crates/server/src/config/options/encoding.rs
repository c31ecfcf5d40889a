//! Up to which size collections count as small: what OBJECT ENCODING tells.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, works};
use super::{ANY_INT, BYTES, COUNT, LONG_COUNT, int};

const fn small(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    since: &'static str,
    summary: &'static str,
) -> super::super::option::Spec {
    works(name, kind, default, since, summary).live()
}

pub(super) const GROUP: Group = Group {
    title: "Encodings",
    specs: &[
        small(
            "hash-max-listpack-entries",
            LONG_COUNT,
            "512",
            "2.6",
            "Fields of a `listpack` hash.",
        )
        .alias(&["hash-max-ziplist-entries"]),
        small("hash-max-listpack-value", BYTES, "64", "2.6", "Longest value of a `listpack` hash.")
            .alias(&["hash-max-ziplist-value"]),
        small(
            "list-max-listpack-size",
            ANY_INT,
            "-2",
            "3.2",
            "Size of a `listpack` list: elements, or -1 to -5 for 4 to 64 kilobytes.",
        )
        .alias(&["list-max-ziplist-size"]),
        accepted("list-compress-depth", COUNT, "0", "3.2", "Ends of a list left uncompressed.")
            .live(),
        small("set-max-intset-entries", LONG_COUNT, "512", "2.2", "Members of an `intset` set."),
        small("set-max-listpack-entries", LONG_COUNT, "128", "7.2", "Members of a `listpack` set."),
        small(
            "set-max-listpack-value",
            LONG_COUNT,
            "64",
            "7.2",
            "Longest one of a `listpack` set.",
        ),
        small(
            "zset-max-listpack-entries",
            LONG_COUNT,
            "128",
            "2.4",
            "Members of a `listpack` zset.",
        )
        .alias(&["zset-max-ziplist-entries"]),
        small("zset-max-listpack-value", BYTES, "64", "2.4", "Longest one of a `listpack` zset.")
            .alias(&["zset-max-ziplist-value"]),
        small(
            "hll-sparse-max-bytes",
            BYTES,
            "3000",
            "3.0",
            "Size at which a HyperLogLog becomes dense.",
        ),
        small("stream-node-max-bytes", BYTES, "4kb", "5.0", "Size of a node of a stream. 0: any."),
        small(
            "stream-node-max-entries",
            int(0, i64::MAX, Unit::None),
            "100",
            "5.0",
            "Entries of a node of a stream; trimming with `~` keeps whole nodes. 0: any.",
        ),
    ],
};
