//! What the server tells about itself.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, works};
use super::{LONG_COUNT, int};

pub(super) const GROUP: Group = Group {
    title: "Observing",
    specs: &[
        works(
            "slowlog-log-slower-than",
            int(-1, i64::MAX, Unit::Micros),
            "10000",
            "2.4",
            "Commands that run longer enter the slow log. 0: all; -1: none.",
        )
        .live(),
        works("slowlog-max-len", LONG_COUNT, "128", "2.4", "Entries that SLOWLOG keeps.").live(),
        works(
            "latency-monitor-threshold",
            int(0, i64::MAX, Unit::Millis),
            "0",
            "3.0",
            "Events that take at least so long are kept for LATENCY. 0: none.",
        )
        .live(),
        works(
            "latency-tracking",
            Kind::YesNo,
            "yes",
            "7.0",
            "Keeps a histogram of the run time of each command.",
        )
        .live(),
        works(
            "latency-tracking-info-percentiles",
            Kind::Percentiles,
            "50 99 99.9",
            "7.0",
            "Percentiles of those histograms that INFO tells.",
        )
        .live(),
        works(
            "notify-keyspace-events",
            Kind::KeyspaceEvents,
            "",
            "2.8",
            "Changes of keys that are published: `K` and `E` choose the channels, the other \
             letters the kinds of change, `A` most of them. Empty: none.",
        )
        .live(),
    ],
};
