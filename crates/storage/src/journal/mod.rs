//! The redo log: records go in, are synced in groups, and come back in order after a crash.
//!
//! A record is bytes that nothing here looks into. Each gets an [`Lsn`]: 1, 2, 3… across restarts.
//! [`Journal::append`] only copies into memory, so it can be called under locks; the journal
//! thread calls [`Journal::write`], which takes everything that came meanwhile to the medium and
//! syncs it if asked. There is no timer: a lone client waits for one sync, a crowd shares one.
//!
//! ```text
//! append ──▶ pending (memory) ──write──▶ active segment ──sync──▶ durable
//!                                            │ full
//!                                            ▼
//!             oldest … segments … newest │ active │ spare (preallocated)
//!             └─ truncate(before) deletes whole ones, or turns one into the spare
//! ```
//!
//! # What it promises
//! - A record at or below [`Journal::durable`] is returned by every later [`Journal::open`] until
//!   it is truncated. What is returned is always a run of LSNs without a gap.
//! - A power cut never keeps the journal from opening: what was not synced may be lost from any
//!   byte on, in any mix of pages, and is cut. A bad byte in what was synced is never cut
//!   silently: `open` refuses and says where, unless [`OnCorruption::Truncate`] was asked for.
//!   How the two are told apart is written in `docs/internals/journal.md`, with the bytes.
//! - A full disk shows in [`Journal::accepts`] while there is still room for what was accepted,
//!   and goes away by itself. A failed sync never does: the journal has to be opened again.
//!
//! # What it refuses to do
//! It starts no thread, knows no policy (who calls `write(true)`, and when, decides how much
//! a power cut may cost) and never reads a record's meaning.

mod directory;
mod error;
mod format;
mod live;
mod log;
mod pending;
mod reader;
mod recover;
mod recovered;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{JournalError, Refusal};
pub use format::RECORD_LEN_MAX;
pub use log::{Journal, OnCorruption, Options, Progress, Stats};
pub use pending::Wake;
pub use recovered::{Cut, Records, Recovered};

/// A place in the journal. Grows by one per record, across restarts; the first is 1, so 0 stands
/// for "before everything". A number that was ever durable is never given to another record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(pub u64);

impl Lsn {
    /// The one after.
    #[must_use]
    pub fn next(self) -> Lsn {
        Lsn(self.0 + 1)
    }
}

impl std::fmt::Display for Lsn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
