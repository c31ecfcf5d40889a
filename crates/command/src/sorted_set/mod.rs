//! Sorted sets: members, each once, in the order of their scores; those of one score byte by byte.

mod add;
mod bounds;
mod combine;
mod count;
mod cut;
mod pop;
mod pop_first;
mod query;
mod random;
mod range;
mod range_by;
mod rank;
mod remove;
mod reply;
mod scan;
mod score;
mod slice;
mod store;

#[cfg(test)]
mod tests;

pub use add::{Counts, Only};
pub(crate) use add::{Rule, put};
pub(crate) use reply::Shown;
pub(crate) use score::scores;
pub(crate) use slice::share;
pub(crate) use store::store;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    pop_first::BZMPOP,
    pop_first::BZPOPMAX,
    pop_first::BZPOPMIN,
    add::ZADD,
    count::ZCARD,
    count::ZCOUNT,
    combine::ZDIFF,
    combine::ZDIFFSTORE,
    add::ZINCRBY,
    combine::ZINTER,
    combine::ZINTERCARD,
    combine::ZINTERSTORE,
    count::ZLEXCOUNT,
    pop_first::ZMPOP,
    score::ZMSCORE,
    pop::ZPOPMAX,
    pop::ZPOPMIN,
    random::ZRANDMEMBER,
    range::ZRANGE,
    range_by::ZRANGEBYLEX,
    range_by::ZRANGEBYSCORE,
    range::ZRANGESTORE,
    rank::ZRANK,
    remove::ZREM,
    remove::ZREMRANGEBYLEX,
    remove::ZREMRANGEBYRANK,
    remove::ZREMRANGEBYSCORE,
    range_by::ZREVRANGE,
    range_by::ZREVRANGEBYLEX,
    range_by::ZREVRANGEBYSCORE,
    rank::ZREVRANK,
    scan::ZSCAN,
    score::ZSCORE,
    combine::ZUNION,
    combine::ZUNIONSTORE,
];
