//! Two judges, the same calls: they must agree.

use hadal_command::{Command, Flag, Group, Tip, table};

use super::{
    Judge,
    calls::{Calls, KEYS},
    print::quote,
    transcript::{elements, parse_release},
};

/// Calls made before the dataset is thrown away.
const CALLS: usize = 250;

/// Milliseconds by which two clocks may differ.
const CLOCK_MS: u64 = 60_000;

/// What is not about values, or about their bytes in a file: nobody promises the same. And what
/// takes Redis half a second.
const INTERNALS: [&str; 5] =
    ["dump", "object|encoding", "object|idletime", "object|refcount", "pfselftest"];

/// Calls that together show what a key holds, whatever it is.
const LOOKS: [&str; 5] =
    ["GET KEY", "HGETALL KEY", "SMEMBERS KEY", "LRANGE KEY 0 -1", "ZRANGE KEY 0 -1 WITHSCORES"];

/// Commands that are about values.
pub(crate) fn about_values() -> Vec<&'static Command> {
    table().filter(|command| !INTERNALS.contains(&command.spec.name)).collect()
}

/// Those of them that a server of this release has, and does not answer by chance.
pub(crate) fn known_to(release: (u32, u32)) -> Vec<&'static Command> {
    let mut commands = about_values();
    commands.retain(|Command { spec, .. }| {
        let by_chance = matches!(spec.group, Group::Hash | Group::Set | Group::SortedSet)
            && spec.tips.contains(&Tip::NondeterministicOutput);
        // Members of several scores have no order that such a range could be of.
        let by_member = spec.name.starts_with('z') && spec.name.contains("lex");
        let waits = spec.has(Flag::Blocking);
        parse_release(spec.since) <= release && !by_chance && !by_member && !waits
    });
    commands
}

/// Gives both judges the calls of one seed; describes the first on which they differ.
pub(crate) fn compare(
    seed: u64,
    commands: &[&Command],
    ours: &mut dyn Judge,
    theirs: &mut dyn Judge,
) -> Option<String> {
    let mut calls = Calls::new(seed);
    let mut before = Vec::new();
    let look = |call: &str| {
        let words = |key| call.replace("KEY", key).split(' ').map(Vec::from).collect();
        KEYS.map(words)
    };
    let last: Vec<Vec<Vec<u8>>> = LOOKS.into_iter().flat_map(look).collect();
    for words in (0..CALLS).map(|_| calls.call(commands)).chain(last).collect::<Vec<_>>() {
        if is_undecided(&words) {
            continue;
        }
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
    // Of two mistakes at once, we tell of the one in the words.
    let is_error = |lines: &[String]| lines[0].starts_with("(error)");
    let is_of_kind = |line: &str| {
        line.starts_with("(error) WRONGTYPE") || line.contains("must contain string values")
    };
    if is_error(our) && is_of_kind(&their[0]) {
        return true;
    }
    let name = words[0].to_ascii_lowercase();
    let time = |lines: &[String]| match lines {
        [line] => line.strip_prefix("(integer) ")?.parse::<i64>().ok(),
        _ => None,
    };
    let tolerance = match &name[..] {
        b"ttl" | b"expiretime" => CLOCK_MS / 1_000,
        b"pttl" | b"pexpiretime" => CLOCK_MS,
        // Before 7.2, mistakes were only noticed if the key was there, or not at all.
        b"bitcount" | b"bitpos" | b"lpos" if release < (7, 2) && is_error(our) => return true,
        // Redis looks for the key first.
        _ if name.starts_with(b"geo") && is_error(our) => return true,
        // Before 7.2, there was no `WITHSCORE`.
        b"zrank" | b"zrevrank" if release < (7, 2) && words.len() > 3 => return true,
        _ if in_any_order(&name) => return elements(our) == elements(their),
        // Before 7.2, numbers had more digits than they need.
        _ if release < (7, 2) && our.len() == their.len() => {
            return our.iter().zip(their).all(|(our, their)| is_same_number(our, their));
        }
        _ => return our == their,
    };
    match (time(our), time(their)) {
        (Some(our), Some(their)) if our >= 0 && their >= 0 => our.abs_diff(their) <= tolerance,
        _ => our == their,
    }
}

/// Whether two lines are the same, or mean the same number.
fn is_same_number(our: &str, their: &str) -> bool {
    let number = |line: &str| {
        let (index, quoted) = line.split_once('"')?;
        Some((index.to_owned(), quoted.trim_end_matches('"').parse::<f64>().ok()?))
    };
    our == their || number(our).is_some_and(|our| number(their) == Some(our))
}

/// Whether a call asks for some of several elements whose order nobody promises.
fn is_undecided(words: &[Vec<u8>]) -> bool {
    let has = |word: &str| words.iter().any(|it| it.eq_ignore_ascii_case(word.as_bytes()));
    (has("sort") || has("sort_ro")) && has("by") && (has("limit") || has("store"))
}

/// Whether a command says that the elements of its reply have no order.
fn in_any_order(name: &[u8]) -> bool {
    if matches!(name, b"sort" | b"sort_ro") {
        return true;
    }
    let is_it = |command: &&Command| command.spec.name.as_bytes() == name;
    table()
        .find(is_it)
        .is_some_and(|command| command.spec.tips.contains(&Tip::NondeterministicOutputOrder))
}
