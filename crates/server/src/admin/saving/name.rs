//! Names of snapshots: the time they were begun, in an order that people and `ls` agree on.

/// `20261122-090140.123`, in universal time.
pub(super) fn at(unix_millis: u64) -> String {
    let seconds = unix_millis / 1_000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = unix_millis % 1_000;
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}.{millis:03}")
}

/// Year, month and day, from days since 1970. Counts in years that begin in March, so that the
/// day that some years lack is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, name) in [
            (0, "19700101-000000.000"),
            (951_782_400, "20000229-000000.000"),
            (1_709_164_800, "20240229-000000.000"),
            (1_735_689_599, "20241231-235959.000"),
            (1_795_337_792, "20261122-085632.000"),
            (4_107_542_400, "21000301-000000.000"),
        ] {
            assert_eq!(at(seconds * 1_000), name);
        }
        assert_eq!(at(1_234), "19700101-000001.234");
    }
}
