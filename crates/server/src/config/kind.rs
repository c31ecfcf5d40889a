//! What values an option takes.

/// What a number counts, for documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    None,
    Seconds,
    Millis,
    Micros,
    Percent,
}

/// How a share of memory is told by CONFIG GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In bytes of this machine, because tools expect a number.
    Bytes,
    /// As it was set.
    AsSet,
}

/// Says what is wrong with a text, in Redis's words where Redis has the option.
pub type Check = fn(&[u8]) -> Result<(), &'static str>;

/// What values an option takes, and how they are written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    YesNo,
    /// `yes` is read as `no` at start, so that a Redis file works, and refused at run time.
    AlwaysNo {
        why: &'static str,
    },
    Int {
        min: i64,
        max: i64,
        unit: Unit,
    },
    /// An integer that is moved to the nearest bound instead of being refused.
    Clamped {
        min: i64,
        max: i64,
    },
    /// File mode bits.
    Octal {
        max: i64,
    },
    Bytes {
        min: u64,
        max: u64,
    },
    /// Bytes, or a percentage of the memory of the machine or its cgroup.
    Share(Shown),
    /// Seconds with up to three decimals.
    Seconds {
        max_ms: u64,
    },
    OneOf(&'static [&'static str]),
    /// Any of the names but the first, which stands for none of them. Redis allows no pair of the
    /// second and the third (`save nosave`).
    AnyOf(&'static [&'static str]),
    Text(Check),
    /// A directory; told as an absolute path, as Redis does.
    Directory,
    KeyspaceEvents,
    /// Addresses to listen on; a leading `-` makes one optional.
    Bind,
    /// Pairs of seconds and changes.
    Save,
    BufferLimits,
    OomScores,
    ReplicaOf,
    Percentiles,
}

impl Kind {
    /// Whether the value may be several words.
    pub(super) fn takes_words(self) -> bool {
        matches!(
            self,
            Self::AnyOf(_)
                | Self::Bind
                | Self::Save
                | Self::BufferLimits
                | Self::OomScores
                | Self::ReplicaOf
                | Self::Percentiles
        )
    }

    /// Says what a value must look like, to follow "expected".
    pub fn expected(self) -> String {
        match self {
            Self::YesNo => "yes or no".into(),
            Self::AlwaysNo { .. } => "no".into(),
            Self::Int { min, max, unit } => {
                format!("an integer{}{}", range(min, max), unit.suffix())
            }
            Self::Clamped { min, max } => format!("an integer{}", range(min, max)),
            Self::Octal { max } => format!("an octal number up to {max:o}"),
            Self::Bytes { min: 0, .. } => "bytes, such as 0, 100mb or 2gb".into(),
            Self::Bytes { min, .. } => {
                let min = super::number::format_bytes(min);
                format!("bytes, such as 100mb or 2gb, from {min}")
            }
            Self::Share(_) => "bytes, such as 100mb or 2gb, or a percentage such as 50%".into(),
            Self::Seconds { max_ms } => {
                format!("seconds such as 1 or 0.25, up to {}", max_ms / 1000)
            }
            Self::OneOf(names) => format!("one of {}", names.join(", ")),
            Self::AnyOf(names) => format!("one or more of {}", names.join(", ")),
            Self::Text(_) => "a text".into(),
            Self::Directory => "a directory".into(),
            Self::KeyspaceEvents => "letters out of Ag$lshzxetdnKEm".into(),
            Self::Bind => "addresses, such as 127.0.0.1 -::1".into(),
            Self::Save => "pairs of seconds and changes, such as 3600 1, or \"\"".into(),
            Self::BufferLimits => "normal|replica|pubsub, hard bytes, soft bytes, seconds".into(),
            Self::OomScores => "three integers from -2000 to 2000".into(),
            Self::ReplicaOf => "a host and a port".into(),
            Self::Percentiles => "numbers from 0 to 100, or \"\"".into(),
        }
    }
}

impl Unit {
    fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Seconds => " (seconds)",
            Self::Millis => " (milliseconds)",
            Self::Micros => " (microseconds)",
            Self::Percent => " (percent)",
        }
    }
}

/// Bounds that only come from the width of a C type would tell a reader nothing.
fn range(min: i64, max: i64) -> String {
    let wide = |bound: i64| bound.unsigned_abs() >= i32::MAX.unsigned_abs().into();
    match (wide(min), wide(max)) {
        (true, true) => String::new(),
        (false, true) => format!(" from {min}"),
        (true, false) => format!(" up to {max}"),
        (false, false) => format!(" from {min} to {max}"),
    }
}
