//! The services of the server, each behind its own type. Nothing but a place where they meet:
//! whoever needs one is given that one.

mod shutdown;
mod traffic;

use std::sync::Arc;

use hadal_storage::env::Clock;

pub(crate) use shutdown::Request;
pub use shutdown::{Ending, NotEnded, Shutdown};
pub use traffic::{Sums, Traffic};

use crate::config::Config;
use crate::driver::Driver;
use crate::session::Clients;
use crate::table::Table;

/// What admin commands may use.
#[derive(Debug)]
pub struct Server {
    /// The dataset.
    pub driver: Arc<Driver>,
    /// Options, and who must act on their changes.
    pub config: Arc<Config>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Every command there is.
    pub table: Table,
    /// Everyone who is connected.
    pub clients: Clients,
    /// Bytes and calls of the network.
    pub traffic: Traffic,
    /// Ends the server.
    pub shutdown: Shutdown,
    /// 40 hexadecimal digits, different at every start.
    pub run_id: String,
    /// When the server was started, on the monotonic clock.
    pub started_micros: u64,
    // From `admin`, once it is a module (default-constructible, `CommandStats::new(table.len())`):
    // pub stats: crate::admin::stats::CommandStats,   // + ran_many(command, calls, nanos, latency)
    // pub errors: crate::admin::stats::ErrorStats,
    // pub slowlog: Mutex<crate::admin::slowlog::Log>, // .add(&Slow, entries_max)
    // pub latency: Mutex<crate::admin::latency::Monitor>, // .add("command" | "fast-command", millis, unix_seconds)
}
