//! MEMORY STATS and MEMORY DOCTOR.

use std::fmt::Write as _;

use hadal_resp::Writer;

use super::{Allocator, resident_bytes};
use crate::{admin::section::ratio, driver::MemoryStats, server::Server};

/// One field of MEMORY STATS.
#[derive(Clone, Copy, Debug)]
enum Value {
    Bytes(u64),
    Signed(i64),
    Ratio(f64),
}

/// What is spent on what, with Redis's names where it has them.
pub(super) fn stats(server: &Server, reply: &mut Writer) {
    let allocator = Allocator::now();
    let memory = server.driver.memory_stats();
    let databases = server.driver.dataset().keyspace().spaces().count();
    let keys: u64 = (0..databases).map(|db| server.driver.dbsize_estimate(db)).sum();
    let fields = fields(server, &allocator, &memory, keys);
    reply.map(fields.len());
    for (name, value) in fields {
        reply.bulk(name.as_bytes());
        match value {
            Value::Bytes(bytes) => reply.int(bytes.cast_signed()),
            Value::Signed(number) => reply.int(number),
            Value::Ratio(ratio) => reply.double(ratio),
        }
    }
}

fn fields(
    server: &Server,
    allocator: &Allocator,
    memory: &MemoryStats,
    keys: u64,
) -> Vec<(&'static str, Value)> {
    let allocated = allocator.allocated_bytes;
    let peak = server.gauges.peak_bytes(allocated);
    let startup = server.gauges.startup_bytes();
    let cache = memory.cache_bytes as u64;
    let (active, resident, rss) =
        (allocator.active_bytes, allocator.resident_bytes, resident_bytes());
    let net = allocated.saturating_sub(startup);
    let more = |bytes: u64, than: u64| Value::Signed(bytes.cast_signed() - than.cast_signed());
    vec![
        ("peak.allocated", Value::Bytes(peak)),
        ("total.allocated", Value::Bytes(allocated)),
        ("startup.allocated", Value::Bytes(startup)),
        ("replication.backlog", Value::Bytes(0)),
        ("clients.slaves", Value::Bytes(0)),
        ("clients.normal", Value::Bytes(server.clients.memory_bytes() as u64)),
        ("cluster.links", Value::Bytes(0)),
        ("aof.buffer", Value::Bytes(memory.journal_bytes as u64)),
        ("lua.caches", Value::Bytes(0)),
        ("functions.caches", Value::Bytes(0)),
        ("store.bytes", Value::Bytes(memory.store_bytes as u64)),
        ("cache.bytes", Value::Bytes(cache)),
        ("cache.limit", Value::Bytes(memory.cache_bytes_max as u64)),
        ("cache.owed", Value::Bytes(memory.owed_bytes as u64)),
        ("overhead.total", Value::Bytes(allocated.saturating_sub(cache))),
        ("keys.count", Value::Bytes(keys)),
        ("keys.bytes-per-key", Value::Bytes(net.checked_div(keys).unwrap_or(0))),
        ("dataset.bytes", Value::Bytes(cache)),
        ("dataset.percentage", Value::Ratio(100.0 * ratio(cache, net, 0.0))),
        ("peak.percentage", Value::Ratio(100.0 * ratio(allocated, peak, 0.0))),
        ("allocator.allocated", Value::Bytes(allocated)),
        ("allocator.active", Value::Bytes(active)),
        ("allocator.resident", Value::Bytes(resident)),
        ("allocator-fragmentation.ratio", Value::Ratio(ratio(active, allocated, 0.0))),
        ("allocator-fragmentation.bytes", more(active, allocated)),
        ("allocator-rss.ratio", Value::Ratio(ratio(resident, active, 0.0))),
        ("allocator-rss.bytes", more(resident, active)),
        ("rss-overhead.ratio", Value::Ratio(ratio(rss, resident, 0.0))),
        ("rss-overhead.bytes", more(rss, resident)),
        ("fragmentation", Value::Ratio(ratio(rss, allocated, 0.0))),
        ("fragmentation.bytes", more(rss, allocated)),
    ]
}

/// Tells in words what deserves attention.
pub(super) fn doctor(memory: &MemoryStats, hits: u64, misses: u64) -> String {
    let mut text = String::new();
    let percent = |part: usize, whole: usize| 100.0 * ratio(part as u64, whole as u64, 0.0);
    let mut say = |line: String| writeln!(text, "- {line}").expect("a string takes all");
    if memory.resident_bytes > memory.limit_bytes {
        say(format!(
            "{} bytes are resident, more than maxmemory allows ({}): clients with large buffers \
             may be the cause, see CLIENT LIST.",
            memory.resident_bytes, memory.limit_bytes
        ));
    }
    let owed = percent(memory.owed_bytes, memory.cache_bytes_max);
    if owed > 50.0 {
        say(format!(
            "{owed:.0}% of the cache waits to be saved: the disk does not keep up with the writes."
        ));
    }
    let ratio = ratio(hits, hits + misses, 1.0);
    if ratio < 0.8 && percent(memory.cache_bytes, memory.cache_bytes_max) > 90.0 {
        say(format!(
            "{:.0}% of the keys asked for were in memory, and the cache is full: with a larger \
             maxmemory more of them would be.",
            100.0 * ratio
        ));
    }
    if text.is_empty() {
        return "Nothing to worry about: memory is within its limit, what is owed is saved in \
                time, and most keys are found in memory.\n"
            .into();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: MemoryStats = MemoryStats {
        limit_bytes: 1_000,
        resident_bytes: 900,
        peak_bytes: 950,
        allocated_bytes: 800,
        cache_bytes: 500,
        cache_bytes_max: 500,
        owed_bytes: 10,
        store_bytes: 100,
        journal_bytes: 0,
    };

    #[test]
    fn a_server_in_order_gets_one_sentence() {
        assert!(doctor(&FINE, 90, 10).starts_with("Nothing to worry about"));
        assert!(doctor(&FINE, 0, 0).starts_with("Nothing to worry about"));
    }

    #[test]
    fn each_trouble_gets_its_line() {
        let memory = MemoryStats { resident_bytes: 2_000, owed_bytes: 400, ..FINE };
        let text = doctor(&memory, 10, 90);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("80% of the cache waits"));
        assert!(text.contains("10% of the keys"));
    }
}
