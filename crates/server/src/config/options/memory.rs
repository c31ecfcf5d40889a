//! How much memory may be used, and for what.

use super::super::kind::{Kind, Shown, Unit};
use super::super::option::{Group, accepted, works};
use super::super::types::MaxmemoryPolicy;
use super::{COUNT, PERCENT, bytes_from, int};

const NO_DEFRAG: &str = "Active defragmentation cannot be enabled: it requires a Redis server \
    compiled with a modified Jemalloc like the one shipped by default with the Redis source \
    distribution";

pub(super) const GROUP: Group = Group {
    title: "Memory",
    specs: &[
        works(
            "maxmemory",
            Kind::Share(Shown::Bytes),
            "50%",
            "2.0",
            "Memory of the whole process: cached keys, buffers, everything. Reaching it drops cold \
             keys from memory, never from disk. Bytes, or a percentage of what the machine or its \
             cgroup has; 0 means the default.",
        )
        .alias(&["cache-max-memory"])
        .live()
        .everyday(),
        works(
            "maxmemory-policy",
            Kind::OneOf(MaxmemoryPolicy::NAMES),
            "noeviction",
            "2.2",
            "What is deleted when the dataset reaches `maxdisk`: nothing (writes are refused), or \
             keys chosen by use, at random or by expiry, among all keys or those that expire. It \
             has nothing to do with which keys are in memory.",
        )
        .live(),
        works(
            "maxmemory-samples",
            int(1, i32::MAX as i64, Unit::None),
            "5",
            "2.2",
            "Keys compared to find one to delete under `maxmemory-policy`.",
        )
        .live(),
        accepted(
            "maxmemory-eviction-tenacity",
            PERCENT,
            "10",
            "6.2",
            "How long evicting may hold up clients; here it is never done in their way.",
        )
        .live(),
        works(
            "maxmemory-clients",
            Kind::Share(Shown::AsSet),
            "0",
            "7.0",
            "Memory of all client buffers together, in bytes or percent of `maxmemory`. Above it \
             the largest clients are disconnected. 0: a quarter of `maxmemory`.",
        )
        .live(),
        works(
            "lfu-log-factor",
            COUNT,
            "10",
            "4.0",
            "How many uses it takes to saturate the counter of OBJECT FREQ.",
        )
        .live(),
        works(
            "lfu-decay-time",
            COUNT,
            "1",
            "4.0",
            "Minutes after which the counter of OBJECT FREQ goes down by one.",
        )
        .live(),
        works(
            "lazyfree-lazy-eviction",
            Kind::YesNo,
            "no",
            "4.0",
            "Evicted values are freed in the background.",
        )
        .live(),
        works(
            "lazyfree-lazy-expire",
            Kind::YesNo,
            "no",
            "4.0",
            "Expired values are freed in the background.",
        )
        .live(),
        works(
            "lazyfree-lazy-server-del",
            Kind::YesNo,
            "no",
            "4.0",
            "Overwritten values are freed in the background.",
        )
        .live(),
        works(
            "lazyfree-lazy-user-del",
            Kind::YesNo,
            "no",
            "6.0",
            "DEL frees in the background as UNLINK does.",
        )
        .live(),
        works(
            "lazyfree-lazy-user-flush",
            Kind::YesNo,
            "no",
            "6.2",
            "FLUSHALL and FLUSHDB are ASYNC when they do not say.",
        )
        .live(),
        works(
            "activedefrag",
            Kind::AlwaysNo { why: NO_DEFRAG },
            "no",
            "4.0",
            "Moving values together in memory is not supported: CONFIG SET refuses `yes`, a file \
             may say it without effect.",
        )
        .live(),
        accepted(
            "active-defrag-ignore-bytes",
            bytes_from(1),
            "100mb",
            "4.0",
            "Fragmentation that does not matter, in bytes.",
        )
        .live(),
        accepted(
            "active-defrag-threshold-lower",
            int(0, 1000, Unit::Percent),
            "10",
            "4.0",
            "Fragmentation at which defragmentation begins.",
        )
        .live(),
        accepted(
            "active-defrag-threshold-upper",
            int(0, 1000, Unit::Percent),
            "100",
            "4.0",
            "Fragmentation at which defragmentation works hardest.",
        )
        .live(),
        accepted(
            "active-defrag-cycle-min",
            int(1, 99, Unit::Percent),
            "1",
            "4.0",
            "Least share of a processor for defragmentation.",
        )
        .live(),
        accepted(
            "active-defrag-cycle-max",
            int(1, 99, Unit::Percent),
            "25",
            "4.0",
            "Largest share of a processor for defragmentation.",
        )
        .live(),
        accepted(
            "active-defrag-max-scan-fields",
            int(1, i64::MAX, Unit::None),
            "1000",
            "5.0",
            "Fields of a collection that defragmentation visits in one go.",
        )
        .live(),
        accepted(
            "activerehashing",
            Kind::YesNo,
            "yes",
            "2.0",
            "Time spent on growing hash tables; here they grow in small parts anyway.",
        )
        .live(),
        accepted(
            "jemalloc-bg-thread",
            Kind::YesNo,
            "yes",
            "6.0",
            "A thread of the allocator that gives memory back.",
        )
        .live(),
    ],
};
