//! `hadal-bench`: the load generator behind the measurements in this folder.
//!
//! It speaks to any server of the Redis protocol, costs little of the machine it shares with the
//! server, and checks every value it reads. The drivers (`*.py`) start servers and use it.

mod connection;
mod keys;
mod options;
mod report;
mod run;
mod s3fifo;
mod scan;

use std::fmt::Write;
use std::process::ExitCode;

use options::{Known, Options};

/// A subcommand: its name, what it is for, its options, and what runs it.
struct Command {
    name: &'static str,
    about: &'static str,
    options: &'static [Known],
    run: fn(&Options) -> Result<(), String>,
}

const COMMANDS: &[Command] = &[
    Command { name: "run", about: "load a server", options: run::OPTIONS, run: run::run },
    Command {
        name: "scan",
        about: "SCAN everything; count keys missed or returned twice",
        options: scan::OPTIONS,
        run: scan::run,
    },
    Command {
        name: "s3fifo",
        about: "simulate the hit ratio of a cache of so many objects",
        options: s3fifo::OPTIONS,
        run: s3fifo::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let command = words.first().and_then(|name| COMMANDS.iter().find(|it| it.name == *name));
    let Some(command) = command.filter(|_| !words.iter().any(|word| word == "--help")) else {
        print!("{}", help());
        return ExitCode::from(u8::from(!words.iter().any(|word| word == "--help")) * 2);
    };
    match Options::parse(command.options, &words[1..]).and_then(|options| (command.run)(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hadal-bench {}: {error}", command.name);
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("Load and measure a server of the Redis protocol.\n");
    for command in COMMANDS {
        let _ = writeln!(text, "\nhadal-bench {} …: {}", command.name, command.about);
        text += &options::help(command.options);
    }
    text
}
