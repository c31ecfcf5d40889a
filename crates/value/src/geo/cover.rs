//! Which scores a search looks at: those of the cell around the center and of the eight cells
//! around that one, as far as they are needed.

use std::ops::Range;

use super::{
    cell::{Cell, MERCATOR, STEP_MAX},
    shape::Shape,
};

/// Half the circumference of Earth in meters, in Web Mercator.
const MERCATOR_MAX: f64 = 20_037_726.37;

/// East and north of the center, in the order of the ranges.
const NEIGHBORS: [(i32, i32); 9] =
    [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];

/// The scores, from the first of a range up to but without its end, of all places that `shape` may
/// cover, and of others: see [`Shape::contains`]. Up to nine ranges, none twice, in the order in
/// which Redis goes through them.
pub fn ranges(shape: &Shape) -> Vec<Range<f64>> {
    let center = Cell::at(shape.center, step(shape), &MERCATOR);
    let (area, bounds) = (center.area(), shape.bounds());
    let is_needed = |east: i32, north: i32| {
        // Of four cells in all, each may be on every side.
        center.step < 2
            || !(north < 0 && area.latitude.min < bounds.latitude.min
                || north > 0 && area.latitude.max > bounds.latitude.max
                || east < 0 && area.longitude.min < bounds.longitude.min
                || east > 0 && area.longitude.max > bounds.longitude.max)
    };
    let mut cells: Vec<Cell> = Vec::with_capacity(NEIGHBORS.len());
    for (east, north) in NEIGHBORS {
        let cell = center.neighbor(east, north);
        // On a coarse grid the cells on both sides are one.
        if is_needed(east, north) && cells.last() != Some(&cell) {
            cells.push(cell);
        }
    }
    cells.into_iter().map(Cell::scores).collect()
}

/// The finest grid on which nine cells cover the shape.
fn step(shape: &Shape) -> u32 {
    let step = estimated_step(shape.reach(), shape.center.latitude());
    let center = Cell::at(shape.center, step, &MERCATOR);
    let bounds = shape.bounds();
    let is_too_fine = center.neighbor(0, 1).area().latitude.max < bounds.latitude.max
        || center.neighbor(0, -1).area().latitude.min > bounds.latitude.min
        || center.neighbor(1, 0).area().longitude.max < bounds.longitude.max
        || center.neighbor(-1, 0).area().longitude.min > bounds.longitude.min;
    if step > 1 && is_too_fine { step - 1 } else { step }
}

/// The grid whose cells are about as wide as the shape, coarser where meridians come together.
fn estimated_step(meters: f64, latitude: f64) -> u32 {
    if meters == 0.0 {
        return STEP_MAX;
    }
    let doublings = std::iter::successors(Some(meters), |meters| Some(meters * 2.0))
        .take_while(|meters| *meters < MERCATOR_MAX)
        .count() as u32;
    let coarser = match latitude.abs() {
        latitude if latitude > 80.0 => 2,
        latitude if latitude > 66.0 => 1,
        _ => 0,
    };
    // One doubling less, so that a cell is wider than the shape in most cases.
    doublings.saturating_sub(1 + coarser).clamp(1, STEP_MAX)
}
