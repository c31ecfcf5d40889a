//! What a client may cost, and what others see of it.

use std::sync::atomic::Ordering;

use super::{AsyncRead, AsyncWrite, Connection, Gone};
use crate::config::Settings;
use crate::session::Disconnect;

/// Unread replies that any client may have before it is asked to read.
const UNREAD_BYTES_MIN: usize = 64 << 10;
/// Bytes of buffers that a session keeps for its next replies, if memory is not short.
const KEPT_BYTES_MAX: usize = 64 << 10;
/// The same, if it is.
const KEPT_BYTES_SHORT: usize = 1 << 10;
/// The part of memory that clients may take together before each keeps less.
const KEPT_SHARE: u64 = 32;
/// The part of memory that clients may take together before slow readers are held up.
const CLIENTS_SHARE: u64 = 8;
/// The part of a command that any client may have sent while memory is short.
const PART_BYTES_MIN: usize = 64 << 10;
/// The part of memory that clients may take together, unless `maxmemory-clients` says otherwise.
const CLIENTS_SHARE_MAX: u64 = 4;

/// Bytes that clients may take together before some are disconnected.
pub(in crate::net) fn clients_bytes_max(settings: &Settings) -> u64 {
    settings.maxmemory_clients_bytes.unwrap_or(settings.maxmemory_bytes / CLIENTS_SHARE_MAX)
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    /// Whether more replies may be made while the client has not read what there is. A client
    /// that sends a long pipeline before it reads anything gets by as long as memory allows.
    pub(super) fn may_keep_replies(&mut self) -> bool {
        if self.output.unsent_bytes() < UNREAD_BYTES_MIN {
            return true;
        }
        let share = self.settings.get().maxmemory_bytes / CLIENTS_SHARE;
        (self.server.clients.memory_bytes() as u64) < share
    }

    /// Ends the connection of a client that reads too slowly, by the limits of its class.
    pub(super) fn check_output(&mut self) -> Result<(), Gone> {
        let limit = self.settings.get().client_output_buffer_limits.normal;
        let unsent = self.output.unsent_bytes() as u64;
        let client = self.session.client();
        let since = client.over_soft_limit_since.load(Ordering::Relaxed);
        if limit.soft_bytes == 0 || unsent <= limit.soft_bytes {
            if since != 0 {
                client.over_soft_limit_since.store(0, Ordering::Relaxed);
            }
        } else if since == 0 {
            // Never 0 itself, which stands for "not over the limit".
            client.over_soft_limit_since.store(self.now.monotonic.max(1), Ordering::Relaxed);
        }
        if limit.hard_bytes == 0 || unsent <= limit.hard_bytes {
            return Ok(());
        }
        tracing::warn!(
            client = client.id,
            address = client.address,
            unread_bytes = unsent,
            "client reads too slowly and was disconnected"
        );
        self.server.clients.disconnected(Disconnect::OutputLimit);
        Err(Gone)
    }

    /// Ends the connection of a client with more than its share of memory, if clients have too
    /// much together: it would send more.
    pub(super) fn check_share(&mut self) -> Result<(), Gone> {
        let part = self.input.pending_bytes();
        let no_evict = &self.session.client().no_evict;
        if part < PART_BYTES_MIN || no_evict.load(Ordering::Relaxed) {
            return Ok(());
        }
        let clients = &self.server.clients;
        let bytes_max = clients_bytes_max(self.settings.get());
        let fair = bytes_max / clients.count().max(1) as u64;
        if (clients.memory_bytes() as u64) <= bytes_max || (part as u64) < fair {
            return Ok(());
        }
        let client = self.session.client();
        tracing::warn!(
            client = client.id,
            address = client.address,
            bytes = part,
            "clients take too much memory together and one of the largest was disconnected"
        );
        clients.disconnected(Disconnect::QueryLimit);
        Err(Gone)
    }

    /// Gives back what a usual batch does not need.
    fn shrink(&mut self) {
        let share = self.settings.get().maxmemory_bytes / KEPT_SHARE;
        if (self.server.clients.memory_bytes() as u64) < share {
            return self.output.shrink_to(KEPT_BYTES_MAX);
        }
        self.output.shrink_to(KEPT_BYTES_SHORT);
        self.input.read_less();
    }

    /// Shows others what the connection holds now.
    pub(super) fn report(&mut self) {
        if self.output.bytes() > KEPT_BYTES_SHORT || self.input.bytes() > KEPT_BYTES_SHORT * 4 {
            self.shrink();
        }
        let client = self.session.client();
        let unsent = self.output.unsent_bytes();
        if unsent != client.output_bytes.load(Ordering::Relaxed) {
            client.output_bytes.store(unsent, Ordering::Relaxed);
        }
        if unsent == 0 && client.over_soft_limit_since.load(Ordering::Relaxed) != 0 {
            client.over_soft_limit_since.store(0, Ordering::Relaxed);
        }
        client.query_bytes.store(self.input.pending_bytes(), Ordering::Relaxed);
        let queued = client.multi_bytes.load(Ordering::Relaxed);
        let buffers = self.input.bytes() + self.window.bytes() + self.spare.capacity();
        let bytes = buffers + self.output.bytes() + queued;
        if bytes != self.reported_bytes {
            client.query_free_bytes.store(self.input.free_bytes(), Ordering::Relaxed);
            client.output_capacity_bytes.store(self.output.bytes(), Ordering::Relaxed);
            self.server.clients.resized(self.reported_bytes, bytes);
            self.reported_bytes = bytes;
        }
    }
}
