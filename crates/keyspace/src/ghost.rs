//! The ghost queue of S3-FIFO: which keys left the small queue not long ago.
//!
//! A table of 4-byte fingerprints in buckets of four. Each carries the age it was put in, and one
//! put in more than [`AGES`] ages ago counts as gone: as many pass between as the queue is long.

const WAYS: usize = 4;
/// Ages in a queue's length.
const AGES: u16 = 16;

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    print: u16,
    age: u16,
}

/// Remembers about as many keys as [`resize`](Ghost::resize) last said.
#[derive(Debug)]
pub(crate) struct Ghost {
    marks: Vec<[Mark; WAYS]>,
    capacity: usize,
    inserted: usize,
    age: u16,
}

impl Ghost {
    pub(crate) fn new() -> Self {
        Self { marks: vec![[Mark::default(); WAYS]; 16], capacity: 64, inserted: 0, age: AGES + 1 }
    }

    /// Makes the queue about `count` keys long. Forgets everything when its table must grow.
    pub(crate) fn resize(&mut self, count: usize) {
        self.capacity = count.max(64);
        let buckets = (self.capacity / 3).next_power_of_two();
        if buckets > self.marks.len() || buckets * 4 < self.marks.len() {
            *self = Self { marks: vec![[Mark::default(); WAYS]; buckets], ..*self };
        }
    }

    pub(crate) fn insert(&mut self, hash: u32) {
        self.inserted += 1;
        if self.inserted > self.capacity / usize::from(AGES) {
            (self.inserted, self.age) = (0, self.age.wrapping_add(1));
        }
        let (age, print) = (self.age, print(hash));
        let bucket = self.bucket(hash);
        let oldest = (0..WAYS).max_by_key(|way| age.wrapping_sub(bucket[*way].age)).unwrap_or(0);
        bucket[oldest] = Mark { print, age };
    }

    /// Whether the key left not long ago; forgets it.
    pub(crate) fn take(&mut self, hash: u32) -> bool {
        let (age, print) = (self.age, print(hash));
        let known = |mark: &&mut Mark| mark.print == print && age.wrapping_sub(mark.age) <= AGES;
        let Some(mark) = self.bucket(hash).iter_mut().find(known) else { return false };
        mark.age = age.wrapping_sub(AGES + 1);
        true
    }

    pub(crate) fn bytes(&self) -> usize {
        self.marks.len() * size_of::<[Mark; WAYS]>()
    }

    fn bucket(&mut self, hash: u32) -> &mut [Mark; WAYS] {
        let last = self.marks.len() - 1;
        &mut self.marks[hash as usize & last]
    }
}

/// The bits of the hash that choose no bucket of a table of usual size.
fn print(hash: u32) -> u16 {
    (hash >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(number: u32) -> u32 {
        (u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }

    #[test]
    fn a_ghost_remembers_about_its_length_and_forgets_the_rest() {
        let mut ghost = Ghost::new();
        ghost.resize(10_000);
        (0..30_000).for_each(|number| ghost.insert(spread(number)));
        let recent = (21_000..30_000).filter(|number| ghost.take(spread(*number))).count();
        assert!(recent > 8_000, "{recent}");
        let old = (0..15_000).filter(|number| ghost.take(spread(*number))).count();
        assert!(old < 300, "{old}");
        assert!(!ghost.take(spread(29_999)), "taken once already");
    }
}
