//! A place, its score, its geohash, and how far it is from another.

use std::f64::consts::PI;

use super::cell::{Cell, GEOGRAPHIC, MERCATOR, STEP_MAX, Span};

/// Westernmost place, in degrees.
pub const LONGITUDE_MIN: f64 = -180.0;
/// Easternmost place.
pub const LONGITUDE_MAX: f64 = 180.0;
/// Southernmost place.
pub const LATITUDE_MIN: f64 = -85.051_128_78;
/// Northernmost place.
pub const LATITUDE_MAX: f64 = 85.051_128_78;

/// Mean radius of Earth in meters.
pub(super) const EARTH_RADIUS: f64 = 6_372_797.560_856;
const RADIANS_PER_DEGREE: f64 = PI / 180.0;

/// The digits of a geohash.
const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// Length of a geohash. Its last digit would need bits that a score does not have: it is `0`.
const GEOHASH_LEN: usize = 11;

/// A place within the limits of the grid, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    longitude: f64,
    latitude: f64,
}

/// A place that the grid does not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl Point {
    /// The place at these coordinates.
    pub fn new(longitude: f64, latitude: f64) -> Result<Self, OutOfRange> {
        let fits = (LONGITUDE_MIN..=LONGITUDE_MAX).contains(&longitude)
            && (LATITUDE_MIN..=LATITUDE_MAX).contains(&latitude);
        if fits { Ok(Self { longitude, latitude }) } else { Err(OutOfRange) }
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// The place on the same latitude, on the meridian of another.
    pub(super) fn with_longitude(self, other: Self) -> Self {
        Self { longitude: other.longitude, ..self }
    }

    /// The score of the smallest cell that it lies in: a whole number of 52 bits, but for places
    /// on the northern or eastern limit, which have one bit more.
    pub fn score(self) -> f64 {
        Cell::at(self, STEP_MAX, &MERCATOR).score() as f64
    }

    /// The middle of the cell that a score means. Any score means one.
    pub fn from_score(score: f64) -> Self {
        let area = Cell { bits: score_bits(score), step: STEP_MAX }.area();
        let middle = |span: Span, min, max| f64::clamp(f64::midpoint(span.min, span.max), min, max);
        Self {
            longitude: middle(area.longitude, LONGITUDE_MIN, LONGITUDE_MAX),
            latitude: middle(area.latitude, LATITUDE_MIN, LATITUDE_MAX),
        }
    }

    /// Its geohash, as geohash.org and others write it: on a grid that reaches the poles.
    pub fn geohash(self) -> [u8; GEOHASH_LEN] {
        let bits = Cell::at(self, STEP_MAX, &GEOGRAPHIC).bits;
        let mut text = [ALPHABET[0]; GEOHASH_LEN];
        for (digit, shift) in text.iter_mut().zip((2..=47).rev().step_by(5)) {
            *digit = ALPHABET[(bits >> shift) as usize % ALPHABET.len()];
        }
        text
    }
}

/// The way from one place to the other on the surface of a sphere, in meters.
pub fn distance(from: Point, to: Point) -> f64 {
    let half = ((radians(to.longitude) - radians(from.longitude)) / 2.0).sin();
    if half == 0.0 {
        return distance_in_latitude(from, to);
    }
    let (south, north) = (radians(from.latitude), radians(to.latitude));
    let u = ((north - south) / 2.0).sin();
    let a = u * u + south.cos() * north.cos() * half * half;
    2.0 * EARTH_RADIUS * a.sqrt().asin()
}

/// The same between their latitudes, on one meridian.
pub(super) fn distance_in_latitude(from: Point, to: Point) -> f64 {
    EARTH_RADIUS * (radians(to.latitude) - radians(from.latitude)).abs()
}

pub(super) fn radians(degrees: f64) -> f64 {
    degrees * RADIANS_PER_DEGREE
}

pub(super) fn degrees(radians: f64) -> f64 {
    radians / RADIANS_PER_DEGREE
}

/// A score as a whole number, in the way of the processors Redis runs on where it is none of 64
/// bits: any client can set a score.
#[expect(clippy::cast_sign_loss, reason = "negative ones are looked at first")]
fn score_bits(score: f64) -> u64 {
    const TOO_LARGE: f64 = 18_446_744_073_709_551_616.0;
    if score < 0.0 {
        (score as i64).cast_unsigned()
    } else if score < TOO_LARGE {
        score as u64
    } else {
        0
    }
}
