//! The sections about the process: server, replication, cpu, modules, cluster.

use std::path::Path;

use super::Facts;
use crate::{admin::section::Report, config::Supervised, server::REDIS_VERSION};

pub(super) fn server(facts: &Facts<'_>, report: &mut Report) {
    let (server, settings) = (facts.server, &facts.settings);
    let system = rustix::system::uname();
    let part = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let micros = server.clock.unix_micros();
    let uptime = server.clock.monotonic_micros().saturating_sub(server.started_micros) / 1_000_000;
    let path = |path: Option<&Path>| path.map_or(String::new(), |it| it.display().to_string());
    report.section("Server");
    report.line("redis_version", REDIS_VERSION);
    report.line("hadal_version", env!("CARGO_PKG_VERSION"));
    report.line("redis_git_sha1", "00000000");
    report.line("redis_git_dirty", 0);
    report.line("redis_build_id", env!("CARGO_PKG_VERSION"));
    report.line("redis_mode", "standalone");
    let os = [part(system.sysname()), part(system.release()), part(system.machine())];
    report.line("os", os.join(" "));
    report.line("arch_bits", usize::BITS);
    report.line("monotonic_clock", "POSIX clock_gettime");
    report.line("multiplexing_api", "epoll");
    report.line("atomicvar_api", "rust");
    report.line("gcc_version", "0.0.0");
    report.line("process_id", std::process::id());
    let supervised = match settings.supervised {
        Supervised::No => "no",
        other => other.name(),
    };
    report.line("process_supervised", supervised);
    report.line("run_id", &server.run_id);
    report.line("tcp_port", settings.port);
    report.line("server_time_usec", micros);
    report.line("uptime_in_seconds", uptime);
    report.line("uptime_in_days", uptime / 86_400);
    report.line("hz", settings.hz);
    report.line("configured_hz", settings.hz);
    report.line("lru_clock", (micros / 1_000_000) & 0x00ff_ffff);
    report.line("executable", path(std::env::current_exe().ok().as_deref()));
    report.line("config_file", path(server.config.startup().file.as_deref()));
    report.line("io_threads_active", u8::from(settings.threads > 1));
    listeners(facts, report);
}

fn listeners(facts: &Facts<'_>, report: &mut Report) {
    let settings = &facts.settings;
    let mut listeners = Vec::new();
    if settings.port != 0 {
        let bind: Vec<String> =
            settings.bind.iter().map(|address| format!("bind={address}")).collect();
        listeners.push(format!("name=tcp,{},port={}", bind.join(","), settings.port));
    }
    if let Some(path) = &settings.unixsocket {
        listeners.push(format!("name=unix,bind={}", path.display()));
    }
    for (number, listener) in listeners.iter().enumerate() {
        report.line(&format!("listener{number}"), listener);
    }
}

pub(super) fn replication(facts: &Facts<'_>, report: &mut Report) {
    report.section("Replication");
    report.line("role", "master");
    report.line("connected_slaves", 0);
    report.line("master_failover_state", "no-failover");
    report.line("master_replid", &facts.server.run_id);
    report.line("master_replid2", "0".repeat(40));
    report.line("master_repl_offset", 0);
    report.line("second_repl_offset", -1);
    report.line("repl_backlog_active", 0);
    report.line("repl_backlog_size", facts.settings.repl_backlog_bytes);
    report.line("repl_backlog_first_byte_offset", 0);
    report.line("repl_backlog_histlen", 0);
}

pub(super) fn cpu(_: &Facts<'_>, report: &mut Report) {
    let times = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| times(&stat));
    let [user, system, user_children, system_children] = times.unwrap_or_default();
    report.section("CPU");
    report.line("used_cpu_sys", format_args!("{system:.6}"));
    report.line("used_cpu_user", format_args!("{user:.6}"));
    report.line("used_cpu_sys_children", format_args!("{system_children:.6}"));
    report.line("used_cpu_user_children", format_args!("{user_children:.6}"));
}

/// Linux counts processor time in hundredths of a second wherever it shows it to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system time, then those of children that have ended, in seconds, from the line in
/// `/proc/self/stat`. The program's name in it may hold anything, but is in brackets.
fn times(stat: &str) -> Option<[f64; 4]> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok().map(|ticks| ticks / TICKS_PER_SECOND);
    Some([next()?, next()?, next()?, next()?])
}

pub(super) fn modules(_: &Facts<'_>, report: &mut Report) {
    report.section("Modules");
}

pub(super) fn cluster(_: &Facts<'_>, report: &mut Report) {
    report.section("Cluster");
    report.line("cluster_enabled", 0);
}

#[cfg(test)]
mod tests {
    use super::times;

    #[test]
    fn processor_times_are_found_behind_a_name_with_blanks_and_brackets() {
        let stat = "7 (a) b) S 1 1 1 0 -1 4194560 100 0 0 0 250 125 7 9 20 0 3 0 1000 0 0";
        assert_eq!(times(stat), Some([2.5, 1.25, 0.07, 0.09]));
        assert_eq!(times("7 (x) S 1"), None);
    }
}
