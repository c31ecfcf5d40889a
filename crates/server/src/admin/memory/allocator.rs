//! What the allocator and the system say about memory.

use tikv_jemalloc_ctl::{epoch, stats};

/// Bytes as jemalloc counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a number of bytes says so")]
pub(in crate::admin) struct Allocator {
    /// Asked for and not given back.
    pub(in crate::admin) allocated_bytes: u64,
    /// In pages with something allocated in them.
    pub(in crate::admin) active_bytes: u64,
    /// In pages that the system holds for it.
    pub(in crate::admin) resident_bytes: u64,
}

impl Allocator {
    /// Zeros, if another allocator is in use.
    pub(in crate::admin) fn now() -> Self {
        // Numbers of a moment ago are better than none.
        _ = epoch::advance();
        Self {
            allocated_bytes: stats::allocated::read().unwrap_or(0) as u64,
            active_bytes: stats::active::read().unwrap_or(0) as u64,
            resident_bytes: stats::resident::read().unwrap_or(0) as u64,
        }
    }
}

/// Resident memory of the whole process.
pub(in crate::admin) fn resident_bytes() -> u64 {
    statm_field(1).unwrap_or(0)
}

fn statm_field(field: usize) -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(field)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_resident() {
        assert!(resident_bytes() > 0);
    }
}
