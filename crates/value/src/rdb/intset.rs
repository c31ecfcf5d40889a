//! Intsets, in which Redis keeps small sets of integers: a width, a count, and the integers in
//! ascending order.
//!
//! ```text
//! width u32: 2, 4 or 8 | count u32 | integers of that width
//! ```

use super::{Error, cursor::Cursor};

/// The integers of an intset.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<i64>, Error> {
    let mut cursor = Cursor::new(bytes);
    let (width, count) = (cursor.u32()?, cursor.u32()?);
    let next = match width {
        2 => Cursor::int::<2>,
        4 => Cursor::int::<4>,
        8 => Cursor::int::<8>,
        _ => return Err(Error::Malformed),
    };
    if u64::from(count) * u64::from(width) != cursor.left() as u64 {
        return Err(Error::Malformed);
    }
    let ints = (0..count).map(|_| next(&mut cursor)).collect::<Result<Vec<_>, _>>()?;
    if ints.is_sorted_by(|a, b| a < b) { Ok(ints) } else { Err(Error::Malformed) }
}

/// The intset of distinct integers.
pub(super) fn write(mut ints: Vec<i64>) -> Vec<u8> {
    ints.sort_unstable();
    let fits = |min: i64, max: i64| ints.iter().all(|int| (min..=max).contains(int));
    let width: u8 = if fits(i16::MIN.into(), i16::MAX.into()) {
        2
    } else if fits(i32::MIN.into(), i32::MAX.into()) {
        4
    } else {
        8
    };
    let mut bytes = u32::from(width).to_le_bytes().to_vec();
    bytes.extend((ints.len() as u32).to_le_bytes());
    let low = |int: &i64| int.to_le_bytes().into_iter().take(usize::from(width));
    bytes.extend(ints.iter().flat_map(low));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_width_come_back_in_order() {
        for ints in [[3, -1], [40_000, -40_000], [i64::MAX, i64::MIN]] {
            let mut sorted = ints.to_vec();
            sorted.sort_unstable();
            assert_eq!(read(&write(ints.to_vec())), Ok(sorted));
        }
        assert_eq!(write(vec![1, -32_768]).len(), 12);
        assert_eq!(write(vec![32_768]).len(), 12);
        assert_eq!(write(vec![1 << 31]).len(), 16);
    }

    #[test]
    fn what_is_not_ascending_or_not_whole_is_refused() {
        let bad: [&[u8]; 6] = [
            b"\x02\0\0\0\x02\0\0\0\x01\0\x01\0",
            b"\x02\0\0\0\x02\0\0\0\x02\0\x01\0",
            b"\x02\0\0\0\x02\0\0\0\x01\0\x02",
            b"\x02\0\0\0\x01\0\0\0\x01\0\x02\0",
            b"\x03\0\0\0\x01\0\0\0\x01\0\0",
            b"\x02\0\0\0\xff\xff\xff\xff\x01\0",
        ];
        for bytes in bad {
            assert_eq!(read(bytes), Err(Error::Malformed), "{}", bytes.escape_ascii());
        }
    }
}
