//! What is wrong with the configuration at start: the operator's error, told with its place.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The configuration could not be used. Print it and end with [`Error::EXIT_CODE`].
#[derive(Debug)]
pub enum Error {
    /// A line says something that cannot be done.
    Line {
        origin: Origin,
        /// As it stands there; for the command line, as it would stand in a file.
        line: String,
        /// In Redis's words where Redis has them.
        problem: String,
        /// What the line should have looked like.
        expected: Option<String>,
    },
    /// A file could not be read.
    Unreadable { path: PathBuf, included_from: Option<Origin>, source: io::Error },
    /// Lines that are fine alone contradict each other.
    Contradiction(&'static str),
}

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    File { path: PathBuf, line: usize },
    Stdin { line: usize },
    CommandLine,
}

impl Error {
    /// What the process ends with.
    pub const EXIT_CODE: u8 = 2;
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Stdin { line } => write!(f, "standard input:{line}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { origin, line, problem, expected } => {
                write!(f, "{origin}: '{line}': {problem}")?;
                match expected {
                    Some(expected) => write!(f, "; expected {expected}"),
                    None => Ok(()),
                }
            }
            Self::Unreadable { path, included_from, source } => {
                if let Some(origin) = included_from {
                    write!(f, "{origin}: ")?;
                }
                let source = io_text(source);
                write!(f, "could not read the configuration file {}: {source}", path.display())
            }
            Self::Contradiction(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

/// The system's own text, without the number that Rust appends.
pub(super) fn io_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}
