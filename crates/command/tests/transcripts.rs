//! Every transcript, before every judge. See [`judge`] for what a transcript is.
//!
//! `HADAL_JUDGE_ADDR=127.0.0.1:6379 cargo test -p hadal-command --test transcripts` also asks the
//! server there. It is emptied first. `HADAL_JUDGE_SEEDS=1000` tries more random calls than usual,
//! `HADAL_JUDGE_ONLY=bit-` only the transcripts whose name contains that.

mod judge;

use std::{
    collections::BTreeSet,
    env,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hadal_command::Command;
use judge::{
    Judge,
    calls::Calls,
    compare::{about_values, compare, known_to},
    pure::{NOW, Pure},
    socket::Socket,
    transcript::Transcript,
};

#[test]
fn handlers_answer_as_written() {
    let judged = before(|transcript| {
        (!transcript.socket_only).then(|| Box::new(Pure::new(NOW, false)) as Box<dyn Judge>)
    });
    assert!(judged > 0, "no transcript was found");
}

#[test]
fn handlers_answer_the_same_when_nothing_is_in_memory() {
    before(|transcript| {
        (!transcript.socket_only).then(|| Box::new(Pure::new(NOW, true)) as Box<dyn Judge>)
    });
}

/// Up to this length `OBJECT ENCODING` is more than a matter of length.
const EMBEDDED_LEN_MAX: usize = 44;

#[test]
fn handlers_answer_the_same_when_strings_are_in_blocks() {
    before(|transcript| {
        let pure = || Box::new(Pure::in_blocks(NOW, EMBEDDED_LEN_MAX)) as Box<dyn Judge>;
        (!transcript.socket_only).then(pure)
    });
}

#[test]
fn a_server_answers_as_written() {
    let Some((address, _alone)) = server() else { return };
    before(|_| Some(Box::new(Socket::open(&address)) as Box<dyn Judge>));
}

#[test]
fn random_calls_are_answered_the_same_when_nothing_is_in_memory() {
    for seed in 1..=seeds() {
        let (mut warm, mut cold) = (Pure::new(NOW, false), Pure::new(NOW, true));
        let difference = compare(seed, &about_values(), &mut warm, &mut cold);
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

#[test]
fn random_calls_are_answered_the_same_when_strings_are_in_blocks() {
    let mut commands = about_values();
    commands.retain(|command| command.spec.name != "object|encoding");
    for seed in 1..=seeds() {
        let (mut whole, mut blocks) = (Pure::new(NOW, false), Pure::in_blocks(NOW, 1));
        let difference = compare(seed, &commands, &mut whole, &mut blocks);
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

#[test]
fn random_calls_are_answered_as_a_server_answers_them() {
    let Some((address, _alone)) = server() else { return };
    for seed in 1..=seeds() {
        let mut server = Socket::open(&address);
        let now = server.unix_millis();
        let mut pure = match seed % 2 {
            0 => Pure::new(now, false),
            _ => Pure::in_blocks(now, EMBEDDED_LEN_MAX),
        };
        let commands = known_to(server.release());
        let difference = compare(seed, &commands, &mut pure, &mut server);
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

#[test]
fn random_calls_succeed_with_every_command() {
    let commands: Vec<&Command> = hadal_command::table().collect();
    let mut succeeded = BTreeSet::new();
    for seed in 1..=40 {
        let (mut calls, mut pure) = (Calls::new(seed), Pure::new(NOW, false));
        for _ in 0..250 {
            let words = calls.call(&commands);
            if !pure.run(1, &words)[0].starts_with("(error)") {
                let lower = |at: usize| String::from_utf8_lossy(&words[at]).to_lowercase();
                succeeded.insert(lower(0));
                succeeded.extend((words.len() > 1).then(|| format!("{}|{}", lower(0), lower(1))));
            }
        }
    }
    let names = commands.iter().map(|command| command.spec.name);
    let never: Vec<_> = names.filter(|name| !succeeded.contains(*name)).collect();
    assert!(never.is_empty(), "every call fails of {never:?}");
}

/// The server to ask, if there is one, for one test at a time.
fn server() -> Option<(String, MutexGuard<'static, ()>)> {
    static ONE: Mutex<()> = Mutex::new(());
    let Ok(address) = env::var("HADAL_JUDGE_ADDR") else {
        println!("HADAL_JUDGE_ADDR is not set: no server was asked");
        return None;
    };
    Some((address, ONE.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// How many sequences of random calls are tried.
fn seeds() -> u64 {
    env::var("HADAL_JUDGE_SEEDS").map_or(20, |count| count.parse().expect("a number of seeds"))
}

/// Puts every transcript before the judge that `choose` gives it; counts those judged.
fn before(choose: impl Fn(&Transcript) -> Option<Box<dyn Judge>>) -> usize {
    let only = env::var("HADAL_JUDGE_ONLY").unwrap_or_default();
    let mut judged = 0;
    let mut differences = Vec::new();
    let chosen = |transcript: &Transcript| transcript.name.contains(&only);
    for transcript in judge::transcripts().into_iter().filter(chosen) {
        if let Some(mut judge) = choose(&transcript) {
            judged += 1;
            differences.extend(judge::judge(&transcript, &mut *judge));
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} replies differ:\n{}", differences.join("\n"));
    judged
}
