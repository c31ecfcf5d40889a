//! What the tests share: a journal on a disk in memory.

mod basics;
mod corrupt;
mod faults;
mod full;
mod model;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::segment_name;
use super::{Journal, JournalError, Lsn, OnCorruption, Options, Recovered};
use crate::env::{Env, ManualClock, SeededRandom};
use crate::memfiles::MemFiles;

const DIR: &str = "/journal";

fn env(files: &MemFiles, seed: u64) -> Env {
    Env {
        files: Arc::new(files.clone()),
        clock: Arc::new(ManualClock::new(0)),
        random: Arc::new(SeededRandom::new(seed)),
    }
}

fn small() -> Options {
    Options { segment_bytes: 640, reserve_bytes: 128, ..Options::default() }
}

fn try_open(files: &MemFiles, options: &Options) -> Result<(Journal, Recovered), JournalError> {
    // Every start has other random numbers, as in life.
    Journal::open(&env(files, files.calls()), Path::new(DIR), options)
}

fn open(files: &MemFiles, options: &Options) -> (Journal, Recovered) {
    try_open(files, options).unwrap()
}

fn records(recovered: &Recovered) -> Vec<(u64, Vec<u8>)> {
    recovered.records().map(|record| record.map(|(lsn, bytes)| (lsn.0, bytes)).unwrap()).collect()
}

fn lsns(recovered: &Recovered) -> Vec<u64> {
    records(recovered).into_iter().map(|(lsn, _)| lsn).collect()
}

fn segment(first: u64) -> PathBuf {
    Path::new(DIR).join(segment_name(Lsn(first)))
}

fn segments(files: &MemFiles) -> Vec<PathBuf> {
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "journal");
    files.paths().into_iter().filter(is_segment).collect()
}
