//! Redis's serialized values, both ways: what `DUMP` gives and `RESTORE` takes, and what RDB files
//! hold of each key.
//!
//! Read are the values of all versions up to 12 (Redis 7.4), but for streams and modules. Written
//! are those that Redis 7.0 would write with its default limits, in the oldest version that can
//! hold them: small collections packed, large ones plain.
//!
//! ```text
//! value     = type u8 | what the type says, of these:
//! length    = 00xxxxxx | 01xxxxxx + u8 | 0x80 + u32 | 0x81 + u64, all big-endian
//! string    = length + bytes | 0xc0 + i8 | 0xc1 + i16 | 0xc2 + i32
//!           | 0xc3 + length when compressed + length + LZF
//! score     = f64 | u8 + decimal text, where 255 is -inf, 254 inf, 253 nan
//! packed    = a string that holds a listpack, ziplist, zipmap or intset
//!
//! a dump    = value | version u16 | CRC-64 u64
//! ```
//!
//! Numbers are little-endian unless said otherwise. Nothing that is read is trusted: a length is
//! compared with what is left before anything is made of it, what says the same twice must agree,
//! and what must differ (members, fields) or be in order is checked.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod cursor;
mod dump;
mod hash;
mod intset;
mod kind;
mod listpack;
mod lzf;
mod packed;
mod quicklist;
mod read;
mod reader;
mod value;
mod write;
mod writer;
mod ziplist;
mod zipmap;

pub use dump::{Unverified, dump, verify};
pub use read::read;
pub use value::{Error, Field, Value};
pub use write::{version, write};
