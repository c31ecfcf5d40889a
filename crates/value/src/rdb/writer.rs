//! Lengths and strings, on their way out.

use super::lzf;
use crate::str;

/// Redis does not try to compress shorter strings.
const COMPRESSED_LEN_MIN: usize = 21;
/// What compression must save.
const SAVED_BYTES_MIN: usize = 4;

/// Puts a number in the form of a length.
pub(super) fn put_number(number: u64, out: &mut Vec<u8>) {
    match number {
        ..0x40 => out.push(number as u8),
        0x40..0x4000 => out.extend((0x4000 | number as u16).to_be_bytes()),
        0x4000..=0xffff_ffff => {
            out.push(0x80);
            out.extend((number as u32).to_be_bytes());
        }
        _ => {
            out.push(0x81);
            out.extend(number.to_be_bytes());
        }
    }
}

/// Puts a string: as an integer of up to 32 bits if it is the text of one, compressed if that
/// saves something, else as it is.
pub(super) fn put_string(bytes: &[u8], out: &mut Vec<u8>) {
    if let Some(int) = str::parse_int(bytes).and_then(|int| i32::try_from(int).ok()) {
        return put_int(int, out);
    }
    if bytes.len() >= COMPRESSED_LEN_MIN
        && let Some(compressed) = lzf::compress(bytes, bytes.len() - SAVED_BYTES_MIN)
    {
        out.push(0xc3);
        put_number(compressed.len() as u64, out);
        put_number(bytes.len() as u64, out);
        out.extend(compressed);
        return;
    }
    put_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn put_int(int: i32, out: &mut Vec<u8>) {
    if let Ok(int) = i8::try_from(int) {
        out.push(0xc0);
        out.extend(int.to_le_bytes());
    } else if let Ok(int) = i16::try_from(int) {
        out.push(0xc1);
        out.extend(int.to_le_bytes());
    } else {
        out.push(0xc2);
        out.extend(int.to_le_bytes());
    }
}
