//! What happened in a run: its last lines to read, and a number that stands for all of it.

use std::collections::{BTreeMap, VecDeque};

const LINES_MAX: usize = 5_000;

/// The run so far.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    hash: u64,
    count: u64,
    lines: VecDeque<String>,
    marks: BTreeMap<&'static str, u64>,
}

impl Trace {
    /// Adds a line.
    pub(crate) fn line(&mut self, line: &str) {
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.count += 1;
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:5} {line}", self.count));
    }

    /// Notes that a branch which is easily missed has been taken.
    pub(crate) fn mark(&mut self, name: &'static str) {
        *self.marks.entry(name).or_default() += 1;
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn marks(&self) -> &BTreeMap<&'static str, u64> {
        &self.marks
    }

    /// The last lines, newest last.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}
