//! The section about clients.

use super::Facts;
use crate::admin::section::Report;

pub(super) fn clients(facts: &Facts<'_>, report: &mut Report) {
    let server = facts.server;
    let now = server.clock.monotonic_micros() / 1_000;
    let (mut input, mut output) = (0, 0);
    let (mut blocked, mut with_timeout) = (0, 0);
    for client in server.clients.all() {
        let look = client.look(now);
        input = input.max(look.query_bytes);
        output = output.max(look.output.bytes);
        if let Some(call) = client.blocked() {
            blocked += 1;
            with_timeout += usize::from(call.has_timeout());
        }
    }
    report.section("Clients");
    report.line("connected_clients", server.clients.count());
    report.line("cluster_connections", 0);
    report.line("maxclients", facts.settings.maxclients);
    report.line("client_recent_max_input_buffer", input);
    report.line("client_recent_max_output_buffer", output);
    report.line("blocked_clients", blocked);
    report.line("tracking_clients", 0);
    report.line("clients_in_timeout_table", with_timeout);
    report.line("total_blocking_keys", facts.driver().cache.waited_for);
    report.line("total_blocking_keys_on_nokey", 0);
}
