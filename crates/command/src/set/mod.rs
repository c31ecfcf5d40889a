//! Sets: members, each once, in no order.

mod algebra;
mod change;
mod combine;
mod member;
mod random;
mod scan;
mod store;
#[cfg(test)]
mod tests;
mod work;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    change::SADD,
    member::SCARD,
    combine::SDIFF,
    store::SDIFFSTORE,
    combine::SINTER,
    combine::SINTERCARD,
    store::SINTERSTORE,
    member::SISMEMBER,
    member::SMEMBERS,
    member::SMISMEMBER,
    change::SMOVE,
    random::SPOP,
    random::SRANDMEMBER,
    change::SREM,
    scan::SSCAN,
    combine::SUNION,
    store::SUNIONSTORE,
];
