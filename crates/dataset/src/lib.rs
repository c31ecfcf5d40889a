//! Where keyspace meets storage: loads, saves, recovery, scans, expiry, snapshots.
//!
//! Everything here is synchronous and blocks where the store does: a server gives it threads, a
//! simulator steps it. Each call does one bounded piece of work and says what came of it.

mod count;
mod dataset;
mod error;
mod expire;
mod frozen;
mod layout;
mod load;
mod meta;
mod open;
mod parallel;
mod presence;
mod save;
mod scan;
mod snapshot;

pub use dataset::{Dataset, Load, Loads};
pub use error::DatasetError;
pub use expire::Expired;
pub use frozen::Frozen;
pub use open::{Opened, Options};
pub use save::{SaveCounts, Saved, Saver};
pub use scan::Page;
pub use snapshot::{JOURNAL_DIR, STORE_DIR};
