//! What a search covers: a circle or a box around a place.

use super::{
    cell::{Rectangle, Span},
    point::{EARTH_RADIUS, Point, degrees, distance, distance_in_latitude, radians},
};

/// What lengths are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `m`
    Meters,
    /// `km`
    Kilometers,
    /// `ft`
    Feet,
    /// `mi`
    Miles,
}

/// How far a search reaches, none of it negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Area {
    /// So far in every direction.
    Circle {
        /// In the unit of the shape.
        radius: f64,
    },
    /// Half the width to both sides, half the height up and down.
    Box {
        /// From west to east.
        width: f64,
        /// From south to north.
        height: f64,
    },
}

/// What a search covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Its middle.
    pub center: Point,
    /// How far it reaches from there.
    pub area: Area,
    /// What that is measured in.
    pub unit: Unit,
}

impl Unit {
    /// How many meters one is.
    pub fn meters(self) -> f64 {
        match self {
            Self::Meters => 1.0,
            Self::Kilometers => 1000.0,
            Self::Feet => 0.3048,
            Self::Miles => 1609.34,
        }
    }
}

impl Shape {
    /// How far from the center `point` is, in meters, if the shape covers it.
    pub fn contains(&self, point: Point) -> Option<f64> {
        match self.area {
            Area::Circle { radius } => {
                let distance = distance(self.center, point);
                if distance > radius * self.unit.meters() { None } else { Some(distance) }
            }
            Area::Box { width, height } => {
                let (width, height) = (width * self.unit.meters(), height * self.unit.meters());
                if distance_in_latitude(point, self.center) > height / 2.0 {
                    return None;
                }
                // The width counts at the latitude of the place.
                let below = point.with_longitude(self.center);
                if distance(point, below) > width / 2.0 {
                    return None;
                }
                Some(distance(self.center, point))
            }
        }
    }

    /// The distance from the center to the farthest place, in meters.
    pub(super) fn reach(&self) -> f64 {
        let reach = match self.area {
            Area::Circle { radius } => radius,
            Area::Box { width, height } => {
                let (width, height) = (width / 2.0, height / 2.0);
                (width * width + height * height).sqrt()
            }
        };
        reach * self.unit.meters()
    }

    /// The degrees that it lies within. They may go on past the limits of the grid.
    pub(super) fn bounds(&self) -> Rectangle {
        let (width, height) = match self.area {
            Area::Circle { radius } => (radius, radius),
            Area::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let (width, height) = (self.unit.meters() * width, self.unit.meters() * height);
        let (longitude, latitude) = (self.center.longitude(), self.center.latitude());
        let high = degrees(height / EARTH_RADIUS);
        // Where a degree of longitude is shortest: on the side of the nearer pole.
        let nearer = if latitude < 0.0 { latitude - high } else { latitude + high };
        let wide = degrees(width / EARTH_RADIUS / radians(nearer).cos());
        Rectangle {
            longitude: Span { min: longitude - wide, max: longitude + wide },
            latitude: Span { min: latitude - high, max: latitude + high },
        }
    }
}
