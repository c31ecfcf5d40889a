//! Values in the order they were put.

mod listpack;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::SequenceRef;
pub use write::SequenceMut;
