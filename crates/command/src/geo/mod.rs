//! Places: sorted sets whose scores are positions. The mathematics is in `hadal_value::geo`.

mod add;
pub mod options;
mod position;
mod search;
mod specs;

#[cfg(test)]
mod tests;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    Command { spec: specs::GEOADD, run: add::geoadd },
    Command { spec: specs::GEODIST, run: position::geodist },
    Command { spec: specs::GEOHASH, run: position::geohash },
    Command { spec: specs::GEOPOS, run: position::geopos },
    Command { spec: specs::GEORADIUS, run: search::georadius },
    Command { spec: specs::GEORADIUS_RO, run: search::georadius_ro },
    Command { spec: specs::GEORADIUSBYMEMBER, run: search::georadiusbymember },
    Command { spec: specs::GEORADIUSBYMEMBER_RO, run: search::georadiusbymember_ro },
    Command { spec: specs::GEOSEARCH, run: search::geosearch },
    Command { spec: specs::GEOSEARCHSTORE, run: search::geosearchstore },
];
