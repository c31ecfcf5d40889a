//! Members of sets, and how much of the sets a call needs in memory for them.

use std::ops::ControlFlow;

use hadal_keyspace::Opened;
use hadal_value::tree::Absent;

/// About what a page takes: a member that is looked for needs one.
const PAGE_BYTES: u64 = 2_048;

/// All members, in the order in which they are kept: by hashes, the same in every set.
pub(super) fn members<'s>(set: &'s Opened<'_>) -> Result<Vec<&'s [u8]>, Absent> {
    let map = set.map();
    let mut members = Vec::with_capacity(map.len() as usize);
    map.walk(&mut |entry| {
        members.push(entry.key);
        ControlFlow::Continue(())
    })?;
    Ok(members)
}

/// How many bytes of a set must be in memory at once to look at so many of its members.
pub(super) fn bytes_of(set: &Opened<'_>, members: u64) -> u64 {
    set.map().bytes().min(members.saturating_mul(PAGE_BYTES))
}
