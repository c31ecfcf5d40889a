//! Progress while a run lasts, and one line of JSON when it ends.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::run::Outcome;

/// Waits until the run ends, or ends it after `limit` or when the stop file appears; returns how
/// many commands were answered in each second.
pub(crate) fn watch(
    options: &Options,
    done: &AtomicU64,
    stop: &AtomicBool,
    limit: Option<Duration>,
) -> Vec<u64> {
    let stop_file = Path::new(options.text("stop-file"));
    let mut progress = match options.text("progress") {
        "" => None,
        path => File::create(path).ok(),
    };
    let started = Instant::now();
    let (mut per_second, mut counted) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
        let elapsed = started.elapsed();
        if elapsed.as_secs() > per_second.len() as u64 {
            let now = done.load(Ordering::Relaxed);
            if let Some(file) = &mut progress {
                let _ = writeln!(file, "{} {}", elapsed.as_secs(), now - counted);
            }
            per_second.push(now - counted);
            counted = now;
        }
        let over = limit.is_some_and(|limit| elapsed >= limit);
        if over || (!stop_file.as_os_str().is_empty() && stop_file.exists()) {
            stop.store(true, Ordering::Relaxed);
        }
    }
    per_second
}

/// Prints the result as one line of JSON.
pub(crate) fn print(outcome: &Outcome, took: Duration, per_second: &[u64]) {
    let (tally, latency) = (&outcome.tally, &outcome.latency);
    let seconds = took.as_secs_f64();
    let mut line = String::from("{");
    let mut field = |name: &str, value: f64| {
        let _ = write!(line, "\"{name}\":{value},");
    };
    field("seconds", seconds);
    field("replies", tally.replies as f64);
    field("rate", (tally.replies as f64 / seconds).round());
    field("sets", tally.sets as f64);
    field("absent", tally.absent as f64);
    field("wrong", tally.wrong as f64);
    field("errors", tally.errors as f64);
    for (name, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
        field(&format!("{name}_us"), latency.value_at_quantile(quantile) as f64);
    }
    field("max_us", latency.max() as f64);
    field("mean_us", latency.mean().round());
    field("longest_pause_ms", outcome.longest_pause.as_millis() as f64);
    let first = tally.first_error.as_deref().unwrap_or("").replace(['"', '\\'], "'");
    println!("{line}\"first_error\":\"{first}\",\"per_second\":{per_second:?}}}");
}
