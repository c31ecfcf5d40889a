//! A place in bytes that nobody has checked.

use super::Error;

/// The bytes that have not been read yet. Every step forward may find too few of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next byte, which stays where it is.
    pub(super) fn peek(&self) -> Result<u8, Error> {
        self.rest.first().copied().ok_or(Error::Malformed)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Error::Malformed)?;
        self.rest = rest;
        Ok(*array)
    }

    /// A little-endian number with a sign, of `N` bytes.
    pub(super) fn int<const N: usize>(&mut self) -> Result<i64, Error> {
        const { assert!(N >= 1 && N <= 8, "it becomes one of eight") };
        let bytes: [u8; N] = self.array()?;
        let bits = bytes.iter().rev().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        let unused = u64::BITS - 8 * N as u32;
        Ok((bits << unused).cast_signed() >> unused)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Error::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// As many bytes as a number of 32 bits says.
    pub(super) fn take_u32(&mut self, len: u32) -> Result<&'a [u8], Error> {
        self.take(usize::try_from(len).map_err(|_| Error::Malformed)?)
    }

    /// Nothing must be left.
    pub(super) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_keep_their_sign() {
        let bytes = [0xfe, 0xff, 0xff, 0x7f, 0, 0, 0, 0x80];
        assert_eq!(Cursor::new(&bytes).int::<1>(), Ok(-2));
        assert_eq!(Cursor::new(&bytes).int::<3>(), Ok(-2));
        assert_eq!(Cursor::new(&bytes).int::<4>(), Ok(0x7fff_fffe));
        assert_eq!(Cursor::new(&bytes).int::<8>(), Ok(i64::MIN + 0x7fff_fffe));
    }

    #[test]
    fn a_step_past_the_end_is_refused_and_not_taken() {
        let mut cursor = Cursor::new(b"abc");
        assert_eq!(cursor.take(4), Err(Error::Malformed));
        assert_eq!(cursor.array::<4>(), Err(Error::Malformed));
        assert_eq!(cursor.take(3), Ok(&b"abc"[..]));
        assert_eq!(cursor.byte(), Err(Error::Malformed));
        assert_eq!(cursor.end(), Ok(()));
    }
}
