//! The order of changes, shared by who makes them and who stores them.

/// A place in the journal. Grows by one per record, across restarts, and is never reused.
///
/// `Lsn::NONE` (0) comes before every record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(pub u64);

impl Lsn {
    /// Before the first record.
    pub const NONE: Self = Self(0);
}
