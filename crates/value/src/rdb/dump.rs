//! The envelope of a dump: the value, the version of the format, and a checksum of both.

use crc::{CRC_64_REDIS, Crc, Table};

use super::{Value, version, write};

/// The last version that is read: that of Redis 7.4.
const VERSION_MAX: u16 = 12;

static CRC64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_REDIS);

/// A dump that cannot be opened: damaged, no dump, or of a later version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the version or the checksum of the dump is wrong")]
pub struct Unverified;

/// What `DUMP` answers for a value.
pub fn dump(value: &Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes.extend(version(value).to_le_bytes());
    bytes.extend(CRC64.checksum(&bytes).to_le_bytes());
    bytes
}

/// The value within a dump, for [`read`](super::read()).
///
/// # Errors
/// [`Unverified`].
pub fn verify(dump: &[u8]) -> Result<&[u8], Unverified> {
    let (checked, checksum) = dump.split_last_chunk::<8>().ok_or(Unverified)?;
    let (value, version) = checked.split_last_chunk::<2>().ok_or(Unverified)?;
    let is_known = u16::from_le_bytes(*version) <= VERSION_MAX;
    let is_whole = CRC64.checksum(checked) == u64::from_le_bytes(*checksum);
    if is_known && is_whole { Ok(value) } else { Err(Unverified) }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    /// `DUMP` of a key that holds `v`.
    const V: &[u8] = b"\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce";

    #[test]
    fn a_dump_is_what_redis_makes_of_the_value() {
        assert_eq!(dump(&Value::String(Cow::Borrowed(b"v"))), V);
        assert_eq!(verify(V), Ok(&b"\x00\x01v"[..]));
    }

    #[test]
    fn a_damaged_or_cut_dump_is_refused() {
        for at in 0..V.len() {
            let mut damaged = V.to_vec();
            damaged[at] ^= 1;
            assert_eq!(verify(&damaged), Err(Unverified), "{at}");
            assert_eq!(verify(&V[..at]), Err(Unverified), "{at}");
        }
    }

    #[test]
    fn versions_up_to_twelve_are_read() {
        let of_version = |version: u16| {
            let mut bytes = b"\x00\x01v".to_vec();
            bytes.extend(version.to_le_bytes());
            bytes.extend(CRC64.checksum(&bytes).to_le_bytes());
            bytes
        };
        assert!(verify(&of_version(0)).is_ok() && verify(&of_version(12)).is_ok());
        assert_eq!(verify(&of_version(13)), Err(Unverified));
        assert_eq!(verify(&of_version(0x0100)), Err(Unverified));
    }
}
