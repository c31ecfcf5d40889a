//! Values in the order they were put.

mod listpack;
#[cfg(test)]
mod paged;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::SequenceRef;
pub use write::SequenceMut;
