//! The log: one line per event, in the form that tools for Redis's log know.
//!
//! ```text
//! 4242:M 05 Nov 2026 10:15:30.123 * ready to accept connections port=6379
//! ```

use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::sync::Mutex;

use hadal_storage::env::{Clock as _, SystemClock};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, writer::BoxMakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Registry, reload};

use crate::config::{Loglevel, Settings};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Changes what is logged while the server runs.
#[derive(Clone, Debug)]
pub struct LogLevels(reload::Handle<LevelFilter, Registry>);

impl LogLevels {
    /// Logs what is at least as important as `level`.
    pub fn set(&self, level: Loglevel) {
        // It fails only once there is no log any more.
        drop(self.0.reload(filter(level)));
    }
}

/// Starts logging to where `settings` say.
///
/// # Errors
/// The log file cannot be opened.
pub fn start(settings: &Settings) -> io::Result<LogLevels> {
    let (filter, levels) = reload::Layer::new(filter(settings.loglevel));
    let writer = match &settings.logfile {
        None => BoxMakeWriter::new(io::stdout),
        Some(path) => {
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            BoxMakeWriter::new(Mutex::new(file))
        }
    };
    let lines = Lines { pid: std::process::id(), clock: SystemClock::new() };
    let layer = tracing_subscriber::fmt::layer().event_format(lines).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(filter).with(layer.with_ansi(false));
    // Only a test that starts two servers in one process has a log already.
    drop(tracing::subscriber::set_global_default(subscriber));
    Ok(LogLevels(levels))
}

fn filter(level: Loglevel) -> LevelFilter {
    match level {
        Loglevel::Debug => LevelFilter::TRACE,
        Loglevel::Verbose => LevelFilter::DEBUG,
        Loglevel::Notice => LevelFilter::INFO,
        Loglevel::Warning => LevelFilter::WARN,
        Loglevel::Nothing => LevelFilter::OFF,
    }
}

/// How a line is written.
struct Lines {
    pid: u32,
    clock: SystemClock,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mark = match *event.metadata().level() {
            Level::ERROR | Level::WARN => '#',
            Level::INFO => '*',
            Level::DEBUG => '-',
            Level::TRACE => '.',
        };
        write!(writer, "{}:M {} {mark} ", self.pid, Time(self.clock.unix_millis()))?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// Milliseconds since 1970 as `05 Nov 2026 10:15:30.123`, in UTC.
struct Time(u64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1_000, self.0 % 1_000);
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = date(days);
        let name = MONTHS[month];
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{day:02} {name} {year} {hour:02}:{minute:02}:{second:02}.{millis:03}")
    }
}

/// The year, the month (from 0) and the day of a day counted from 1 January 1970.
///
/// # Source
/// Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap
/// day is the last of its year.
fn date(days: u64) -> (u64, usize, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12;
    (era * 400 + year + u64::from(month < 2), month as usize, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_redis_does() {
        for (millis, text) in [
            (0, "01 Jan 1970 00:00:00.000"),
            (951_782_400_000, "29 Feb 2000 00:00:00.000"),
            (1_709_251_199_999, "29 Feb 2024 23:59:59.999"),
            (1_735_689_600_123, "01 Jan 2025 00:00:00.123"),
            (4_107_542_400_000, "01 Mar 2100 00:00:00.000"),
        ] {
            assert_eq!(Time(millis).to_string(), text);
        }
    }
}
