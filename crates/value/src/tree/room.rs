//! How a vector of bytes grows and shrinks: in small exact steps, so that a million pages do not
//! keep much more memory than they use. Doubling would keep a third of it idle.

use std::ops::Range;

/// Of its length, what a vector may keep unused: one part in this many.
const SLACK: usize = 16;

/// Makes room for `added` more bytes at the end.
fn reserve(bytes: &mut Vec<u8>, added: usize) {
    let needed = bytes.len() + added;
    if needed > bytes.capacity() {
        bytes.reserve_exact(added + needed / SLACK);
    }
}

/// Gives back what is unused beyond the slack.
fn release(bytes: &mut Vec<u8>) {
    if bytes.capacity() - bytes.len() > bytes.len() / (SLACK / 2) {
        bytes.shrink_to(bytes.len() + bytes.len() / SLACK);
    }
}

/// Puts `len` bytes in the place of `range`; their content is whatever was there. What follows
/// moves.
pub(super) fn resize(bytes: &mut Vec<u8>, range: Range<usize>, len: usize) {
    let (old_end, new_end) = (range.end, range.start + len);
    let tail = bytes.len() - old_end;
    if new_end >= old_end {
        let added = new_end - old_end;
        reserve(bytes, added);
        bytes.resize(bytes.len() + added, 0);
        bytes.copy_within(old_end..old_end + tail, new_end);
    } else {
        bytes.copy_within(old_end.., new_end);
        bytes.truncate(new_end + tail);
        release(bytes);
    }
}

/// Puts `new` in the place of `range`.
pub(super) fn splice(bytes: &mut Vec<u8>, range: Range<usize>, new: &[u8]) {
    let start = range.start;
    resize(bytes, range, new.len());
    bytes[start..start + new.len()].copy_from_slice(new);
}
