//! From files, standard input and the command line to values.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use hadal_value::glob::{Case, is_pattern, matches};

use super::error::{Error, Origin};
use super::host::Host;
use super::live::{Config, Startup};
use super::option::{Effect, Found, Spec, find, table};
use super::value::{Stage, Value};
use super::values::Values;
use super::words::{Word, split_words};

/// Files may include files that include files, but not for ever.
const INCLUDE_DEPTH_MAX: usize = 16;

/// Options that Redis itself reads and forgets.
const FORGOTTEN: [&[u8]; 3] =
    [b"list-max-ziplist-entries", b"list-max-ziplist-value", b"lua-replicate-commands"];

const BAD_DIRECTIVE: &str = "Bad directive or wrong number of arguments";

/// Where the configuration comes from. Later ones win: file, standard input, command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub file: Option<PathBuf>,
    pub stdin: bool,
    /// The options of the command line as lines of a file.
    pub options: Vec<u8>,
}

impl Sources {
    /// Reads everything.
    ///
    /// # Errors
    /// The first line that cannot be used, or the file that cannot be read.
    pub fn load(self, host: Host, stdin: &mut dyn Read) -> Result<Config, Error> {
        let mut loader = Loader {
            values: Values::defaults(),
            seen: vec![false; table().count()],
            startup: Startup::default(),
        };
        if let Some(path) = &self.file {
            let path = host.current_dir.join(path);
            loader.file(&path, None, 0)?;
            loader.startup.file = Some(path);
        }
        if self.stdin {
            let mut text = Vec::new();
            stdin.read_to_end(&mut text).map_err(|source| Error::Unreadable {
                path: "-".into(),
                included_from: None,
                source,
            })?;
            loader.text(&text, &|line| Origin::Stdin { line }, 0)?;
        }
        loader.text(&self.options, &|_| Origin::CommandLine, 0)?;
        let Loader { values, mut startup, .. } = loader;
        startup.without_effect = values.differing(&Values::defaults());
        startup.without_effect.retain(|name| {
            find(name.as_bytes()).is_some_and(|at| at.spec.effect == Effect::Accepted)
        });
        if *values.get("cluster-enabled") == Value::Bool(true)
            && *values.get("replicaof") != Value::Primary(None)
        {
            return Err(Error::Contradiction("replicaof directive not allowed in cluster mode"));
        }
        Ok(Config::new(values, startup, host))
    }
}

struct Loader {
    values: Values,
    /// By row: whether a line has set it.
    seen: Vec<bool>,
    startup: Startup,
}

/// What is wrong with a line, and what was expected.
struct Bad(String, Option<String>);

impl<T: Into<String>> From<T> for Bad {
    fn from(problem: T) -> Self {
        Self(problem.into(), None)
    }
}

impl Loader {
    fn file(&mut self, path: &Path, from: Option<&Origin>, depth: usize) -> Result<(), Error> {
        let text = fs::read(path).map_err(|source| Error::Unreadable {
            path: path.into(),
            included_from: from.cloned(),
            source,
        })?;
        self.text(&text, &|line| Origin::File { path: path.into(), line }, depth)
    }

    fn text(
        &mut self,
        text: &[u8],
        origin: &dyn Fn(usize) -> Origin,
        depth: usize,
    ) -> Result<(), Error> {
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let bad = |Bad(problem, expected)| Error::Line {
                origin: origin(number),
                line: String::from_utf8_lossy(line).into_owned(),
                problem,
                expected,
            };
            let words = split_words(line)
                .map_err(|_| bad("Unbalanced quotes in configuration line".into()))?;
            let Some((name, arguments)) = words.split_first() else { continue };
            match (name.to_ascii_lowercase().as_slice(), arguments) {
                (b"include", [path]) => self.include(path, &origin(number), depth)?,
                _ => self.directive(name, arguments).map_err(bad)?,
            }
        }
        Ok(())
    }

    fn include(&mut self, path: &[u8], from: &Origin, depth: usize) -> Result<(), Error> {
        if depth == INCLUDE_DEPTH_MAX {
            return Err(Error::Line {
                origin: from.clone(),
                line: format!("include {}", String::from_utf8_lossy(path)),
                problem: "files include each other too deep".into(),
                expected: None,
            });
        }
        if !is_pattern(path) {
            return self.file(Path::new(OsStr::from_bytes(path)), Some(from), depth + 1);
        }
        // A pattern may match nothing: an empty `conf.d` is no mistake.
        for path in glob(path) {
            self.file(&path, Some(from), depth + 1)?;
        }
        Ok(())
    }

    fn directive(&mut self, name: &[u8], arguments: &[Word]) -> Result<(), Bad> {
        if let Some(found) = find(name) {
            return self.option(found, arguments);
        }
        let name = name.to_ascii_lowercase();
        match (name.as_slice(), arguments) {
            (b"rename-command", [from, to]) => {
                self.startup.renamed_commands.push((from.clone(), to.clone()));
            }
            (b"user", [_, ..]) => self.startup.users.push(arguments.to_vec()),
            (b"loadmodule", [_, ..]) => return Err("modules are not supported".into()),
            (b"sentinel", _) => return Err("there is no sentinel mode".into()),
            (name, [_]) if FORGOTTEN.contains(&name) => {}
            (name, _) => return Err(Bad(BAD_DIRECTIVE.into(), suggestion(name))),
        }
        Ok(())
    }

    fn option(&mut self, found: Found, arguments: &[Word]) -> Result<(), Bad> {
        let Found { index, spec, .. } = found;
        let expected = |problem: String| {
            Bad(problem, Some(format!("{} <{}>", spec.name, spec.kind.expected())))
        };
        // Several words may come as one: `--save "900 1"`. An empty one means no words.
        let split = match arguments {
            [word] if spec.kind.takes_words() && !word.is_empty() => {
                Some(split_words(word).map_err(|_| expected("Unbalanced quotes".into()))?)
            }
            _ => None,
        };
        let words = split.as_deref().unwrap_or(arguments);
        let first = !std::mem::replace(&mut self.seen[index], true);
        self.values.set(found, words, Stage::Start { first }).map_err(expected)
    }
}

/// The option whose name is nearest to `name`, if it is near enough to be meant.
fn suggestion(name: &[u8]) -> Option<String> {
    let names = table().filter(|spec| !spec.hidden).flat_map(Spec::names);
    let distances = names.map(|known| (distance(name, known.as_bytes()), known));
    let (distance, known) = distances.min()?;
    (distance * 3 <= name.len()).then(|| format!("the name of an option, such as '{known}'"))
}

/// How many bytes must be inserted, deleted or replaced to turn `a` into `b`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        row[0] = i + 1;
    }
    row[b.len()]
}

/// The files that `pattern` matches, sorted. Wildcards match neither `/` nor a leading dot.
fn glob(pattern: &[u8]) -> Vec<PathBuf> {
    let start = PathBuf::from(if pattern.starts_with(b"/") { "/" } else { "" });
    let mut found = vec![start];
    for part in pattern.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
        if !is_pattern(part) {
            for path in &mut found {
                path.push(OsStr::from_bytes(part));
            }
            continue;
        }
        found = found.iter().flat_map(|dir| entries(dir, part)).collect();
    }
    found.retain(|path| path.exists());
    found.sort();
    found
}

fn entries(dir: &Path, part: &[u8]) -> Vec<PathBuf> {
    let listed = if dir == Path::new("") { Path::new(".") } else { dir };
    let names = fs::read_dir(listed).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()
    });
    // Like the shell's: what cannot be listed matches nothing.
    let mut names = names.unwrap_or_default();
    names.retain(|name| {
        let name = name.as_bytes();
        (part.starts_with(b".") || !name.starts_with(b".")) && matches(part, name, Case::Matters)
    });
    names.iter().map(|name| dir.join(name)).collect()
}
