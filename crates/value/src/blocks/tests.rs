use std::ops::{ControlFlow, Range};

use proptest::prelude::*;

use super::root::Root;
use super::*;
use crate::tree::testing::Memory;
use crate::tree::{Absent, PageId, Pages};

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

/// A string whose blocks leave memory all the time.
struct Trial {
    payload: Vec<u8>,
    memory: Memory,
    random: u64,
    absences: usize,
}

impl Trial {
    fn new(seed: u64, block_bytes: u32) -> Self {
        let (mut payload, mut memory) = (Vec::new(), Memory::default());
        BlocksMut::begin(&mut payload, &mut memory, block_bytes);
        Self { payload, memory, random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, absences: 0 }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }

    fn forget(&mut self) {
        let mut random = self.below(u64::MAX >> 12);
        self.memory.evict(|| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33).is_multiple_of(3)
        });
    }

    /// Does something until nothing is absent for it; as long as something is, nothing changes.
    fn insist<R>(
        &mut self,
        mut f: impl FnMut(&mut Vec<u8>, &mut Memory) -> Result<R, Absent>,
    ) -> R {
        loop {
            let before = (self.payload.clone(), self.memory.snapshot());
            if let Ok(result) = f(&mut self.payload, &mut self.memory) {
                return result;
            }
            assert!(before == (self.payload.clone(), self.memory.snapshot()), "a change");
            assert!(self.memory.load() > 0, "something is absent, and nothing is wanted");
            self.absences += 1;
        }
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.insist(|payload, memory| BlocksMut::new(payload, memory).write(offset, bytes));
    }

    fn read(&mut self, range: Range<u64>) -> Vec<u8> {
        self.insist(|payload, memory| {
            let mut all = Vec::new();
            BlocksRef::new(payload, memory).read(range.clone(), &mut |part| {
                take(&mut all, part);
                GO_ON
            })?;
            Ok(all)
        })
    }

    fn len(&self) -> u64 {
        len(&self.payload)
    }

    /// Every page is named, and none that is not there.
    fn check(&self) {
        assert_eq!(check_payload(&self.payload), Ok(()));
        assert_eq!(self.memory.ids(generation(&self.payload)), pages(&self.payload));
        assert!(pages(&self.payload).into_iter().all(is_block));
    }
}

fn take(all: &mut Vec<u8>, part: Part<'_>) {
    match part {
        Part::Bytes(bytes) => all.extend_from_slice(bytes),
        Part::Zeros(count) => all.resize(all.len() + count as usize, 0),
    }
}

fn write_model(model: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    model.resize(model.len().max(end), 0);
    model[offset..end].copy_from_slice(bytes);
}

#[test]
fn a_long_string_agrees_with_a_vector_whatever_leaves_memory() {
    let mut absences = 0;
    for seed in 0..60 {
        let mut trial = Trial::new(seed, 1 + seed as u32 % 13);
        let mut model = Vec::new();
        for _ in 0..300 {
            trial.forget();
            let offset = match trial.below(4) {
                0 => model.len() as u64,
                1 => trial.below(400),
                _ => trial.below(model.len() as u64 + 1),
            };
            let fill = [0, trial.below(256) as u8][trial.below(2) as usize];
            let bytes = vec![fill; trial.below(40) as usize];
            trial.write(offset, &bytes);
            write_model(&mut model, offset as usize, &bytes);
            assert_eq!(trial.len(), model.len() as u64);
            trial.check();
            let (a, b) = (trial.below(450), trial.below(450));
            let range = a.min(b) as usize..(a.max(b) as usize).min(model.len());
            let expected = model.get(range).unwrap_or_default();
            assert_eq!(trial.read(a.min(b)..a.max(b)), expected);
        }
        assert_eq!(trial.read(0..u64::MAX), model);
        absences += trial.absences;
    }
    assert!(absences > 1000, "{absences} absences");
}

#[test]
fn a_hole_takes_no_pages_and_reads_as_zeros() {
    let mut trial = Trial::new(1, 8 << 10);
    trial.write(512 << 20, b"x");
    assert_eq!(pages(&trial.payload).len(), 1);
    assert!(trial.payload.len() < 9 << 10, "the root has {} bytes", trial.payload.len());
    assert_eq!(trial.read(100..105), [0; 5]);
    assert_eq!(trial.read((512 << 20) - 2..u64::MAX), b"\0\0x");
    trial.write(1 << 20, &[0; 10_000]);
    assert_eq!(pages(&trial.payload).len(), 1, "zeros in a hole leave it one");
    let text = BlocksRef::new(&trial.payload, &trial.memory);
    assert_eq!(text.block_bytes(0..u64::MAX), 8 << 10);
    assert_eq!(text.block_bytes(0..512 << 20), 0);
}

#[test]
fn a_part_is_read_without_the_rest() {
    let mut trial = Trial::new(1, 10);
    trial.write(0, &[b'x'; 1000]);
    trial.memory.evict(|| true);
    let text = BlocksRef::new(&trial.payload, &trial.memory);
    assert_eq!(text.read(195..215, &mut |_| panic!("it is not in memory")), Err(Absent));
    assert_eq!(trial.memory.load(), 3);
    assert_eq!(trial.read(195..215), [b'x'; 20]);
    trial.memory.evict(|| true);
    let write = BlocksMut::new(&mut trial.payload, &mut trial.memory).write(999, b"xyz");
    assert_eq!((write, trial.memory.load()), (Err(Absent), 1));
}

#[test]
fn a_search_asks_for_what_it_comes_to_and_not_for_much_more() {
    let mut trial = Trial::new(1, 100 << 10);
    trial.write(0, &vec![b'x'; 5 << 20]);
    trial.memory.evict(|| true);
    let text = BlocksRef::new(&trial.payload, &trial.memory);
    assert_eq!(text.search(0..u64::MAX, &mut |_| GO_ON), Err(Absent));
    assert_eq!(trial.memory.load(), 11, "blocks that lie in 1 MiB");
    let mut windows = 1;
    while BlocksRef::new(&trial.payload, &trial.memory).search(0..u64::MAX, &mut |_| GO_ON).is_err()
    {
        windows += 1;
        trial.memory.load();
    }
    assert_eq!(windows, 4, "1, 1, 2 and 1 MiB");
    let (mut found, text) = (0, BlocksRef::new(&trial.payload, &trial.memory));
    let searched = text.search(0..u64::MAX, &mut |_| {
        found += 1;
        ControlFlow::Break(())
    });
    assert_eq!((searched, found), (Ok(()), 1));
}

#[test]
fn a_block_grows_with_what_is_appended_and_not_beyond_its_size() {
    let mut trial = Trial::new(1, 8 << 10);
    for at in 0..20_000 {
        trial.write(at, b"x");
    }
    let (used, kept) = trial.memory.room();
    assert_eq!((used, trial.memory.all().count()), (20_000, 3));
    assert!(kept <= 3 * (8 << 10), "{kept} bytes are kept for {used}");
}

proptest! {
    #[test]
    fn any_root_that_passes_and_any_blocks_can_be_worked_with(
        mut bytes in prop::collection::vec(any::<u8>(), 20..40),
        shift in 0_u32..8,
        pages_bytes in prop::collection::vec(any::<u8>(), 0..20),
        at in 0_u64..600,
    ) {
        // Lengths and sizes of blocks that have a chance to fit together.
        bytes[..4].copy_from_slice(&(1_u32 << shift).to_le_bytes());
        bytes[14..20].fill(0);
        prop_assume!(check_payload(&bytes).is_ok());
        let mut memory = Memory::default();
        memory.tolerates_disorder = true;
        let root = Root::read(&bytes);
        let some = [root.id(0), root.id(at / root.block_bytes)];
        for page in some {
            if !memory.is_present(page) {
                crate::tree::PagesMut::create(&mut memory, page, pages_bytes.clone());
            }
        }
        _ = BlocksRef::new(&bytes, &memory).read(0..u64::MAX, &mut |_| GO_ON);
        _ = BlocksRef::new(&bytes, &memory).search(at..at + 9, &mut |_| GO_ON);
        _ = BlocksMut::new(&mut bytes, &mut memory).write(at, b"something");
        prop_assert_eq!(check_payload(&bytes), Ok(()));
    }
}

#[test]
fn roots_that_say_what_cannot_be_are_refused() {
    let mut trial = Trial::new(1, 8);
    trial.write(0, &[1; 20]);
    for cut in 0..20 {
        assert!(check_payload(&trial.payload[..cut]).is_err(), "cut to {cut} bytes");
    }
    let wrong = |at: usize, byte: u8| {
        let mut payload = trial.payload.clone();
        payload[at] = byte;
        check_payload(&payload).is_err()
    };
    assert!(wrong(0, 0), "blocks of no bytes");
    assert!(wrong(4, 0), "no generation");
    assert!(wrong(19, 1), "too long");
    assert!(wrong(20, 0x0f), "a block behind the end");
    assert!(!wrong(20, 0x03), "a hole at the end");
    assert!(!is_block(PageId { generation: 1, number: 1 << 62 }));
}
