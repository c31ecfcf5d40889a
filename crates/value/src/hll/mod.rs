//! HyperLogLog: about how many different elements have been added, in 12 KiB at most.
//!
//! The bytes are those of Redis after every operation, so that a value can move between the two
//! and counts the same in both.
//!
//! ```text
//! "HYLL" | encoding u8 (0 dense, 1 sparse) | 3 bytes, zero | cached count u64 | registers
//! ```
//!
//! The top bit of the cached count says that it is stale. There are 16,384 registers of six bits:
//! side by side in the dense encoding, as runs of equal ones in the sparse one.
//! A value begins sparse and becomes dense, once and for all, when it would grow too long or a
//! register too large.
//!
//! Numbers are little endian. Nothing here trusts the bytes: any string can be given to these
//! commands.

mod dense;
mod estimate;
mod hash;
mod registers;
mod selftest;
mod sparse;

#[cfg(test)]
mod tests;

pub use registers::Registers;
pub use selftest::{Failed, selftest};
pub use sparse::Opcode;

use estimate::Histogram;
use hash::Observed;
use sparse::Raised;

/// Length at which a sparse value becomes dense, unless told otherwise.
pub const SPARSE_BYTES_MAX: usize = 3000;
/// Where the cached count is, eight bytes of it.
pub const COUNT_OFFSET: usize = 8;
/// Where the registers begin.
pub const HEADER_BYTES: usize = 16;

const REGISTERS: usize = 1 << REGISTER_INDEX_BITS;
const REGISTER_INDEX_BITS: u32 = 14;
const REGISTER_BITS: usize = 6;
/// Length of a dense value.
pub const DENSE_BYTES: usize = HEADER_BYTES + REGISTERS * REGISTER_BITS / 8;

const MAGIC: &[u8] = b"HYLL";
const ENCODING_OFFSET: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
/// The last byte of the cached count, and its bit that says that the count is stale.
const STALE_OFFSET: usize = HEADER_BYTES - 1;
const STALE: u8 = 0x80;

/// How the registers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Six bits each.
    Dense,
    /// Runs of equal ones.
    Sparse,
}

/// The runs of a sparse value do not add up to all registers, or end in the middle of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupted;

/// A HyperLogLog to look at.
#[derive(Clone, Copy, Debug)]
pub struct HllRef<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

/// A HyperLogLog to change.
#[derive(Clone, Debug)]
pub struct Hll {
    bytes: Vec<u8>,
    encoding: Encoding,
}

impl<'a> HllRef<'a> {
    /// The string as a HyperLogLog, unless it obviously is none. Sparse registers are not looked
    /// at yet.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER_BYTES || !bytes.starts_with(MAGIC) {
            return None;
        }
        let encoding = match bytes[ENCODING_OFFSET] {
            DENSE if bytes.len() == DENSE_BYTES => Encoding::Dense,
            SPARSE => Encoding::Sparse,
            _ => return None,
        };
        Some(Self { bytes, encoding })
    }

    /// How the registers are kept.
    pub fn encoding(self) -> Encoding {
        self.encoding
    }

    /// What has been counted before, if nothing has changed since.
    pub fn cached_count(self) -> Option<i64> {
        let (_, count) = self.bytes[..HEADER_BYTES].split_last_chunk()?;
        let count = i64::from_le_bytes(*count);
        (count >= 0).then_some(count)
    }

    /// About how many different elements have been added, counted anew.
    pub fn count(self) -> Result<i64, Corrupted> {
        let mut histogram = Histogram::default();
        match self.encoding {
            Encoding::Dense => dense::each(self.registers(), |value| histogram.add(value, 1)),
            Encoding::Sparse => {
                sparse::each_run(self.registers(), |run, value| histogram.add(value, run.len()))?;
            }
        }
        Ok(histogram.estimate())
    }

    /// The runs of a sparse value as they are written, whether or not they add up.
    pub fn opcodes(self) -> impl Iterator<Item = Result<Opcode, Corrupted>> {
        sparse::opcodes(if self.encoding == Encoding::Sparse { self.registers() } else { &[] })
    }

    fn registers(self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..]
    }
}

impl Hll {
    /// One to which nothing has been added.
    pub fn empty() -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.push(SPARSE);
        bytes.resize(HEADER_BYTES, 0);
        Opcode::zeros(REGISTERS).write(&mut bytes);
        Self { bytes, encoding: Encoding::Sparse }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// To look at it.
    pub fn view(&self) -> HllRef<'_> {
        HllRef { bytes: &self.bytes, encoding: self.encoding }
    }

    /// Adds an element. Whether that raised a register; then the cached count is wrong, and
    /// [`forget_count`](Self::forget_count) is the caller's to call. A sparse value that would be
    /// longer than `sparse_bytes_max` becomes dense.
    ///
    /// After an error the registers are as they were, or as many as came before the fault was met.
    pub fn add(&mut self, element: &[u8], sparse_bytes_max: usize) -> Result<bool, Corrupted> {
        let Observed { register, rank } = hash::observe(element);
        self.raise(register, rank, sparse_bytes_max)
    }

    /// Raises every register to what it is among `others`. Forgets nothing, like
    /// [`add`](Self::add).
    pub fn merge(&mut self, others: &Registers, sparse_bytes_max: usize) -> Result<(), Corrupted> {
        for (register, value) in others.iter().enumerate().filter(|(_, value)| *value > 0) {
            self.raise(register, value, sparse_bytes_max)?;
        }
        Ok(())
    }

    /// Marks the cached count as stale.
    pub fn forget_count(&mut self) {
        self.bytes[STALE_OFFSET] |= STALE;
    }

    /// Makes it dense. Whether it was not before.
    pub fn make_dense(&mut self) -> Result<bool, Corrupted> {
        if self.encoding == Encoding::Dense {
            return Ok(false);
        }
        let mut bytes = vec![0; DENSE_BYTES];
        let (header, registers) = bytes.split_at_mut(HEADER_BYTES);
        header.copy_from_slice(&self.bytes[..HEADER_BYTES]);
        header[ENCODING_OFFSET] = DENSE;
        sparse::each_run(&self.bytes[HEADER_BYTES..], |run, value| {
            if value > 0 {
                run.for_each(|register| dense::set(registers, register, value));
            }
        })?;
        *self = Self { bytes, encoding: Encoding::Dense };
        Ok(true)
    }

    fn raise(&mut self, register: usize, rank: u8, bytes_max: usize) -> Result<bool, Corrupted> {
        if self.encoding == Encoding::Sparse {
            match sparse::raise(&mut self.bytes, register, rank, bytes_max)? {
                Raised::Yes => return Ok(true),
                Raised::No => return Ok(false),
                Raised::DoesNotFit => _ = self.make_dense()?,
            }
        }
        Ok(dense::raise(&mut self.bytes[HEADER_BYTES..], register, rank))
    }
}

impl From<HllRef<'_>> for Hll {
    fn from(view: HllRef<'_>) -> Self {
        Self { bytes: view.bytes.to_vec(), encoding: view.encoding }
    }
}
