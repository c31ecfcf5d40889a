//! What a client may send.

/// The most words of a command before authentication, as in Redis since 7.0.
pub(crate) const UNAUTHENTICATED_WORDS_MAX: usize = 10;

/// The longest bulk in bytes before authentication, as in Redis since 7.0.
pub(crate) const UNAUTHENTICATED_BULK_LEN_MAX: usize = 16_384;

/// What a client may send before the connection is closed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest bulk, in bytes: the setting `proto-max-bulk-len`.
    pub bulk_len_max: usize,
    /// The most words in one command sent as bulks.
    pub words_max: usize,
    /// The longest line in bytes, its end not counted: an inline command, or the count in front
    /// of words or of a bulk. At least 4.
    pub inline_len_max: usize,
    /// Whether the client may run commands. If not, 10 words and bulks of 16384 bytes must do,
    /// so that a stranger cannot take much memory.
    pub authenticated: bool,
}

impl Default for Limits {
    /// The limits of Redis 7.2: bulks of 512 MiB, 2³¹-1 words, lines of 64 KiB.
    fn default() -> Limits {
        Limits {
            bulk_len_max: 512 * 1024 * 1024,
            words_max: i32::MAX as usize,
            inline_len_max: 64 * 1024,
            authenticated: true,
        }
    }
}
