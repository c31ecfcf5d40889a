//! The simulator: one seed decides the workload, the settings, the order in which I/O ends, what
//! fails and when the power goes. Same seed, same run.
//!
//! Simulated clients send commands through the real handlers to a real
//! [`Dataset`](hadal_dataset::Dataset), whose store and files are in memory and fail, fill up and
//! forget what was not synced. Whenever the dataset waits for its store, others get their turn.
//! Half of all EXECs have a savepoint, and are undone and run again for any reason or none.
//!
//! Judges:
//! - A model that knows nothing of caches and disks says what each reply must be.
//! - After a crash, the state is the model's after some journal record, and none that was durable
//!   is missing. A client is never told of a record that is not durable, if it asked for that.
//! - A page of a walk holds exactly the keys between its cursor and the next; counts are exact.
//! - Without faults, everything comes to rest: the store holds the model and nothing else, each page
//!   of a collection once and none of those that are gone; memory can be emptied, the journal is
//!   one segment.

mod act;
mod call;
mod client;
mod clock;
mod contents;
mod dice;
mod history;
mod job;
mod judge;
mod model;
mod op;
mod paged;
mod play;
mod settings;
mod sim;
mod store;
mod trace;
mod witness;

pub use sim::{Failure, Report, run};
