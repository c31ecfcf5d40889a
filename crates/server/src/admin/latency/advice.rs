//! What `LATENCY DOCTOR` says, and the picture `LATENCY GRAPH` draws.

use std::fmt::Write;

use super::monitor::{Monitor, Series};

/// Columns of a graph at most.
const COLUMNS: usize = 80;
/// Characters from low to high, per row: a row of a graph has three steps.
const STEPS: [char; 3] = ['_', 'o', '#'];
/// Rows of a graph.
const ROWS: u32 = 4;

/// Explains what was seen, event by event, and what helps against it here.
pub(super) fn report(monitor: &Monitor, enabled: bool, now_unix_seconds: i64) -> String {
    if monitor.len() == 0 && !enabled {
        return "Latency monitoring is disabled. Use \"CONFIG SET latency-monitor-threshold \
                <milliseconds>\" to enable it.\n"
            .into();
    }
    if monitor.len() == 0 {
        return "No latency spike was observed so far.\n".into();
    }
    let mut text = String::from("Latency spikes were observed:\n\n");
    for (number, (event, series)) in monitor.iter().enumerate() {
        let summary = series.summary(now_unix_seconds);
        writeln!(
            text,
            "{}. {event}: {} latency spikes (average {}ms, mean deviation {}ms, period {:.2} \
             sec). Worst all time event {}ms.",
            number + 1,
            summary.samples,
            summary.average_millis,
            summary.mean_deviation_millis,
            summary.period_seconds,
            series.all_time_high_millis(),
        )
        .expect("writing to a string does not fail");
    }
    text.push_str("\nWhat may help:\n\n");
    for (event, _) in monitor.iter() {
        writeln!(text, "- {event}: {}", advice(event)).expect("writing to a string does not fail");
    }
    text
}

fn advice(event: &str) -> &'static str {
    match event {
        "command" => {
            "SLOWLOG GET shows the commands that took long. Those that waited for the disk are \
             counted in INFO diskstore: a larger maxmemory keeps more keys in memory."
        }
        "fast-command" => {
            "commands that need little time had to wait for a processor: lower the load of the \
             machine, or look for a noisy neighbour."
        }
        _ => "lower the load of the disk, or use a faster one.",
    }
}

/// Draws the samples of `event`, oldest on the left, with their age below.
pub(super) fn graph(event: &str, series: &Series, now_unix_seconds: i64) -> String {
    let samples: Vec<_> = series.samples().collect();
    let samples = &samples[samples.len().saturating_sub(COLUMNS)..];
    let high = samples.iter().map(|sample| sample.millis).max().unwrap_or(0);
    let low = samples.iter().map(|sample| sample.millis).min().unwrap_or(0);
    let all_time_high = series.all_time_high_millis();
    let mut text = format!(
        "{event} - high {high} ms, low {low} ms (all time high {all_time_high} ms)\n{}\n",
        "-".repeat(COLUMNS)
    );
    for row in (0..ROWS).rev() {
        let line: String =
            samples.iter().map(|sample| cell(height(sample.millis, low, high), row)).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    let ages: Vec<String> =
        samples.iter().map(|sample| age(now_unix_seconds - sample.unix_seconds)).collect();
    for row in 0..ages.iter().map(String::len).max().unwrap_or(0) {
        let line: String = ages.iter().map(|age| age.chars().nth(row).unwrap_or(' ')).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// From 1, for the lowest sample, to the number of steps in all rows.
fn height(millis: u32, low: u32, high: u32) -> u32 {
    let steps = ROWS * STEPS.len() as u32;
    let above_low = u64::from(millis - low) * u64::from(steps - 1);
    1 + u32::try_from(above_low / u64::from((high - low).max(1))).unwrap_or(steps - 1)
}

fn cell(height: u32, row: u32) -> char {
    let below = row * STEPS.len() as u32;
    match height.checked_sub(below + 1) {
        None => ' ',
        Some(step) => STEPS[(step as usize).min(STEPS.len() - 1)],
    }
}

fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{}s", seconds.max(0)),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor() -> Monitor {
        let mut monitor = Monitor::default();
        monitor.add("command", 10, 100);
        monitor.add("command", 100, 130);
        monitor
    }

    #[test]
    fn a_graph_is_as_high_as_its_highest_sample_and_says_how_old_each_is() {
        let monitor = monitor();
        let series = monitor.get(b"command").expect("it was added");
        let text = graph("command", series, 190);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "command - high 100 ms, low 10 ms (all time high 100 ms)");
        assert_eq!(&lines[2..], [" #", " #", " #", "_#", "", "11", "mm"]);
    }

    #[test]
    fn a_report_names_each_event_and_what_helps() {
        let text = report(&monitor(), true, 140);
        let line = "1. command: 2 latency spikes (average 55ms, mean deviation 45ms, period \
                    20.00 sec). Worst all time event 100ms.";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("- command: SLOWLOG GET"));
    }

    #[test]
    fn a_report_without_events_says_whether_anyone_looked() {
        assert!(report(&Monitor::default(), false, 0).contains("is disabled"));
        assert!(report(&Monitor::default(), true, 0).contains("No latency spike"));
    }
}
