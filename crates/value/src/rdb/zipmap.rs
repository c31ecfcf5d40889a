//! Zipmaps, in which Redis kept small hashes before 2.6. Read only.
//!
//! ```text
//! count u8, or 254 for many | fields | 0xff
//!
//! field  = length + name | length | spare u8 | value | spare bytes
//! length = u8 below 254, or 254 + u32
//! ```

use super::{Error, cursor::Cursor};

const LONG: u8 = 254;
const END: u8 = 255;

/// A name and a value.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// The names and values in a zipmap.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Pair<'_>>, Error> {
    let mut cursor = Cursor::new(bytes);
    let count_in_header = cursor.byte()?;
    let mut fields = Vec::new();
    while cursor.peek()? != END {
        let len = length(&mut cursor)?;
        let name = cursor.take_u32(len)?;
        let len = length(&mut cursor)?;
        let spare = cursor.byte()?;
        let value = cursor.take_u32(len)?;
        cursor.take(usize::from(spare))?;
        fields.push((name, value));
    }
    cursor.byte()?;
    cursor.end()?;
    if count_in_header != LONG && usize::from(count_in_header) != fields.len() {
        return Err(Error::Malformed);
    }
    Ok(fields)
}

fn length(cursor: &mut Cursor<'_>) -> Result<u32, Error> {
    match cursor.byte()? {
        END => Err(Error::Malformed),
        LONG => cursor.u32(),
        short => Ok(u32::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_read_and_spare_bytes_are_not() {
        let bytes = b"\x02\x03foo\x03\x00bar\x05hello\xfe\x05\x00\x00\x00\x02world??\xff";
        let expected = vec![(&b"foo"[..], &b"bar"[..]), (b"hello", b"world")];
        assert_eq!(read(bytes), Ok(expected));
        for len in 0..bytes.len() {
            assert_eq!(read(&bytes[..len]), Err(Error::Malformed), "{len}");
        }
    }

    #[test]
    fn a_zipmap_at_odds_with_itself_is_refused() {
        let bad: [&[u8]; 4] = [
            b"\x02\x01a\x01\x00b\xff",
            b"\x01\x01a\xff\x00b\xff",
            b"\x01\x01a\x01\x09b\xff",
            b"\x01\x01a\x01\x00b\xff\xff",
        ];
        for bytes in bad {
            assert_eq!(read(bytes), Err(Error::Malformed), "{}", bytes.escape_ascii());
        }
        assert!(read(b"\xfe\x01a\x01\x00b\xff").is_ok());
    }
}
