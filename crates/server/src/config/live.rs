//! The configuration while the server runs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hadal_value::glob::{Case, is_pattern, matches};
use parking_lot::{Mutex, RwLock};

use super::error::io_text;
use super::host::Host;
use super::option::{Change, Found, find, table};
use super::rewrite::{self, Write};
use super::settings::Settings;
use super::value::{Stage, show};
use super::values::Values;
use super::words::Word;

/// What only the start of the server needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// The file that CONFIG REWRITE replaces. Absolute.
    pub file: Option<PathBuf>,
    /// `rename-command`: from, to. An empty second name removes the command.
    pub renamed_commands: Vec<(Vec<u8>, Vec<u8>)>,
    /// `user` lines: the name and its rules.
    pub users: Vec<Vec<Vec<u8>>>,
    /// Options that were set to something that has no effect here: worth one line in the log.
    pub without_effect: Vec<&'static str>,
}

/// Who sends CONFIG SET, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// On this machine.
    pub local: bool,
    /// The dataset is still being loaded.
    pub loading: bool,
}

/// New settings, shown to those who must act on them before anyone else sees them.
#[derive(Debug)]
pub struct Changed<'a> {
    pub old: &'a Settings,
    pub new: &'a Settings,
    /// Names of the options that changed, never aliases.
    pub names: &'a [&'static str],
}

/// Why CONFIG SET changed nothing. Its text is the reply, `ERR` included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// A name without a value.
    Syntax,
    Unknown(String),
    Loading,
    Failed {
        name: String,
        why: String,
    },
}

/// Why CONFIG REWRITE wrote nothing. Its text is the reply, `ERR` included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RewriteError {
    NoFile,
    Failed(String),
}

type Listener = Box<dyn Fn(&Changed<'_>) -> Result<(), String> + Send + Sync>;

struct Subscription {
    names: &'static [&'static str],
    listener: Listener,
}

/// The configuration of a running server. Shared; every method takes `&self`.
///
/// Reading [`Config::settings`] is a lock held for the length of one reference count; who reads
/// often keeps a [`Reader`].
pub struct Config {
    host: Host,
    startup: Startup,
    /// Held through a whole CONFIG SET or REWRITE, listeners included: one at a time.
    values: Mutex<Values>,
    settings: RwLock<Arc<Settings>>,
    /// Changes after `settings` did.
    version: AtomicU64,
    subscriptions: RwLock<Vec<Subscription>>,
}

impl Config {
    pub(super) fn new(values: Values, startup: Startup, host: Host) -> Self {
        let settings = RwLock::new(Arc::new(values.settings(&host)));
        Self {
            host,
            startup,
            values: Mutex::new(values),
            settings,
            version: AtomicU64::new(0),
            subscriptions: RwLock::default(),
        }
    }

    /// Every option at its default.
    pub fn defaults(host: Host) -> Self {
        Self::new(Values::defaults(), Startup::default(), host)
    }

    /// What only the start of the server needs to know.
    pub fn startup(&self) -> &Startup {
        &self.startup
    }

    /// The settings as they are now.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.read().clone()
    }

    /// A number that differs once the settings do.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Has `listener` act on every change of one of the options `names`, before it is published.
    ///
    /// If it refuses, its text is the reply to CONFIG SET, nothing changes, and the listeners that
    /// had already acted are called again with old and new exchanged. A listener must not call
    /// [`Config::set`] or [`Config::rewrite`].
    pub fn subscribe(
        &self,
        names: &'static [&'static str],
        listener: impl Fn(&Changed<'_>) -> Result<(), String> + Send + Sync + 'static,
    ) {
        let known = |name: &&str| find(name.as_bytes()).is_some_and(|at| at.spec.name == *name);
        assert!(names.iter().all(known), "no such option among {names:?}");
        let listener = Box::new(listener);
        self.subscriptions.write().push(Subscription { names, listener });
    }

    /// CONFIG GET: names and values of the options that match one of `patterns`, each name once.
    ///
    /// A name without wildcards is told as it was asked for, as Redis does; hidden options are
    /// told to nobody else.
    pub fn get(&self, patterns: &[&[u8]]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let values = self.values.lock();
        let mut told: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let mut tell = |name: &[u8], index: usize, kind| {
            if !told.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                told.push((name.to_vec(), show(kind, values.at(index), &self.host)));
            }
        };
        for pattern in patterns {
            if !is_pattern(pattern) {
                if let Some(Found { index, spec, .. }) = find(pattern) {
                    tell(pattern, index, spec.kind);
                }
                continue;
            }
            for (index, spec) in table().enumerate().filter(|(_, spec)| !spec.hidden) {
                for name in
                    spec.names().filter(|name| matches(pattern, name.as_bytes(), Case::Ignored))
                {
                    tell(name.as_bytes(), index, spec.kind);
                }
            }
        }
        told
    }

    /// CONFIG SET: all of `words` (name, value, name, value …) or nothing. Returns the names of
    /// the options that changed, aliases resolved.
    pub fn set(&self, words: &[&[u8]], caller: Caller) -> Result<Vec<&'static str>, SetError> {
        let mut values = self.values.lock();
        let targets = self.targets(words, caller)?;
        let mut new = values.clone();
        for (at, text) in targets {
            let words =
                if at.spec.kind.takes_words() { on_blanks(text) } else { vec![text.into()] };
            new.set(at, &words, Stage::Running).map_err(|why| SetError::failed(at.name, why))?;
        }
        let names = new.differing(&values);
        if names.is_empty() {
            return Ok(names);
        }
        let old_settings = self.settings();
        let new_settings = Arc::new(new.settings(&self.host));
        self.apply(&Changed { old: &old_settings, new: &new_settings, names: &names })?;
        *self.settings.write() = new_settings;
        self.version.fetch_add(1, Ordering::Release);
        *values = new;
        Ok(names)
    }

    /// CONFIG REWRITE: writes the options into the file that the server was started with.
    ///
    /// `users` replaces its `user` lines, each given without the word `user`; `None` leaves them.
    /// Blocks until the file and its directory are synced.
    pub fn rewrite(&self, users: Option<&[Vec<u8>]>, write: Write) -> Result<(), RewriteError> {
        let path = self.startup.file.as_ref().ok_or(RewriteError::NoFile)?;
        let values = self.values.lock();
        rewrite::rewrite_file(path, &values, &self.host, users, write)
            .map_err(|error| RewriteError::Failed(io_text(&error)))
    }

    /// Whether the value of an option must not be shown in a log.
    pub fn is_secret(name: &[u8]) -> bool {
        find(name).is_some_and(|found| found.spec.secret)
    }

    /// The options that `words` names, with their new values, if `caller` may set them.
    fn targets<'w>(
        &self,
        words: &[&'w [u8]],
        caller: Caller,
    ) -> Result<Vec<(Found, &'w [u8])>, SetError> {
        let (pairs, []) = words.as_chunks::<2>() else { return Err(SetError::Syntax) };
        let allowed = self.settings.read().enable_protected_configs.allows(caller.local);
        let mut targets: Vec<(Found, &[u8])> = Vec::with_capacity(pairs.len());
        for [name, text] in pairs {
            let told = String::from_utf8_lossy(name).into_owned();
            let Some(at) = find(name) else { return Err(SetError::Unknown(told)) };
            match at.spec.change {
                Change::AtStart => {
                    return Err(SetError::failed(told, "can't set immutable config"));
                }
                Change::Protected if !allowed => {
                    return Err(SetError::failed(told, "can't set protected config"));
                }
                Change::Live | Change::Protected => {}
            }
            if caller.loading && at.spec.refused_while_loading {
                return Err(SetError::Loading);
            }
            // By name: who sets everything back sets an option and its alias.
            if targets.iter().any(|(other, _)| other.name == at.name) {
                return Err(SetError::failed(told, "duplicate parameter"));
            }
            targets.push((at, text));
        }
        Ok(targets)
    }

    /// Lets the listeners act; if one refuses, those before it take their part back.
    fn apply(&self, change: &Changed<'_>) -> Result<(), SetError> {
        let subscriptions = self.subscriptions.read();
        let mut done: Vec<&Subscription> = Vec::new();
        for subscription in subscriptions.iter() {
            let touched = |name: &&&'static str| subscription.names.contains(name);
            let Some(name) = change.names.iter().find(touched) else { continue };
            if let Err(why) = (subscription.listener)(change) {
                let back = Changed { old: change.new, new: change.old, names: change.names };
                for earlier in done.into_iter().rev() {
                    // What worked a moment ago is the best there is to return to.
                    drop((earlier.listener)(&back));
                }
                return Err(SetError::failed(*name, why));
            }
            done.push(subscription);
        }
        Ok(())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("startup", &self.startup).finish_non_exhaustive()
    }
}

/// Settings at hand: one atomic load to see whether they are still the newest.
#[derive(Clone, Debug)]
pub struct Reader {
    config: Arc<Config>,
    version: u64,
    settings: Arc<Settings>,
}

impl Reader {
    pub fn new(config: Arc<Config>) -> Self {
        let version = config.version();
        let settings = config.settings();
        Self { config, version, settings }
    }

    /// The newest settings.
    pub fn get(&mut self) -> &Arc<Settings> {
        let version = self.config.version();
        if version != self.version {
            // The version was read first: at worst the next call looks once more.
            self.version = version;
            self.settings = self.config.settings();
        }
        &self.settings
    }

    /// Where they come from.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }
}

impl SetError {
    fn failed(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Failed { name: name.into(), why: why.into() }
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str("ERR syntax error"),
            Self::Unknown(name) => {
                write!(f, "ERR Unknown option or number of arguments for CONFIG SET - '{name}'")
            }
            Self::Loading => f.write_str("LOADING Redis is loading the dataset in memory"),
            Self::Failed { name, why } => {
                write!(f, "ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")
            }
        }
    }
}

impl std::error::Error for SetError {}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("ERR The server is running without a config file"),
            Self::Failed(why) => write!(f, "ERR Rewriting config file: {why}"),
        }
    }
}

impl std::error::Error for RewriteError {}

/// Redis splits a value at every single blank and knows no quotes here.
fn on_blanks(text: &[u8]) -> Vec<Word> {
    if text.is_empty() {
        return vec![];
    }
    text.split(|byte| *byte == b' ').map(Into::into).collect()
}
