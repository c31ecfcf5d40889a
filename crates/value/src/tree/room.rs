//! How a vector of bytes grows and shrinks: to the sizes that an allocator gives, so that a million
//! pages do not keep much more memory than they use. Doubling would keep a third of it idle, and a
//! little more than a size is charged as the next one.

use std::ops::Range;

use crate::size_class;

/// Of its length, what a vector may grow by again before what it gave back is missed: one part in
/// this many.
const SLACK: usize = 16;

/// Makes room for `added` more bytes at the end.
fn reserve(bytes: &mut Vec<u8>, added: usize) {
    let needed = bytes.len() + added;
    if needed > bytes.capacity() {
        bytes.reserve_exact(size_class(needed) - bytes.len());
    }
}

/// Gives back what is unused.
fn release(bytes: &mut Vec<u8>) {
    let kept = size_class(bytes.len() + bytes.len() / SLACK);
    if bytes.capacity() > kept {
        bytes.shrink_to(kept);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_a_size_that_allocators_give() {
        let mut bytes = Vec::new();
        for _ in 0..2_000 {
            splice(&mut bytes, 0..0, b"x");
            assert!(
                bytes.capacity() <= size_class(bytes.len()),
                "{} of {}",
                bytes.len(),
                bytes.capacity()
            );
        }
        while bytes.len() > 100 {
            resize(&mut bytes, 0..1, 0);
            assert!(
                bytes.capacity() <= size_class(bytes.len() * 17 / 16),
                "{} of {}",
                bytes.len(),
                bytes.capacity()
            );
        }
    }
}
