//! The object cache: shards, entry states, I/O schedule, eviction, expiry, effects.
//!
//! It decides and never acts: it does no I/O, knows no store and no sockets, reads no clock. The
//! caller passes the time in, performs the loads and saves that it is told of, and reports how
//! they ended.
#![warn(missing_docs)]

mod body;
mod edit;
mod effect;
mod fifo;
mod ghost;
mod keyspace;
mod line;
mod owed;
mod place;
mod presence;
mod replay;
mod save;
mod shard;
mod slab;
mod spaces;
mod table;
mod txn;
mod varint;
mod wait;
mod watch;

pub use edit::Edit;
pub use effect::{Change, Effect, Effects, Malformed};
pub use keyspace::{Keyspace, Moment, Options, Swept, SweptHash, Totals, Wanted};
pub use line::{ReadyKey, Waiter};
pub use owed::Stored;
pub use place::{Place, SHARDS, SLOTS, ShardId, slot};
pub use presence::Presence;
pub use save::{Save, SaveBatch, SavePage};
pub use shard::{Before, Census, Loaded, Pin, Resident, Ticket, Want};
pub use spaces::{FIRST_FRESH, Spaces};
pub use txn::{
    Committed, Denied, Editing, Expiry, Image, Miss, Missing, Opened, Peek, Retry, Text, Txn, Whole,
};
pub use wait::{LoadFailed, Wait};
pub use watch::Flag;

/// Milliseconds since some start; never goes back.
pub type Millis = u64;
/// Milliseconds since 1970.
pub type UnixMillis = u64;
