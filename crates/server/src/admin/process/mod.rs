//! Commands about the process: what it tells of itself, how it ends, and how to test it.

mod debug;
mod shutdown;
mod specs;
mod values;

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use super::{at_once, info};
use crate::{
    config::Settings,
    server::REDIS_VERSION,
    session::Session,
    table::{Answer, Command, Context, Run},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::DEBUG, run: Run::Admin(debug::debug) },
    Command { spec: specs::INFO, run: Run::Admin(info::info) },
    Command { spec: specs::LOLWUT, run: Run::Session(lolwut) },
    Command { spec: specs::SHUTDOWN, run: Run::Admin(shutdown::shutdown) },
    Command { spec: specs::TIME, run: Run::Admin(time) },
];

fn time<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let micros = context.server.clock.unix_micros();
    reply.array(2);
    reply.bulk_int((micros / 1_000_000).cast_signed());
    reply.bulk_int((micros % 1_000_000).cast_signed());
    at_once(Ok(()))
}

/// The deepest part of the ocean, from the side.
const PICTURE: &str = r"
 ~~~^~~~~^~~~~~~~^~~~~~~^~~~~~~~^~~~~~~~^~~~
        .    sunlight   o
 . . . . . . . . . . . . . . . . . . . . . .
      twilight     ><>          .
 \__                                    __/
    \___      midnight     o       ____/
        \__                    ___/
           \_   abyss        _/
             \   .        __/
              \         _/
               \ hadal /
                \__o__/
";

fn lolwut(
    _: &mut Session,
    _: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    // There is one picture, whatever version is asked for.
    if let [_, option, version, ..] = words
        && parse::is(option, "VERSION")
    {
        parse::int(version)?;
    }
    let ours = env!("CARGO_PKG_VERSION");
    let text = format!("{PICTURE}\nHadal ver. {ours}, Redis ver. {REDIS_VERSION}\n");
    reply.verbatim("txt", text.as_bytes());
    Ok(())
}
