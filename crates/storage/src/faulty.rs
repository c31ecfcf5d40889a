//! Any store, failing on demand.
/// A store that fails when told to.
#[derive(Debug)]
pub struct FaultyStore;
