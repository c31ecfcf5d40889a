//! `kill -9` at random moments under load, then: is everything there that was promised?
//!
//! Twenty clients write to keys of their own, in pipelines: strings, and collections so large that
//! they have pages. Each knows what was acknowledged and
//! what was in flight when the process died. After a restart, what a client finds must be the state
//! after some *prefix* of what it sent: no shorter than what was acknowledged (`always`) or what
//! was acknowledged two seconds before the end (`everysec`), every command whole or not at all, and
//! EXEC counting as one command. `model` says what a command does, `load` sends and listens,
//! `verdict` compares.
//!
//! `HADAL_CRASH_ROUNDS` sets the rounds per policy (default 6), `HADAL_CRASH_SEED` repeats a run as
//! far as the moments of death can be repeated, `HADAL_CRASH_SMALL` is the `maxmemory` of the
//! rounds in which recovery and eviction mix, and `HADAL_CRASH_BALLAST` the count of cold 4 KB keys
//! behind it all.

mod large;
mod load;
mod model;
mod verdict;

use std::ops::Range;
use std::time::Duration;

use hadal_it::{Client, Random, Reply, Server, is_reference, wait};

use load::Log;
use model::{Owner, State};
use verdict::Policy;

const CLIENTS: usize = 20;

#[test]
fn nothing_acknowledged_is_lost_with_appendfsync_always() {
    crash_rounds(Policy::Always, 30..1500);
}

#[test]
fn nothing_older_than_two_seconds_is_lost_with_appendfsync_everysec() {
    crash_rounds(Policy::EverySec, 500..3500);
}

fn crash_rounds(policy: Policy, life_ms: Range<u64>) {
    let rounds = setting("HADAL_CRASH_ROUNDS", 6);
    let seed = setting("HADAL_CRASH_SEED", wait::unix_millis());
    println!("HADAL_CRASH_SEED={seed} rounds={rounds} policy={policy:?}");
    let mut random = Random::new(seed ^ policy as u64);
    let options = [("appendfsync", policy.option()), ("maxmemory", "512mb")];
    let mut trial = Trial::start(Server::start_with(&options), policy);
    trial.add_ballast(setting("HADAL_CRASH_BALLAST", 2_000));
    for round in 0..rounds {
        let life = Duration::from_millis(life_ms.start + random.below(life_ms.end - life_ms.start));
        let logs = trial.live_and_die(round, random.next_u64(), life);
        if random.one_in(3) {
            let moment = Duration::from_millis(random.below(60));
            trial.server.restart_and_kill_after(moment);
        }
        trial.restart(&mut random);
        trial.judge(round, &logs);
    }
    trial.clean_end();
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// One dataset over all rounds: the server, and what each client believes is in it.
struct Trial {
    server: Server,
    policy: Policy,
    states: Vec<State>,
    ballast: u64,
}

impl Trial {
    fn start(server: Server, policy: Policy) -> Self {
        Self { server, policy, states: vec![State::empty(); CLIENTS], ballast: 0 }
    }

    /// Cold keys that nobody writes again: they make the dataset larger than a small cache.
    fn add_ballast(&mut self, count: u64) {
        let mut client = self.server.client();
        for from in (0..count).step_by(100) {
            let until = (from + 100).min(count);
            (from..until)
                .for_each(|n| client.queue(&[b"SET".to_vec(), cold_key(n), cold_value(n)]));
            client.flush().expect("the server takes the ballast");
            (from..until).for_each(|_| assert_eq!(client.receive().expect("a reply"), Reply::ok()));
        }
        self.ballast = count;
    }

    /// Lets all clients write for `life`, then kills the server under them.
    fn live_and_die(&mut self, round: u64, seed: u64, life: Duration) -> Vec<Log> {
        let port = self.server.port();
        std::thread::scope(|scope| {
            let clients = self.states.iter().enumerate().map(|(number, state)| {
                let seed = seed.wrapping_add(number as u64);
                scope.spawn(move || load::run(port, Owner(number), state.clone(), seed))
            });
            let clients: Vec<_> = clients.collect();
            let ballast = self.ballast;
            let reader = scope.spawn(move || load::read_cold(port, ballast, seed));
            wait::pause(life);
            self.server.kill();
            let died = wait::now();
            if let Err(panic) = reader.join() {
                std::panic::resume_unwind(panic);
            }
            let logs = clients.into_iter().map(|client| match client.join() {
                Ok(log) => log.ended(died),
                Err(panic) => std::panic::resume_unwind(panic),
            });
            let logs: Vec<_> = logs.collect();
            let acknowledged: usize = logs.iter().map(|log| log.acknowledged.len()).sum();
            let sent: usize = logs.iter().map(|log| log.operations.len()).sum();
            println!("round {round}: lived {life:?}, {acknowledged} of {sent} acknowledged");
            logs
        })
    }

    /// Starts again, every other time with so little memory that recovery and eviction mix.
    fn restart(&mut self, random: &mut Random) {
        let small = std::env::var("HADAL_CRASH_SMALL").unwrap_or_else(|_| "64mb".into());
        let maxmemory = if random.one_in(2) { "512mb" } else { &small };
        let options = [("appendfsync", self.policy.option()), ("maxmemory", maxmemory)];
        self.server.restart_with(&options);
    }

    /// Compares what is there with what may be there, then takes it as the new truth.
    fn judge(&mut self, round: u64, logs: &[Log]) {
        let mut client = self.server.client();
        let size_at_start = client.call("DBSIZE").count();
        for (number, log) in logs.iter().enumerate() {
            let seen = verdict::look(&mut client, Owner(number));
            if let Err(fault) = verdict::judge(log, &self.states[number], &seen, self.policy) {
                let kept = self.server.keep();
                panic!("round {round}, client {number}: {fault}\ndata kept in {}", kept.display())
            }
            self.states[number] = seen.into_state();
        }
        let elements: usize = self.states.iter().map(|state| state.large.len()).sum();
        println!("round {round}: {elements} elements in {} collections", CLIENTS * large::COUNT);
        self.check_ballast(&mut client);
        self.check_counts(&mut client, size_at_start);
        if round.is_multiple_of(3) && !is_reference() {
            client.must("DEBUG FLUSHCACHE");
        }
        self.check_unchanged(&mut client);
    }

    fn check_ballast(&self, client: &mut Client) {
        let sample: Vec<_> = (0..self.ballast).step_by(7).collect();
        for part in sample.chunks(100) {
            for &n in part {
                client.queue(&[b"GET".to_vec(), cold_key(n)]);
            }
            client.flush().expect("the server takes the reads");
            for &n in part {
                let value = client.receive().expect("a reply to GET");
                assert!(value == Reply::Bulk(cold_value(n)), "cold key {n} is wrong: {value:?}");
            }
        }
    }

    /// DBSIZE is exact and SCAN returns each key once. Keys whose time came meanwhile may be
    /// counted at first, not for long.
    fn check_counts(&self, client: &mut Client, size_at_start: usize) {
        let time = wait::unix_millis();
        let alive: usize = self.states.iter().map(|state| state.alive_at(time)).sum();
        let known: usize = self.states.iter().map(State::known).sum();
        let ballast = self.ballast as usize;
        let (least, most) = (alive + ballast, known + ballast + verdict::SOON_KEYS * CLIENTS);
        let fits = (least..=most).contains(&size_at_start);
        assert!(fits, "DBSIZE {size_at_start}, expected {least} to {most}");
        let mut differing = (0, 0, 0);
        let limit = wait::now() + Duration::from_secs(20);
        while wait::now() < limit {
            let expected = self.alive_now() + ballast;
            let size = client.call("DBSIZE").count();
            let scanned = scan(client);
            differing = (expected, size, scanned);
            let steady = expected == self.alive_now() + ballast;
            if steady && size == expected && scanned == expected {
                return;
            }
            wait::pause(Duration::from_millis(50));
        }
        panic!("keys, DBSIZE, SCAN differ for 20 s: {differing:?}");
    }

    fn alive_now(&self) -> usize {
        let now = wait::unix_millis();
        self.states.iter().map(|state| state.alive_at(now)).sum()
    }

    /// Reads everything once more: by now from the store, from memory or from both.
    fn check_unchanged(&self, client: &mut Client) {
        for (number, state) in self.states.iter().enumerate() {
            let seen = verdict::look(client, Owner(number));
            let wrong = seen.mismatches(state);
            assert!(wrong.is_empty(), "client {number}, second look: {}", wrong.join("\n"));
        }
    }

    /// A clean end and a start after it change nothing.
    fn clean_end(mut self) {
        let status = self.server.terminate();
        assert!(status.success(), "SIGTERM ended with {status}");
        self.server.restart();
        let mut client = self.server.client();
        self.check_unchanged(&mut client);
        self.check_ballast(&mut client);
    }
}

/// The count of keys that a full SCAN returns.
///
/// # Panics
/// When it returns one twice, which the reference may do and we may not.
fn scan(client: &mut Client) -> usize {
    let mut keys = std::collections::HashSet::new();
    let mut cursor = b"0".to_vec();
    loop {
        let reply = client.command(&[&b"SCAN"[..], &cursor, b"COUNT", b"500"]);
        let mut parts = reply.elements().into_iter();
        cursor = parts.next().expect("SCAN answers a cursor").bytes();
        for key in parts.next().expect("SCAN answers keys").elements() {
            let key = key.bytes();
            let new = keys.insert(key.clone());
            assert!(new || is_reference(), "SCAN returned {} twice", key.escape_ascii());
        }
        if cursor == b"0" {
            return keys.len();
        }
    }
}

fn cold_key(n: u64) -> Vec<u8> {
    format!("cold:{n:06}").into_bytes()
}

fn cold_value(n: u64) -> Vec<u8> {
    Random::new(n).bytes(4096)
}
