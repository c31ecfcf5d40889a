//! Numbers that are mostly small: seven bits a byte, the lowest first, the last without a top bit.

const BYTES_MAX: usize = 10;

/// A number's bytes, without an allocation.
pub(super) struct Varint {
    bytes: [u8; BYTES_MAX],
    len: usize,
}

impl Varint {
    pub(super) fn new(mut value: u64) -> Self {
        let (mut bytes, mut len) = ([0; BYTES_MAX], 0);
        while value >= 0x80 {
            bytes[len] = value as u8 | 0x80;
            value >>= 7;
            len += 1;
        }
        bytes[len] = value as u8;
        Self { bytes, len: len + 1 }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The number that `bytes` begin with, and the rest.
pub(super) fn read(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(BYTES_MAX).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_they_were_written() {
        for value in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), u64::MAX] {
            let written = Varint::new(value);
            assert_eq!(read(written.as_bytes()), Some((value, &[][..])));
            assert_eq!(read(&written.as_bytes()[..written.len - 1]), None);
        }
    }
}
