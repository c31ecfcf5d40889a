//! What no connection notices about itself while it waits: that it has been silent for too long,
//! or that its client does not read.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hadal_keyspace::Millis;

use super::connection::clients_bytes_max;
use crate::config::Settings;
use crate::server::Server;
use crate::session::{Client, Disconnect};

const INTERVAL: Duration = Duration::from_millis(500);

/// Ends connections that nobody needs, for as long as the server runs.
pub(crate) async fn sweep(server: Arc<Server>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let settings = server.config.settings();
        end_largest(&server, &settings);
        if settings.timeout.is_none() && settings.client_output_buffer_limits.normal.soft_bytes == 0
        {
            continue;
        }
        let now = server.clock.monotonic_micros() / 1_000;
        for client in server.clients.all() {
            if let Some(why) = verdict(&client, &settings, now) {
                tracing::info!(
                    client = client.id,
                    address = client.address,
                    ?why,
                    "client was disconnected"
                );
                server.clients.disconnected(why);
                client.kill();
            }
        }
    }
}

/// Ends the connections of the largest clients until all of them together fit.
fn end_largest(server: &Server, settings: &Settings) {
    let over = |bytes: usize| (bytes as u64).saturating_sub(clients_bytes_max(settings));
    let mut over = over(server.clients.memory_bytes());
    if over == 0 {
        return;
    }
    let mut clients = server.clients.all();
    clients.retain(|client| !client.no_evict.load(Ordering::Relaxed));
    clients.sort_by_cached_key(|client| std::cmp::Reverse(client.buffer_bytes()));
    for client in clients {
        if over == 0 {
            return;
        }
        let bytes = client.buffer_bytes();
        tracing::warn!(
            client = client.id,
            address = client.address,
            bytes,
            "clients take too much memory together and one of the largest was disconnected"
        );
        server.clients.disconnected(Disconnect::QueryLimit);
        client.kill();
        over = over.saturating_sub(bytes as u64);
    }
}

fn verdict(client: &Client, settings: &Settings, now: Millis) -> Option<Disconnect> {
    let millis = |time: Duration| time.as_millis() as Millis;
    let waiting = client.waiting.load(Ordering::Relaxed);
    if let Some(timeout) = settings.timeout
        && !waiting
        && client.idle_millis(now) > millis(timeout)
    {
        return Some(Disconnect::Idle);
    }
    let limit = settings.client_output_buffer_limits.normal;
    let since = client.over_soft_limit_since.load(Ordering::Relaxed);
    let too_long = now.saturating_sub(since) >= limit.soft_seconds.saturating_mul(1_000);
    (limit.soft_bytes != 0 && since != 0 && too_long).then_some(Disconnect::OutputLimit)
}
