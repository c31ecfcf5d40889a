//! Coordinates and distances as clients see them.

/// A coordinate with 17 digits after the point, less the zeros at the end.
pub fn coordinate(degrees: f64) -> String {
    let text = format!("{degrees:.17}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// A distance with four digits after the point.
pub fn fixed(distance: f64) -> String {
    const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    let scaled = (distance * 10_000.0).round_ties_even();
    // What is too large for an integer is the smallest one, as on the processors Redis runs on.
    let scaled = if scaled < TOO_LARGE { scaled as i64 } else { i64::MIN };
    let sign = if scaled < 0 { "-" } else { "" };
    let scaled = scaled.unsigned_abs();
    format!("{sign}{}.{:04}", scaled / 10_000, scaled % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_has_no_zeros_at_its_end() {
        assert_eq!(coordinate(13.361_389_338_970_184), "13.36138933897018433");
        assert_eq!(coordinate(-0.5), "-0.5");
        assert_eq!(coordinate(100.0), "100");
        assert_eq!(coordinate(-1e-30), "0");
    }

    #[test]
    fn a_distance_has_four_digits_after_the_point() {
        assert_eq!(fixed(0.0), "0.0000");
        assert_eq!(fixed(166_274.151_56), "166274.1516");
        assert_eq!(fixed(0.000_04), "0.0000");
        assert_eq!(fixed(0.062_5), "0.0625");
        assert_eq!(fixed(f64::INFINITY), "-922337203685477.5808");
    }
}
