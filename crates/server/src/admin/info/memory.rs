//! The section about memory.

use super::Facts;
use crate::admin::{
    memory::{Allocator, resident_bytes},
    section::{Report, ratio},
};

pub(super) fn memory(facts: &Facts<'_>, report: &mut Report) {
    let (server, settings) = (facts.server, &facts.settings);
    let allocator = Allocator::now();
    let used = allocator.allocated_bytes;
    let resident = resident_bytes();
    let peak = server.gauges.peak_bytes(used);
    let startup = server.gauges.startup_bytes();
    let cache = facts.driver().memory.cache_bytes as u64;
    let percent = |part: u64, whole: u64| format!("{:.2}%", 100.0 * ratio(part, whole, 0.0));
    report.section("Memory");
    report.bytes("used_memory", used);
    report.bytes("used_memory_rss", resident);
    report.bytes("used_memory_peak", peak);
    report.line("used_memory_peak_perc", percent(used, peak));
    report.line("used_memory_overhead", used.saturating_sub(cache));
    report.line("used_memory_startup", startup);
    report.line("used_memory_dataset", cache);
    report.line("used_memory_dataset_perc", percent(cache, used.saturating_sub(startup)));
    report.line("allocator_allocated", allocator.allocated_bytes);
    report.line("allocator_active", allocator.active_bytes);
    report.line("allocator_resident", allocator.resident_bytes);
    report.bytes("total_system_memory", system_memory_bytes());
    scripts(report);
    report.bytes("maxmemory", settings.maxmemory_bytes);
    report.line("maxmemory_policy", settings.maxmemory_policy.name());
    fragmentation(&allocator, resident, report);
    report.line("mem_not_counted_for_evict", 0);
    report.line("mem_replication_backlog", 0);
    report.line("mem_total_replication_buffers", 0);
    report.line("mem_clients_slaves", 0);
    report.line("mem_clients_normal", server.clients.memory_bytes());
    report.line("mem_cluster_links", 0);
    report.line("mem_aof_buffer", facts.driver().memory.journal_bytes);
    report.line("mem_allocator", "jemalloc");
    report.line("active_defrag_running", 0);
    report.line("lazyfree_pending_objects", 0);
    report.line("lazyfreed_objects", 0);
}

/// There are no scripts yet.
fn scripts(report: &mut Report) {
    report.line("used_memory_lua", 0);
    report.line("used_memory_vm_eval", 0);
    report.line("used_memory_lua_human", "0B");
    report.line("used_memory_scripts_eval", 0);
    report.line("number_of_cached_scripts", 0);
    report.line("number_of_functions", 0);
    report.line("number_of_libraries", 0);
    report.line("used_memory_vm_functions", 0);
    report.bytes("used_memory_vm_total", 0);
    report.line("used_memory_functions", 0);
    report.bytes("used_memory_scripts", 0);
}

fn fragmentation(allocator: &Allocator, resident: u64, report: &mut Report) {
    let steps = [
        ("allocator_frag", allocator.active_bytes, allocator.allocated_bytes),
        ("allocator_rss", allocator.resident_bytes, allocator.active_bytes),
        ("rss_overhead", resident, allocator.resident_bytes),
        ("mem_fragmentation", resident, allocator.allocated_bytes),
    ];
    for (name, more, less) in steps {
        report.line(&format!("{name}_ratio"), format_args!("{:.2}", ratio(more, less, 0.0)));
        report.line(&format!("{name}_bytes"), more.cast_signed() - less.cast_signed());
    }
}

fn system_memory_bytes() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram * u64::from(info.mem_unit.max(1))
}
