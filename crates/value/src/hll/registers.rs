//! The registers of several HyperLogLogs at once: each the highest of all.

use super::{Corrupted, Encoding, HllRef, REGISTERS, dense, estimate::Histogram, sparse};

/// A byte for every register.
#[derive(Clone, Debug)]
pub struct Registers(Vec<u8>);

impl Registers {
    /// Those of nothing: all zero.
    pub fn new() -> Self {
        Self(vec![0; REGISTERS])
    }

    /// Raises every register to what it is in `hll`. After an error some may have been raised.
    pub fn merge(&mut self, hll: HllRef<'_>) -> Result<(), Corrupted> {
        match hll.encoding {
            Encoding::Dense => {
                let mut registers = self.0.iter_mut();
                dense::each(hll.registers(), |value| {
                    if let Some(register) = registers.next() {
                        *register = value.max(*register);
                    }
                });
                Ok(())
            }
            Encoding::Sparse => sparse::each_run(hll.registers(), |run, value| {
                for register in &mut self.0[run] {
                    *register = value.max(*register);
                }
            }),
        }
    }

    /// About how many different elements have been added to any of them.
    pub fn count(&self) -> i64 {
        let mut histogram = Histogram::default();
        self.iter().for_each(|value| histogram.add(value, 1));
        histogram.estimate()
    }

    /// Every register, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u8> {
        self.0.iter().copied()
    }
}

impl Default for Registers {
    fn default() -> Self {
        Self::new()
    }
}
