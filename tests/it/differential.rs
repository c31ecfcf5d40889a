//! Random programs over few keys of all types, before us and before Redis: the same bytes must come
//! back, whatever of our dataset is in memory.
//!
//! `HADAL_DIFFERENTIAL_CALLS` sets how many calls each of our caches gets (default 36,000),
//! `HADAL_DIFFERENTIAL_SEED` takes other programs than those of every change. Needs `redis-server`
//! in the path, or named by `HADAL_REFERENCE`; without one the test says so, and fails where `CI`
//! is set.

mod program;
mod templates;

use hadal_it::{Client, Random, Server, is_reference};

use program::{Call, Order, Program};

/// Calls after which both datasets are compared and thrown away.
const PROGRAM_LEN: usize = 6_000;
/// Calls told of before the one that differs.
const TOLD: usize = 12;

/// How little of our dataset is in memory.
#[derive(Debug, Clone, Copy)]
struct Cache {
    maxmemory: &'static str,
    /// The cache is emptied once in so many pipelines.
    emptied_one_in: u64,
}

const CACHES: [Cache; 3] = [
    Cache { maxmemory: "512mb", emptied_one_in: u64::MAX },
    Cache { maxmemory: "512mb", emptied_one_in: 20 },
    Cache { maxmemory: "1mb", emptied_one_in: 2 },
];

#[test]
fn random_programs_get_the_same_answers_as_from_redis_whatever_the_cache_holds() {
    if is_reference() {
        return;
    }
    let Some(theirs) = Server::start_reference() else { return };
    let calls = setting("HADAL_DIFFERENTIAL_CALLS", 36_000) as usize;
    let seed = setting("HADAL_DIFFERENTIAL_SEED", 1);
    println!("HADAL_DIFFERENTIAL_SEED={seed}");
    for cache in CACHES {
        let ours = Server::start_with(&[("maxmemory", cache.maxmemory)]);
        let mut pair = Pair::new(&ours, &theirs);
        for number in 0..calls.div_ceil(PROGRAM_LEN) as u64 {
            let len = PROGRAM_LEN.min(calls);
            if let Err(difference) = pair.run(seed.wrapping_add(number), len, cache) {
                panic!("seed {seed}, program {number}, {cache:?}:\n{difference}");
            }
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A connection to each server.
struct Pair {
    ours: Client,
    theirs: Client,
    /// The last calls, to be told of.
    last: Vec<String>,
}

impl Pair {
    fn new(ours: &Server, theirs: &Server) -> Self {
        Self { ours: ours.client(), theirs: theirs.client(), last: Vec::new() }
    }

    /// Runs a program on two empty datasets, then compares all there is.
    fn run(&mut self, seed: u64, len: usize, cache: Cache) -> Result<(), String> {
        let (mut program, mut random) = (Program::new(seed), Random::new(!seed));
        self.ours.must("FLUSHALL");
        self.theirs.must("FLUSHALL");
        self.last.clear();
        let mut done = 0;
        while done < len {
            let mut calls = Vec::new();
            for _ in 0..=random.index(30) {
                program.next(&mut calls);
            }
            done += calls.len();
            if random.one_in(cache.emptied_one_in) {
                self.ours.must("DEBUG FLUSHCACHE");
            }
            self.compare(&calls)?;
        }
        self.compare(&Program::everything())
    }

    /// Sends a pipeline to both, and compares the replies.
    fn compare(&mut self, calls: &[Call]) -> Result<(), String> {
        for client in [&mut self.ours, &mut self.theirs] {
            for call in calls {
                client.queue(&call.words);
            }
            client.flush().expect("the server takes a pipeline");
        }
        for call in calls {
            self.last.push(call.shown());
            let (our, our_bytes) = self.ours.receive_both().expect("our reply");
            let (their, their_bytes) = self.theirs.receive_both().expect("their reply");
            let same = match call.order {
                Order::Given => our_bytes == their_bytes,
                order => order.of(our) == order.of(their),
            };
            if !same {
                let history = self.last[self.last.len().saturating_sub(TOLD)..].join("\n  ");
                let (our, their) = (our_bytes.escape_ascii(), their_bytes.escape_ascii());
                return Err(format!("  {history}\nours:   {our}\ntheirs: {their}"));
            }
        }
        Ok(())
    }
}
