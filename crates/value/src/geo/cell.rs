//! Cells of the grid: at step *n* there are 2ⁿ by 2ⁿ.

use std::ops::Range;

use super::point::{LATITUDE_MAX, LATITUDE_MIN, LONGITUDE_MAX, LONGITUDE_MIN, Point};

/// The finest grid: 52 bits in all, which a float holds exactly.
pub(super) const STEP_MAX: u32 = 26;

/// From one degree to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) min: f64,
    pub(super) max: f64,
}

/// A rectangle of degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rectangle {
    pub(super) longitude: Span,
    pub(super) latitude: Span,
}

/// What the grid of scores covers.
pub(super) const MERCATOR: Rectangle = Rectangle {
    longitude: Span { min: LONGITUDE_MIN, max: LONGITUDE_MAX },
    latitude: Span { min: LATITUDE_MIN, max: LATITUDE_MAX },
};

/// What the grid of geohashes covers.
pub(super) const GEOGRAPHIC: Rectangle = Rectangle {
    longitude: Span { min: -180.0, max: 180.0 },
    latitude: Span { min: -90.0, max: 90.0 },
};

/// A cell: `step` bits of longitude and of latitude in turns, latitude at the lowest bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) bits: u64,
    pub(super) step: u32,
}

impl Span {
    /// In which of the 2^`step` parts `degree` lies; on the upper end, behind the last one.
    #[expect(clippy::cast_sign_loss, reason = "no place lies below the grid")]
    fn part(self, degree: f64, step: u32) -> u32 {
        ((degree - self.min) / (self.max - self.min) * parts(step)) as u32
    }

    /// The part of that number. Numbers go round at 2³²: scores can be anything.
    fn at(self, part: u32, step: u32) -> Self {
        let edge = |part: u32| self.min + f64::from(part) / parts(step) * (self.max - self.min);
        Self { min: edge(part), max: edge(part.wrapping_add(1)) }
    }
}

fn parts(step: u32) -> f64 {
    (1_u64 << step) as f64
}

impl Cell {
    /// The cell in which a place lies.
    pub(super) fn at(point: Point, step: u32, grid: &Rectangle) -> Self {
        let longitude = grid.longitude.part(point.longitude(), step);
        let latitude = grid.latitude.part(point.latitude(), step);
        Self::of(longitude, latitude, step)
    }

    fn of(longitude: u32, latitude: u32, step: u32) -> Self {
        Self { bits: spread(longitude) << 1 | spread(latitude), step }
    }

    /// What it covers of the grid of scores.
    pub(super) fn area(self) -> Rectangle {
        Rectangle {
            longitude: MERCATOR.longitude.at(gather(self.bits >> 1), self.step),
            latitude: MERCATOR.latitude.at(gather(self.bits), self.step),
        }
    }

    /// The cell so many steps to the east and to the north, round the world if need be.
    pub(super) fn neighbor(self, east: i32, north: i32) -> Self {
        let mask = (1 << self.step) - 1;
        let shift = |number: u32, by: i32| match by {
            0 => number,
            by => number.wrapping_add_signed(by) & mask,
        };
        let longitude = shift(gather(self.bits >> 1), east);
        Self::of(longitude, shift(gather(self.bits), north), self.step)
    }

    /// The score of its south-western corner.
    pub(super) fn score(self) -> u64 {
        self.bits << (2 * (STEP_MAX - self.step))
    }

    /// The scores of all that lies in it.
    pub(super) fn scores(self) -> Range<f64> {
        let next = Self { bits: self.bits + 1, ..self };
        self.score() as f64..next.score() as f64
    }
}

/// Distances and masks by which bits are moved apart, the farthest first.
const MOVES: [(u32, u64); 5] = [
    (16, 0x0000_ffff_0000_ffff),
    (8, 0x00ff_00ff_00ff_00ff),
    (4, 0x0f0f_0f0f_0f0f_0f0f),
    (2, 0x3333_3333_3333_3333),
    (1, 0x5555_5555_5555_5555),
];

/// Puts a zero above every bit.
fn spread(number: u32) -> u64 {
    MOVES.iter().fold(u64::from(number), |bits, (by, mask)| (bits | bits << by) & mask)
}

/// Takes every second bit, from the lowest on.
fn gather(bits: u64) -> u32 {
    MOVES.iter().rev().fold(bits, |bits, (by, mask)| bits & mask | (bits & mask) >> by) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn spread_bits_are_gathered_and_leave_gaps(a: u32, b: u32) {
            let bits = spread(a) << 1 | spread(b);
            prop_assert_eq!(gather(bits >> 1), a);
            prop_assert_eq!(gather(bits), b);
            for bit in 0..32 {
                prop_assert_eq!(spread(a) >> (2 * bit) & 3, u64::from(a >> bit & 1));
            }
        }

        #[test]
        fn a_neighbor_and_back_is_the_cell(
            (step, bits) in (1_u32..=26).prop_flat_map(|step| (Just(step), 0..1_u64 << (2 * step))),
            east in -1..=1,
            north in -1..=1,
        ) {
            let cell = Cell { bits, step };
            prop_assert_eq!(cell.neighbor(east, north).neighbor(-east, -north), cell);
        }
    }

    #[test]
    fn the_world_is_round_from_east_to_west_and_wraps_from_north_to_south() {
        let corner = Cell::of(3, 3, 2);
        assert_eq!(corner.neighbor(1, 0), Cell::of(0, 3, 2));
        assert_eq!(corner.neighbor(1, 1), Cell::of(0, 0, 2));
        assert_eq!(corner.neighbor(-1, 0), Cell::of(2, 3, 2));
    }
}
