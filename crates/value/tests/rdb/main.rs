//! Whole values: dumps that Redis made, any value there and back, damaged ones, and Redis itself
//! as the judge of what is written.

mod judge;
mod properties;
mod samples;
mod vectors;
