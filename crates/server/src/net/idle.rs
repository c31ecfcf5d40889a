//! Processor time that nobody used.

use std::fs;

/// The system counts in ticks of so many microseconds, whatever its own clock does.
const TICK_MICROS: f64 = 10_000.0;

/// What has been seen of the idle time of all processors together.
#[derive(Debug, Default)]
pub(super) struct Idle {
    ticks: u64,
    micros: u64,
}

impl Idle {
    /// How many processors had nothing to do, on average since the last call, by a monotonic clock
    /// that shows `micros` now; `None` if the system does not tell. Of processors that this process
    /// may not use, too: the system does not tell them apart in one number. Costs some hundred
    /// microseconds: the system counts all its interrupts for the file that is read.
    pub(super) fn since_last_look(&mut self, micros: u64) -> Option<f64> {
        let ticks = idle_ticks(&fs::read_to_string("/proc/stat").ok()?)?;
        let idle = ticks.saturating_sub(std::mem::replace(&mut self.ticks, ticks));
        let passed = micros.saturating_sub(std::mem::replace(&mut self.micros, micros));
        Some(idle as f64 * TICK_MICROS / passed.max(1) as f64)
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
        // As if a microsecond had passed since the machine was started.
        let since_start = idle.since_last_look(1).expect("this system tells");
        let since_then = idle.since_last_look(2).expect("this system tells");
        assert!(since_then < since_start, "{since_then} of {since_start}");
    }
}
