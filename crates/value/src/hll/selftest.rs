//! A test of this machine's arithmetic, for operators: `PFSELFTEST`.

use super::{Encoding, Hll, REGISTER_BITS, REGISTERS, SPARSE_BYTES_MAX, dense};

/// Elements that are counted at 1, 10, 100 and so on up to this many. The command is run by a
/// thread that serves clients: this takes it about a millisecond.
const ELEMENTS: u64 = 100_000;
/// The standard error of 16,384 registers.
const STANDARD_ERROR: f64 = 1.04 / 128.0;
/// How many standard errors an estimate may be off.
const ERRORS_MAX: f64 = 6.0;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// A register does not hold what was put there.
    Register {
        /// Its number.
        register: usize,
        /// What was put there.
        expected: u8,
        /// What was found there.
        found: u8,
    },
    /// Few elements have made a value dense.
    NotSparse,
    /// The same elements count differently in the two encodings.
    Disagree,
    /// An estimate is too far off.
    Error {
        /// How many elements there are.
        count: u64,
        /// How many more or fewer were estimated.
        off_by: u64,
    },
}

/// Whether registers keep what they are given, and estimates are as good as they should be.
pub fn selftest() -> Result<(), Failed> {
    check_registers()?;
    check_estimates()
}

fn check_registers() -> Result<(), Failed> {
    let mut registers = vec![0; REGISTERS * REGISTER_BITS / 8];
    let values = |round: usize| (0..REGISTERS).map(move |at| (at * 37 + round * 11) as u8 % 64);
    for round in 0..4 {
        for (register, value) in values(round).enumerate() {
            dense::set(&mut registers, register, value);
        }
        for (register, expected) in values(round).enumerate() {
            let found = dense::get(&registers, register);
            if found != expected {
                return Err(Failed::Register { register, expected, found });
            }
        }
    }
    Ok(())
}

fn check_estimates() -> Result<(), Failed> {
    let (mut dense, mut sparse) = (Hll::empty(), Hll::empty());
    dense.make_dense().map_err(|_| Failed::Disagree)?;
    let mut next = 1;
    for count in 1..=ELEMENTS {
        for hll in [&mut dense, &mut sparse] {
            hll.add(&count.to_le_bytes(), SPARSE_BYTES_MAX).map_err(|_| Failed::Disagree)?;
        }
        if count < next {
            continue;
        }
        next *= 10;
        let few = count < SPARSE_BYTES_MAX as u64 / 2;
        if few && sparse.view().encoding() != Encoding::Sparse {
            return Err(Failed::NotSparse);
        }
        let estimate = dense.view().count().map_err(|_| Failed::Disagree)?;
        if sparse.view().count() != Ok(estimate) {
            return Err(Failed::Disagree);
        }
        let off_by = count.abs_diff(estimate.cast_unsigned());
        if off_by as f64 > (STANDARD_ERROR * ERRORS_MAX * count as f64).ceil() {
            return Err(Failed::Error { count, off_by });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_passes() {
        assert_eq!(selftest(), Ok(()));
    }
}
