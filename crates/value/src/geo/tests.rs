use proptest::prelude::*;

use super::*;

fn at(longitude: f64, latitude: f64) -> Point {
    Point::new(longitude, latitude).expect("it is on the grid")
}

fn circle(center: Point, radius: f64, unit: Unit) -> Shape {
    Shape { center, area: Area::Circle { radius }, unit }
}

/// Places with what a Redis server answers about them.
const KNOWN: [(f64, f64, f64, &str); 6] = [
    (13.361_389, 38.115_556, 3_479_099_956_230_698.0, "sqc8b49rny0"),
    (15.087_269, 37.502_669, 3_479_447_370_796_909.0, "sqdtr74hyu0"),
    (-74.005_941_3, 40.712_783_7, 1_791_873_974_571_312.0, "dr5regw90s0"),
    (0.0, 0.0, 3_377_699_720_527_872.0, "s0000000000"),
    (180.0, 85.051_128_78, 13_510_798_882_111_488.0, "bp05b5048p0"),
    (-180.0, -85.051_128_78, 0.0, "00bh0hbj200"),
];

#[test]
#[expect(clippy::float_cmp, reason = "scores are whole numbers")]
fn scores_and_geohashes_are_those_of_redis() {
    for (longitude, latitude, score, geohash) in KNOWN {
        assert_eq!(at(longitude, latitude).score(), score, "{geohash}");
        let found = Point::from_score(score).geohash();
        assert_eq!(str::from_utf8(&found), Ok(geohash));
    }
}

#[test]
fn a_score_means_the_middle_of_its_cell() {
    let palermo = Point::from_score(3_479_099_956_230_698.0);
    assert_eq!(coordinate(palermo.longitude()), "13.36138933897018433");
    assert_eq!(coordinate(palermo.latitude()), "38.11555639549629859");
}

#[test]
fn scores_that_no_place_has_mean_one_all_the_same() {
    let text = |score| {
        let place = Point::from_score(score);
        (coordinate(place.longitude()), coordinate(place.latitude()))
    };
    let (east, west) = ("180", "-179.99999731779098511");
    let (north, south) = ("85.0511287799999991", "-85.05112751263942528");
    let cases = [
        (-1.0, east, north),
        (1e19, east, north),
        (9.9e18, east, north),
        (4_503_599_627_370_496.0, west, north),
        (-1e300, east, south),
        (1e300, west, south),
        (f64::INFINITY, west, south),
        (0.5, west, south),
    ];
    for (score, longitude, latitude) in cases {
        assert_eq!(text(score), (longitude.to_owned(), latitude.to_owned()), "{score:e}");
    }
}

#[test]
fn the_poles_and_what_is_no_number_are_out_of_range() {
    for (longitude, latitude) in
        [(0.0, 85.06), (0.0, -85.06), (180.1, 0.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)]
    {
        assert_eq!(Point::new(longitude, latitude), Err(OutOfRange));
    }
}

#[test]
fn distances_are_those_of_redis() {
    let [palermo, catania, new_york] = [0, 1, 2].map(|index| Point::from_score(KNOWN[index].2));
    assert_eq!(fixed(distance(palermo, catania)), "166274.1516");
    let tokyo = Point::from_score(4_171_231_230_197_030.0);
    assert_eq!(fixed(distance(new_york, tokyo) / Unit::Kilometers.meters()), "10851.8737");
    assert_eq!(fixed(distance(palermo, palermo)), "0.0000");
}

#[test]
fn a_box_is_as_wide_where_the_place_is_as_it_says() {
    let area = Area::Box { width: 400.0, height: 200.0 };
    let shape = Shape { center: at(0.0, 60.0), area, unit: Unit::Kilometers };
    assert!(shape.contains(at(3.5, 60.0)).is_some());
    assert!(shape.contains(at(3.7, 60.0)).is_none());
    assert!(shape.contains(at(3.7, 59.2)).is_none());
    assert!(shape.contains(at(3.5, 59.2)).is_some());
    assert!(shape.contains(at(0.0, 60.95)).is_none());
    assert!(shape.contains(at(0.0, 60.85)).is_some());
}

#[test]
fn a_search_around_the_world_looks_at_everything_once() {
    for radius in [25_000.0, f64::INFINITY] {
        let ranges = ranges(&circle(at(10.0, 10.0), radius, Unit::Kilometers));
        assert_eq!(ranges.len(), 4);
        let scores: f64 = ranges.iter().map(|range| range.end - range.start).sum();
        assert_eq!(scores.to_bits(), 4_503_599_627_370_496.0_f64.to_bits());
    }
}

#[test]
fn a_search_of_no_size_looks_at_the_finest_cells() {
    let center = at(10.0, 10.0);
    let ranges = ranges(&circle(center, 0.0, Unit::Meters));
    assert!(ranges[0].contains(&center.score()));
    assert!(ranges.iter().all(|range| range.end.total_cmp(&(range.start + 1.0)).is_eq()));
}

/// A place, anywhere or near the limits.
fn places() -> impl Strategy<Value = Point> {
    let longitude = prop_oneof![-180.0..180.0, 179.9..180.0, -180.0..-179.9];
    let latitude = prop_oneof![-85.0..85.0, 84.9..85.05, -85.05..-84.9];
    (longitude, latitude).prop_map(|(longitude, latitude)| at(longitude, latitude))
}

fn shapes() -> impl Strategy<Value = Shape> {
    let units = prop_oneof![
        Just(Unit::Meters),
        Just(Unit::Kilometers),
        Just(Unit::Feet),
        Just(Unit::Miles)
    ];
    let areas = prop_oneof![
        (0.0..3000.0).prop_map(|radius| Area::Circle { radius }),
        (0.0..3000.0, 0.0..3000.0).prop_map(|(width, height)| Area::Box { width, height }),
    ];
    (places(), areas, units).prop_map(|(center, area, unit)| Shape { center, area, unit })
}

proptest! {
    #[test]
    fn a_place_is_found_again_within_its_cell(place in places()) {
        let found = Point::from_score(place.score());
        prop_assert!((found.longitude() - place.longitude()).abs() <= 180.0 / f64::from(1 << 26));
        prop_assert!((found.latitude() - place.latitude()).abs() <= 90.0 / f64::from(1 << 26));
    }

    #[test]
    fn any_score_is_a_place_on_the_grid(score in any::<f64>()) {
        let place = Point::from_score(score);
        prop_assert!(Point::new(place.longitude(), place.latitude()).is_ok());
        prop_assert_eq!(place.geohash().len(), 11);
    }

    #[test]
    fn no_score_is_looked_at_twice(shape in shapes()) {
        let mut ranges = ranges(&shape);
        prop_assert!(ranges.len() <= 9);
        ranges.sort_by(|a, b| a.start.total_cmp(&b.start));
        prop_assert!(ranges.is_sorted_by(|a, b| a.end <= b.start));
    }

    #[test]
    fn what_a_shape_away_from_the_limits_contains_is_in_its_ranges(
        longitude in -120.0..120.0,
        latitude in -60.0..60.0,
        shape in shapes(),
        (east, north) in (-1.0..1.0, -1.0..1.0),
    ) {
        let center = at(longitude, latitude);
        let shape = Shape { center, ..shape };
        let meters = shape.reach();
        prop_assume!(meters < 1_000_000.0);
        let degrees = meters / 111_000.0;
        let place = at(longitude + degrees * 2.0 * east, latitude + degrees * north);
        let place = Point::from_score(place.score());
        if shape.contains(place).is_some() {
            let ranges = ranges(&shape);
            prop_assert!(ranges.iter().any(|range| range.contains(&place.score())));
        }
    }
}
