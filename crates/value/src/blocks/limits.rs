//! How long strings are kept.

/// From where on a string has blocks, and how large they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringLimits {
    /// Up to this length a string is in its key's record.
    pub record_bytes: usize,
    /// A block of strings that become long from now on. At least one byte.
    pub block_bytes: u32,
}

impl Default for StringLimits {
    fn default() -> Self {
        Self { record_bytes: 1 << 20, block_bytes: 8 << 10 }
    }
}
