//! Registers side by side, six bits each, from the lowest bit of the first byte on:
//!
//! ```text
//! byte      0        1        2
//!       11000000 22221111 33333322
//! ```

use super::REGISTER_BITS;

const MASK: u16 = (1 << REGISTER_BITS) - 1;

/// Raises a register to `rank`. Whether it was lower.
pub(super) fn raise(registers: &mut [u8], register: usize, rank: u8) -> bool {
    let is_higher = rank > get(registers, register);
    if is_higher {
        set(registers, register, rank);
    }
    is_higher
}

pub(super) fn get(registers: &[u8], register: usize) -> u8 {
    let (byte, shift) = place(register);
    (pair(registers, byte) >> shift & MASK) as u8
}

pub(super) fn set(registers: &mut [u8], register: usize, value: u8) {
    let (byte, shift) = place(register);
    let pair = pair(registers, byte) & !(MASK << shift) | (u16::from(value) & MASK) << shift;
    let [low, high] = pair.to_le_bytes();
    registers[byte] = low;
    // The last register ends with the last byte.
    if let Some(next) = registers.get_mut(byte + 1) {
        *next = high;
    }
}

/// Calls back with the value of every register, in order.
pub(super) fn each(registers: &[u8], mut f: impl FnMut(u8)) {
    let (threes, _) = registers.as_chunks();
    for &[a, b, c] in threes {
        let four = u32::from_le_bytes([a, b, c, 0]);
        for shift in [0, 6, 12, 18] {
            f((four >> shift) as u8 & MASK as u8);
        }
    }
}

/// The byte that a register begins in, and at which bit.
fn place(register: usize) -> (usize, usize) {
    let bit = register * REGISTER_BITS;
    (bit / 8, bit % 8)
}

fn pair(registers: &[u8], byte: usize) -> u16 {
    u16::from_le_bytes([registers[byte], registers.get(byte + 1).copied().unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_set_is_read_and_no_other_register_changes(
            mut bytes in prop::collection::vec(any::<u8>(), 12),
            register in 0_usize..16,
            value in 0_u8..64,
        ) {
            let all = |bytes: &[u8]| {
                let mut all = Vec::new();
                each(bytes, |value| all.push(value));
                all
            };
            let mut expected = all(&bytes);
            expected[register] = value;
            set(&mut bytes, register, value);
            prop_assert_eq!(get(&bytes, register), value);
            prop_assert_eq!(all(&bytes), expected);
        }
    }
}
