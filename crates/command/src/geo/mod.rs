//! Places: sorted sets whose scores are positions. What a call asks for, and how its entry in the
//! table reads; the mathematics is in `hadal_value::geo`.

pub mod options;
pub mod specs;
