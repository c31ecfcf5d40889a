//! The style that matters, as tests over the repository's own text.
//!
//! Lists of exceptions are short and each has a reason; an exception that is no longer needed fails
//! too, so that the lists do not outlive what they excuse.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 600;

/// `(path, function, why it may be longer than a screen)`
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

/// `(path, why it may be longer than 600 lines)`
const LONG_FILES: &[(&str, &str)] = &[];

/// Which of our crates each crate may know. `storage` does not know `value`; `keyspace` does not
/// know `storage`: on purpose.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("resp", &[]),
    ("value", &[]),
    ("storage", &[]),
    ("keyspace", &["value"]),
    ("command", &["keyspace", "resp", "value"]),
    ("dataset", &["keyspace", "storage", "value"]),
];

/// A source file of the project.
struct Source {
    /// Relative to the root of the repository.
    path: String,
    text: String,
}

impl Source {
    /// Whether all of it is test code.
    fn is_test(&self) -> bool {
        let path = &self.path;
        path.ends_with("tests.rs") || path.contains("/tests/") || path.starts_with("tests/")
    }

    /// Numbered lines outside of tests and comments.
    fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let shipped = if self.is_test() { 0 } else { usize::MAX };
        let lines = self.text.lines().enumerate().take(shipped);
        let lines = lines.take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        lines.map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim().starts_with("//"))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources() -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    for folder in ["crates", "tests", "bench", "fuzz", "xtask"] {
        collect(&root, &root.join(folder), &mut found);
    }
    assert!(found.len() > 20, "only {} sources found", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root).expect("it was found under the root");
            let text = fs::read_to_string(&path).expect("sources are text");
            found.push(Source { path: relative.to_string_lossy().into_owned(), text });
        }
    }
}

#[track_caller]
fn none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

/// Names and lengths of the functions in formatted source: from the line with `fn` to the line that
/// closes it, which has the same indentation.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        let rest = lines[at..].iter().take_while(|line| !is_end_of_declaration(line, indent));
        let length = rest.clone().position(|line| *line == end);
        // `fn name() {}` on one line has no line that closes it.
        found.extend(length.map(|length| (name, length + 1)));
    }
    found
}

/// The `;` of a function without a body.
fn is_end_of_declaration(line: &str, indent: usize) -> bool {
    let own = line.len() - line.trim_start().len();
    own == indent && line.ends_with(';') && !line.contains('{')
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line.trim_start().split(' ').skip_while(|word| {
        matches!(*word, "pub" | "const" | "async" | "unsafe" | "extern" | "\"C\"")
            || word.starts_with("pub(")
    });
    if words.next()? != "fn" {
        return None;
    }
    let name = words.next()?;
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    Some(name[..end].to_owned())
}

#[test]
fn the_length_of_functions_is_measured_right() {
    let text = "fn one() {\n}\n    pub(crate) fn two(\n        a: u8,\n    ) {\n        x;\n    }\n\
        trait T {\n    fn none(&self);\n    fn other() {\n    }\n}\nlet fn_x = 1;\n";
    let found = functions(text);
    let expected = [("one", 2), ("two", 5), ("other", 2)].map(|(name, len)| (name.to_owned(), len));
    assert_eq!(found, expected);
}

#[test]
fn functions_fit_a_screen() {
    let mut faults = Vec::new();
    let mut used = HashSet::new();
    for source in sources() {
        for (name, length) in functions(&source.text) {
            if length <= FUNCTION_LINES_MAX {
                continue;
            }
            match LONG_FUNCTIONS.iter().position(|it| it.0 == source.path && it.1 == name) {
                Some(exception) => _ = used.insert(exception),
                None => faults.push(format!("{}: {name} has {length} lines", source.path)),
            }
        }
    }
    none("functions longer than 70 lines", &faults);
    assert_eq!(used.len(), LONG_FUNCTIONS.len(), "an exception is not needed any more");
}

#[test]
fn files_hold_one_idea() {
    let mut faults = Vec::new();
    let mut used = HashSet::new();
    for source in sources() {
        let length = source.text.lines().count();
        // Tests have files of their own so that length means code.
        if length <= FILE_LINES_MAX || source.is_test() {
            continue;
        }
        match LONG_FILES.iter().position(|it| it.0 == source.path) {
            Some(exception) => _ = used.insert(exception),
            None => faults.push(format!("{} has {length} lines", source.path)),
        }
    }
    none("files longer than 600 lines", &faults);
    assert_eq!(used.len(), LONG_FILES.len(), "an exception is not needed any more");
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    // A test module beside the code is explained by the code.
    let beside = |path: &str| {
        path.ends_with("tests.rs") || path.contains("/src/") && path.contains("/tests/")
    };
    let silent = sources().into_iter();
    let silent = silent.filter(|it| !it.text.starts_with("//! ") && !beside(&it.path));
    none("files that do not open with `//!`", &silent.map(|it| it.path).collect::<Vec<_>>());
}

/// Finds `needles` in the lines that `lines` picks of every source.
fn found_in_shipped_code(needles: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources() {
        for (number, line) in source.shipped_lines() {
            if needles.iter().any(|needle| line.contains(needle)) {
                faults.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    faults
}

/// Finds `needles` anywhere in the text of every source but this one.
fn found_anywhere(needles: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("it/tidy.rs")) {
        for (number, line) in source.text.lines().enumerate() {
            if needles.iter().any(|needle| line.contains(needle)) {
                faults.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    faults
}

#[test]
fn what_cannot_fail_says_why() {
    none("unwrap outside tests", &found_in_shipped_code(&[".unwrap()"]));
}

#[test]
fn nothing_is_printed_by_accident() {
    none("debugging left behind", &found_anywhere(&["dbg!("]));
}

#[test]
fn lints_are_expected_with_a_reason_and_not_allowed() {
    none("lints allowed", &found_anywhere(&["#[allow(", "#![allow("]));
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("it/tidy.rs")) {
        for part in source.text.split("[expect(").skip(1) {
            let end = part.find(")]").unwrap_or(part.len());
            if !part[..end].contains("reason") {
                faults.push(format!("{}: expect({}", source.path, &part[..end.min(60)]));
            }
        }
    }
    none("expectations without a reason", &faults);
}

#[test]
fn nothing_is_left_to_be_done_later() {
    let marks = ["todo!(", "unimplemented!(", "TODO", "FIXME", "XXX", "HACK"];
    none("unfinished work", &found_anywhere(&marks));
}

#[test]
fn text_names_no_place_on_anybodys_machine() {
    none("paths of a workplace", &found_anywhere(&["/work/", "/home/", "/root/", "/tmp/target"]));
}

#[test]
fn dependencies_point_down_only() {
    let mut faults = Vec::new();
    for (name, may_know) in MAY_KNOW {
        let path = root().join("crates").join(name).join("Cargo.toml");
        let text = fs::read_to_string(&path).expect("the crate is there");
        let shipped = text.split("[dev-dependencies]").next().unwrap_or_default();
        for line in shipped.lines().filter_map(|line| line.strip_prefix("hadal-")) {
            let known = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !may_know.contains(&known) {
                faults.push(format!("{name} knows {known}"));
            }
        }
    }
    none("dependencies that the architecture does not have", &faults);
}

#[test]
fn every_invariant_names_the_test_or_lint_that_keeps_it() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md"));
    let text = text.expect("ARCHITECTURE.md is at the root");
    let section = text.split("\n## ").find(|part| {
        part.lines().next().is_some_and(|title| title.to_lowercase().contains("invariants"))
    });
    let section = section.expect("ARCHITECTURE.md has a section on invariants");
    let items = invariants(section);
    assert!(items.len() >= 11, "only {} invariants found: number them `1.`", items.len());
    let names = keepers();
    let unkept = items.iter().filter(|item| !quoted(item).any(|name| names.contains(&name)));
    none(
        "invariants that name no existing test (`name_of_the_test`) or lint",
        &unkept.cloned().collect::<Vec<_>>(),
    );
    let code =
        items.iter().flat_map(|item| quoted(item)).filter(|name| name.matches('_').count() > 3);
    let stale = code.filter(|name| !names.contains(name)).collect::<Vec<_>>();
    none("tests named by invariants that do not exist", &stale);
}

/// The numbered items of a section, each with its following lines.
fn invariants(section: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in section.lines() {
        let numbered = line.split_once(". ").is_some_and(|(start, _)| start.parse::<u32>().is_ok());
        let row = line.strip_prefix("| ").and_then(|rest| rest.split(' ').next());
        if numbered || row.is_some_and(|first| first.parse::<u32>().is_ok()) {
            items.push(line.to_owned());
        } else if let (Some(item), true) = (items.last_mut(), line.starts_with(' ')) {
            item.push_str(line);
        }
    }
    items
}

/// The last path part of everything between backticks.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.map(|name| name.rsplit("::").next().unwrap_or(name).trim_end_matches("()").to_owned())
}

/// Names of all tests, and of the lints that the workspace sets.
fn keepers() -> HashSet<String> {
    let mut names = HashSet::new();
    for source in sources() {
        let mut marked = false;
        for line in source.text.lines() {
            if line.trim_start().starts_with('#') {
                marked |= line.contains("test]") || line.contains("test(");
                continue;
            }
            names.extend(function_name(line).filter(|_| marked));
            marked = false;
        }
    }
    for file in ["Cargo.toml", "clippy.toml"] {
        let text = fs::read_to_string(root().join(file)).expect("the file is at the root");
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        names.extend(words.filter(|word| word.contains('_')).map(str::to_owned));
    }
    names
}
