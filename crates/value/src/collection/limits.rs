//! What goes by size: how values are kept, and as which of Redis's encodings they are shown.

use crate::blocks::StringLimits;
use crate::hll::SPARSE_BYTES_MAX;
use crate::tree::PageLimits;

/// What a change of a value goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How large roots and pages become.
    pub pages: PageLimits,
    /// When strings have blocks, and of which size.
    pub strings: StringLimits,
    /// Which encoding is shown.
    pub encoding: EncodingLimits,
}

/// The options of `redis.conf` for encodings. Nothing here is encoded after them; they decide what
/// `OBJECT ENCODING` answers. Defaults are Redis 7.2's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodingLimits {
    /// `hash-max-listpack-entries`
    pub hash_entries: u64,
    /// `hash-max-listpack-value`
    pub hash_value_bytes: usize,
    /// `set-max-intset-entries`
    pub set_intset_entries: u64,
    /// `set-max-listpack-entries`
    pub set_listpack_entries: u64,
    /// `set-max-listpack-value`
    pub set_listpack_value_bytes: usize,
    /// `zset-max-listpack-entries`
    pub zset_entries: u64,
    /// `zset-max-listpack-value`
    pub zset_value_bytes: usize,
    /// `list-max-listpack-size`: elements, or, from -1 to -5, a size from 4 to 64 KiB
    pub list_listpack_size: i32,
    /// `hll-sparse-max-bytes`: a HyperLogLog is a string, and this does decide its bytes
    pub hll_sparse_bytes: usize,
}

impl Default for EncodingLimits {
    fn default() -> Self {
        Self {
            hash_entries: 128,
            hash_value_bytes: 64,
            set_intset_entries: 512,
            set_listpack_entries: 128,
            set_listpack_value_bytes: 64,
            zset_entries: 128,
            zset_value_bytes: 64,
            list_listpack_size: -2,
            hll_sparse_bytes: SPARSE_BYTES_MAX,
        }
    }
}
