//! The one door through which time, randomness and files enter.
//!
//! Everything below `server` takes these traits, never the operating system, so that the
//! simulator can replace all three: one seed then decides what the clock says, what is random and
//! what the disk does. The doubles for files are in [`memfiles`](crate::memfiles).

mod double;
mod os;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use double::{ManualClock, SeededRandom};
pub use os::{OsFiles, OsRandom, SystemClock};

/// Tells the time.
pub trait Clock: Send + Sync + Debug {
    /// Microseconds since 1970-01-01 UTC. May jump in either direction when an operator or NTP
    /// sets the clock.
    fn unix_micros(&self) -> u64;

    /// Milliseconds since 1970-01-01 UTC, from the same reading as [`unix_micros`](Self::unix_micros).
    fn unix_millis(&self) -> u64 {
        self.unix_micros() / 1000
    }

    /// Microseconds since some fixed moment of this process. Never goes backward.
    fn monotonic_micros(&self) -> u64;
}

/// Gives numbers that nobody outside can predict (in production) or that a seed decides (in the
/// simulator).
pub trait Random: Send + Sync + Debug {
    /// Uniform over all of `u64`.
    fn next_u64(&self) -> u64;
}

/// Directories and the files in them.
///
/// A name that was created, renamed or removed survives power loss only after
/// [`sync_dir`](Self::sync_dir) on its directory; bytes only after [`File::sync_data`]. The two
/// are independent.
///
/// # Errors
/// A full medium is [`io::ErrorKind::StorageFull`] or [`io::ErrorKind::QuotaExceeded`]
/// ([`is_full`] knows both). After any failed sync, nobody can tell what is on the medium, and a
/// second sync that succeeds proves nothing.
pub trait Files: Send + Sync + Debug {
    /// Creates the file at `path`, replacing one that is there, with `len` bytes of space that
    /// read as zeros and can later be overwritten without needing space. On failure no file is
    /// left behind.
    fn create(&self, path: &Path, len: u64) -> io::Result<Box<dyn File>>;

    /// Opens the existing file at `path` for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn File>>;

    /// Names of the files in `dir`, sorted. Names that are not UTF-8 are left out.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Removes the name `path`.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Moves `from` to `to` in one step, replacing what is there. Both are in one directory.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Creates `dir` and its missing parents, and makes them survive power loss.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// Makes the names in `dir` survive power loss.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes the exclusive lock that the file at `path` stands for, creating the file if needed.
    /// It is given back when the returned value is dropped or the process ends.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another process, or this one, holds it. The text then
    /// names the holder if it is known.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;
}

/// One open file.
pub trait File: Send + Sync + Debug {
    /// Length in bytes, preallocated space included.
    fn len(&self) -> io::Result<u64>;

    /// Whether the length is zero.
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// Fills `buffer` from `offset` on and returns how many bytes there were: fewer than asked
    /// only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`, extending the file if they reach past its end. After an
    /// error any part of them may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts or extends (with zeros, without reserving space) the file to `len` bytes.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes the bytes written so far, and the length, survive power loss.
    fn sync_data(&self) -> io::Result<()>;
}

/// Holds an exclusive lock until it is dropped.
pub trait Lock: Send + Sync + Debug {}

/// The three together, as parts that need more than one of them take them.
#[derive(Clone, Debug)]
pub struct Env {
    /// Where bytes are kept.
    pub files: Arc<dyn Files>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What nobody can guess.
    pub random: Arc<dyn Random>,
}

impl Env {
    /// The operating system's files, clock and random numbers.
    #[must_use]
    pub fn os() -> Env {
        Env {
            files: Arc::new(OsFiles),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(OsRandom),
        }
    }
}

/// Whether `error` says that the medium, or the user's share of it, is full.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
