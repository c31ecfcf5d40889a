//! Processor time that nobody used.

use std::fs;
use std::time::Duration;

/// The system counts in ticks of so long, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

/// What has been seen of the idle time of all processors together.
#[derive(Debug, Default)]
pub(super) struct Idle {
    ticks: u64,
}

impl Idle {
    /// Idle time since the last call, of all processors together; `None` if the system does not
    /// tell. Of processors that this process may not use, too: the system does not tell them apart
    /// in one number. Reads one small file of the kernel's.
    pub(super) fn since_last_look(&mut self) -> Option<Duration> {
        let ticks = idle_ticks(&fs::read_to_string("/proc/stat").ok()?)?;
        let passed = ticks.saturating_sub(std::mem::replace(&mut self.ticks, ticks));
        Some(TICK * u32::try_from(passed).unwrap_or(u32::MAX))
    }
}

/// Ticks without work, and with nothing but waiting for a disk.
fn idle_ticks(stat: &str) -> Option<u64> {
    let all = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let mut fields = all.split_ascii_whitespace().skip(3);
    let (idle, disk) = (fields.next()?, fields.next()?);
    Some(idle.parse::<u64>().ok()? + disk.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_that_of_all_processors() {
        let stat = "cpu  100 2 30 4000 500 0 6 7 0 0\ncpu0 50 1 15 2000 250 0 3 3 0 0\n";
        assert_eq!(idle_ticks(stat), Some(4_500));
        assert_eq!(idle_ticks("intr 1 2 3\n"), None);
        assert_eq!(idle_ticks("cpu  1 2 3 four 5\n"), None);
    }

    #[test]
    fn a_look_tells_what_passed_since_the_one_before() {
        let mut idle = Idle::default();
        let since_start = idle.since_last_look().expect("this system tells");
        let passed = idle.since_last_look().expect("this system tells");
        assert!(passed < since_start, "{passed:?} of {since_start:?}");
    }
}
