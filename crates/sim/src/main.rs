//! `hadal-sim [--seeds COUNT] [--from SEED]`: runs seeds, stops at the first that fails.

use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut from, mut count) = (1, 1_000);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let number = args.next().and_then(|number| number.parse().ok());
        match (arg.as_str(), number) {
            ("--seeds", Some(number)) => count = number,
            ("--from", Some(number)) => from = number,
            _ => {
                eprintln!("usage: hadal-sim [--seeds COUNT] [--from SEED]");
                return ExitCode::FAILURE;
            }
        }
    }
    // A failing seed is told of at its end, with its trace.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(at) = panic.location() {
            eprintln!("at {at}");
        }
    }));
    let mut marks: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in from..from + count {
        match hadal_sim::run(seed) {
            Ok(report) => {
                report.marks.iter().for_each(|(mark, n)| *marks.entry(mark).or_default() += n);
            }
            Err(failure) => {
                failure.trace.iter().for_each(|line| println!("{line}"));
                println!("seed {seed} failed: {}", failure.message);
                return ExitCode::FAILURE;
            }
        }
    }
    for (mark, count) in &marks {
        println!("{count:10} {mark}");
    }
    println!("{count} seeds from {from} passed");
    ExitCode::SUCCESS
}
