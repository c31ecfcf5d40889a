//! SLOWLOG: commands that took longer than `slowlog-log-slower-than`.

mod help;
mod log;
mod specs;

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

pub use log::{Log, Slow};

use super::{at_once, wrong_words};
use crate::table::{Answer, Command, Context, Run, container};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::SLOWLOG, run: Run::Session(container) },
    Command { spec: specs::SLOWLOG_GET, run: Run::Admin(get) },
    Command { spec: specs::SLOWLOG_HELP, run: Run::Session(help::show) },
    Command { spec: specs::SLOWLOG_LEN, run: Run::Admin(len) },
    Command { spec: specs::SLOWLOG_RESET, run: Run::Admin(reset) },
];

/// Entries returned if the call does not say.
const COUNT: usize = 10;

fn get<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    at_once(count(words).map(|count| context.server.slowlog.lock().write(count, reply)))
}

fn count(words: Words<'_>) -> Result<usize, Fault> {
    let word = match &words[2..] {
        [] => return Ok(COUNT),
        [word] => word,
        _ => return Err(wrong_words(words)),
    };
    match parse::int(word) {
        Ok(-1) => Ok(usize::MAX),
        Ok(count @ 0..) => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
        _ => Err(Fault::Text("ERR count should be greater than or equal to -1")),
    }
}

fn len<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    reply.int(context.server.slowlog.lock().len().cast_signed() as i64);
    at_once(Ok(()))
}

fn reset<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    context.server.slowlog.lock().reset();
    reply.ok();
    at_once(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_minus_one_means_all_and_less_is_refused() {
        assert_eq!(count(&[b"slowlog", b"get"]), Ok(10));
        assert_eq!(count(&[b"slowlog", b"get", b"0"]), Ok(0));
        assert_eq!(count(&[b"slowlog", b"get", b"-1"]), Ok(usize::MAX));
        let wrong = Fault::Text("ERR count should be greater than or equal to -1");
        assert_eq!(count(&[b"slowlog", b"get", b"-2"]), Err(wrong.clone()));
        assert_eq!(count(&[b"slowlog", b"get", b"x"]), Err(wrong));
    }
}
