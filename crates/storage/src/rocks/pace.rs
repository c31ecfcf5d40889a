//! How fast the store may be written to, so that merging keeps up.
//!
//! Left alone, a fast writer takes the processors that merges need, and files gather at the top
//! until the engine stops it. Asked to go slower the more of them there are, it finds the rate that
//! can go on for hours.

/// Bytes per second when merging just begins to fall behind: more than merges of small files take.
const RATE_MAX: u64 = 96 << 20;
/// However many files there are, some get through.
const RATE_MIN: u64 = 8 << 20;
/// Files at the top, in multiples of those at which merging starts, up to which any rate is fine.
const FREE: u64 = 2;
/// And from which on it is the least.
const FULL: u64 = 12;

/// Bytes per second that may be applied with so many files at the top; `None`: any number.
pub(super) fn rate_max(files: u64, runs: u32) -> Option<u64> {
    let (free, full) = (FREE * u64::from(runs), FULL * u64::from(runs));
    if files <= free {
        return None;
    }
    let left = full.saturating_sub(files);
    Some((RATE_MAX * left / (full - free)).max(RATE_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_files_the_slower_and_never_not_at_all() {
        assert_eq!((rate_max(0, 12), rate_max(24, 12)), (None, None));
        let rates: Vec<u64> = (25..200).filter_map(|files| rate_max(files, 12)).collect();
        assert_eq!(rates.len(), 175);
        assert!(rates.is_sorted_by(|a, b| a >= b), "{rates:?}");
        let (first, last) = (rates.first().expect("some"), rates.last().expect("some"));
        assert!(*first > RATE_MAX / 10 * 9 && *last == RATE_MIN, "{rates:?}");
    }
}
