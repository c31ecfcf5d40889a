//! Which entries a shard has, by hash.
//!
//! ```text
//! line    64 bytes, what a processor fetches at once
//!   12 slots    u32
//!   12 tags     u8: eight bits of the hash of the entry in the slot; 0 if there is none
//!   passed      u32: how many entries went past this line because it was full
//! ```
//!
//! The line of an entry is where the high bits of its hash say, or the next one that has room.
//! A lookup ends at a line that nobody has gone past: it nearly always fetches one line.
//!
//! Memory per entry is why this is not a table from a library: those double, with 44 to 88 % of
//! their places in use, and ask for a little more than an allocator's size. This one grows by a
//! third to a half, to a size that the allocator gives, and takes 7.4 bytes for each entry on
//! average.

use hadal_value::size_class;

use crate::slab::{NIL, SlotId};

const PLACES: usize = 12;
/// Of so many places so many may be in use.
const FILL: (usize, usize) = (8, 7);
/// Where in the last word of a line those who have passed are counted.
const PASSED_SHIFT: u32 = 8 * PLACES as u32;
const TAGS: u128 = (1 << PASSED_SHIFT) - 1;
const FREE: u8 = 0;

#[derive(Clone, Debug)]
#[repr(align(64))]
struct Line {
    slots: [SlotId; PLACES],
    /// Tags from the lowest byte up, then those who have passed.
    word: u128,
}

/// Slots of entries by hash.
#[derive(Debug)]
pub(crate) struct Table {
    lines: Vec<Line>,
    len: usize,
}

impl Line {
    const EMPTY: Self = Self { slots: [NIL; PLACES], word: 0 };

    /// The places with this tag.
    fn with_tag(&self, tag: u8) -> impl Iterator<Item = usize> + use<> {
        const ONES: u64 = u64::MAX / 0xff;
        const LOW_BITS: u128 = u128::MAX / 0xff * 0x7f;
        let tags = u64::from(tag) * ONES;
        let other = self.word ^ (u128::from(tags) << 64 | u128::from(tags));
        // The highest bit of each byte that is 0: nothing is carried into the next one.
        let mut same = !(((other & LOW_BITS) + LOW_BITS) | other | LOW_BITS) & TAGS;
        std::iter::from_fn(move || {
            let place = same.trailing_zeros() as usize / 8;
            same &= same.wrapping_sub(1);
            (place < PLACES).then_some(place)
        })
    }

    fn put(&mut self, place: usize, tag: u8, id: SlotId) {
        let shift = 8 * place;
        self.word = self.word & !(0xff << shift) | u128::from(tag) << shift;
        self.slots[place] = id;
    }

    fn passed(&self) -> u32 {
        (self.word >> PASSED_SHIFT) as u32
    }

    fn set_passed(&mut self, passed: u32) {
        self.word = self.word & TAGS | u128::from(passed) << PASSED_SHIFT;
    }
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { lines: Vec::new(), len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The first entry with this hash, or with one much like it, that `is` the one sought.
    pub(crate) fn find(&self, hash: u32, is: impl Fn(SlotId) -> bool) -> Option<SlotId> {
        let mut at = self.home(hash);
        for _ in 0..self.lines.len() {
            let line = &self.lines[at];
            for place in line.with_tag(tag(hash)) {
                if is(line.slots[place]) {
                    return Some(line.slots[place]);
                }
            }
            if line.passed() == 0 {
                break;
            }
            at = self.after(at);
        }
        None
    }

    /// Puts in an entry that is not there. Where the table has to grow, `hash_of` is asked of all
    /// entries.
    pub(crate) fn insert(&mut self, hash: u32, id: SlotId, hash_of: impl Fn(SlotId) -> u32) {
        if (self.len + 1) * FILL.0 > self.lines.len() * PLACES * FILL.1 {
            self.grow(hash_of);
        }
        self.put(hash, id);
        self.len += 1;
    }

    /// Takes out an entry, which is there.
    pub(crate) fn remove(&mut self, hash: u32, id: SlotId) {
        let mut at = self.home(hash);
        let place = loop {
            let line = &mut self.lines[at];
            if let Some(place) = line.with_tag(tag(hash)).find(|place| line.slots[*place] == id) {
                break place;
            }
            let passed = line.passed().checked_sub(1).expect("an entry is in the table");
            line.set_passed(passed);
            at = self.after(at);
        };
        self.lines[at].put(place, FREE, NIL);
        self.len -= 1;
    }

    fn put(&mut self, hash: u32, id: SlotId) {
        let mut at = self.home(hash);
        // Not all lines are full.
        let place = loop {
            let line = &mut self.lines[at];
            if let Some(place) = line.with_tag(FREE).next() {
                break place;
            }
            line.set_passed(line.passed() + 1);
            at = self.after(at);
        };
        self.lines[at].put(place, tag(hash), id);
    }

    fn grow(&mut self, hash_of: impl Fn(SlotId) -> u32) {
        let lines = vec![Line::EMPTY; next_count(self.lines.len())];
        let old = std::mem::replace(&mut self.lines, lines);
        for id in old.iter().flat_map(|line| line.slots).filter(|id| *id != NIL) {
            self.put(hash_of(id), id);
        }
    }

    /// The line where the way of an entry with this hash begins.
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.lines.len() as u64) >> u32::BITS) as usize
    }

    /// The next line on every way.
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.lines.len() { 0 } else { at + 1 }
    }
}

/// From the low bits of a hash, as the high ones choose the line.
fn tag(hash: u32) -> u8 {
    (hash as u8).max(FREE + 1)
}

/// More lines by a third to a half, and as many as the allocator gives room for.
fn next_count(count: usize) -> usize {
    let bytes = (count * 4 / 3).max(count + 1) * size_of::<Line>();
    size_class(bytes) / size_of::<Line>()
}

#[cfg(test)]
mod tests;
