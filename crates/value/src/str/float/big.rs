//! Whole numbers of any size, for as much arithmetic as reading and printing floats takes.

use std::{cmp::Ordering, fmt::Write};

/// A whole number, 32 bits a limb, the lowest first, no zero limb at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Big(Vec<u32>);

impl From<u128> for Big {
    fn from(value: u128) -> Self {
        let mut big = Self((0..4).map(|limb| (value >> (32 * limb)) as u32).collect());
        big.trim();
        big
    }
}

impl Big {
    /// How many bits it takes.
    pub(super) fn len(&self) -> u32 {
        self.0.last().map_or(0, |top| self.0.len() as u32 * 32 - top.leading_zeros())
    }

    /// Becomes itself times `factor` plus `addend`.
    pub(super) fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Ten to the power of `exponent`.
    pub(super) fn power_of_ten(exponent: u32) -> Self {
        let mut power = Self::from(1);
        for _ in 0..exponent / 9 {
            power.multiply_add(10_u32.pow(9), 0);
        }
        power.multiply_add(10_u32.pow(exponent % 9), 0);
        power
    }

    /// Becomes itself times ten to the power of `exponent`.
    pub(super) fn scale(&mut self, exponent: u32) {
        for _ in 0..exponent / 9 {
            self.multiply_add(10_u32.pow(9), 0);
        }
        self.multiply_add(10_u32.pow(exponent % 9), 0);
    }

    /// Becomes itself times two to the power of `bits`.
    pub(super) fn shift_left(&mut self, bits: u32) {
        if self.0.is_empty() {
            return;
        }
        self.multiply_add(1 << (bits % 32), 0);
        self.0.splice(0..0, std::iter::repeat_n(0, (bits / 32) as usize));
    }

    /// The top `bits` bits (at most 128), how far they were shifted down for that, and whether
    /// any bit below them is set. All bits, shifted by nothing, if there are no more.
    pub(super) fn top(&self, bits: u32) -> (u128, u32, bool) {
        let shift = self.len().saturating_sub(bits);
        let first = (shift / 32) as usize;
        let mut top = 0_u128;
        for limb in self.0.iter().skip(first + 1).rev() {
            top = top << 32 | u128::from(*limb);
        }
        let lowest = self.0.get(first).copied().unwrap_or(0);
        let within = shift % 32;
        let top = top << (32 - within) | u128::from(lowest >> within);
        let lost = u64::from(lowest) & ((1 << within) - 1);
        (top, shift, lost != 0 || self.0.iter().take(first).any(|limb| *limb != 0))
    }

    /// The quotient, which must fit in 128 bits, and whether anything remains.
    pub(super) fn divide(mut self, divisor: &Self) -> (u128, bool) {
        let bits = self.len().saturating_sub(divisor.len()) + 1;
        assert!(bits <= 128, "the quotient fits");
        let mut shifted = divisor.clone();
        shifted.shift_left(bits);
        let mut quotient = 0;
        for _ in 0..bits {
            shifted.halve();
            quotient <<= 1;
            if self.compare(&shifted) != Ordering::Less {
                self.subtract(&shifted);
                quotient |= 1;
            }
        }
        (quotient, !self.0.is_empty())
    }

    /// In decimal.
    pub(super) fn into_decimal(mut self) -> String {
        let mut groups = Vec::new();
        while !self.0.is_empty() {
            let mut rest = 0_u64;
            for limb in self.0.iter_mut().rev() {
                rest = rest << 32 | u64::from(*limb);
                *limb = (rest / 1_000_000_000) as u32;
                rest %= 1_000_000_000;
            }
            self.trim();
            groups.push(rest);
        }
        let Some(first) = groups.pop() else { return "0".to_owned() };
        let mut text = first.to_string();
        for group in groups.iter().rev() {
            write!(text, "{group:09}").expect("a string takes any text");
        }
        text
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for limb in self.0.iter_mut().rev() {
            let low = *limb & 1;
            *limb = *limb >> 1 | carry << 31;
            carry = low;
        }
        self.trim();
    }

    fn compare(&self, other: &Self) -> Ordering {
        let by_len = self.0.len().cmp(&other.0.len());
        by_len.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Becomes itself less `other`, which is not greater.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let less = other.0.get(at).copied().unwrap_or(0);
            let (rest, under) = limb.overflowing_sub(less);
            let (rest, under_too) = rest.overflowing_sub(u32::from(borrow));
            (*limb, borrow) = (rest, under || under_too);
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}
