//! A driver in memory, for tests.

use std::path::PathBuf;
use std::sync::Arc;

use hadal_command::Command;
use hadal_storage::env::{Clock, Env, SeededRandom};
use hadal_storage::journal;
use hadal_storage::memfiles::MemFiles;
use hadal_value::collection::Limits;

use super::{Budget, FsyncPolicy, Options};

/// A data command by its name.
pub(super) fn command(name: &str) -> &'static Command {
    let found = hadal_command::table().find(|command| command.spec.name == name);
    found.expect("it is in the table")
}

/// Files in memory, and the same random numbers in every run.
pub(super) fn env(clock: impl Clock + 'static) -> Env {
    Env {
        files: Arc::new(MemFiles::new(1)),
        clock: Arc::new(clock),
        random: Arc::new(SeededRandom::new(1)),
    }
}

/// Room for everything, saves without delay, one loading thread.
pub(super) fn options() -> Options {
    Options {
        dir: PathBuf::from("/"),
        budget: Budget { total_bytes: 1 << 30 },
        fsync: FsyncPolicy::No,
        io_threads: 1,
        dataset: hadal_dataset::Options {
            journal_dir: PathBuf::from("/journal"),
            journal: journal::Options::default(),
            databases: 2,
            save_delay_ms: 0,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
            lookup_threads: 1,
            collections: Limits::default(),
        },
    }
}
