//! Strings: bytes, and numbers written in decimal, both within Redis's limits.

mod count;
mod get;
mod lcs;
mod options;
mod range;
mod set;
#[cfg(test)]
mod tests;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    range::APPEND,
    count::DECR,
    count::DECRBY,
    get::GET,
    get::GETDEL,
    get::GETEX,
    range::GETRANGE,
    set::GETSET,
    count::INCR,
    count::INCRBY,
    count::INCRBYFLOAT,
    lcs::LCS,
    get::MGET,
    set::MSET,
    set::MSETNX,
    set::PSETEX,
    set::SET,
    set::SETEX,
    set::SETNX,
    range::SETRANGE,
    get::STRLEN,
    range::SUBSTR,
];
