//! The values of all options, in the order of the table.

use super::host::Host;
use super::kind::Kind;
use super::option::{Found, Spec, find, table};
use super::settings::Settings;
use super::types::BufferLimits;
use super::value::{self, Stage, Value, Wrong};
use super::words::{Word, split_words};

/// One value per row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values(Vec<Value>);

impl Values {
    /// Every option at its default.
    pub(super) fn defaults() -> Self {
        Self(table().map(default).collect())
    }

    /// The value of an option. The name must be in the table.
    pub(super) fn get(&self, name: &str) -> &Value {
        let found = find(name.as_bytes()).expect("the name of a row of the table");
        self.at(found.index)
    }

    pub(super) fn at(&self, index: usize) -> &Value {
        &self.0[index]
    }

    /// Reads a new value for an option; on failure the old one stays.
    pub(super) fn set(&mut self, at: Found, words: &[Word], stage: Stage) -> Result<(), Wrong> {
        let value = value::read(at.spec.kind, words, self.at(at.index), stage)?;
        self.0[at.index] = value;
        Ok(())
    }

    /// What components read, measured with `host`.
    pub(super) fn settings(&self, host: &Host) -> Settings {
        Settings::read(self, host)
    }

    /// Names of the options whose values differ from `other`'s.
    pub(super) fn differing(&self, other: &Self) -> Vec<&'static str> {
        let rows = table().zip(self.0.iter().zip(&other.0));
        rows.filter(|(_, (mine, theirs))| mine != theirs).map(|(spec, _)| spec.name).collect()
    }
}

/// The default of an option.
pub(super) fn default(spec: &Spec) -> Value {
    let words = if spec.kind.takes_words() {
        split_words(spec.default.as_bytes()).expect("defaults have no quotes")
    } else {
        vec![spec.default.into()]
    };
    // Only this kind looks at what it replaces.
    let blank = match spec.kind {
        Kind::BufferLimits => Value::Limits(BufferLimits::default()),
        _ => Value::Bool(false),
    };
    value::read(spec.kind, &words, &blank, Stage::Start { first: true })
        .unwrap_or_else(|wrong| panic!("the default of {}: {wrong}", spec.name))
}
