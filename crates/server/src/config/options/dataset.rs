//! The dataset on disk: where it is, how large it may get, when a write is safe.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, ours, ours_accepted, works};
use super::super::types::{Appendfsync, JournalRecover};
use super::{bytes_from, int};

const MB: u64 = 1 << 20;

pub(super) const GROUP: Group = Group {
    title: "Dataset",
    specs: &[
        works(
            "dir",
            Kind::Directory,
            "./",
            "2.0",
            "Directory of the dataset; relative paths of other options start there. A change at \
             run time only moves where RDB files are written: the dataset stays where it was opened.",
        )
        .alias(&["diskstore-path"])
        .protected()
        .refused_while_loading()
        .everyday(),
        works(
            "appendfsync",
            Kind::OneOf(Appendfsync::NAMES),
            "everysec",
            "2.0",
            "When a write survives a power loss. `always`: before its reply; `everysec`: within \
             about a second; `no`: when the operating system gets to it.",
        )
        .live()
        .everyday(),
        ours(
            "cache-flush-delay",
            Kind::Seconds { max_ms: 24 * 3600 * 1000 },
            "10",
            "How long a changed key may stay in memory before it is saved to the store. Longer \
             saves work on keys that change often, shorter keeps the journal short. Durability \
             does not depend on it.",
        )
        .live()
        .everyday(),
        ours(
            "maxdisk",
            bytes_from(0),
            "0",
            "Limit of the dataset on disk. Reaching it refuses writes, or deletes keys if \
             `maxmemory-policy` says so. 0: none.",
        )
        .live()
        .everyday(),
        ours(
            "journal-segment-size",
            Kind::Bytes { min: MB, max: 4096 * MB },
            "16mb",
            "Size of one file of the journal. Space comes back a whole file at a time.",
        ),
        ours(
            "journal-recover",
            Kind::OneOf(JournalRecover::NAMES),
            "refuse",
            "What to do at start when the journal is damaged before its end: `refuse` to start, \
             or `truncate` it there and lose the writes that follow. A write cut off by a crash is \
             no damage and needs no choice.",
        ),
        ours(
            "store-merges",
            Kind::YesNo,
            "yes",
            "Whether the store merges its files in the background. `no` is a way to go on with a \
             store that is damaged: see durability.md. Without merges it grows, and reads become \
             slower by the day.",
        ),
        works(
            "databases",
            int(1, 65_536, Unit::None),
            "16",
            "2.0",
            "Number of databases that SELECT can choose from.",
        ),
        accepted(
            "appendonly",
            Kind::YesNo,
            "yes",
            "2.0",
            "The journal cannot be turned off; `no` is kept and told, nothing else.",
        )
        .live()
        .refused_while_loading(),
        ours_accepted(
            "diskstore-enabled",
            Kind::YesNo,
            "yes",
            "The dataset is always on disk. From the unreleased Redis this server continues.",
        ),
    ],
};
