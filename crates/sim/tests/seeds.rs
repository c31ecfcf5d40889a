//! Seeds that must hold, and what they must have met on the way.

use std::collections::BTreeMap;

use hadal_sim::Failure;

/// Seeds per change; more run elsewhere, without end.
const SEEDS: u64 = 2_000;
const THREADS: u64 = 2;

/// Branches that are easily missed: a run of all seeds that takes one of them never, or hardly
/// ever, does not test what it says.
const MARKS: &[&str] = &[
    "EXEC ran",
    "EXEC was aborted",
    "a client heard of a failed load",
    "a client left while it waited",
    "a collection changed while its pages were saved",
    "a collection grew into pages",
    "a collection shrank back into its record",
    "a collection with pages expired cold",
    "a collection with pages was deleted",
    "a collection with pages was overwritten",
    "a crash lost what was not synced",
    "a crash soon after a start",
    "a crash while starting",
    "a database was flushed",
    "a filter knew that a key is absent",
    "a flushed space was reclaimed",
    "a key changed while a page was read",
    "a long string took the place of a value with pages",
    "a page load failed",
    "a page was loaded again after it had been evicted",
    "a replay wanted pages",
    "a save failed",
    "a string grew into blocks",
    "a walk ended",
    "stored keys were learned",
    "a write was refused: full",
    "a write was refused: the journal failed",
    "a writer waited for saves",
    "an EXEC was undone",
    "an entry was evicted",
    "databases were swapped",
    "entries were saved",
    "fields expired on time",
    "journal segments were deleted",
    "keys changed while others were saved",
    "keys expired on time",
    "keys were counted",
    "the journal's end was torn",
];

#[test]
fn every_seed_holds_and_together_they_meet_everything() {
    let marks = std::thread::scope(|scope| {
        let runs = (0..THREADS).map(|thread| {
            scope.spawn(move || {
                let mut marks: BTreeMap<&'static str, u64> = BTreeMap::new();
                for seed in (1..=SEEDS).filter(|seed| seed % THREADS == thread) {
                    let report = hadal_sim::run(seed).unwrap_or_else(|failure| tell(&failure));
                    report.marks.iter().for_each(|(mark, n)| *marks.entry(mark).or_default() += n);
                }
                marks
            })
        });
        let runs: Vec<_> = runs.collect();
        let mut marks: BTreeMap<&'static str, u64> = BTreeMap::new();
        for run in runs {
            let met = run.join().expect("a seed failed, see above");
            for (mark, n) in met {
                *marks.entry(mark).or_default() += n;
            }
        }
        marks
    });
    for mark in MARKS {
        let met = marks.get(mark).copied().unwrap_or(0);
        assert!(met >= 20, "{met} times only: {mark}");
    }
    assert_eq!(marks.len(), MARKS.len(), "{marks:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (mut hashes, seeds) = (Vec::new(), 1..301);
    for seed in seeds.clone() {
        let first = hadal_sim::run(seed).unwrap_or_else(|failure| tell(&failure));
        let second = hadal_sim::run(seed).unwrap_or_else(|failure| tell(&failure));
        assert_eq!(first, second, "seed {seed}");
        hashes.push(first.hash);
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), seeds.count(), "different seeds are different runs");
}

#[test]
fn seeds_that_failed_once_hold() {
    let lines = include_str!("../seeds.txt").lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let (seed, _) = line.split_once(' ').expect("a line is a seed and what was wrong");
        let seed = seed.parse().expect("a seed is a number");
        hadal_sim::run(seed).unwrap_or_else(|failure| tell(&failure));
    }
}

fn tell(failure: &Failure) -> ! {
    let Failure { seed, message, trace } = failure;
    let last = &trace[trace.len().saturating_sub(60)..];
    panic!(
        "{}\nseed {seed}: {message}\ncargo run --profile sim -p hadal-sim -- --seeds 1 --from {seed}",
        last.join("\n")
    );
}
