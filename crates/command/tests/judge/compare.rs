//! Two judges, the same calls: they must agree.

use hadal_command::{Command, table};

use super::{
    Judge,
    calls::{Calls, KEYS},
    print::quote,
};

/// Calls made before the dataset is thrown away.
const CALLS: usize = 250;

/// Milliseconds by which two clocks may differ.
const CLOCK_MS: u64 = 60_000;

/// What is not about values, or about their bytes in a file: nobody promises the same. And what
/// takes Redis half a second.
const INTERNALS: [&str; 5] =
    ["dump", "object|encoding", "object|idletime", "object|refcount", "pfselftest"];

/// Gives both judges the calls of one seed; describes the first on which they differ.
pub(crate) fn compare(seed: u64, ours: &mut dyn Judge, theirs: &mut dyn Judge) -> Option<String> {
    let commands: Vec<&Command> =
        table().filter(|command| !INTERNALS.contains(&command.spec.name)).collect();
    let mut calls = Calls::new(seed);
    let mut before = Vec::new();
    let last = KEYS.map(|key| vec![b"GET".to_vec(), key.as_bytes().to_vec()]);
    for words in (0..CALLS).map(|_| calls.call(&commands)).chain(last).collect::<Vec<_>>() {
        let (our, their) = (ours.run(1, &words), theirs.run(1, &words));
        before.push(words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "));
        if !agree(&words, &our, &their, theirs.release()) {
            let history = before[before.len().saturating_sub(12)..].join("\n  ");
            let (our, their) = (our.join("\n"), their.join("\n"));
            return Some(format!("seed {seed}:\n  {history}\nours:\n{our}\ntheirs:\n{their}"));
        }
    }
    None
}

fn agree(words: &[Vec<u8>], our: &[String], their: &[String], release: (u32, u32)) -> bool {
    let name = words[0].to_ascii_lowercase();
    let time = |lines: &[String]| match lines {
        [line] => line.strip_prefix("(integer) ")?.parse::<i64>().ok(),
        _ => None,
    };
    let tolerance = match &name[..] {
        b"ttl" | b"expiretime" => CLOCK_MS / 1_000,
        b"pttl" | b"pexpiretime" => CLOCK_MS,
        // Before 7.2, mistakes were only noticed if the key was there.
        b"bitcount" | b"bitpos" if release < (7, 2) && our[0].starts_with("(error)") => {
            return true;
        }
        _ => return our == their,
    };
    match (time(our), time(their)) {
        (Some(our), Some(their)) if our >= 0 && their >= 0 => our.abs_diff(their) <= tolerance,
        _ => our == their,
    }
}
