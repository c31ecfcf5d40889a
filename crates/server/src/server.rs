//! The services of the server, each behind its own type. Nothing but a place where they meet:
//! whoever needs one is given that one.

mod launch;
mod shutdown;
mod signals;
mod traffic;

use std::sync::Arc;

use hadal_storage::env::Clock;
use parking_lot::Mutex;

pub use launch::Running;
pub(crate) use shutdown::Request;
pub use shutdown::{Ending, NotEnded, Shutdown};
pub use traffic::{Sums, Traffic};

use crate::admin::stats::{CommandStats, ErrorStats};
use crate::admin::{gauges, latency, slowlog};
use crate::config::Config;
use crate::driver::Driver;
use crate::session::Clients;
use crate::table::Table;

/// The release of Redis whose behavior clients find here.
pub const REDIS_VERSION: &str = "7.2.4";

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
    /// Calls, times and errors per command.
    pub stats: CommandStats,
    /// Error replies by their code.
    pub errors: ErrorStats,
    /// Commands that took long.
    pub slowlog: Mutex<slowlog::Log>,
    /// Events that took long.
    pub latency: Mutex<latency::Monitor>,
    /// Rates, peaks, and how saving goes. [`gauges::watch`] fills it.
    pub gauges: gauges::Gauges,
}
