//! The command line: `--name value` pairs, with one table for parsing and for `--help`.

use std::collections::HashMap;
use std::fmt::{Display, Write};
use std::str::FromStr;

/// One option as `--help` shows it. A default of `""` means that there is none.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) help: &'static str,
}

/// The options of one call.
#[derive(Debug)]
pub(crate) struct Options(HashMap<&'static str, String>);

impl Options {
    /// Parses the words after the subcommand.
    pub(crate) fn parse(known: &'static [Known], words: &[String]) -> Result<Self, String> {
        let mut values = HashMap::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let option = known.iter().find(|option| word.strip_prefix("--") == Some(option.name));
            let option = option.ok_or_else(|| format!("unknown option {word}; see --help"))?;
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            values.insert(option.name, value.clone());
        }
        for option in known {
            values.entry(option.name).or_insert_with(|| option.default.into());
        }
        Ok(Self(values))
    }

    /// The text of an option; empty if it was not given and has no default.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A number, or whatever else can be parsed.
    pub(crate) fn get<T: FromStr>(&self, name: &str) -> Result<T, String>
    where
        T::Err: Display,
    {
        let text = self.text(name);
        text.parse().map_err(|error| format!("--{name} {text:?}: {error}"))
    }
}

/// The text of `--help` for one subcommand.
pub(crate) fn help(known: &[Known]) -> String {
    let mut text = String::new();
    for option in known {
        let flag = format!("--{} {}", option.name, option.default);
        let _ = writeln!(text, "  {flag:<28} {}", option.help);
    }
    text
}
