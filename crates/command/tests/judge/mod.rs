//! Transcripts: what a client types and what it must see, as `redis-cli --no-raw` prints it.
//!
//! ```text
//! # PERSIST clears the expiry that EX set.
//! > SET k v EX 100
//! OK
//! > GETEX k PERSIST
//! "v"
//! > TTL k
//! (integer) -1
//! ```
//!
//! One file is given to several judges: the handlers alone ([`pure`]), and any server that speaks
//! RESP ([`socket`]): ours, or a reference server. Each file starts on an empty dataset.
//!
//! - `> words` is typed on the first connection, `2> words` on the second. Words are quoted as
//!   for redis-cli. What follows, up to the next command, blank line or comment, is the reply.
//! - In a reply, `<ANY>` stands for any text within a line, and `(integer) ~100` for a number a
//!   tenth below or above.
//! - `# socket only`, on the first line: the file is about sessions or the server.
//! - `# since 7.2`: an older server runs the next command but may answer differently.
//! - `# after 30ms`: time passes before the next command.
//! - `# in any order`: the elements of the next reply may come in another order.
//! - Every other line that begins with `#` is a comment.

pub(crate) mod calls;
pub(crate) mod compare;
pub(crate) mod print;
pub(crate) mod pure;
pub(crate) mod socket;
pub(crate) mod transcript;

use std::{fs, path::Path, time::Duration};

use transcript::Transcript;

/// Whoever can run the commands of a transcript.
pub(crate) trait Judge {
    /// Runs one command on a connection, which is opened when first used; returns its reply as
    /// redis-cli prints it, line by line.
    fn run(&mut self, connection: usize, words: &[Vec<u8>]) -> Vec<String>;

    /// Lets time pass.
    fn pass(&mut self, time: Duration);

    /// The release of Redis whose behavior to expect.
    fn release(&self) -> (u32, u32);
}

/// Reads every transcript there is, in the order of their names.
pub(crate) fn transcripts() -> Vec<Transcript> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<_> = fs::read_dir(&dir)
        .unwrap_or_else(|error| panic!("could not list {}: {error}", dir.display()))
        .map(|entry| entry.expect("an entry of a folder that was just opened").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(path)
                .unwrap_or_else(|error| panic!("could not read {name}: {error}"));
            transcript::parse(&name, &text)
        })
        .collect()
}

/// Runs a transcript and describes each reply that differs from what was written down.
pub(crate) fn judge(transcript: &Transcript, judge: &mut dyn Judge) -> Vec<String> {
    let mut differences = Vec::new();
    for step in &transcript.steps {
        if !step.after.is_zero() {
            judge.pass(step.after);
        }
        let got = judge.run(step.connection, &step.words);
        let expected = step.since.is_none_or(|since| since <= judge.release());
        if expected && !step.accepts(&got) {
            differences.push(format!(
                "{}:{}: {}\n  expected: {}\n       got: {}",
                transcript.name,
                step.line,
                step.typed,
                step.reply.join("\n            "),
                got.join("\n            "),
            ));
        }
    }
    differences
}
