//! What went over the network.

use std::sync::atomic::{AtomicU64, Ordering};

/// Sessions count in the part of their ID: neighbours do not share a cache line.
const PARTS: u64 = 8;

/// Bytes and calls since the start.
#[derive(Debug, Default)]
pub struct Traffic {
    parts: [Part; PARTS as usize],
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Part {
    reads: AtomicU64,
    read_bytes: AtomicU64,
    writes: AtomicU64,
    written_bytes: AtomicU64,
}

/// The sums of a [`Traffic`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub reads: u64,
    pub read_bytes: u64,
    pub writes: u64,
    pub written_bytes: u64,
}

impl Traffic {
    pub(crate) fn read(&self, session: u64, bytes: usize) {
        let part = self.part(session);
        part.reads.fetch_add(1, Ordering::Relaxed);
        part.read_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn written(&self, session: u64, bytes: usize) {
        let part = self.part(session);
        part.writes.fetch_add(1, Ordering::Relaxed);
        part.written_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Everything so far.
    pub fn sums(&self) -> Sums {
        let sum = |field: fn(&Part) -> &AtomicU64| {
            self.parts.iter().map(|part| field(part).load(Ordering::Relaxed)).sum()
        };
        Sums {
            reads: sum(|part| &part.reads),
            read_bytes: sum(|part| &part.read_bytes),
            writes: sum(|part| &part.writes),
            written_bytes: sum(|part| &part.written_bytes),
        }
    }

    /// Starts again from zero: `CONFIG RESETSTAT`.
    pub fn reset(&self) {
        for part in &self.parts {
            let counts = [&part.reads, &part.read_bytes, &part.writes, &part.written_bytes];
            for count in counts {
                count.store(0, Ordering::Relaxed);
            }
        }
    }

    fn part(&self, session: u64) -> &Part {
        &self.parts[(session % PARTS) as usize]
    }
}
