//! Every transcript, before every judge. See [`judge`] for what a transcript is.
//!
//! `HADAL_JUDGE_ADDR=127.0.0.1:6379 cargo test -p hadal-command --test transcripts` also asks the
//! server there. It is emptied first.

mod judge;

use std::{
    collections::BTreeSet,
    env,
    sync::{Mutex, MutexGuard, PoisonError},
};

use judge::{
    Judge,
    compare::compare,
    pure::{NOW, Pure},
    socket::Socket,
    transcript::Transcript,
};

#[test]
fn handlers_answer_as_written() {
    let judged = before(|transcript| {
        (!transcript.socket_only).then(|| Box::new(Pure::new(NOW, false)) as Box<dyn Judge>)
    });
    assert!(judged > 10, "only {judged} transcripts were found");
}

#[test]
fn handlers_answer_the_same_when_nothing_is_in_memory() {
    before(|transcript| {
        (!transcript.socket_only).then(|| Box::new(Pure::new(NOW, true)) as Box<dyn Judge>)
    });
}

#[test]
fn a_server_answers_as_written() {
    let Some((address, _alone)) = server() else { return };
    before(|_| Some(Box::new(Socket::open(&address)) as Box<dyn Judge>));
}

#[test]
fn every_command_has_a_transcript() {
    let transcripts = judge::transcripts();
    let typed: BTreeSet<String> = transcripts
        .iter()
        .flat_map(|transcript| &transcript.steps)
        .flat_map(|step| {
            let lower = |at: usize| {
                let word = step.words.get(at).map(Vec::as_slice).unwrap_or_default();
                String::from_utf8_lossy(word).to_lowercase()
            };
            [lower(0), format!("{}|{}", lower(0), lower(1))]
        })
        .collect();
    let missing: Vec<_> = hadal_command::table()
        .map(|command| command.spec.name)
        .filter(|name| !typed.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no transcript calls {missing:?}");
}

#[test]
fn random_calls_are_answered_the_same_when_nothing_is_in_memory() {
    for seed in 1..=seeds() {
        let difference = compare(seed, &mut Pure::new(NOW, false), &mut Pure::new(NOW, true));
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

#[test]
fn random_calls_are_answered_as_a_server_answers_them() {
    let Some((address, _alone)) = server() else { return };
    for seed in 1..=seeds() {
        let mut server = Socket::open(&address);
        let mut pure = Pure::new(server.unix_millis(), false);
        let difference = compare(seed, &mut pure, &mut server);
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
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
    let mut judged = 0;
    let mut differences = Vec::new();
    for transcript in judge::transcripts() {
        if let Some(mut judge) = choose(&transcript) {
            judged += 1;
            differences.extend(judge::judge(&transcript, &mut *judge));
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} replies differ:\n{}", differences.join("\n"));
    judged
}
