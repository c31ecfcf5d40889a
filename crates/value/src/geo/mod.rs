//! Places on Earth: scores of a sorted set that say where its members are, and which scores a
//! search must look at.
//!
//! A score is 52 bits, 26 of latitude and 26 of longitude in turns, longitude first: places whose
//! highest bits are the same lie in the same cell of a grid, and a cell is one range of scores.
//! The grid ends before the poles, as Web Mercator does. Every number is computed in the order
//! that gives Redis's bits.

mod cell;
mod cover;
mod point;
mod shape;
mod text;

#[cfg(test)]
mod tests;

pub use cover::ranges;
pub use point::{
    LATITUDE_MAX, LATITUDE_MIN, LONGITUDE_MAX, LONGITUDE_MIN, OutOfRange, Point, distance,
};
pub use shape::{Area, Shape, Unit};
pub use text::{coordinate, fixed};
