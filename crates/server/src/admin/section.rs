//! Sections of `INFO`: a heading and lines of `name:value`.

use std::fmt::{Display, Write};

/// The text of `INFO`, section by section.
#[derive(Debug, Default)]
pub(super) struct Report(String);

impl Report {
    /// Begins a section; its lines follow.
    pub(super) fn section(&mut self, title: &str) {
        if !self.0.is_empty() {
            self.0.push_str("\r\n");
        }
        self.push(format_args!("# {title}\r\n"));
    }

    /// Adds a line to the section.
    pub(super) fn line(&mut self, name: &str, value: impl Display) {
        self.push(format_args!("{name}:{value}\r\n"));
    }

    /// Adds a line with bytes, and one with the same number as people read it.
    pub(super) fn bytes(&mut self, name: &str, bytes: u64) {
        self.line(name, bytes);
        self.push(format_args!("{name}_human:{}\r\n", Human(bytes)));
    }

    /// Everything so far.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        self.0.write_fmt(text).expect("writing to a string does not fail");
    }
}

/// A number of bytes as people read it: `1.50M`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Human(pub(super) u64);

impl Display for Human {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units =
            [(1 << 50, 'P'), (1 << 40, 'T'), (1 << 30, 'G'), (1 << 20, 'M'), (1 << 10, 'K')];
        match units.into_iter().find(|(unit, _)| self.0 >= *unit) {
            Some((unit, letter)) => write!(f, "{:.2}{letter}", self.0 as f64 / unit as f64),
            None => write!(f, "{}B", self.0),
        }
    }
}

/// `part / whole`, or `none` if there is no whole.
pub(super) fn ratio(part: u64, whole: u64, none: f64) -> f64 {
    if whole == 0 { none } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_separated_by_an_empty_line() {
        let mut report = Report::default();
        report.section("One");
        report.line("a", 1);
        report.section("Two");
        report.bytes("b", 1536);
        let text = "# One\r\na:1\r\n\r\n# Two\r\nb:1536\r\nb_human:1.50K\r\n";
        assert_eq!(report.into_text(), text);
    }

    #[test]
    fn bytes_are_rounded_as_redis_does() {
        for (bytes, text) in
            [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1_048_576, "1.00M"), (3 << 40, "3.00T")]
        {
            assert_eq!(Human(bytes).to_string(), text);
        }
    }
}
