//! Lists: items in the order in which they were put there.
//!
//! An item is found by its index, so reading or changing a long list needs only the part of it
//! that is meant. Commands that look for an item by what it is go through the list a part at a
//! time, and end with an error when they have gone through more than memory should hold for one.

mod edit;
mod end;
mod mpop;
mod pop;
mod position;
mod push;
mod read;
mod scan;
mod search;
mod shift;
#[cfg(test)]
mod tests;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    shift::BLMOVE,
    mpop::BLMPOP,
    pop::BLPOP,
    pop::BRPOP,
    shift::BRPOPLPUSH,
    read::LINDEX,
    search::LINSERT,
    read::LLEN,
    shift::LMOVE,
    mpop::LMPOP,
    pop::LPOP,
    position::LPOS,
    push::LPUSH,
    push::LPUSHX,
    read::LRANGE,
    search::LREM,
    edit::LSET,
    edit::LTRIM,
    pop::RPOP,
    shift::RPOPLPUSH,
    push::RPUSH,
    push::RPUSHX,
];
