use std::{collections::HashSet, fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{Command, FAMILIES, container, table};
use crate::{
    spec::{Access, Arg, ArgType, Arity, Kind, Spec, Tip},
    testing::Dataset,
};

const NOW: u64 = 1_700_000_000_000;

/// The words of a call with every required argument, and with the optional ones that lead to
/// this token.
fn call(spec: &Spec, token: Option<&str>) -> Vec<String> {
    let mut words: Vec<String> = spec.name.split('|').map(str::to_owned).collect();
    spec.args.iter().for_each(|arg| add(arg, token, &mut words));
    words
}

fn add(arg: &Arg, token: Option<&str>, words: &mut Vec<String>) {
    if arg.optional && !leads_to(arg, token) {
        return;
    }
    words.extend(arg.token.map(str::to_owned));
    let word = match arg.kind {
        ArgType::PureToken => return,
        ArgType::Block(args) => return args.iter().for_each(|arg| add(arg, token, words)),
        ArgType::OneOf(args) => {
            let chosen = args.iter().find(|arg| leads_to(arg, token)).unwrap_or(&args[0]);
            return add(chosen, token, words);
        }
        ArgType::Integer => "1",
        ArgType::Double => "1.5",
        ArgType::UnixTime => "9999999999",
        ArgType::String | ArgType::Pattern | ArgType::Key => arg.name,
    };
    words.push(word.to_owned());
}

fn leads_to(arg: &Arg, token: Option<&str>) -> bool {
    token.is_some() && (arg.token == token || arg.parts().iter().any(|arg| leads_to(arg, token)))
}

fn tokens(args: &'static [Arg], found: &mut Vec<&'static str>) {
    for arg in args {
        found.extend(arg.token);
        tokens(arg.parts(), found);
    }
}

fn run(dataset: &mut Dataset, words: &[String]) -> Vec<u8> {
    let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
    dataset.run(&words)
}

/// Commands that do something, as opposed to containers.
fn callable() -> impl Iterator<Item = &'static Command> {
    table().filter(|command| !std::ptr::fn_addr_eq(command.run, container as super::Handler))
}

#[test]
fn families_are_sorted_and_no_name_is_taken_twice() {
    for family in FAMILIES {
        assert!(family.is_sorted_by_key(|command| command.spec.name));
    }
    let names: HashSet<_> = table().map(|command| command.spec.name).collect();
    assert_eq!(names.len(), table().count());
    for command in table() {
        let container = command.spec.container();
        assert!(container.is_none_or(|name| names.contains(name)), "{}", command.spec.name);
    }
}

#[test]
fn names_are_lower_case_and_everything_is_described() {
    for Command { spec, .. } in table() {
        assert_eq!(spec.name, spec.name.to_lowercase());
        assert!(!spec.summary.is_empty() && !spec.since.is_empty(), "{}", spec.name);
        let key_specs = spec.args.iter().filter_map(|arg| arg.key_spec).max();
        assert!(key_specs.is_none_or(|last| last < spec.keys.len()), "{}", spec.name);
    }
}

/// Whether a call may have more words for an argument, or none.
fn is_open(arg: &Arg) -> bool {
    arg.optional || arg.multiple || arg.parts().iter().any(is_open)
}

#[test]
fn arity_agrees_with_the_arguments() {
    for Command { spec, .. } in callable() {
        let required = call(spec, None).len();
        let expected = if spec.args.iter().any(is_open) {
            Arity::AtLeast(required)
        } else {
            Arity::Exactly(required)
        };
        assert_eq!(spec.arity, expected, "{} {}", spec.name, spec.syntax());
    }
}

#[test]
fn a_word_too_few_or_too_many_is_an_arity_fault() {
    for Command { spec, .. } in callable() {
        let expected = format!("-ERR wrong number of arguments for '{}' command\r\n", spec.name);
        let mut words = call(spec, None);
        if spec.arity == Arity::Exactly(words.len()) {
            words.push("more".to_owned());
            assert_eq!(run(&mut Dataset::new(NOW), &words), expected.as_bytes());
            words.pop();
        }
        words.pop();
        if words.len() > spec.name.split('|').count() - 1 {
            assert_eq!(run(&mut Dataset::new(NOW), &words), expected.as_bytes(), "{words:?}");
        }
    }
}

#[test]
fn every_word_in_capitals_is_recognized_and_no_other() {
    for Command { spec, .. } in callable() {
        let mut all = Vec::new();
        tokens(spec.args, &mut all);
        for token in all {
            let mut words = call(spec, Some(token));
            let at = words.iter().position(|word| word == token).expect("the call leads to it");
            let right = run(&mut Dataset::new(NOW), &words);
            words[at] = "ZZZ".to_owned();
            let wrong = run(&mut Dataset::new(NOW), &words);
            assert!(wrong.starts_with(b"-"), "{words:?}");
            assert_ne!(right, wrong, "{} {token}", spec.name);
            assert_ne!(right, b"-ERR syntax error\r\n", "{} {token}", spec.name);
        }
    }
}

#[test]
fn a_command_that_only_reads_touches_its_keys_only_to_read() {
    for Command { spec, .. } in table() {
        match spec.kind {
            _ if spec.writes() => assert!(!spec.keys.is_empty(), "{}", spec.name),
            Kind::Read => assert!(
                spec.keys.iter().all(|key| key.load == Access::Read
                    && key.flags.access.is_none_or(|access| access == Access::Read)),
                "{}",
                spec.name
            ),
            Kind::Write { .. } | Kind::Neither => {}
        }
    }
}

/// Calls that make a key hold something: what comes before the key, and what comes after it. The
/// elements are called as the arguments of calls that are about them.
const MAKING: [(&str, &[&str]); 9] = [
    ("set", &["abc"]),
    ("set", &["9223372036854775807"]),
    ("hset", &["field", "9223372036854775807", "other", "abc"]),
    ("hset", &["field", "1"]),
    ("sadd", &["member", "1"]),
    ("sadd", &["member"]),
    ("zadd", &["1", "member", "2", "member1", "inf", "x"]),
    ("zadd", &["3479099956230698", "member"]),
    ("rpush", &["element", "1", "x"]),
];

/// A dataset in which every name of an argument that is a key holds what this call makes of it.
fn holding((name, rest): (&str, &[&str])) -> Dataset {
    let args = table().flat_map(|Command { spec, .. }| spec.args);
    let args = args.flat_map(|arg| [arg].into_iter().chain(arg.parts()));
    let keys = args.filter(|arg| arg.kind == ArgType::Key).map(|arg| arg.name);
    let mut dataset = Dataset::new(NOW);
    for key in keys.collect::<HashSet<_>>() {
        let words = [name, key].into_iter().chain(rest.iter().copied());
        run(&mut dataset, &words.map(str::to_owned).collect::<Vec<_>>());
    }
    dataset.cool();
    dataset
}

/// Calls of a command with each of its options, some with words that make no sense.
fn calls(spec: &'static Spec) -> Vec<Vec<String>> {
    let mut all = vec![];
    tokens(spec.args, &mut all);
    let options = [None].into_iter().chain(all.into_iter().map(Some));
    let sane: Vec<_> = options.map(|token| call(spec, token)).collect();
    let spoil = |words: &Vec<String>, at: usize, with: &str| {
        let mut words = words.clone();
        with.clone_into(&mut words[at]);
        words
    };
    let mut calls = sane.clone();
    for words in &sane {
        for at in spec.name.split('|').count() + 1..words.len() {
            calls.extend(["x", "-1", "9223372036854775807"].map(|with| spoil(words, at, with)));
        }
    }
    calls
}

#[test]
fn a_failed_command_changes_nothing_and_neither_does_one_that_reads() {
    let mut failed = 0;
    for Command { spec, .. } in callable() {
        for making in MAKING {
            for words in calls(spec) {
                let mut dataset = holding(making);
                let before = dataset.stored().clone();
                let fails = run(&mut dataset, &words).starts_with(b"-");
                dataset.cool();
                failed += u32::from(fails);
                if fails || !spec.writes() {
                    assert!(*dataset.stored() == before, "{words:?}");
                }
            }
        }
    }
    assert!(failed > 100, "the calls are too polite: {failed} failed");
}

#[test]
fn every_command_has_a_transcript() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("the transcripts are part of the crate") {
        let path = entry.expect("an entry of a folder that was just opened").path();
        text += &fs::read_to_string(path).expect("transcripts are text").to_lowercase();
    }
    for Command { spec, .. } in callable() {
        let typed = format!("> {}", spec.name.replace('|', " "));
        let found = text.lines().any(|line| {
            line.strip_prefix(&typed).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        assert!(found, "{} has no transcript", spec.name);
    }
}

/// Words that mean something to one command or another.
const VOCABULARY: [&str; 52] = [
    "a",
    "b",
    "c",
    "a",
    "b",
    "",
    "0",
    "1",
    "-1",
    "3",
    "100",
    "-9223372036854775808",
    "9223372036854775807",
    "1.5",
    "abc",
    "ohmytext",
    "mynewtext",
    "nx",
    "XX",
    "GET",
    "EX",
    "PX",
    "KEEPTTL",
    "PERSIST",
    "LEN",
    "IDX",
    "u8",
    "AND",
    "SET",
    "REPLACE",
    "FIELDS",
    "1",
    "f",
    "FNX",
    "WITHVALUES",
    "MATCH",
    "COUNT",
    "WITHSCORES",
    "BYSCORE",
    "BYLEX",
    "REV",
    "LIMIT",
    "-",
    "[f",
    "(1",
    "inf",
    "MIN",
    "INCR",
    "WEIGHTS",
    "FROMMEMBER",
    "BYRADIUS",
    "km",
];

/// Several calls of commands whose replies do not depend on what is in memory.
fn sessions() -> impl Strategy<Value = Vec<(&'static Command, Vec<&'static str>)>> {
    let steady = |command: &&Command| !command.spec.tips.contains(&Tip::NondeterministicOutput);
    let commands: Vec<_> = callable().filter(steady).collect();
    vec((select(commands), vec(select(&VOCABULARY[..]), 0..6)), 1..40)
}

proptest! {
    #[test]
    fn no_words_make_a_command_panic_and_it_answers_the_same_without_a_cache(
        session in sessions(),
    ) {
        let (mut warm, mut cold) = (Dataset::new(NOW), Dataset::new(NOW));
        for (command, rest) in session {
            let mut words: Vec<String> = command.spec.name.split('|').map(str::to_owned).collect();
            words.extend(rest.into_iter().map(str::to_owned));
            cold.cool();
            prop_assert_eq!(run(&mut warm, &words), run(&mut cold, &words), "{:?}", words);
        }
        warm.cool();
        cold.cool();
        prop_assert!(warm.stored() == cold.stored());
    }
}

#[test]
fn a_value_that_is_not_looked_at_is_not_loaded() {
    let loads = |call: &str| {
        let mut dataset = holding(("set", &["1"]));
        let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
        let before = dataset.loads();
        run(&mut dataset, &words);
        dataset.loads() - before
    };
    assert_eq!(loads("set key v"), 0);
    assert_eq!(loads("set key v px 10000"), 0);
    assert_eq!(loads("mset key v source w"), 0);
    assert_eq!(loads("restore key 0 damaged replace"), 0);
    assert_eq!(loads("setex key 10 v"), 0);
    assert_eq!(loads("set key v nx"), 1);
    assert_eq!(loads("set key v keepttl"), 1);
    assert_eq!(loads("set key v get"), 1);
    assert_eq!(loads("setnx key v"), 1);
    assert_eq!(loads("mget key source key"), 2);
}

#[test]
fn a_value_that_matters_is_asked_for_before_the_command_runs() {
    let access = |call: &str| {
        let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
        let name = call.split(' ').next().unwrap_or_default();
        let command = table().find(|command| command.spec.name == name).expect("it is a command");
        let mut found = Vec::new();
        command.spec.each_key(&words, &mut |_, access| found.push(access));
        found
    };
    assert_eq!(access("set k v"), [Access::Replace]);
    assert_eq!(access("set k v ex 10"), [Access::Replace]);
    assert_eq!(access("set nx get"), [Access::Replace]);
    for option in ["nx", "XX", "Get", "keepttl", "px 10 nx"] {
        assert_eq!(access(&format!("set k v {option}")), [Access::Update], "{option}");
    }
    assert_eq!(access("setnx k v"), [Access::Update]);
    assert_eq!(access("msetnx k v l w"), [Access::Update; 2]);
    assert_eq!(access("mset k v l w"), [Access::Replace; 2]);
    assert_eq!(access("restore k 0 v"), [Access::Update]);
    assert_eq!(access("restore replace 0 replace absttl"), [Access::Update]);
    assert_eq!(access("restore k 0 v absttl Replace"), [Access::Replace]);
    assert_eq!(access("incr k"), [Access::Update]);
}
